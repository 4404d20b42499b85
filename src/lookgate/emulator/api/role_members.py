"""Who has a role, and which roles somebody has."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lookgate.emulator.api.body import read
from lookgate.emulator.api.find import need_self_or_admin, role_in, user_in
from lookgate.emulator.api.group_shapes import group_shape
from lookgate.emulator.api.listing import flag
from lookgate.emulator.api.role_shapes import role_shape
from lookgate.emulator.api.route import Call, Operations, invalid
from lookgate.emulator.api.user_shapes import user_shape
from lookgate.emulator.instance import Instance
from lookgate.emulator.people.admins import LastAdmin, keep_an_admin
from lookgate.emulator.people.tree import User

operations = Operations()


@operations("user_roles", "GET", "/users/{user_id}/roles")
def user_roles(call: Call) -> Any:
    """Return a user's roles, those of groups included unless only direct ones are asked for."""
    user = user_in(call)
    need_self_or_admin(call, user)
    held = user.role_ids if flag(call, "direct_association_only") else call.instance.role_ids_of(user)
    return call.fields([role_shape(call, call.instance.roles[role_id]) for role_id in sorted(held, key=int)])


@operations("set_user_roles", "PUT", "/users/{user_id}/roles")
def set_user_roles(call: Call) -> Any:
    """Replace a user's direct roles."""
    call.need_admin()
    user, wanted = user_in(call), _ids(call, call.instance.roles)
    try:
        with keep_an_admin(call.instance):
            user.role_ids = wanted
    except LastAdmin as error:
        raise _last_admin() from error
    return user_roles(call)


@operations("role_users", "GET", "/roles/{role_id}/users")
def role_users(call: Call) -> Any:
    """Return the users of a role."""
    call.need_admin()
    role_id = role_in(call).id
    direct = flag(call, "direct_association_only")

    def held(user: User) -> set[str]:
        return user.role_ids if direct else call.instance.role_ids_of(user)

    return call.fields([user_shape(call, user) for user in call.instance.users.values() if role_id in held(user)])


@operations("set_role_users", "PUT", "/roles/{role_id}/users")
def set_role_users(call: Call) -> Any:
    """Replace the users that have a role directly."""
    call.need_admin()
    role, wanted = role_in(call), _ids(call, call.instance.users)
    _replace(call.instance, call.instance.users, role.id, wanted)
    users = [call.instance.users[user_id] for user_id in sorted(wanted, key=int)]
    return [user_shape(call, user) for user in users]


@operations("role_groups", "GET", "/roles/{role_id}/groups")
def role_groups(call: Call) -> Any:
    """Return the groups that have a role."""
    call.need_admin()
    role_id = role_in(call).id
    groups = [group for group in call.instance.groups.values() if role_id in group.role_ids]
    return call.fields([group_shape(call, group) for group in groups])


@operations("set_role_groups", "PUT", "/roles/{role_id}/groups")
def set_role_groups(call: Call) -> Any:
    """Replace the groups that have a role."""
    call.need_admin()
    role, wanted = role_in(call), _ids(call, call.instance.groups)
    _replace(call.instance, call.instance.groups, role.id, wanted)
    return [group_shape(call, call.instance.groups[group_id]) for group_id in sorted(wanted, key=int)]


def _ids(call: Call, known: Mapping[str, object]) -> set[str]:
    wanted = {str(given) for given in read(call, list[str | int])}
    unknown = sorted(wanted - known.keys())
    if unknown:
        raise invalid("body", "invalid", f"These ids do not exist: {', '.join(unknown)}.")
    return wanted


def _replace(instance: Instance, holders: Mapping[str, Any], role_id: str, wanted: set[str]) -> None:
    try:
        with keep_an_admin(instance):
            for holder_id, holder in holders.items():
                if holder_id in wanted:
                    holder.role_ids.add(role_id)
                else:
                    holder.role_ids.discard(role_id)
    except LastAdmin as error:
        raise _last_admin() from error


def _last_admin() -> Exception:
    return invalid("body", "invalid", "Nobody would be left who may administer.")
