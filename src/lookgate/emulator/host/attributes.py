"""``USER_ATTRIBUTE``: an extension reads and writes its own user attributes, and reads the instance's.

Its own are listed by short name in ``scoped_user_attributes``; their full name carries the extension's prefix. Those in
``global_user_attributes`` are read-only. A hidden value reads null, as everywhere outside the server.
"""

from __future__ import annotations

from lookgate.emulator.host.application import Refusal
from lookgate.emulator.host.endpoint import Ask
from lookgate.emulator.people.tree import UserAttribute

MAX_VALUE_CHARACTERS = 64 * 1024


def user_attribute(ask: Ask) -> str | bool | None:
    """Do ``get`` (a text or null), ``set`` (true) or ``reset`` (nothing).

    Raises:
        Refusal: the attribute is not listed, does not exist, is read-only, or the request is malformed.
    """
    kind, name = ask.text("type", most=10), ask.text("name", most=255)
    with ask.instance.lock:
        attribute, scoped = _attribute(ask, name)
        if kind == "get":
            return _readable(ask, attribute)
        if kind not in {"set", "reset"}:
            raise Refusal("A user attribute can be got, set or reset.", 400)
        _check_writable(ask, attribute, scoped=scoped)
        key = (ask.user.id, attribute.id)
        if kind == "reset":
            ask.instance.user_values.pop(key, None)
            return None
        ask.instance.user_values[key] = ask.text("value", most=MAX_VALUE_CHARACTERS)
        return True


def _attribute(ask: Ask, name: str) -> tuple[UserAttribute, bool]:
    allowed = ask.extension.entitlements
    scoped = name in allowed.listed("scoped_user_attributes")
    if not scoped and name not in allowed.listed("global_user_attributes"):
        raise Refusal(
            f"Extension not entitled to access user attribute {name}. List it in scoped_user_attributes or "
            "global_user_attributes of the entitlements in manifest.lkml."
        )
    full = ask.extension.prefix + name if scoped else name
    attribute = ask.instance.attribute_named(full)
    if attribute is None:
        raise Refusal(f"There is no user attribute {full}. An admin creates it under that name.", 404)
    return attribute, scoped


def _readable(ask: Ask, attribute: UserAttribute) -> str | None:
    if attribute.value_is_hidden or not (attribute.user_can_view or ask.instance.is_admin(ask.user)):
        return None
    return ask.instance.value_of(ask.user, attribute).value


def _check_writable(ask: Ask, attribute: UserAttribute, *, scoped: bool) -> None:
    if not scoped or attribute.is_system:
        raise Refusal(f"The user attribute {attribute.name} is global: extensions can only read it.")
    if not (attribute.user_can_edit or ask.instance.is_admin(ask.user)):
        raise Refusal(f"The user attribute {attribute.name} cannot be edited by users. An admin can allow it.")
