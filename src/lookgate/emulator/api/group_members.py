"""Who and what is in a group."""

from __future__ import annotations

from typing import Any

from lookgate.emulator.api.body import Body, read
from lookgate.emulator.api.find import group_in, one
from lookgate.emulator.api.group_shapes import group_shape, groups_inside, is_built_in
from lookgate.emulator.api.listing import listing
from lookgate.emulator.api.route import NOT_FOUND, ApiError, Call, Operations, invalid
from lookgate.emulator.api.user_columns import user_columns
from lookgate.emulator.api.user_shapes import user_shape
from lookgate.emulator.people.admins import LastAdmin, keep_an_admin

operations = Operations()


class MemberUser(Body, frozen=True):
    """A user to add."""

    user_id: str | int


class MemberGroup(Body, frozen=True):
    """A group to add."""

    group_id: str | int


@operations("all_group_users", "GET", "/groups/{group_id}/users")
def all_group_users(call: Call) -> Any:
    """Return the users directly in a group."""
    call.need_admin()
    found = group_in(call)
    users = [user for user in call.instance.users.values() if found.id in user.group_ids]
    return call.fields([user_shape(call, user) for user in listing(call, users, user_columns(call))])


@operations("add_group_user", "POST", "/groups/{group_id}/users")
def add_group_user(call: Call) -> Any:
    """Put a user into a group."""
    call.need_admin()
    found = group_in(call)
    user = one(call.instance.users, str(read(call, MemberUser).user_id))
    user.group_ids.add(found.id)
    return user_shape(call, user)


@operations("delete_group_user", "DELETE", "/groups/{group_id}/users/{user_id}")
def delete_group_user(call: Call) -> None:
    """Take a user out of a group; not out of the one that everyone is in."""
    call.need_admin()
    found, user = group_in(call), one(call.instance.users, call.path["user_id"])
    if found.id not in user.group_ids:
        raise ApiError(404, NOT_FOUND)
    if is_built_in(found):
        raise ApiError(403, f"Everyone is in {found.name}.")
    try:
        with keep_an_admin(call.instance):
            user.group_ids.discard(found.id)
    except LastAdmin as error:
        raise ApiError(403, "The last admin is an admin through this group.") from error


@operations("all_group_groups", "GET", "/groups/{group_id}/groups")
def all_group_groups(call: Call) -> Any:
    """Return the groups directly in a group."""
    call.need_admin()
    children = [call.instance.groups[child] for child in sorted(group_in(call).child_ids, key=int)]
    return call.fields([group_shape(call, child) for child in children])


@operations("add_group_group", "POST", "/groups/{group_id}/groups")
def add_group_group(call: Call) -> Any:
    """Put a group into a group; no group can end up inside itself."""
    call.need_admin()
    found = group_in(call)
    child = one(call.instance.groups, str(read(call, MemberGroup).group_id))
    if is_built_in(child) or is_built_in(found) or found.id in groups_inside(call, child.id):
        raise invalid("group_id", "invalid", f"{child.name} cannot be put into {found.name}.")
    found.child_ids.add(child.id)
    return group_shape(call, child)


@operations("delete_group_from_group", "DELETE", "/groups/{group_id}/groups/{deleting_group_id}")
def delete_group_from_group(call: Call) -> None:
    """Take a group out of a group."""
    call.need_admin()
    found, child = group_in(call), call.path["deleting_group_id"]
    if child not in found.child_ids:
        raise ApiError(404, NOT_FOUND)
    try:
        with keep_an_admin(call.instance):
            found.child_ids.discard(child)
    except LastAdmin as error:
        raise ApiError(403, "The last admin is an admin through this group.") from error
