"""Access tokens of any OAuth 2.0 provider, by the client credentials grant (RFC 6749, section 4.4)."""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal, Protocol
from urllib.parse import quote_plus

import msgspec

from lookgate.core.ports import Clock
from lookgate.core.renewal import Minted
from lookgate.core.secret import Secret
from lookgate.errors import Refused, Unavailable
from lookgate.net.ask import Answer

_TOKEN = re.compile(r"[!-~]{1,8192}")
_ERROR = re.compile(r"[a-z_]{1,40}")
_OK, _BUSY, _SERVER, _TIMEOUT = 200, 429, 500, 408
_LONGEST_LIFE = 366 * 24 * 3600


class Asking(Protocol):
    """``net.ask.Ask``, as far as it is used here."""

    async def __call__(self, method: str, url: str, *, headers: dict[str, str], form: dict[str, str]) -> Answer: ...


@dataclass(frozen=True, slots=True)
class Client:
    """Who asks, and how it proves it."""

    token_url: str
    client_id: Secret
    client_secret: Secret
    auth: Literal["basic", "post"] = "basic"
    scope: str = ""
    audience_parameter: Literal["", "audience", "resource"] = ""
    """What the provider calls the audience (RFC 8707: ``resource``); empty when it is told none."""
    lifetime: int = 3600
    """Seconds that its tokens live when it does not say."""


class _Granted(msgspec.Struct):
    access_token: str
    token_type: str
    expires_in: float | None = None


class _Error(msgspec.Struct):
    error: str = ""


class ClientCredentials:
    """``core.renewal.TokenSource``.

    Args:
        client: who asks.
        ask: how the provider is asked.
        clock: for the token's times.
    """

    def __init__(self, client: Client, ask: Asking, clock: Clock) -> None:
        self._client = client
        self._ask = ask
        self._clock = clock

    async def mint(self, audience: str) -> Minted:
        client, form = self._client, {"grant_type": "client_credentials"}
        headers = {"accept": "application/json"}
        if client.scope:
            form["scope"] = client.scope
        if client.audience_parameter:
            form[client.audience_parameter] = audience
        if client.auth == "basic":  # RFC 6749, section 2.3.1: both are form-encoded before they are joined
            pair = f"{quote_plus(client.client_id.reveal())}:{quote_plus(client.client_secret.reveal())}"
            headers["authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
        else:
            form |= {"client_id": client.client_id.reveal(), "client_secret": client.client_secret.reveal()}
        asked_at = self._clock.now()
        answer = await self._ask("POST", client.token_url, headers=headers, form=form)
        if answer.status in {_BUSY, _TIMEOUT} or answer.status >= _SERVER:
            raise Unavailable(
                "provider_busy", f"The token endpoint answers {answer.status}.", "Wait.", retry_after=answer.retry_after
            )
        if answer.status != _OK:
            code = _error_of(answer)
            raise Refused(
                "provider_refused",
                f"The token endpoint answers {answer.status}{f' ({code})' if code else ''}.",
                "Check the source's client id, secret, scope and token_url.",
            )
        try:
            granted = msgspec.json.decode(answer.body, type=_Granted)
        except (msgspec.DecodeError, RecursionError):
            granted = _Granted("", "")
        if not _TOKEN.fullmatch(granted.access_token) or granted.token_type.lower() != "bearer":
            raise Refused(
                "token_unreadable", "The token endpoint answered with something that is no bearer token.", "Check it."
            )
        life = client.lifetime if granted.expires_in is None else min(max(0.0, granted.expires_in), _LONGEST_LIFE)
        return Minted(Secret(granted.access_token), asked_at + timedelta(seconds=life), asked_at)


def _error_of(answer: Answer) -> str:
    """Return the error's code (RFC 6749, section 5.2) if it is one; never the provider's own words."""
    try:
        code = msgspec.json.decode(answer.body, type=_Error).error
    except (msgspec.DecodeError, RecursionError):
        return ""
    return code if _ERROR.fullmatch(code) else ""
