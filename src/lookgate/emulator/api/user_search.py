"""Finding users: by search, by name, by what they sign in with."""

from __future__ import annotations

from typing import Any

from lookgate.emulator.api.auth import CORE_REFUSES
from lookgate.emulator.api.listing import like, search
from lookgate.emulator.api.route import NOT_FOUND, ApiError, Call, Operations
from lookgate.emulator.api.user_columns import user_columns
from lookgate.emulator.api.user_shapes import EXTERNAL_TYPES, user_shape
from lookgate.emulator.people.tree import User

operations = Operations()


@operations("search_users", "GET", "/users/search")
def search_users(call: Call) -> Any:
    """Search users; criteria on details count only for admins, so a search tells nobody else about them."""
    found = search(call, call.instance.users.values(), user_columns(call))
    return call.fields([user_shape(call, user) for user in found])


@operations("search_users_names", "GET", "/users/search/names/{pattern}")
def search_users_names(call: Call) -> Any:
    """Search first name, last name and, for admins, email by one pattern."""
    pattern = call.path["pattern"]

    def named(user: User) -> bool:
        names = [user.first_name, user.last_name, *([user.email or ""] if call.is_admin else [])]
        return any(like(name, pattern) for name in names)

    found = search(call, [user for user in call.instance.users.values() if named(user)], user_columns(call))
    return call.fields([user_shape(call, user) for user in found])


@operations("user_for_credential", "GET", "/users/credential/{credential_type}/{credential_id}")
def user_for_credential(call: Call) -> Any:
    """Return the user who signs in with a credential: compared exactly, an email without case."""
    call.need_admin()
    kind, wanted = call.path["credential_type"], call.path["credential_id"]
    if kind not in {"email", "api3", "embed", *EXTERNAL_TYPES}:
        raise ApiError(404, NOT_FOUND)
    if kind == "email" and call.instance.edition == "core":
        raise ApiError(403, CORE_REFUSES)
    for user in call.instance.users.values():
        if _signs_in_with(user, kind, wanted):
            return call.fields(user_shape(call, user))
    raise ApiError(404, NOT_FOUND)


def _signs_in_with(user: User, kind: str, wanted: str) -> bool:
    if kind == "email":
        return user.email is not None and user.email.casefold() == wanted.casefold()
    if kind == "api3":
        return any(key.client_id == wanted for key in user.api3)
    return user.credentials.get(kind) == wanted
