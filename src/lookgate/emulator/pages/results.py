"""Query results on pages: asked for as the user through the same code as the API, shown as a table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from lookgate.emulator import query_runner
from lookgate.emulator.api.route import ApiError
from lookgate.emulator.catalogue import query_user
from lookgate.emulator.lookml.errors import QueryError
from lookgate.emulator.pages.html import Child, Markup, el
from lookgate.emulator.pages.sanitise import sanitise
from lookgate.emulator.pages.site import View
from lookgate.emulator.saved_queries import Parts

Cell = Mapping[str, Any]
_LARGEST = 1e200
"""No chart needs more, and sums of two such numbers are still numbers."""


class QueryFailed(Exception):
    """The query was refused or failed; the message is a sentence for the user."""


@dataclass(frozen=True, slots=True)
class Column:
    """One field of a result."""

    name: str
    label: str
    is_measure: bool
    is_numeric: bool


@dataclass(frozen=True, slots=True)
class Answer:
    """A result as ``json_detail`` has it."""

    columns: tuple[Column, ...]
    rows: tuple[Mapping[str, Cell], ...]
    detail: Mapping[str, Any]
    notes: tuple[str, ...] = ()
    """What the engine has to say of a result that it gave."""


def ask(view: View, parts: Parts) -> Answer:
    """Run a query as the view's user; call it outside the instance's lock.

    Raises:
        QueryFailed: the user may not, or the query or the database is wrong.
    """
    try:
        detail = msgspec.json.decode(query_runner.run(view.instance, view.user, parts, "json_detail"))
    except ApiError as error:
        raise QueryFailed(f"There is no explore {parts.view} in model {parts.model} that you may see.") from error
    except (query_runner.Denied, query_runner.Failed) as error:
        raise QueryFailed(str(error)) from error
    notes = tuple(str(error.get("message_details") or error.get("message")) for error in detail.get("errors") or ())
    if notes and not detail.get("fields"):
        raise QueryFailed(" ".join(notes))
    _add_html(view, parts, detail["data"])
    named = {
        str(field["name"]): Column(
            str(field["name"]),
            str(field.get("label_short") or field.get("label") or field["name"]),
            kind == "measures",
            bool(field.get("is_numeric")),
        )
        for kind, fields in detail.get("fields", {}).items()
        if kind in ("dimensions", "measures") and isinstance(fields, list)
        for field in fields
    }
    order = parts.fields or list(named)
    return Answer(tuple(named[name] for name in order if name in named), tuple(detail["data"]), detail, notes)


def _add_html(view: View, parts: Parts, rows: list[dict[str, dict[str, Any]]]) -> None:
    """Render each field's ``html`` into its cells, as Looker's own ``json_detail`` has it."""
    with view.instance.lock:
        user, query = query_user(view.instance, view.user), query_runner.engine_query(parts)
    try:
        templated = [field for field in view.instance.engine.fields(parts.model, parts.view, user) if field.html]
        for row in rows:
            values = {name: cell.get("value") for name, cell in row.items()}
            for field in templated:
                if field.name in row:
                    row[field.name]["html"] = view.instance.engine.render_html(field, values, user, query)
    except QueryError as error:
        raise QueryFailed(str(error)) from error


def sql_of(view: View, parts: Parts) -> str | None:
    """Return the SQL of a query, None when the user may not see it or there is none."""
    try:
        return query_runner.run(view.instance, view.user, parts, "sql").decode()
    except (ApiError, query_runner.Denied, query_runner.Failed):
        return None


def table(label: str, answer: Answer) -> Markup:
    """Return the result as a table that scrolls by itself."""
    if not answer.rows:
        return el("p", " ".join(answer.notes) or "No results. Widen the filters.", class_="no-results")
    head = el("tr", [el("th", column.label, scope="col", class_=_kind(column)) for column in answer.columns])
    rows = [
        el("tr", [el("td", shown(row.get(column.name, {})), class_=_kind(column)) for column in answer.columns])
        for row in answer.rows
    ]
    inner = el("table", el("thead", head), el("tbody", rows))
    return el("div", inner, class_="table", role="region", aria_label=label, tabindex="0")


def shown(cell: Cell) -> Child:
    """Return a cell as people read it: the field's own ``html`` made safe, else the formatted value."""
    html = cell.get("html")
    if isinstance(html, str):
        return sanitise(html)
    text = text_of(cell)
    return el("span", "∅", class_="sub", title="no value") if text == "" else text


def text_of(cell: Cell) -> str:
    """Return a cell as plain text; empty when there is no value."""
    rendered = cell.get("rendered")
    value = cell.get("value") if rendered is None else rendered
    return "" if value is None else str(value)


def number_of(cell: Cell) -> float | None:
    """Return a cell as a number, None when it is not one."""
    value = cell.get("value")
    if isinstance(value, bool) or value is None:
        return None
    try:
        number = float(value)
    except (TypeError, ValueError):
        return None
    return number if abs(number) <= _LARGEST else None


def _kind(column: Column) -> str | None:
    return "number" if column.is_measure or column.is_numeric else None
