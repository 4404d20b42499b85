"""Users: who calls, list, create, change, delete."""

from __future__ import annotations

from typing import Any

from lookgate.emulator.api.body import UNSET, Body, Unset, read
from lookgate.emulator.api.find import user_in
from lookgate.emulator.api.listing import listing, only_ids
from lookgate.emulator.api.route import ApiError, Call, Operations, invalid
from lookgate.emulator.api.user_columns import user_columns
from lookgate.emulator.api.user_shapes import user_shape
from lookgate.emulator.build import ALL_USERS
from lookgate.emulator.people.admins import LastAdmin, keep_an_admin
from lookgate.emulator.people.tree import User

operations = Operations()


class UserBody(Body, frozen=True):
    """What can be written. ``email`` cannot: it comes from the credentials."""

    first_name: str | Unset | None = UNSET
    last_name: str | Unset | None = UNSET
    is_disabled: bool | Unset = UNSET
    locale: str | Unset | None = UNSET
    home_folder_id: str | Unset | None = UNSET
    models_dir_validated: bool | Unset | None = UNSET
    can_manage_api3_creds: bool | Unset = UNSET
    ui_state: dict[str, Any] | Unset | None = UNSET


@operations("me", "GET", "/user")
def me(call: Call) -> Any:
    """Return the caller."""
    return call.fields(user_shape(call, call.caller))


@operations("all_users", "GET", "/users")
def all_users(call: Call) -> Any:
    """Return users; other callers than admins see names only."""
    users = listing(call, only_ids(call, call.instance.users), user_columns(call))
    return call.fields([user_shape(call, user) for user in users])


@operations("user", "GET", "/users/{user_id}")
def user(call: Call) -> Any:
    """Return one user."""
    return call.fields(user_shape(call, user_in(call)))


@operations("create_user", "POST", "/users")
def create_user(call: Call) -> Any:
    """Create a user without any way to sign in yet."""
    call.need_admin()
    body = read(call, UserBody)
    made = User(call.instance.new_id(), "", "")
    made.group_ids = {group.id for group in call.instance.groups.values() if group.name == ALL_USERS}
    _write(made, body)
    call.instance.users[made.id] = made
    return call.fields(user_shape(call, made))


@operations("update_user", "PATCH", "/users/{user_id}")
def update_user(call: Call) -> Any:
    """Change a user; a user that is disabled loses tokens and sessions at once."""
    call.need_admin()
    found, body = user_in(call), read(call, UserBody)
    try:
        with keep_an_admin(call.instance):
            _write(found, body)
    except LastAdmin as error:
        raise invalid("is_disabled", "invalid", "The last admin cannot be disabled.") from error
    if found.is_disabled:
        sign_out(call, found)
    return call.fields(user_shape(call, found))


@operations("delete_user", "DELETE", "/users/{user_id}")
def delete_user(call: Call) -> None:
    """Delete a user, with keys, tokens, sessions and attribute values."""
    call.need_admin()
    found = user_in(call)
    if found.id == call.caller.id:
        raise ApiError(403, "You cannot delete your own user.")
    try:
        with keep_an_admin(call.instance):
            del call.instance.users[found.id]
    except LastAdmin as error:
        raise ApiError(403, "The last admin cannot be deleted.") from error
    sign_out(call, found)
    for key in [key for key in call.instance.user_values if key[0] == found.id]:
        del call.instance.user_values[key]
    call.instance.shelf("email_credentials").pop(found.id, None)


def sign_out(call: Call, gone: User) -> None:
    """End every token and session of a user."""
    instance = call.instance
    for token in [token for token, entry in instance.tokens.items() if entry.user_id == gone.id]:
        del instance.tokens[token]
    for key in [key for key, session in instance.sessions.items() if session.user_id == gone.id]:
        del instance.sessions[key]


def _write(target: User, body: UserBody) -> None:
    if body.first_name is not UNSET:
        target.first_name = body.first_name or ""
    if body.last_name is not UNSET:
        target.last_name = body.last_name or ""
    if body.is_disabled is not UNSET:
        target.is_disabled = body.is_disabled
    if body.locale is not UNSET:
        target.locale = body.locale or "en"
    if body.home_folder_id is not UNSET:
        target.home_folder_id = body.home_folder_id
    if body.models_dir_validated is not UNSET:
        target.models_dir_validated = bool(body.models_dir_validated)
    if body.can_manage_api3_creds is not UNSET:
        target.can_manage_api3_creds = body.can_manage_api3_creds
    if body.ui_state is not UNSET:
        target.ui_state = dict(body.ui_state or {})
