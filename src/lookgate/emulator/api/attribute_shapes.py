"""How user attributes and their values look in answers. A hidden value is null, for admins too."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from lookgate.emulator.api.route import Call, invalid
from lookgate.emulator.people.tree import User, UserAttribute

IDENTITY = frozenset({"id", "email", "first_name", "last_name", "name"})
"""System attributes that mirror the user; the other system attributes may have values of their own."""


def attribute_shape(call: Call, attribute: UserAttribute) -> dict[str, Any]:
    """Return a definition; the default only to admins, and never a hidden one."""
    shown = call.is_admin and not attribute.value_is_hidden
    return {
        "id": attribute.id,
        "name": attribute.name,
        "label": attribute.label,
        "type": attribute.type,
        "default_value": attribute.default_value if shown else None,
        "is_system": attribute.is_system,
        "is_permanent": attribute.is_permanent,
        "value_is_hidden": attribute.value_is_hidden,
        "user_can_view": attribute.user_can_view,
        "user_can_edit": attribute.user_can_edit,
        "hidden_value_domain_whitelist": attribute.hidden_value_domain_whitelist if call.is_admin else None,
        "can": {
            "show": True,
            "update": call.is_admin and not attribute.is_system,
            "destroy": call.is_admin and not attribute.is_permanent,
            "set_value": attribute.name not in IDENTITY and (call.is_admin or attribute.user_can_edit),
        },
    }


def value_shape(
    call: Call, user: User, attribute: UserAttribute, value: str | None, source: str | None, rank: int | None
) -> dict[str, Any]:
    """Return a user's value."""
    return {
        "name": attribute.name,
        "label": attribute.label,
        "rank": rank,
        "value": None if attribute.value_is_hidden else value,
        "user_id": user.id,
        "user_can_edit": attribute.user_can_edit,
        "value_is_hidden": attribute.value_is_hidden,
        "user_attribute_id": attribute.id,
        "source": source,
        "hidden_value_domain_whitelist": attribute.hidden_value_domain_whitelist if call.is_admin else None,
        "can": {"set_value": attribute.name not in IDENTITY and (call.is_admin or attribute.user_can_edit)},
    }


def group_value_shape(attribute: UserAttribute, rank: int) -> dict[str, Any]:
    """Return the group value at a rank."""
    group_id, value = attribute.group_values[rank]
    return {
        "id": f"{attribute.id}_{group_id}",
        "group_id": group_id,
        "user_attribute_id": attribute.id,
        "value_is_hidden": attribute.value_is_hidden,
        "rank": rank,
        "value": None if attribute.value_is_hidden else value,
        "can": {},
    }


def checked_value(attribute: UserAttribute, value: str | None, field_name: str = "value") -> str:
    """Return a value that fits the attribute's type.

    Raises:
        ApiError: 422 when it is missing or does not fit.
    """
    if value is None:
        raise invalid(field_name, "missing_field", "A value is needed; DELETE takes one away.")
    fits = _FITS.get(attribute.type)
    try:
        if fits is not None:
            fits(value)
    except ValueError as error:
        raise invalid(field_name, "invalid", f"The value is not of type {attribute.type}.") from error
    return value


def _yes_or_no(value: str) -> None:
    if value not in {"yes", "no"}:
        raise ValueError


_FITS: dict[str, Callable[[str], object]] = {"number": float, "yesno": _yes_or_no, "datetime": datetime.fromisoformat}
