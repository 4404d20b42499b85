"""Groups."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lookgate.emulator.api.body import UNSET, Body, Unset, read, text
from lookgate.emulator.api.find import group_in
from lookgate.emulator.api.group_shapes import GROUP_COLUMNS, group_shape, is_built_in, with_hierarchy, with_roles
from lookgate.emulator.api.listing import flag, listing, only_ids, search
from lookgate.emulator.api.route import ApiError, Call, Operations, invalid
from lookgate.emulator.people.admins import LastAdmin, keep_an_admin
from lookgate.emulator.people.tree import Group

operations = Operations()


class GroupBody(Body, frozen=True):
    """What can be written."""

    name: str | Unset | None = UNSET
    can_add_to_content_metadata: bool | Unset = UNSET


@operations("all_groups", "GET", "/groups")
def all_groups(call: Call) -> Any:
    """Return groups."""
    groups = only_ids(call, call.instance.groups)
    if flag(call, "can_add_to_content_metadata") is False:
        groups = []  # every group can
    return call.fields([group_shape(call, group) for group in listing(call, groups, GROUP_COLUMNS)])


@operations("search_groups", "GET", "/groups/search")
def search_groups(call: Call) -> Any:
    """Search groups."""
    return _search(call, group_shape)


@operations("search_groups_with_roles", "GET", "/groups/search/with_roles")
def search_groups_with_roles(call: Call) -> Any:
    """Search groups; each comes with its roles."""
    call.need_admin()
    return _search(call, with_roles)


@operations("search_groups_with_hierarchy", "GET", "/groups/search/with_hierarchy")
def search_groups_with_hierarchy(call: Call) -> Any:
    """Search groups; each comes with the groups it is in."""
    call.need_admin()
    return _search(call, with_hierarchy)


@operations("group", "GET", "/groups/{group_id}")
def group(call: Call) -> Any:
    """Return one group."""
    return call.fields(group_shape(call, group_in(call)))


@operations("create_group", "POST", "/groups")
def create_group(call: Call) -> Any:
    """Create an empty group."""
    call.need_admin()
    made = Group("", _name(call, read(call, GroupBody)))
    made.id = call.instance.new_id()
    call.instance.groups[made.id] = made
    return call.fields(group_shape(call, made))


@operations("update_group", "PATCH", "/groups/{group_id}")
def update_group(call: Call) -> Any:
    """Rename a group; not the one that everyone is in."""
    call.need_admin()
    found, body = group_in(call), read(call, GroupBody)
    if body.name is not UNSET:
        if is_built_in(found) and body.name != found.name:
            raise ApiError(403, f"The group {found.name} cannot be renamed.")
        found.name = _name(call, body, found)
    return call.fields(group_shape(call, found))


@operations("delete_group", "DELETE", "/groups/{group_id}")
def delete_group(call: Call) -> None:
    """Delete a group; memberships and attribute values of the group go with it."""
    call.need_admin()
    found = group_in(call)
    if is_built_in(found):
        raise ApiError(403, f"The group {found.name} cannot be deleted.")
    try:
        with keep_an_admin(call.instance):
            del call.instance.groups[found.id]
            for user in call.instance.users.values():
                user.group_ids.discard(found.id)
            for other in call.instance.groups.values():
                other.child_ids.discard(found.id)
    except LastAdmin as error:
        raise ApiError(403, "The last admin is an admin through this group.") from error
    for attribute in call.instance.attributes.values():
        attribute.group_values = [pair for pair in attribute.group_values if pair[0] != found.id]


def _search(call: Call, shape: Callable[[Call, Group], dict[str, Any]]) -> Any:
    return call.fields([shape(call, found) for found in search(call, call.instance.groups.values(), GROUP_COLUMNS)])


def _name(call: Call, body: GroupBody, own: Group | None = None) -> str:
    name = text(body.name, "name")
    taken = {other.name.casefold() for other in call.instance.groups.values() if other is not own}
    if name.casefold() in taken:
        raise invalid("name", "already_exists", "name is already used by another group.")
    return name
