"""Parts that several pages show."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from lookgate.emulator.pages.html import Child, Markup, el, join
from lookgate.emulator.people.tree import UserAttribute

MASK = "••••"


def table(
    label: str, headings: Sequence[str], rows: Iterable[Sequence[Child]], *, numbers: frozenset[int] = frozenset()
) -> Markup:
    """Return a table whose first column names the row; it scrolls by itself when the window is narrow.

    Args:
        label: what the table shows, for those who hear it.
        headings: of the columns.
        rows: their cells.
        numbers: the columns that are aligned as numbers.
    """

    def kind(column: int) -> str | None:
        return "number" if column in numbers else None

    def cell(column: int, content: Child) -> Markup:
        name, role = ("th", "rowheader") if column == 0 else ("td", "cell")
        scope = "row" if column == 0 else None
        return el(name, content, role=role, scope=scope, class_=kind(column), data_label=headings[column])

    # The roles are said out loud because narrow windows show each row as a block of its own, which would unsay them.
    head = [el("th", text, scope="col", role="columnheader", class_=kind(at)) for at, text in enumerate(headings)]
    body = [el("tr", [cell(at, content) for at, content in enumerate(row)], role="row") for row in rows]
    inner = el(
        "table",
        el("thead", el("tr", head, role="row"), role="rowgroup"),
        el("tbody", body, role="rowgroup"),
        role="table",
        aria_label=label,
    )
    return el("div", inner, class_="table stacking", role="region", aria_label=label, tabindex="0")


def chips(names: Iterable[str], kind: str = "chip") -> Markup:
    """Return names as small labels, or a dash when there are none."""
    found = [el("span", name, class_=kind) for name in names]
    return el("span", found, class_="chips flat") if found else el("span", "–", class_="sub")


def masked(attribute: UserAttribute, value: str | None) -> Markup:
    """Return a value as a page may show it: never that of a hidden attribute, only whether it is set."""
    if value is None:
        return el("span", "not set", class_="sub")
    if attribute.value_is_hidden:
        return el(
            "span", el("span", MASK, aria_hidden="true"), el("span", "hidden value", class_="sr-only"), class_="masked"
        )
    return el("code", value) if value else el("span", "empty", class_="sub")


def field(label: str, identity: str, control: Markup, hint: str = "") -> Markup:
    """Return a control under its label, with a hint that belongs to it."""
    note = el("span", hint, class_="hint", id=f"{identity}-hint") if hint else None
    return el("div", el("label", label, for_=identity), control, note, class_="field")


def select(identity: str, name: str, options: Iterable[tuple[str, str]], chosen: str = "") -> Markup:
    """Return a drop-down of (value, label)."""
    items = [el("option", label, value=value, selected=value == chosen) for value, label in options]
    return el("select", items, id=identity, name=name)


def section(heading: str, *content: Child) -> Markup:
    """Return a section under a heading."""
    return el("section", el("h2", heading), join(content), class_="section")


def crumbs(path: str, label: str) -> Markup:
    """Return the way back to the list a page belongs to."""
    return el("p", el("a", f"← {label}", href=path), class_="crumbs")
