"""Login, sudo, logout."""

from __future__ import annotations

import hmac
from typing import Any

from lookgate.emulator.api.find import user_in
from lookgate.emulator.api.route import NOT_FOUND, ApiError, Call, Operations
from lookgate.emulator.instance import TOKEN_SECONDS
from lookgate.emulator.people.tree import User

operations = Operations()

CORE_REFUSES = "Unsupported in Looker (Google Cloud core)"


@operations("login", "POST", "/login", public=True)
def login(call: Call) -> dict[str, Any]:
    """Exchange an API key, from the body or (going away) the query string, for a token. A bad key is a 404."""
    given = call.body if isinstance(call.body, dict) and "client_id" in call.body else call.query
    user = _owner_of_key(call, str(given.get("client_id") or ""), str(given.get("client_secret") or ""))
    return access_token(call.instance.issue_token(user.id))


@operations("login_user", "POST", "/login/{user_id}")
def login_user(call: Call) -> dict[str, Any]:
    """Give an admin a token of another user."""
    call.need_admin()
    if call.instance.edition == "core":
        raise ApiError(403, CORE_REFUSES)
    user = user_in(call)
    if user.is_disabled:
        raise ApiError(404, NOT_FOUND)
    return access_token(call.instance.issue_token(user.id, sudo_by=call.caller.id))


@operations("logout", "DELETE", "/logout")
def logout(call: Call) -> None:
    """Revoke the token that the call came with."""
    call.instance.tokens.pop(call.token or "", None)


def access_token(token: str) -> dict[str, Any]:
    """Return the answer that carries a token."""
    return {"access_token": token, "token_type": "Bearer", "expires_in": TOKEN_SECONDS, "refresh_token": None}


def _owner_of_key(call: Call, client_id: str, client_secret: str) -> User:
    for user in call.instance.users.values():
        for key in user.api3:
            if key.client_id == client_id and not key.is_disabled and not user.is_disabled:
                if hmac.compare_digest(key.client_secret.encode(), client_secret.encode("utf-8", "replace")):
                    return user
                break
    raise ApiError(404, NOT_FOUND)
