"""How groups look in answers, and what they can be searched by."""

from __future__ import annotations

from typing import Any

from lookgate.emulator.api.listing import Column
from lookgate.emulator.api.role_shapes import role_shape
from lookgate.emulator.api.route import Call
from lookgate.emulator.build import ALL_USERS
from lookgate.emulator.people.tree import Group

GROUP_COLUMNS: dict[str, Column[Group]] = {
    "id": Column(lambda group: group.id, "id"),
    "name": Column(lambda group: group.name),
    "external_group_id": Column(lambda group: group.external_group_id),
    "externally_managed": Column(lambda _: False, "flag"),
    "externally_orphaned": Column(lambda _: False, "flag"),
}


def group_shape(call: Call, group: Group) -> dict[str, Any]:
    """Return a group: whole for admins, else its name and whether the caller is in it."""
    instance = call.instance
    shape: dict[str, Any] = {
        "id": group.id,
        "name": group.name,
        "contains_current_user": group.id in instance.group_ids_of(call.caller),
        "can": {
            "show": True,
            "index": True,
            "create": call.is_admin,
            "update": call.is_admin,
            "delete": call.is_admin and not is_built_in(group),
            "edit_in_ui": call.is_admin,
        },
    }
    if call.is_admin:
        shape.update(
            can_add_to_content_metadata=True,
            external_group_id=group.external_group_id,
            externally_managed=False,
            include_by_default=is_built_in(group),
            user_count=_user_count(call, group),
        )
    return shape


def with_roles(call: Call, group: Group) -> dict[str, Any]:
    """Return a group and its roles."""
    roles = [call.instance.roles[role_id] for role_id in sorted(group.role_ids, key=int)]
    return {**group_shape(call, group), "roles": [role_shape(call, role) for role in roles]}


def with_hierarchy(call: Call, group: Group) -> dict[str, Any]:
    """Return a group, the groups it is in, and its roles' ids."""
    parents = [parent.id for parent in call.instance.groups.values() if group.id in parent.child_ids]
    return {**group_shape(call, group), "parent_group_ids": parents, "role_ids": sorted(group.role_ids, key=int)}


def is_built_in(group: Group) -> bool:
    """Say whether this is the group that everyone is in."""
    return group.name == ALL_USERS


def groups_inside(call: Call, group_id: str) -> set[str]:
    """Return the group and all groups inside it, at any depth."""
    found: set[str] = set()
    waiting = [group_id]
    while waiting:
        current = waiting.pop()
        if current not in found:
            found.add(current)
            waiting.extend(call.instance.groups[current].child_ids)
    return found


def _user_count(call: Call, group: Group) -> int:
    inside = groups_inside(call, group.id)
    return sum(not inside.isdisjoint(user.group_ids) for user in call.instance.users.values())
