"""Looks and boards, of which the local Looker has none, and favourite dashboards, of which each user has their own."""

from __future__ import annotations

from typing import Any

from lookgate.emulator.api.body import UNSET, Body, Unset, read
from lookgate.emulator.api.dashboard_shapes import base_of, lookml_base
from lookgate.emulator.api.dashboards import dashboard_in
from lookgate.emulator.api.listing import Column, search
from lookgate.emulator.api.patch import given
from lookgate.emulator.api.route import NOT_FOUND, ApiError, Call, Operations, invalid
from lookgate.emulator.lookml.dashboards import Dashboard

operations = Operations()


class _Favorite(Body, frozen=True):
    dashboard_id: str | Unset | None = UNSET
    lookml_dashboard_id: str | Unset | None = UNSET
    content_metadata_id: str | Unset | None = UNSET
    """The id of the dashboard itself, here."""
    user_id: str | Unset | None = UNSET


_Row = dict[str, Any]
_COLUMNS: dict[str, Column[_Row]] = {
    name: Column(lambda row, key=name: row[key], "id")  # type: ignore[misc]  # mypy cannot type a lambda's default
    for name in ("id", "user_id", "dashboard_id", "lookml_dashboard_id")
}


@operations("all_looks", "GET", "/looks")
def all_looks(call: Call) -> list[Any]:
    """List the Looks."""
    del call
    return []


@operations("search_looks", "GET", "/looks/search")
def search_looks(call: Call) -> list[Any]:
    """Search the Looks."""
    del call
    return []


@operations("look", "GET", "/looks/{look_id}")
def look(call: Call) -> None:
    """Return a Look: there is none."""
    raise ApiError(404, f"{NOT_FOUND}: there is no Look {call.path['look_id']}.")


@operations("all_boards", "GET", "/boards")
def all_boards(call: Call) -> list[Any]:
    """List the boards."""
    del call
    return []


@operations("search_boards", "GET", "/boards/search")
def search_boards(call: Call) -> list[Any]:
    """Search the boards."""
    del call
    return []


@operations("search_content_favorites", "GET", "/content_favorite/search")
def search_content_favorites(call: Call) -> Any:
    """List favourites: one's own, or everybody's for an admin."""
    rows = [row for row in _favorites(call).values() if call.is_admin or row["user_id"] == call.caller.id]
    return call.fields([_shape(call, row) for row in search(call, rows, _COLUMNS)])


@operations("create_content_favorite", "POST", "/content_favorite")
def create_content_favorite(call: Call) -> Any:
    """Make a dashboard one's favourite."""
    wanted = given(read(call, _Favorite))
    kinds = ("content_metadata_id", "dashboard_id", "lookml_dashboard_id")
    board_id = next((wanted[name] for name in kinds if wanted.get(name)), None)
    if not board_id:
        raise invalid("content_metadata_id", "missing_field", "content_metadata_id is required.")
    if (wanted.get("user_id") or call.caller.id) != call.caller.id:
        raise invalid("user_id", "invalid", "A favourite is one's own.")
    board = dashboard_in(call, board_id)
    key = "lookml_dashboard_id" if isinstance(board, Dashboard) else "dashboard_id"
    for row in _favorites(call).values():
        if row["user_id"] == call.caller.id and row[key] == board.id:
            return _shape(call, row)
    row = {"id": call.instance.new_id(), "user_id": call.caller.id, "dashboard_id": None, "lookml_dashboard_id": None}
    row[key] = board.id
    _favorites(call)[str(row["id"])] = row
    return _shape(call, row)


@operations("content_favorite", "GET", "/content_favorite/{content_favorite_id}")
def content_favorite(call: Call) -> Any:
    """Return one favourite."""
    return call.fields(_shape(call, _find(call)))


@operations("delete_content_favorite", "DELETE", "/content_favorite/{content_favorite_id}")
def delete_content_favorite(call: Call) -> None:
    """Take a favourite back."""
    del _favorites(call)[_find(call)["id"]]


def _favorites(call: Call) -> dict[str, _Row]:
    return call.instance.shelf("content_favorites")


def _find(call: Call) -> _Row:
    row = _favorites(call).get(call.path["content_favorite_id"])
    if row is None or (row["user_id"] != call.caller.id and not call.is_admin):
        raise ApiError(404, NOT_FOUND)
    return row


def _shape(call: Call, row: _Row) -> _Row:
    board_id = row["dashboard_id"] or row["lookml_dashboard_id"]
    shape = row | {"look_id": None, "board_id": None, "content_metadata_id": board_id}
    try:
        board = dashboard_in(call, board_id)
    except ApiError:
        return shape
    if isinstance(board, Dashboard):
        return shape | {"lookml_dashboard": lookml_base(call, board)}
    return shape | {"dashboard": base_of(call, board)}
