"""Values of user attributes for single users."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from lookgate.emulator.api.attribute_shapes import IDENTITY, checked_value, value_shape
from lookgate.emulator.api.body import UNSET, Body, Unset, read
from lookgate.emulator.api.find import attribute_in, need_self_or_admin, user_in
from lookgate.emulator.api.listing import flag, only_ids
from lookgate.emulator.api.route import NOT_FOUND, ApiError, Call, Operations, invalid
from lookgate.emulator.people.tree import User, UserAttribute

operations = Operations()


class ValueBody(Body, frozen=True):
    """What can be written."""

    value: str | Unset | None = UNSET


@operations("user_attribute_user_values", "GET", "/users/{user_id}/attribute_values")
def user_attribute_user_values(call: Call) -> Any:
    """Return a user's values with their sources; with ``all_values`` also those that lost."""
    user = user_in(call)
    need_self_or_admin(call, user)
    found: list[dict[str, Any]] = []
    for attribute in only_ids(call, call.instance.attributes, "user_attribute_ids"):
        if not (call.is_admin or attribute.user_can_view):
            continue
        shapes = [value_shape(call, user, attribute, *value) for value in _values(call, user, attribute)]
        if not flag(call, "all_values"):
            shapes = shapes[:1]
        if not shapes and flag(call, "include_unset"):
            shapes = [value_shape(call, user, attribute, None, None, None)]
        found.extend(shapes)
    return call.fields(found)


@operations("set_user_attribute_user_value", "PATCH", "/users/{user_id}/attribute_values/{user_attribute_id}")
def set_user_attribute_user_value(call: Call) -> Any:
    """Give a user a value of their own."""
    user, attribute = _writable(call)
    body = read(call, ValueBody)
    value = checked_value(attribute, None if body.value is UNSET else body.value)
    call.instance.user_values[user.id, attribute.id] = value
    return value_shape(call, user, attribute, value, "user", None)


@operations("delete_user_attribute_user_value", "DELETE", "/users/{user_id}/attribute_values/{user_attribute_id}")
def delete_user_attribute_user_value(call: Call) -> None:
    """Take a user's own value away; that of a group or the default applies again."""
    user, attribute = _writable(call)
    if call.instance.user_values.pop((user.id, attribute.id), None) is None:
        raise ApiError(404, NOT_FOUND)


def _writable(call: Call) -> tuple[User, UserAttribute]:
    user, attribute = user_in(call), attribute_in(call)
    need_self_or_admin(call, user)
    if not call.is_admin and not attribute.user_can_edit:
        raise ApiError(403, "Forbidden")
    if attribute.name in IDENTITY:
        raise invalid("user_attribute_id", "invalid", "This system attribute mirrors the user and has no other value.")
    return user, attribute


def _values(call: Call, user: User, attribute: UserAttribute) -> Iterator[tuple[str | None, str, int | None]]:
    effective = call.instance.value_of(user, attribute)
    if effective.source == "system":
        yield effective.value, "system", None
        return
    own = call.instance.user_values.get((user.id, attribute.id))
    if own is not None:
        yield own, "user", None
    member = call.instance.group_ids_of(user)
    for rank, (group_id, value) in enumerate(attribute.group_values):
        if group_id in member:
            yield value, "group", rank
    if attribute.default_value is not None:
        yield attribute.default_value, "default", None
