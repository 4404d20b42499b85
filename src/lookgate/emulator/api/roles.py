"""Roles."""

from __future__ import annotations

from typing import Any

from lookgate.emulator.api.body import UNSET, Body, Unset, read, text
from lookgate.emulator.api.find import role_in
from lookgate.emulator.api.listing import listing, only_ids, search
from lookgate.emulator.api.role_shapes import is_built_in, role_columns, role_shape
from lookgate.emulator.api.route import NOT_FOUND, ApiError, Call, Operations, invalid
from lookgate.emulator.people.admins import LastAdmin, keep_an_admin
from lookgate.emulator.people.tree import Role

operations = Operations()


class RoleBody(Body, frozen=True):
    """What can be written."""

    name: str | Unset | None = UNSET
    permission_set_id: str | int | Unset | None = UNSET
    model_set_id: str | int | Unset | None = UNSET


def visible(call: Call) -> dict[str, Role]:
    """Return the roles the caller may see: all for admins, their own for others."""
    mine = call.instance.role_ids_of(call.caller)
    return {key: role for key, role in call.instance.roles.items() if call.is_admin or key in mine}


@operations("all_roles", "GET", "/roles")
def all_roles(call: Call) -> Any:
    """Return roles."""
    roles = listing(call, only_ids(call, visible(call)), role_columns(call.instance))
    return call.fields([role_shape(call, found) for found in roles])


@operations("search_roles", "GET", "/roles/search")
def search_roles(call: Call) -> Any:
    """Search roles."""
    found = search(call, visible(call).values(), role_columns(call.instance))
    return call.fields([role_shape(call, one) for one in found])


@operations("search_roles_with_user_count", "GET", "/roles/search/with_user_count")
def search_roles_with_user_count(call: Call) -> Any:
    """Search roles; each comes with the number of its users, direct and through groups."""
    call.need_admin()
    instance = call.instance
    found = search(call, instance.roles.values(), role_columns(instance))
    held = [instance.role_ids_of(user) for user in instance.users.values()]
    return call.fields([{**role_shape(call, one), "user_count": sum(one.id in ids for ids in held)} for one in found])


@operations("role", "GET", "/roles/{role_id}")
def role(call: Call) -> Any:
    """Return one role."""
    found = role_in(call)
    if found.id not in visible(call):
        raise ApiError(404, NOT_FOUND)
    return role_shape(call, found)


@operations("create_role", "POST", "/roles")
def create_role(call: Call) -> Any:
    """Create a role of a permission set and a model set."""
    call.need_admin()
    body = read(call, RoleBody)
    made = Role("", _name(call, body), _set(call, body, "permission_set_id"), _set(call, body, "model_set_id"))
    made.id = call.instance.new_id()
    call.instance.roles[made.id] = made
    return role_shape(call, made)


@operations("update_role", "PATCH", "/roles/{role_id}")
def update_role(call: Call) -> Any:
    """Change a role; not the built-in one."""
    call.need_admin()
    found, body = _changeable(call), read(call, RoleBody)
    name = found.name if body.name is UNSET else _name(call, body, found)
    permission_set = found.permission_set_id
    model_set = found.model_set_id
    if body.permission_set_id is not UNSET:
        permission_set = _set(call, body, "permission_set_id")
    if body.model_set_id is not UNSET:
        model_set = _set(call, body, "model_set_id")
    try:
        with keep_an_admin(call.instance):
            found.permission_set_id, found.model_set_id = permission_set, model_set
    except LastAdmin as error:
        raise invalid("permission_set_id", "invalid", "The last admin is an admin through this role.") from error
    found.name = name
    return role_shape(call, found)


@operations("delete_role", "DELETE", "/roles/{role_id}")
def delete_role(call: Call) -> None:
    """Delete a role; users and groups lose it."""
    call.need_admin()
    found = _changeable(call)
    try:
        with keep_an_admin(call.instance):
            del call.instance.roles[found.id]
            for user in call.instance.users.values():
                user.role_ids.discard(found.id)
            for group in call.instance.groups.values():
                group.role_ids.discard(found.id)
    except LastAdmin as error:
        raise ApiError(405, "The last admin is an admin through this role.") from error


def _changeable(call: Call) -> Role:
    found = role_in(call)
    if is_built_in(call.instance, found):
        raise ApiError(405, "The built-in Admin role cannot be changed.")
    return found


def _name(call: Call, body: RoleBody, own: Role | None = None) -> str:
    name = text(body.name, "name")
    if any(other.name.casefold() == name.casefold() for other in call.instance.roles.values() if other is not own):
        raise invalid("name", "already_exists", "name is already used by another role.")
    return name


def _set(call: Call, body: RoleBody, field_name: str) -> str:
    sets = call.instance.permission_sets if field_name == "permission_set_id" else call.instance.model_sets
    wanted = getattr(body, field_name)
    if wanted is UNSET or wanted is None:
        raise invalid(field_name, "missing_field", "This field is required.")
    if str(wanted) not in sets:
        raise invalid(field_name, "invalid", f"{field_name} names nothing.")
    return str(wanted)
