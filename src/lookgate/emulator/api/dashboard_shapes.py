"""Dashboards as Looker describes them, whether LookML says them or somebody made them here."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from lookgate.emulator import saved_queries
from lookgate.emulator.api.folder_shapes import folder_base
from lookgate.emulator.api.route import Call
from lookgate.emulator.catalogue import may, models
from lookgate.emulator.lookml.dashboards import Dashboard, DashboardElement, DashboardFilter
from lookgate.emulator.saved_queries import Parts
from lookgate.emulator.shelf_content import LOOKML, UserDashboard, folders

WIDTH, HEIGHT = 8, 6
"""Of a tile that does not say."""
_NOT_VISUAL = frozenset(
    {"name", "title", "model", "explore", "type", "fields", "filters", "sorts", "limit", "pivots", "listen", "row"}
    | {"col", "width", "height", "column_limit", "total", "dynamic_fields", "note_text", "note_state", "note_display"}
    | {"title_text", "subtitle_text", "body_text", "extension_id", "query_timezone", "rich_content_json"}
)
_PLAIN_TYPES = frozenset({"text", "extension", "button"})


def base_of(call: Call, board: UserDashboard) -> dict[str, Any]:
    """Return ``DashboardBase`` of a user-defined dashboard."""
    own = board.user_id == call.caller.id or call.is_admin
    return {
        "id": board.id,
        "content_metadata_id": board.id,
        "title": board.title,
        "slug": board.slug,
        "description": board.values.get("description"),
        "hidden": board.values.get("hidden", False),
        "user_id": board.user_id,
        "model": None,
        "query_timezone": board.values.get("query_timezone"),
        "readonly": False,
        "refresh_interval": board.values.get("refresh_interval"),
        "preferred_viewer": "dashboards-next",
        "folder": folder_base(call, folders(call.instance)[board.folder_id]),
        "can": {"show": True, "update": own, "destroy": own, "move": own, "copy": True},
    }


def user_dashboard(call: Call, board: UserDashboard) -> dict[str, Any]:
    """Return ``Dashboard`` of a user-defined one."""
    owner = call.instance.users.get(board.user_id)
    updater = call.instance.users.get(board.updater_id)
    return (
        board.values
        | base_of(call, board)
        | {
            "folder_id": board.folder_id,
            "url": f"/dashboards/{board.id}",
            "created_at": board.created_at.isoformat(),
            "updated_at": board.updated_at.isoformat(),
            "last_updater_id": board.updater_id,
            "last_updater_name": updater.display_name if updater else None,
            "user_name": owner.display_name if owner else None,
            "deleted": board.deleted_at is not None,
            "deleted_at": board.deleted_at.isoformat() if board.deleted_at else None,
            "deleter_id": board.deleter_id,
            "dashboard_elements": [element_of(call, element) for element in board.elements.values()],
            "dashboard_filters": list(board.filters.values()),
            "dashboard_layouts": [layout_of(board)],
        }
    )


def layout_of(board: UserDashboard) -> dict[str, Any]:
    """Return the one layout of a user-defined dashboard."""
    return _layout(board.layout_id, board.id, board.title, list(board.components.values()))


def element_of(call: Call, element: dict[str, Any]) -> dict[str, Any]:
    """Return a tile of a user-defined dashboard, with its query."""
    saved = saved_queries.by_id(call.instance).get(element.get("query_id") or "")
    seen = saved is not None and may(call.instance, call.caller, None, saved.parts.model)
    query = saved_queries.shape(call.instance, saved) if saved and seen else None
    return element | {"query": query, "can": {"show": True, "update": True, "destroy": True}}


def lookml_base(call: Call, board: Dashboard) -> dict[str, Any]:
    """Return ``DashboardBase`` of a LookML dashboard."""
    owner = board.id.partition("::")[0]
    model = models(call.instance).get(owner)
    return {
        "id": board.id,
        "content_metadata_id": board.id,
        "title": board.title,
        "slug": None,
        "description": board.description,
        "hidden": False,
        "user_id": None,
        "model": {"id": owner, "label": model.label if model else owner},
        "query_timezone": None,
        "readonly": True,
        "refresh_interval": board.raw.get("refresh"),
        "preferred_viewer": board.raw.get("preferred_viewer", "dashboards-next"),
        "folder": folder_base(call, folders(call.instance)[LOOKML]),
        "can": {"show": True, "update": False, "destroy": False, "copy": True},
    }


def lookml_dashboard(call: Call, board: Dashboard) -> dict[str, Any]:
    """Return ``Dashboard`` of a LookML dashboard; its tiles' queries are saved, so that their ids can be run."""
    components = [_component(board, element, at) for at, element in enumerate(board.elements)]
    return lookml_base(call, board) | {
        "folder_id": LOOKML,
        "url": f"/dashboards/{quote(board.id, safe=':')}",
        "lookml_link_id": board.id,
        "crossfilter_enabled": bool(board.raw.get("crossfilter_enabled", False)),
        "deleted": False,
        "dashboard_elements": [lookml_element(call, board, element) for element in board.elements],
        "dashboard_filters": [lookml_filter(board, entry, at) for at, entry in enumerate(board.filters)],
        "dashboard_layouts": [_layout(f"{board.id}::layout", board.id, board.title, components, kind=board.layout)],
    }


def element_id(board: Dashboard, element: DashboardElement) -> str:
    """Return the id of a LookML dashboard's tile."""
    return f"{board.id}::{element.name}"


def lookml_element(call: Call, board: Dashboard, element: DashboardElement) -> dict[str, Any]:
    """Return one tile of a LookML dashboard."""
    raw, has_query = element.raw, bool(element.model and element.explore)
    vis = {"type": element.type} | {name: value for name, value in raw.items() if name not in _NOT_VISUAL}
    shape: dict[str, Any] = {
        "id": element_id(board, element),
        "dashboard_id": board.id,
        "type": element.type if element.type in _PLAIN_TYPES else "vis",
        "title": element.title,
        "title_hidden": bool(raw.get("title_hidden", False)),
        "query": None,
        "query_id": None,
        "look": None,
        "look_id": None,
        "result_maker": None,
        "refresh_interval": raw.get("refresh"),
        "can": {"show": True},
    }
    for name in ("title_text", "subtitle_text", "body_text", "note_text", "note_state", "note_display"):
        shape[name] = raw.get(name)
    shape["extension_id"] = raw.get("extension_id")
    shape["rich_content_json"] = raw.get("rich_content_json")
    if not has_query:
        return shape
    query = saved_queries.shape(call.instance, saved_queries.save(call.instance, _parts(element, vis)))
    listen = [{"dashboard_filter_name": name, "field": field} for name, field in element.listen.items()]
    filterable = {"model": element.model, "view": element.explore, "name": element.name, "listen": listen}
    maker = {"id": shape["id"], "query_id": query["id"], "query": query, "filterables": [filterable]}
    maker |= {"vis_config": vis, "sorts": list(element.sorts), "total": False, "dynamic_fields": None}
    return shape | {"query": query, "query_id": query["id"], "result_maker": maker}


def lookml_filter(board: Dashboard, entry: DashboardFilter, row: int) -> dict[str, Any]:
    """Return one filter of a LookML dashboard."""
    raw = entry.raw
    return {
        "id": f"{board.id}::{entry.name}",
        "dashboard_id": board.id,
        "name": entry.name,
        "title": entry.title,
        "type": entry.type,
        "default_value": entry.default_value,
        "model": entry.model,
        "explore": entry.explore,
        "dimension": entry.field,
        "field": None,
        "row": row,
        "listens_to_filters": [str(name) for name in raw.get("listens_to_filters") or ()],
        "allow_multiple_values": bool(raw.get("allow_multiple_values", True)),
        "required": bool(raw.get("required", False)),
        "ui_config": raw.get("ui_config"),
        "can": {},
    }


def _parts(element: DashboardElement, vis: dict[str, Any]) -> Parts:
    return Parts(
        model=str(element.model),
        view=str(element.explore),
        fields=list(element.fields),
        filters=dict(element.filters) or None,
        sorts=list(element.sorts) or None,
        pivots=list(element.pivots) or None,
        limit=element.limit,
        vis_config=vis,
    )


def _component(board: Dashboard, element: DashboardElement, at: int) -> dict[str, Any]:
    def chosen(value: int | None, otherwise: int) -> int:
        return otherwise if value is None else value

    return {
        "id": f"{element_id(board, element)}::component",
        "dashboard_layout_id": f"{board.id}::layout",
        "dashboard_element_id": element_id(board, element),
        "row": chosen(element.row, at // 3 * HEIGHT),
        "column": chosen(element.col, at % 3 * WIDTH),
        "width": chosen(element.width, WIDTH),
        "height": chosen(element.height, HEIGHT),
        "deleted": False,
        "element_title": element.title,
        "element_title_hidden": False,
        "vis_type": element.type,
        "can": {},
    }


def _layout(
    layout_id: str, board_id: str, title: str, components: list[dict[str, Any]], kind: str = "newspaper"
) -> dict[str, Any]:
    return {
        "id": layout_id,
        "dashboard_id": board_id,
        "type": kind,
        "active": True,
        "column_width": None,
        "width": None,
        "deleted": False,
        "dashboard_title": title,
        "dashboard_layout_components": components,
        "can": {},
    }
