"""``/folders``: shared and personal ones, and LookML's."""

from __future__ import annotations

from typing import Any

from lookgate.emulator.api.body import UNSET, Body, Unset, read, text
from lookgate.emulator.api.dashboard_shapes import base_of, lookml_base
from lookgate.emulator.api.folder_shapes import folder_base
from lookgate.emulator.api.listing import Column, listing, search
from lookgate.emulator.api.patch import given
from lookgate.emulator.api.route import NOT_FOUND, ApiError, Call, Operations, invalid
from lookgate.emulator.catalogue import lookml_dashboards
from lookgate.emulator.shelf_content import LOOKML, SHARED, USERS, Folder, ancestors, dashboards, folders, may_open

operations = Operations()
_COLUMNS: dict[str, Column[Folder]] = {
    "id": Column(lambda folder: folder.id, "id"),
    "name": Column(lambda folder: folder.name),
    "parent_id": Column(lambda folder: folder.parent_id, "id"),
    "creator_id": Column(lambda folder: folder.creator_id, "id"),
    "is_shared_root": Column(lambda folder: folder.id == SHARED, "flag"),
    "is_users_root": Column(lambda folder: folder.id == USERS, "flag"),
}


class _New(Body, frozen=True):
    name: str
    parent_id: str


class _Change(Body, frozen=True):
    name: str | Unset = UNSET
    parent_id: str | Unset = UNSET


@operations("all_folders", "GET", "/folders")
def all_folders(call: Call) -> Any:
    """List the folders the caller may open."""
    return call.fields([folder_base(call, folder) for folder in _mine(call)])


@operations("search_folders", "GET", "/folders/search")
def search_folders(call: Call) -> Any:
    """Search the folders the caller may open."""
    return call.fields([_shape(call, folder) for folder in search(call, _mine(call), _COLUMNS)])


@operations("folder", "GET", "/folders/{folder_id}")
def folder(call: Call) -> Any:
    """Return one folder with what is in it."""
    return call.fields(_shape(call, _find(call, call.path["folder_id"])))


@operations("folder_children", "GET", "/folders/{folder_id}/children")
def folder_children(call: Call) -> Any:
    """List the folders inside."""
    parent = _find(call, call.path["folder_id"])
    inside = [child for child in _mine(call) if child.parent_id == parent.id]
    return call.fields([_shape(call, child) for child in listing(call, inside, _COLUMNS)])


@operations("folder_parent", "GET", "/folders/{folder_id}/parent")
def folder_parent(call: Call) -> Any:
    """Return the folder it lies in."""
    return call.fields(_shape(call, _find(call, _find(call, call.path["folder_id"]).parent_id or "")))


@operations("folder_ancestors", "GET", "/folders/{folder_id}/ancestors")
def folder_ancestors(call: Call) -> Any:
    """List the folders above, the root first."""
    found = _find(call, call.path["folder_id"])
    return call.fields([_shape(call, above) for above in ancestors(call.instance, found)])


@operations("folder_dashboards", "GET", "/folders/{folder_id}/dashboards")
def folder_dashboards(call: Call) -> Any:
    """List the dashboards inside."""
    return call.fields(_dashboards(call, _find(call, call.path["folder_id"])))


@operations("folder_looks", "GET", "/folders/{folder_id}/looks")
def folder_looks(call: Call) -> Any:
    """List the Looks inside: the local Looker has none."""
    _find(call, call.path["folder_id"])
    return []


@operations("create_folder", "POST", "/folders")
def create_folder(call: Call) -> Any:
    """Make a folder in a shared folder or in one's own."""
    new = read(call, _New)
    parent = _writable(call, new.parent_id)
    name = _free_name(call, text(new.name, "name"), parent.id)
    made = Folder(call.instance.new_id(), name, parent.id, None, call.caller.id, call.instance.clock())
    call.instance.shelf("folders")[made.id] = made
    return _shape(call, made)


@operations("update_folder", "PATCH", "/folders/{folder_id}")
def update_folder(call: Call) -> Any:
    """Rename or move a folder that was made here."""
    found, changes = _made(call), given(read(call, _Change))
    parent_id = changes.get("parent_id", found.parent_id)
    if parent_id != found.parent_id:
        parent = _writable(call, str(parent_id))
        if found in (parent, *ancestors(call.instance, parent)):
            raise invalid("parent_id", "invalid", "A folder cannot lie in itself.")
    name = text(changes.get("name", found.name), "name")
    if (name, parent_id) != (found.name, found.parent_id):
        _free_name(call, name, str(parent_id))
    found.name, found.parent_id = name, parent_id
    return _shape(call, found)


@operations("delete_folder", "DELETE", "/folders/{folder_id}")
def delete_folder(call: Call) -> None:
    """Delete a folder that was made here, and everything in it."""
    gone = _made(call)
    every = folders(call.instance).values()
    ids = {other.id for other in every if gone in (other, *ancestors(call.instance, other))}
    for key in [key for key, board in dashboards(call.instance).items() if board.folder_id in ids]:
        del dashboards(call.instance)[key]
    for key in ids:
        del call.instance.shelf("folders")[key]


def _mine(call: Call) -> list[Folder]:
    return [found for found in folders(call.instance).values() if may_open(call.instance, call.caller, found)]


def _find(call: Call, folder_id: str) -> Folder:
    found = folders(call.instance).get(folder_id)
    if found is None or not may_open(call.instance, call.caller, found):
        raise ApiError(404, NOT_FOUND)
    return found


def _writable(call: Call, folder_id: str) -> Folder:
    found = folders(call.instance).get(folder_id)
    if found is None or found.id in {USERS, LOOKML} or not may_open(call.instance, call.caller, found):
        raise invalid("parent_id", "invalid", "There is no such folder to write to.")
    if not {"save_content", "manage_spaces"} & call.instance.permissions_of(call.caller):
        raise ApiError(403, "Forbidden")
    return found


def _made(call: Call) -> Folder:
    found = _find(call, call.path["folder_id"])
    if found.id not in call.instance.shelf("folders"):
        raise ApiError(403, "This folder cannot be changed: it is always there.")
    if found.creator_id != call.caller.id and "manage_spaces" not in call.instance.permissions_of(call.caller):
        raise ApiError(403, "Forbidden")
    return found


def _free_name(call: Call, name: str, parent_id: str) -> str:
    if any(other.name == name and other.parent_id == parent_id for other in folders(call.instance).values()):
        raise invalid("name", "already_exists", "There is a folder of this name in the same place.")
    return name


def _dashboards(call: Call, found: Folder) -> list[dict[str, Any]]:
    if found.id == LOOKML:
        return [lookml_base(call, board) for board in lookml_dashboards(call.instance, call.caller).values()]
    if "see_user_dashboards" not in call.instance.permissions_of(call.caller):
        return []
    inside = dashboards(call.instance).values()
    return [base_of(call, board) for board in inside if board.folder_id == found.id and board.deleted_at is None]


def _shape(call: Call, found: Folder) -> dict[str, Any]:
    return folder_base(call, found) | {"dashboards": _dashboards(call, found), "looks": []}
