"""``POST /api/token``: codes and refresh tokens become access tokens. Answers and errors as RFC 6749 section 5 says."""

from __future__ import annotations

from typing import Any

import msgspec

from lookgate.emulator.api.route import Call, Operations, Reply
from lookgate.emulator.oauth_grants import OauthError, redeem

operations = Operations()
_HEADERS = {"cache-control": "no-store", "pragma": "no-cache"}


@operations("oauth_token", "POST", "/token", public=True)
def token(call: Call) -> Reply:
    """Answer a token request, JSON or form."""
    form: dict[str, Any] = call.body if isinstance(call.body, dict) else {}
    try:
        return _reply(200, redeem(call.instance, form))
    except OauthError as error:
        shape = {"error": error.code, "error_description": error.description}
        return _reply(401 if error.code == "invalid_client" else 400, shape)


def _reply(status: int, shape: dict[str, Any]) -> Reply:
    return Reply(msgspec.json.encode(shape), "application/json", status, _HEADERS)
