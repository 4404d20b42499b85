"""The tiles of a dashboard: what each shows, by its ``type``."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from lookgate.emulator.host import mount_markup
from lookgate.emulator.host.visualization import visualization_data
from lookgate.emulator.lookml.dashboards import Dashboard, DashboardElement
from lookgate.emulator.pages import charts, markdown, results
from lookgate.emulator.pages.charts import Plot, Series
from lookgate.emulator.pages.html import Markup, el
from lookgate.emulator.pages.sanitise import sanitise
from lookgate.emulator.pages.site import View
from lookgate.emulator.saved_queries import Parts

_MOST_ROWS = 500
_TABLES = frozenset({"table", "looker_grid"})


def extension_of(element: DashboardElement) -> str:
    """Return the extension that draws the tile, as ``project::application``; empty when none does."""
    named = element.raw.get("extension_id") or element.raw.get("extension")
    if element.type == "extension":
        return str(named or "")
    return element.type if "::" in element.type else ""


def query_of(element: DashboardElement, filters: Mapping[str, str]) -> Parts | None:
    """Return the tile's query under the dashboard's filters, None when it has none."""
    if not (element.model and element.explore and element.fields):
        return None
    chosen = dict(element.filters)
    for name, field in element.listen.items():
        if filters.get(name):
            chosen[field] = filters[name]
    return Parts(
        model=element.model,
        view=element.explore,
        fields=list(element.fields),
        filters=dict(chosen),
        sorts=list(element.sorts) or None,
        pivots=list(element.pivots) or None,
        limit=element.limit,
        dynamic_fields=None if not element.raw.get("dynamic_fields") else str(element.raw["dynamic_fields"]),
    )


def is_at_once(element: DashboardElement) -> bool:
    """Say whether the tile belongs into the page itself: it needs no query."""
    return element.type == "text" or (bool(extension_of(element)) and query_of(element, {}) is None)


def text(element: DashboardElement) -> Markup:
    """Return a text tile: its title, subtitle and body."""
    raw = element.raw
    title = el("h2", str(raw["title_text"])) if raw.get("title_text") else None
    subtitle = el("p", str(raw["subtitle_text"]), class_="lead") if raw.get("subtitle_text") else None
    return el("div", title, subtitle, markdown.render(str(raw.get("body_text") or "")), class_="text-tile")


def extension(
    board: Dashboard, element: DashboardElement, filters: Mapping[str, str], answer: results.Answer | None = None
) -> Markup:
    """Return the placeholder that the extension host fills; an extension that draws a query gets its rows too."""
    context: dict[str, Any] = {
        "tile": {
            "dashboardId": board.id,
            "elementId": element.name,
            "dashboardFilters": dict(filters),
            "dashboardRunState": "NOT_RUNNING",
            "isDashboardEditing": False,
            "isDashboardCrossFilteringEnabled": False,
            "isExploring": False,
        }
    }
    if answer is not None:
        config = json.loads(json.dumps(element.raw, default=str, skipkeys=True))  # YAML knows more types than JSON
        context["visualization"] = visualization_data(config, answer.detail)
    mount = "dashboard-tile" if answer is None else "dashboard-visualization"
    return Markup(mount_markup(extension_of(element), mount, context))


def content(
    view: View, board: Dashboard, element: DashboardElement, filters: Mapping[str, str], size: tuple[int, int]
) -> Markup:
    """Return what a tile with a query shows; a failure is shown in it, with its cause. ``size`` is in pixels."""
    parts = query_of(element, filters)
    if parts is None:
        return problem("The tile names no model, explore or fields. Complete it in the dashboard's LookML.")
    try:
        answer = results.ask(view, parts)
    except results.QueryFailed as failed:
        return problem(str(failed))
    if extension_of(element):
        return extension(board, element, filters, answer)
    if element.type == "single_value":
        return _single_value(element, answer)
    return _rows(element, answer, size)


def _rows(element: DashboardElement, answer: results.Answer, size: tuple[int, int]) -> Markup:
    name, draw = element.title or element.name, charts.KINDS.get(element.type)
    table = results.table(name, answer)
    if element.type in _TABLES or not answer.rows:
        return table
    if draw is None:
        note = f"The local Looker does not draw {element.type}; here are its rows."
        return el("div", el("p", note, class_="sub note"), table)
    plot = _plot(name, answer, size[0], size[1] - 36)
    if plot is None:
        return problem("A chart needs at least one measure among its fields.")
    more = el("details", el("summary", "Show as a table"), table, class_="as-table")
    return el("figure", draw(plot), more)


def problem(message: str) -> Markup:
    """Return a tile's failure."""
    return el("div", el("strong", "This tile cannot be shown"), el("p", message), class_="notice bad", role="alert")


def _single_value(element: DashboardElement, answer: results.Answer) -> Markup:
    if not answer.rows or not answer.columns:
        return results.table("", answer)
    # As in Looker: the first measure, or the first dimension when there is no measure.
    column = next((column for column in answer.columns if column.is_measure), answer.columns[0])
    cell = answer.rows[0].get(column.name, {})
    html = cell.get("html")
    own = isinstance(html, str)
    value = sanitise(str(html)) if own else el("span", results.text_of(cell) or "∅", class_="number-value")
    label = str(element.raw.get("single_value_title") or column.label)
    told = own or element.raw.get("show_single_value_title") is False or label == element.title
    return el("div", value, None if told else el("p", label, class_="sub"), class_="single")


def _plot(name: str, answer: results.Answer, width: int, height: int) -> Plot | None:
    rows = answer.rows[:_MOST_ROWS]
    dimensions = [column for column in answer.columns if not column.is_measure]
    measures = [column for column in answer.columns if column.is_measure]
    if not measures:
        return None
    labels = tuple(
        " – ".join(results.text_of(row.get(column.name, {})) or "∅" for column in dimensions) or name for row in rows
    )
    series = tuple(
        Series(
            column.label,
            tuple(results.number_of(row.get(column.name, {})) for row in rows),
            tuple(results.text_of(row.get(column.name, {})) for row in rows),
        )
        for column in measures
    )
    return Plot(name, labels, series, width, max(height, 120))
