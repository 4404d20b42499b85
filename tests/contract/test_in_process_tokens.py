"""Every family of hostile tokens, at the two doors of an app of one's own."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace

import flask
import pytest

from asgi import call
from contract.hostile_tokens import FAMILIES, Honest, key_set
from gateway_site import Site
from lookgate import LookgateMiddleware, lookgate_function
from lookgate.compose import Gateway
from lookgate.verify.chain import Chain
from lookgate.verify.jwks import parse
from lookgate.verify.oidc import OidcVerifier, Provider
from lookgate.web.asgi import Receive, Scope, Send
from lower_rooms import START, StillClock

NOW = int(START.timestamp())
AUDIENCE = "https://app.example.com"
HONEST = Honest(
    {"iss": "https://idp.example.com", "aud": AUDIENCE, "sub": "1", "iat": NOW - 60, "exp": NOW + 3600}, NOW
)
Knock = Callable[[str], int]


def gateway() -> Gateway:
    """Return one that lets in whoever has a token of one issuer."""
    provider = Provider("idp", frozenset({"https://idp.example.com"}), frozenset({AUDIENCE}), parse(key_set()), "user")
    return replace(Site().gateway, chain=Chain([OidcVerifier(provider, StillClock())]))


def middleware() -> Knock:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG001 - as ASGI calls it
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": scope["lookgate.principal"].subject.encode()})

    wrapped = LookgateMiddleware(app, gateway())
    return lambda token: asyncio.run(call(wrapped, "GET", "http://app/", [("authorization", f"Bearer {token}")])).status


def function() -> Knock:
    served = lookgate_function(gateway())(lambda _, principal: principal.subject)
    app = flask.Flask("function")
    app.add_url_rule("/", "function", lambda: served(flask.request))
    client = app.test_client()
    return lambda token: client.get("/", headers={"authorization": f"Bearer {token}"}).status_code


DOORS: dict[str, Callable[[], Knock]] = {"middleware": middleware, "function": function}


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("family", FAMILIES)
def test_no_hostile_token_opens_an_apps_own_door_before_or_after_an_honest_one(door: str, family: str) -> None:
    knock = DOORS[door]()
    for _ in range(2):
        tokens = list(FAMILIES[family](HONEST))
        assert tokens
        assert {knock(token) for token in tokens} <= {400, 401, 431}
        assert knock(HONEST.token()) == 200
