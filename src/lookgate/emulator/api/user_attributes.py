"""Definitions of user attributes."""

from __future__ import annotations

from typing import Any, get_args

from lookgate.emulator.api.attribute_shapes import attribute_shape, checked_value
from lookgate.emulator.api.body import UNSET, Body, Unset, read, text
from lookgate.emulator.api.find import attribute_in
from lookgate.emulator.api.listing import Column, ordered
from lookgate.emulator.api.route import NOT_FOUND, ApiError, Call, Operations, invalid
from lookgate.emulator.people.tree import UserAttribute
from lookgate.emulator.world import AttributeType

operations = Operations()

_COLUMNS: dict[str, Column[UserAttribute]] = {
    "name": Column(lambda attribute: attribute.name),
    "label": Column(lambda attribute: attribute.label),
    "id": Column(lambda attribute: attribute.id, "id"),
}


class AttributeBody(Body, frozen=True):
    """What can be written."""

    name: str | Unset | None = UNSET
    label: str | Unset | None = UNSET
    type: str | Unset | None = UNSET
    default_value: str | Unset | None = UNSET
    value_is_hidden: bool | Unset = UNSET
    user_can_view: bool | Unset = UNSET
    user_can_edit: bool | Unset = UNSET
    hidden_value_domain_whitelist: str | Unset | None = UNSET


@operations("all_user_attributes", "GET", "/user_attributes")
def all_user_attributes(call: Call) -> Any:
    """Return the definitions; to others than admins those whose values they may view. No paging, as in Looker."""
    attributes = [each for each in call.instance.attributes.values() if _visible(call, each)]
    return call.fields([attribute_shape(call, each) for each in ordered(call, attributes, _COLUMNS)])


@operations("user_attribute", "GET", "/user_attributes/{user_attribute_id}")
def user_attribute(call: Call) -> Any:
    """Return one definition."""
    found = attribute_in(call)
    if not _visible(call, found):
        raise ApiError(404, NOT_FOUND)
    return call.fields(attribute_shape(call, found))


@operations("create_user_attribute", "POST", "/user_attributes")
def create_user_attribute(call: Call) -> Any:
    """Create an attribute; name and label must be its own."""
    call.need_admin()
    body = read(call, AttributeBody)
    name, label, kind = _own(call, body, "name"), _own(call, body, "label"), _type(body)
    made = UserAttribute("", name, label, kind)
    _write(made, body)
    made.id = call.instance.new_id()
    call.instance.attributes[made.id] = made
    return call.fields(attribute_shape(call, made))


@operations("update_user_attribute", "PATCH", "/user_attributes/{user_attribute_id}")
def update_user_attribute(call: Call) -> Any:
    """Change a definition; not a system one. Hiding and the allow-list of a hidden one are for good."""
    call.need_admin()
    found, body = attribute_in(call), read(call, AttributeBody)
    if found.is_system:
        raise invalid("id", "invalid", "A system attribute cannot be changed.")
    name = found.name if body.name is UNSET else _own(call, body, "name", found)
    label = found.label if body.label is UNSET else _own(call, body, "label", found)
    kind = found.type if body.type is UNSET else _type(body)
    draft = UserAttribute(
        found.id,
        name,
        label,
        kind,
        default_value=found.default_value,
        value_is_hidden=found.value_is_hidden,
        user_can_view=found.user_can_view,
        user_can_edit=found.user_can_edit,
        hidden_value_domain_whitelist=found.hidden_value_domain_whitelist,
        group_values=found.group_values,
    )
    _write(draft, body)
    call.instance.attributes[found.id] = draft
    return call.fields(attribute_shape(call, draft))


@operations("delete_user_attribute", "DELETE", "/user_attributes/{user_attribute_id}")
def delete_user_attribute(call: Call) -> None:
    """Delete an attribute with all its values."""
    call.need_admin()
    found = attribute_in(call)
    if found.is_permanent:
        raise ApiError(403, "A system attribute cannot be deleted.")
    del call.instance.attributes[found.id]
    for key in [key for key in call.instance.user_values if key[1] == found.id]:
        del call.instance.user_values[key]


def _visible(call: Call, attribute: UserAttribute) -> bool:
    return call.is_admin or attribute.user_can_view


def _own(call: Call, body: AttributeBody, field_name: str, own: UserAttribute | None = None) -> str:
    wanted = text(getattr(body, field_name), field_name)
    others = [other for other in call.instance.attributes.values() if other is not own]
    if any(getattr(other, field_name).casefold() == wanted.casefold() for other in others):
        raise invalid(field_name, "already_exists", f"{field_name} is already used by another user attribute.")
    return wanted


def _type(body: AttributeBody) -> AttributeType:
    kind: Any = text(body.type, "type")
    if kind not in get_args(AttributeType):
        raise invalid("type", "invalid", f"type must be one of {', '.join(get_args(AttributeType))}.")
    found: AttributeType = kind
    return found


def _write(target: UserAttribute, body: AttributeBody) -> None:
    if body.value_is_hidden is not UNSET:
        if target.value_is_hidden and not body.value_is_hidden:
            raise invalid("value_is_hidden", "invalid", "Hidden values cannot be shown again.")
        target.value_is_hidden = body.value_is_hidden
    if body.hidden_value_domain_whitelist is not UNSET:
        _allow(target, body.hidden_value_domain_whitelist or None)
    if body.default_value is not UNSET:
        default = body.default_value
        target.default_value = None if default is None else checked_value(target, default, "default_value")
    if body.user_can_view is not UNSET:
        target.user_can_view = body.user_can_view
    if body.user_can_edit is not UNSET:
        target.user_can_edit = body.user_can_edit


def _allow(target: UserAttribute, domains: str | None) -> None:
    field_name = "hidden_value_domain_whitelist"
    current = target.hidden_value_domain_whitelist
    if domains == current:
        return
    if current:
        raise invalid(field_name, "invalid", "The allow-list of a hidden value cannot be changed once it is set.")
    if not target.value_is_hidden:
        raise invalid(field_name, "invalid", "Only an attribute whose value is hidden has an allow-list.")
    target.hidden_value_domain_whitelist = domains
