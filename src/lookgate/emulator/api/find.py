"""Finding what a path names; what does not exist is a 404. And the links between objects."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar
from urllib.parse import quote

from lookgate.emulator.api.route import NOT_FOUND, ApiError, Call
from lookgate.emulator.people.tree import Group, Role, User, UserAttribute

T = TypeVar("T")


def one(things: Mapping[str, T], key: str | None) -> T:
    """Return the thing of this id.

    Raises:
        ApiError: 404.
    """
    thing = things.get(key or "")
    if thing is None:
        raise ApiError(404, NOT_FOUND)
    return thing


def user_in(call: Call) -> User:
    """Return the user that ``{user_id}`` names."""
    return one(call.instance.users, call.path["user_id"])


def group_in(call: Call) -> Group:
    """Return the group that ``{group_id}`` names."""
    return one(call.instance.groups, call.path["group_id"])


def role_in(call: Call) -> Role:
    """Return the role that ``{role_id}`` names."""
    return one(call.instance.roles, call.path["role_id"])


def attribute_in(call: Call) -> UserAttribute:
    """Return the user attribute that ``{user_attribute_id}`` names."""
    return one(call.instance.attributes, call.path["user_attribute_id"])


def need_self_or_admin(call: Call, user: User) -> None:
    """Refuse everyone but the user and admins."""
    if call.caller.id != user.id:
        call.need_admin()


def link(call: Call, *parts: str) -> str:
    """Return the address of something in the API."""
    return "/".join([call.instance.base_url + "/api/4.0", *(quote(part, safe="") for part in parts)])
