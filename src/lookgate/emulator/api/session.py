"""The API session: which workspace a token works in."""

from __future__ import annotations

from typing import Any

from lookgate.emulator.api.body import UNSET, Body, Unset, read
from lookgate.emulator.api.route import ApiError, Call, Operations, invalid
from lookgate.emulator.instance import Token

operations = Operations()

WORKSPACES = ("production", "dev")


class SessionBody(Body, frozen=True):
    """What can be changed."""

    workspace_id: str | Unset | None = UNSET


@operations("session", "GET", "/session")
def session(call: Call) -> dict[str, Any]:
    """Return the session of the caller's token."""
    return _shape(call, _token(call))


@operations("update_session", "PATCH", "/session")
def update_session(call: Call) -> dict[str, Any]:
    """Choose the workspace; ``dev`` needs the permission to develop."""
    body, token = read(call, SessionBody), _token(call)
    if body.workspace_id is not UNSET:
        if body.workspace_id not in WORKSPACES:
            raise invalid("workspace_id", "invalid", f"workspace_id must be one of {', '.join(WORKSPACES)}.")
        if body.workspace_id == "dev" and "develop" not in call.instance.permissions_of(call.caller):
            raise ApiError(403, "Forbidden")
        token.workspace_id = str(body.workspace_id)
    return _shape(call, token)


def _token(call: Call) -> Token:
    token = call.instance.tokens.get(call.token or "")
    if token is None:
        raise ApiError(401, "Requires authentication.")
    return token


def _shape(call: Call, token: Token) -> dict[str, Any]:
    can = {"view": True, "use_dev_mode": "develop" in call.instance.permissions_of(call.caller)}
    return {"workspace_id": token.workspace_id, "sudo_user_id": token.sudo_by, "can": can}
