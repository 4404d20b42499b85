"""The parts of user-defined dashboards: tiles, filters, layout. Those of LookML dashboards can be read."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from lookgate.emulator import saved_queries
from lookgate.emulator.api.body import UNSET, Body, Unset, read, text
from lookgate.emulator.api.dashboard_shapes import HEIGHT, WIDTH, element_of
from lookgate.emulator.api.dashboards import dashboard_in, dashboard_shape, owned, touch
from lookgate.emulator.api.patch import given
from lookgate.emulator.api.queries import check, saved_in
from lookgate.emulator.api.route import NOT_FOUND, ApiError, Call, Operations, invalid
from lookgate.emulator.catalogue import lookml_dashboards
from lookgate.emulator.saved_queries import Parts
from lookgate.emulator.shelf_content import UserDashboard, dashboards

operations = Operations()
_TYPES = ("vis", "text", "extension", "button", "data")


class _Element(Body, frozen=True, kw_only=True):
    dashboard_id: str | Unset = UNSET
    type: str | Unset | None = UNSET
    title: str | Unset | None = UNSET
    title_hidden: bool | Unset = UNSET
    title_text: str | Unset | None = UNSET
    subtitle_text: str | Unset | None = UNSET
    body_text: str | Unset | None = UNSET
    note_text: str | Unset | None = UNSET
    note_display: str | Unset | None = UNSET
    note_state: str | Unset | None = UNSET
    refresh_interval: str | Unset | None = UNSET
    extension_id: str | Unset | None = UNSET
    rich_content_json: str | Unset | None = UNSET
    query_id: str | Unset | None = UNSET
    query: Parts | Unset | None = UNSET


class _Filter(Body, frozen=True, kw_only=True):
    dashboard_id: str | Unset = UNSET
    name: str | Unset = UNSET
    title: str | Unset = UNSET
    type: str | Unset = UNSET
    default_value: str | Unset | None = UNSET
    model: str | Unset | None = UNSET
    explore: str | Unset | None = UNSET
    dimension: str | Unset | None = UNSET
    row: int | Unset = UNSET
    listens_to_filters: list[str] | Unset | None = UNSET
    allow_multiple_values: bool | Unset = UNSET
    required: bool | Unset = UNSET
    ui_config: dict[str, Any] | Unset | None = UNSET


class _Component(Body, frozen=True, kw_only=True):
    row: int | Unset = UNSET
    column: int | Unset = UNSET
    width: int | Unset = UNSET
    height: int | Unset = UNSET


class _Part(NamedTuple):
    board: UserDashboard
    value: dict[str, Any]


@operations("dashboard_dashboard_elements", "GET", "/dashboards/{dashboard_id}/dashboard_elements")
def dashboard_elements(call: Call) -> Any:
    """List a dashboard's tiles."""
    return call.fields(_whole(call)["dashboard_elements"])


@operations("dashboard_dashboard_filters", "GET", "/dashboards/{dashboard_id}/dashboard_filters")
def dashboard_filters(call: Call) -> Any:
    """List a dashboard's filters."""
    return call.fields(_whole(call)["dashboard_filters"])


@operations("dashboard_dashboard_layouts", "GET", "/dashboards/{dashboard_id}/dashboard_layouts")
def dashboard_layouts(call: Call) -> Any:
    """List a dashboard's layouts."""
    return call.fields(_whole(call)["dashboard_layouts"])


@operations("dashboard_element", "GET", "/dashboard_elements/{dashboard_element_id}")
def dashboard_element(call: Call) -> Any:
    """Return one tile."""
    return call.fields(_readable(call, "dashboard_elements", call.path["dashboard_element_id"]))


@operations("create_dashboard_element", "POST", "/dashboard_elements")
def create_dashboard_element(call: Call) -> Any:
    """Add a tile to a dashboard, below all others."""
    values = given(read(call, _Element))
    board = owned(call, _board_id(values))
    values = {"type": "vis"} | _checked(call, values)
    element_id = call.instance.new_id()
    board.elements[element_id] = {"id": element_id, "dashboard_id": board.id, **values}
    below = max((part["row"] + part["height"] for part in board.components.values()), default=0)
    component_id = call.instance.new_id()
    board.components[component_id] = {
        "id": component_id,
        "dashboard_layout_id": board.layout_id,
        "dashboard_element_id": element_id,
        "row": below,
        "column": 0,
        "width": WIDTH,
        "height": HEIGHT,
        "deleted": False,
        "element_title": values.get("title"),
        "can": {"update": True},
    }
    touch(call, board)
    return call.fields(element_of(call, board.elements[element_id]))


@operations("update_dashboard_element", "PATCH", "/dashboard_elements/{dashboard_element_id}")
def update_dashboard_element(call: Call) -> Any:
    """Change a tile."""
    board, element = _changeable(call, "elements", call.path["dashboard_element_id"])
    values = given(read(call, _Element))
    if values.pop("dashboard_id", board.id) != board.id:
        raise invalid("dashboard_id", "invalid", "A tile cannot move to another dashboard.")
    element.update(_checked(call, values))
    touch(call, board)
    return call.fields(element_of(call, element))


@operations("delete_dashboard_element", "DELETE", "/dashboard_elements/{dashboard_element_id}")
def delete_dashboard_element(call: Call) -> None:
    """Remove a tile and its place in the layout."""
    board, element = _changeable(call, "elements", call.path["dashboard_element_id"])
    del board.elements[element["id"]]
    for key in [key for key, part in board.components.items() if part["dashboard_element_id"] == element["id"]]:
        del board.components[key]
    touch(call, board)


@operations("dashboard_filter", "GET", "/dashboard_filters/{dashboard_filter_id}")
def dashboard_filter(call: Call) -> Any:
    """Return one filter."""
    return call.fields(_readable(call, "dashboard_filters", call.path["dashboard_filter_id"]))


@operations("create_dashboard_filter", "POST", "/dashboard_filters")
def create_dashboard_filter(call: Call) -> Any:
    """Add a filter to a dashboard."""
    values = given(read(call, _Filter))
    board = owned(call, _board_id(values))
    for name in ("name", "title", "type"):
        values[name] = text(values.get(name), name)
    if any(other["name"] == values["name"] for other in board.filters.values()):
        raise invalid("name", "already_exists", "The dashboard has a filter of this name.")
    filter_id = call.instance.new_id()
    board.filters[filter_id] = {"id": filter_id, "dashboard_id": board.id, **values}
    touch(call, board)
    return call.fields(board.filters[filter_id])


@operations("update_dashboard_filter", "PATCH", "/dashboard_filters/{dashboard_filter_id}")
def update_dashboard_filter(call: Call) -> Any:
    """Change a filter."""
    board, found = _changeable(call, "filters", call.path["dashboard_filter_id"])
    values = given(read(call, _Filter))
    values.pop("dashboard_id", None)
    for name in {"name", "title", "type"} & values.keys():
        text(values[name], name)
    found.update(values)
    touch(call, board)
    return call.fields(found)


@operations("delete_dashboard_filter", "DELETE", "/dashboard_filters/{dashboard_filter_id}")
def delete_dashboard_filter(call: Call) -> None:
    """Remove a filter."""
    board, found = _changeable(call, "filters", call.path["dashboard_filter_id"])
    del board.filters[found["id"]]
    touch(call, board)


@operations(
    "update_dashboard_layout_component", "PATCH", "/dashboard_layout_components/{dashboard_layout_component_id}"
)
def update_dashboard_layout_component(call: Call) -> Any:
    """Move or resize a tile, on a grid of 24 columns."""
    board, found = _changeable(call, "components", call.path["dashboard_layout_component_id"])
    values = given(read(call, _Component))
    for name, least in (("row", 0), ("column", 0), ("width", 1), ("height", 1)):
        if not least <= values.get(name, found[name]) <= (24 if name in {"column", "width"} else 10_000):
            raise invalid(name, "invalid", f"{name} is off the grid.")
    found.update(values)
    touch(call, board)
    return call.fields(found)


def _board_id(values: dict[str, Any]) -> str:
    board_id = values.pop("dashboard_id", None)
    if not board_id:
        raise invalid("dashboard_id", "missing_field", "dashboard_id is required.")
    return str(board_id)


def _checked(call: Call, values: dict[str, Any]) -> dict[str, Any]:
    if values.get("type", "vis") not in _TYPES:
        raise invalid("type", "invalid", f"type must be one of {', '.join(_TYPES)}.")
    query: Parts | None = values.pop("query", None)
    if values.get("query_id"):
        saved_in(call, values["query_id"])
    elif query is not None:
        check(call, query)
        values["query_id"] = saved_queries.save(call.instance, query).id
    return values


def _whole(call: Call) -> dict[str, Any]:
    return dashboard_shape(call, dashboard_in(call, call.path["dashboard_id"]))


def _boards(call: Call) -> Iterator[dict[str, Any]]:
    for board_id in (*dashboards(call.instance), *lookml_dashboards(call.instance, call.caller)):
        try:
            yield dashboard_shape(call, dashboard_in(call, board_id))
        except ApiError:
            continue


def _readable(call: Call, kind: str, part_id: str) -> dict[str, Any]:
    for board in _boards(call):
        for part in board[kind]:
            if part["id"] == part_id:
                found: dict[str, Any] = part
                return found
    raise ApiError(404, NOT_FOUND)


def _changeable(call: Call, kind: str, part_id: str) -> _Part:
    for board in dashboards(call.instance).values():
        parts: dict[str, dict[str, Any]] = getattr(board, kind)
        if part_id in parts:
            return _Part(owned(call, board.id), parts[part_id])
    if kind != "components" and any(
        part["id"] == part_id for board in _boards(call) for part in board[f"dashboard_{kind}"]
    ):
        raise ApiError(405, "LookML dashboards are changed in their files.")
    raise ApiError(404, NOT_FOUND)
