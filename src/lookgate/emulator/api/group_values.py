"""Values of user attributes for groups."""

from __future__ import annotations

from typing import Any

from lookgate.emulator.api.attribute_shapes import IDENTITY, checked_value, group_value_shape
from lookgate.emulator.api.attribute_values import ValueBody
from lookgate.emulator.api.body import UNSET, Body, Unset, read
from lookgate.emulator.api.find import attribute_in, group_in
from lookgate.emulator.api.route import NOT_FOUND, ApiError, Call, Operations, invalid
from lookgate.emulator.people.tree import UserAttribute

operations = Operations()


class GroupValueBody(Body, frozen=True):
    """One group's value; its place in the list is its rank unless every entry has one."""

    group_id: str | int
    value: str | Unset | None = UNSET
    rank: int | Unset | None = UNSET


@operations("all_user_attribute_group_values", "GET", "/user_attributes/{user_attribute_id}/group_values")
def all_user_attribute_group_values(call: Call) -> Any:
    """Return the group values, the first wins."""
    call.need_admin()
    return call.fields(_shapes(attribute_in(call)))


@operations("set_user_attribute_group_values", "POST", "/user_attributes/{user_attribute_id}/group_values")
def set_user_attribute_group_values(call: Call) -> Any:
    """Replace every group value of the attribute."""
    call.need_admin()
    attribute = _writable(call)
    wanted = read(call, list[GroupValueBody])
    ranked = [entry for entry in wanted if entry.rank is not UNSET and entry.rank is not None]
    if ranked and len(ranked) < len(wanted):
        raise invalid("rank", "missing_field", "Every entry needs a rank, or none.")
    if ranked:
        wanted = sorted(wanted, key=lambda entry: entry.rank if isinstance(entry.rank, int) else 0)
    values: dict[str, str] = {}
    for entry in wanted:
        group_id = str(entry.group_id)
        if group_id not in call.instance.groups:
            raise invalid("group_id", "invalid", f"There is no group {group_id}.")
        if group_id in values:
            raise invalid("group_id", "already_exists", f"The group {group_id} is there twice.")
        values[group_id] = checked_value(attribute, None if entry.value is UNSET else entry.value)
    attribute.group_values = list(values.items())
    return _shapes(attribute)


@operations("update_user_attribute_group_value", "PATCH", "/groups/{group_id}/attribute_values/{user_attribute_id}")
def update_user_attribute_group_value(call: Call) -> Any:
    """Give one group a value: in its old place, else after all others."""
    call.need_admin()
    group, attribute = group_in(call), _writable(call)
    body = read(call, ValueBody)
    values = dict(attribute.group_values)
    values[group.id] = checked_value(attribute, None if body.value is UNSET else body.value)
    attribute.group_values = list(values.items())
    return group_value_shape(attribute, list(values).index(group.id))


@operations("delete_user_attribute_group_value", "DELETE", "/groups/{group_id}/attribute_values/{user_attribute_id}")
def delete_user_attribute_group_value(call: Call) -> None:
    """Take a group's value away."""
    call.need_admin()
    group, attribute = group_in(call), attribute_in(call)
    values = dict(attribute.group_values)
    if values.pop(group.id, None) is None:
        raise ApiError(404, NOT_FOUND)
    attribute.group_values = list(values.items())


def _writable(call: Call) -> UserAttribute:
    attribute = attribute_in(call)
    if attribute.name in IDENTITY:
        raise invalid("user_attribute_id", "invalid", "This system attribute mirrors the user and has no other value.")
    return attribute


def _shapes(attribute: UserAttribute) -> list[dict[str, Any]]:
    return [group_value_shape(attribute, rank) for rank in range(len(attribute.group_values))]
