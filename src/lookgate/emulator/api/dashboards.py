"""``/dashboards``: LookML ones (``model::name``, read-only) and those that people made here."""

from __future__ import annotations

from typing import Any

from lookgate.emulator.api.body import UNSET, Body, Unset, read, text
from lookgate.emulator.api.dashboard_shapes import base_of, lookml_base, lookml_dashboard, user_dashboard
from lookgate.emulator.api.listing import Column, search
from lookgate.emulator.api.patch import given
from lookgate.emulator.api.route import NOT_FOUND, ApiError, Call, Operations, invalid
from lookgate.emulator.catalogue import lookml_dashboards
from lookgate.emulator.lookml.dashboards import Dashboard
from lookgate.emulator.shelf_content import (
    LOOKML,
    USERS,
    UserDashboard,
    dashboards,
    folders,
    may_open,
    personal_id,
)

operations = Operations()
_COLUMNS: dict[str, Column[UserDashboard]] = {
    "id": Column(lambda board: board.id, "id"),
    "slug": Column(lambda board: board.slug),
    "title": Column(lambda board: board.title),
    "description": Column(lambda board: board.values.get("description")),
    "folder_id": Column(lambda board: board.folder_id, "id"),
    "user_id": Column(lambda board: board.user_id, "id"),
    "deleted": Column(lambda board: board.deleted_at is not None, "flag"),
}


class _Dashboard(Body, frozen=True, kw_only=True):
    title: str | Unset = UNSET
    folder_id: str | Unset | None = UNSET
    description: str | Unset | None = UNSET
    hidden: bool | Unset = UNSET
    query_timezone: str | Unset | None = UNSET
    refresh_interval: str | Unset | None = UNSET
    load_configuration: str | Unset | None = UNSET
    crossfilter_enabled: bool | Unset = UNSET
    filters_bar_collapsed: bool | Unset = UNSET
    filters_location_top: bool | Unset = UNSET
    show_filters_bar: bool | Unset = UNSET
    show_title: bool | Unset = UNSET
    background_color: str | Unset | None = UNSET
    text_tile_text_color: str | Unset | None = UNSET
    tile_background_color: str | Unset | None = UNSET
    tile_text_color: str | Unset | None = UNSET
    title_color: str | Unset | None = UNSET
    deleted: bool | Unset = UNSET


@operations("all_dashboards", "GET", "/dashboards")
def all_dashboards(call: Call) -> Any:
    """List the dashboards the caller may open, LookML ones too."""
    own = [base_of(call, board) for board in _mine(call) if board.deleted_at is None]
    written = [lookml_base(call, board) for board in lookml_dashboards(call.instance, call.caller).values()]
    return call.fields(own + written)


@operations("search_dashboards", "GET", "/dashboards/search")
def search_dashboards(call: Call) -> Any:
    """Search the user-defined dashboards; deleted ones only when ``deleted`` says so."""
    rows = _mine(call)
    if not call.query.get("deleted"):
        rows = [board for board in rows if board.deleted_at is None]
    return call.fields([user_dashboard(call, board) for board in search(call, rows, _COLUMNS)])


@operations("dashboard", "GET", "/dashboards/{dashboard_id}")
def dashboard(call: Call) -> Any:
    """Return one dashboard with its tiles, filters and layout."""
    found = dashboard_in(call, call.path["dashboard_id"])
    return call.fields(dashboard_shape(call, found))


@operations("dashboard_lookml", "GET", "/dashboards/lookml/{dashboard_id}")
def dashboard_lookml(call: Call) -> Any:
    """Return a LookML dashboard as it is written."""
    board = lookml_dashboards(call.instance, call.caller).get(call.path["dashboard_id"])
    if board is None:
        raise ApiError(404, NOT_FOUND)
    import yaml  # noqa: PLC0415 - imported when first needed

    written = yaml.safe_dump([board.raw], sort_keys=False, allow_unicode=True)
    return {"dashboard_id": board.id, "folder_id": LOOKML, "lookml": written}


@operations("create_dashboard", "POST", "/dashboards")
def create_dashboard(call: Call) -> Any:
    """Make an empty dashboard, in the caller's own folder when none is named."""
    _need_save(call)
    values = given(read(call, _Dashboard))
    instance, now = call.instance, call.instance.clock()
    title = text(values.pop("title", UNSET), "title")
    folder_id = _folder(call, values.pop("folder_id", None) or personal_id(call.caller))
    _free_title(call, title, folder_id)
    values.pop("deleted", None)
    board_id, caller = instance.new_id(), call.caller.id
    board = UserDashboard(
        board_id, instance.new_secret(16), title, caller, folder_id, now, now, caller, instance.new_id(), values
    )
    dashboards(instance)[board_id] = board
    return user_dashboard(call, board)


@operations("update_dashboard", "PATCH", "/dashboards/{dashboard_id}")
def update_dashboard(call: Call) -> Any:
    """Change a user-defined dashboard; ``deleted`` moves it to the bin and back."""
    board = owned(call, call.path["dashboard_id"])
    values = given(read(call, _Dashboard))
    title = text(values.pop("title", board.title), "title")
    folder_id = values.pop("folder_id", None) or board.folder_id
    if folder_id != board.folder_id:
        folder_id = _folder(call, folder_id)
    if (title, folder_id) != (board.title, board.folder_id):
        _free_title(call, title, folder_id)
    deleted = values.pop("deleted", board.deleted_at is not None)
    if deleted != (board.deleted_at is not None):
        board.deleted_at = call.instance.clock() if deleted else None
        board.deleter_id = call.caller.id if deleted else None
    board.title, board.folder_id = title, folder_id
    board.values.update(values)
    touch(call, board)
    return user_dashboard(call, board)


@operations("delete_dashboard", "DELETE", "/dashboards/{dashboard_id}")
def delete_dashboard(call: Call) -> None:
    """Delete a user-defined dashboard for good."""
    del dashboards(call.instance)[owned(call, call.path["dashboard_id"]).id]


def dashboard_in(call: Call, board_id: str) -> UserDashboard | Dashboard:
    """Return a dashboard the caller may open.

    Raises:
        ApiError: 404.
    """
    own = next((board for board in _mine(call) if board_id in {board.id, board.slug}), None)
    found = own or lookml_dashboards(call.instance, call.caller).get(board_id)
    if found is None:
        raise ApiError(404, NOT_FOUND)
    return found


def dashboard_shape(call: Call, found: UserDashboard | Dashboard) -> dict[str, Any]:
    """Return ``Dashboard`` of either kind."""
    return lookml_dashboard(call, found) if isinstance(found, Dashboard) else user_dashboard(call, found)


def owned(call: Call, board_id: str) -> UserDashboard:
    """Return a dashboard the caller may change.

    Raises:
        ApiError: 404; 405 for a LookML dashboard; 403 for those of others.
    """
    found = dashboard_in(call, board_id)
    if isinstance(found, Dashboard):
        raise ApiError(405, "LookML dashboards are changed in their files.")
    _need_save(call)
    if found.user_id != call.caller.id:
        call.need_admin()
    return found


def touch(call: Call, board: UserDashboard) -> None:
    """Note who changed the dashboard, and when."""
    board.updated_at, board.updater_id = call.instance.clock(), call.caller.id


def _mine(call: Call) -> list[UserDashboard]:
    if "see_user_dashboards" not in call.instance.permissions_of(call.caller):
        return []
    every = folders(call.instance)
    return [
        board
        for board in dashboards(call.instance).values()
        if board.folder_id in every and may_open(call.instance, call.caller, every[board.folder_id])
    ]


def _need_save(call: Call) -> None:
    if not {"save_content", "save_dashboards"} & call.instance.permissions_of(call.caller):
        raise ApiError(403, "Forbidden")


def _folder(call: Call, folder_id: str) -> str:
    found = folders(call.instance).get(folder_id)
    if found is None or found.id in {USERS, LOOKML} or not may_open(call.instance, call.caller, found):
        raise invalid("folder_id", "invalid", "There is no such folder to save to.")
    return found.id


def _free_title(call: Call, title: str, folder_id: str) -> None:
    taken = dashboards(call.instance).values()
    if any(board.title == title and board.folder_id == folder_id and board.deleted_at is None for board in taken):
        raise invalid("title", "already_exists", "There is a dashboard of this title in the same folder.")
