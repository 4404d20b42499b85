"""The email credential of a user. Its address is the user's email; passwords do not exist here."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from lookgate.emulator.api.auth import CORE_REFUSES
from lookgate.emulator.api.body import UNSET, Body, Unset, read, text
from lookgate.emulator.api.find import need_self_or_admin, user_in
from lookgate.emulator.api.listing import Column, flag, search
from lookgate.emulator.api.route import NOT_FOUND, ApiError, Call, Operations, invalid
from lookgate.emulator.api.user_shapes import email_shape, timestamp, user_shape
from lookgate.emulator.people.tree import User

operations = Operations()

RESET_MINUTES = 60
SHELF = "email_credentials"
"""User id → created_at, forced_reset, reset_url, reset_expires_at."""

_COLUMNS: dict[str, Column[User]] = {
    "id": Column(lambda user: user.id, "id"),
    "email": Column(lambda user: user.email),
    "emails": Column(lambda user: (user.email or "").casefold(), "id"),
}


class EmailBody(Body, frozen=True):
    """What can be written."""

    email: str | Unset | None = UNSET
    forced_password_reset_at_next_login: bool | Unset = UNSET


@operations("search_credentials_email", "GET", "/credentials_email/search")
def search_credentials_email(call: Call) -> Any:
    """Search email credentials."""
    _need(call)
    users = [user for user in call.instance.users.values() if user.email]
    return call.fields([email_shape(call, user) for user in search(call, users, _COLUMNS)])


@operations("user_credentials_email", "GET", "/users/{user_id}/credentials_email")
def user_credentials_email(call: Call) -> Any:
    """Return the credential; 404 when the user has none."""
    need_self_or_admin(call, user_in(call))
    return call.fields(email_shape(call, _with_email(call)))


@operations("create_user_credentials_email", "POST", "/users/{user_id}/credentials_email")
def create_user_credentials_email(call: Call) -> Any:
    """Give a user an email address to sign in with."""
    _need(call)
    user, body = user_in(call), read(call, EmailBody)
    if user.email:
        raise ApiError(409, "The user already has an email credential.")
    user.email = _address(call, user, body.email)
    kept = call.instance.shelf(SHELF).setdefault(user.id, {})
    kept["created_at"] = timestamp(call.instance.clock())
    _force(kept, body)
    return call.fields(email_shape(call, user))


@operations("update_user_credentials_email", "PATCH", "/users/{user_id}/credentials_email")
def update_user_credentials_email(call: Call) -> Any:
    """Change the address."""
    _need(call)
    user, body = _with_email(call), read(call, EmailBody)
    if body.email is not UNSET:
        user.email = _address(call, user, body.email)
    _force(call.instance.shelf(SHELF).setdefault(user.id, {}), body)
    return call.fields(email_shape(call, user))


@operations("delete_user_credentials_email", "DELETE", "/users/{user_id}/credentials_email")
def delete_user_credentials_email(call: Call) -> None:
    """Take the address away."""
    _need(call)
    user = _with_email(call)
    user.email = None
    call.instance.shelf(SHELF).pop(user.id, None)


@operations("create_user_credentials_email_password_reset", "POST", "/users/{user_id}/credentials_email/password_reset")
def create_user_credentials_email_password_reset(call: Call) -> Any:
    """Make a password reset token; a new one takes the place of the old."""
    _need(call)
    user = _with_email(call)
    kept = call.instance.shelf(SHELF).setdefault(user.id, {})
    kept["reset_url"] = f"{call.instance.base_url}/password/reset/{call.instance.new_secret()}"
    expires = flag(call, "expires")
    kept["reset_expires_at"] = call.instance.clock() + timedelta(minutes=RESET_MINUTES) if expires else None
    return call.fields(email_shape(call, user))


@operations("wipeout_user_emails", "POST", "/users/{user_id}/update_emails")
def wipeout_user_emails(call: Call) -> Any:
    """Change every email address of a disabled user."""
    _need(call)
    user, body = user_in(call), read(call, EmailBody)
    if not user.is_disabled:
        raise invalid("is_disabled", "invalid", "The user must be disabled.")
    user.email = _address(call, user, body.email)
    if "looker_openid" in user.credentials:
        user.credentials["looker_openid"] = user.email
    return call.fields(user_shape(call, user))


def _need(call: Call) -> None:
    call.need_admin()
    if call.instance.edition == "core":
        raise ApiError(403, CORE_REFUSES)


def _with_email(call: Call) -> User:
    user = user_in(call)
    if not user.email:
        raise ApiError(404, NOT_FOUND)
    return user


def _address(call: Call, owner: User, given: str | Unset | None) -> str:
    address = text(given, "email").strip()
    name, _, domain = address.rpartition("@")
    if not name or "." not in domain.strip(".") or any(letter.isspace() for letter in address):
        raise invalid("email", "invalid", "email is not an email address.")
    for user in call.instance.users.values():
        if user is not owner and user.email and user.email.casefold() == address.casefold():
            raise invalid("email", "already_exists", "email is already used by another user.")
    return address


def _force(kept: dict[str, Any], body: EmailBody) -> None:
    if body.forced_password_reset_at_next_login is not UNSET:
        kept["forced_reset"] = body.forced_password_reset_at_next_login
