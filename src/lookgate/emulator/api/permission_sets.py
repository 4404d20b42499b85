"""Permission sets, and the permissions there are."""

from __future__ import annotations

from typing import Any

from lookgate.emulator.api.body import UNSET, Body, Unset, read, text
from lookgate.emulator.api.find import one
from lookgate.emulator.api.listing import listing, search
from lookgate.emulator.api.role_shapes import PERMISSION_SET_COLUMNS, permission_set_shape
from lookgate.emulator.api.route import ApiError, Call, Operations, invalid
from lookgate.emulator.people.permissions import ADMINISTER, PERMISSIONS
from lookgate.emulator.people.tree import PermissionSet

operations = Operations()


class PermissionSetBody(Body, frozen=True):
    """What can be written."""

    name: str | Unset | None = UNSET
    permissions: list[str] | Unset | None = UNSET


@operations("all_permissions", "GET", "/permissions")
def all_permissions(call: Call) -> Any:
    """Return every permission, the one it needs, and what it allows."""
    call.need_admin()
    return [
        {"permission": name, "parent": parent, "description": description, "can": {}}
        for name, (parent, description) in PERMISSIONS.items()
        if name != ADMINISTER
    ]


@operations("all_permission_sets", "GET", "/permission_sets")
def all_permission_sets(call: Call) -> Any:
    """Return the permission sets."""
    call.need_admin()
    found = listing(call, call.instance.permission_sets.values(), PERMISSION_SET_COLUMNS)
    return call.fields([permission_set_shape(call, each) for each in found])


@operations("search_permission_sets", "GET", "/permission_sets/search")
def search_permission_sets(call: Call) -> Any:
    """Search permission sets; ``permissions`` names, comma-separated, what a set must contain."""
    call.need_admin()
    needed = {name.strip() for name in call.query.get("permissions", "").split(",") if name.strip()}
    sets = [each for each in call.instance.permission_sets.values() if needed <= set(each.permissions)]
    found = search(call, sets, PERMISSION_SET_COLUMNS)
    return call.fields([permission_set_shape(call, each) for each in found])


@operations("permission_set", "GET", "/permission_sets/{permission_set_id}")
def permission_set(call: Call) -> Any:
    """Return one permission set."""
    call.need_admin()
    return call.fields(permission_set_shape(call, _found(call)))


@operations("create_permission_set", "POST", "/permission_sets")
def create_permission_set(call: Call) -> Any:
    """Create a permission set."""
    call.need_admin()
    body = read(call, PermissionSetBody)
    made = PermissionSet("", _name(call, body), _permissions(body))
    made.id = call.instance.new_id()
    call.instance.permission_sets[made.id] = made
    return permission_set_shape(call, made)


@operations("update_permission_set", "PATCH", "/permission_sets/{permission_set_id}")
def update_permission_set(call: Call) -> Any:
    """Change a permission set; not the built-in one."""
    call.need_admin()
    found, body = _changeable(call), read(call, PermissionSetBody)
    name = found.name if body.name is UNSET else _name(call, body, found)
    permissions = found.permissions if body.permissions is UNSET else _permissions(body)
    found.name, found.permissions = name, permissions
    return permission_set_shape(call, found)


@operations("delete_permission_set", "DELETE", "/permission_sets/{permission_set_id}")
def delete_permission_set(call: Call) -> None:
    """Delete a permission set that no role uses."""
    call.need_admin()
    found = _changeable(call)
    if any(role.permission_set_id == found.id for role in call.instance.roles.values()):
        raise ApiError(405, "A role uses this permission set.")
    del call.instance.permission_sets[found.id]


def _found(call: Call) -> PermissionSet:
    return one(call.instance.permission_sets, call.path["permission_set_id"])


def _changeable(call: Call) -> PermissionSet:
    found = _found(call)
    if found.built_in:
        raise ApiError(405, f"The built-in permission set {found.name} cannot be changed.")
    return found


def _name(call: Call, body: PermissionSetBody, own: PermissionSet | None = None) -> str:
    name = text(body.name, "name")
    others = [other for other in call.instance.permission_sets.values() if other is not own]
    if any(other.name.casefold() == name.casefold() for other in others):
        raise invalid("name", "already_exists", "name is already used by another permission set.")
    return name


def _permissions(body: PermissionSetBody) -> list[str]:
    given = dict.fromkeys([] if body.permissions is UNSET else body.permissions or [])
    unknown = [name for name in given if name not in PERMISSIONS or name == ADMINISTER]
    if unknown:
        raise invalid("permissions", "invalid", f"These are not permissions: {', '.join(unknown)}.")
    return list(given)
