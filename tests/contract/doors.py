"""Every door of the product at which a token can be presented, each around one gateway that verifies every kind."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Annotated

import flask
from fastapi import Depends, FastAPI
from msgspec import structs

import claim_maker
import token_maker
from asgi import call
from contract.hostile_tokens import key_set
from gateway_site import JSON, Site
from lookgate import LookgateMiddleware, Principal, at_least, lookgate_function, public
from lookgate.compose import Gateway
from lookgate.compose_sync import build_renewals
from lookgate.core.identity import Assurance
from lookgate.core.ports import Clock, HandleRecord, Store
from lookgate.core.secret import Secret, sha256_hex
from lookgate.fastapi import require
from lookgate.keys.store import Rings
from lookgate.keys.token import TokenIssuer
from lookgate.settings.model import Instance
from lookgate.settings.reference import KeySet
from lookgate.settings.sync import Sync, SyncRule
from lookgate.verify.api_key import ApiKeyVerifier, KnownKey, new_key
from lookgate.verify.chain import Chain, Verifier
from lookgate.verify.claim_keys import LiveKeys
from lookgate.verify.handle import HandleVerifier, new_handle
from lookgate.verify.looker_token import LookerTokenVerifier
from lookgate.verify.token import TokenVerifier
from lookgate.web.app import build_app
from lookgate.web.asgi import Receive, Scope, Send
from lookgate.web.log import Log
from lower_rooms import START, CountedBytes, DictDirectory, StillClock
from token_maker import EVE, INSTANCE, PLACE, OneRing

Headers = list[tuple[str, str]]
Knock = Callable[[Headers], Awaitable[int]]
"""Presents headers at a door; returns the status of the answer."""

KEY, HANDLE = new_key(CountedBytes()).reveal(), new_handle(CountedBytes()).reveal()
LOOKER_TOKEN = "Wv9" + "xK3pQ7" * 6
EXCHANGE = {"grant_type": "urn:ietf:params:oauth:grant-type:token-exchange"}
SCHEDULER, TRIGGER = "scheduler@example.iam.gserviceaccount.com", "https://gateway.example.com/api/sync-attributes"
SYNC = Sync(
    audience=TRIGGER,
    callers=frozenset({SCHEDULER}),
    keys=KeySet(key_set(), "env:KEYS"),
    known_updater_routes=True,
    rules=(SyncRule("google", "orders_token", "default", "https://orders.example.com"),),
)
NOT_LET_IN = {400, 401, 431}
"""How a door answers to whom it does not believe; it answers 403 to somebody whom it knows."""


class Owners:
    """``core.ports.TokenOwners``: an instance that knows one token, and notes what it was asked about."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    async def owner_of(self, token: Secret) -> str | None:
        self.asked.append(token.reveal())
        return EVE.id if token.reveal() == LOOKER_TOKEN else None


class Gatehouse(Site):
    """A gateway that takes every kind of credential.

    Args:
        make: what verifies the tokens that others sign.
        store: where it keeps its state; in memory by default.
        rings: its keys; by default those that sign ``HonestToken``.
        claim_keys: those that sign claims; by default those that sign ``HonestClaim``.
    """

    def __init__(
        self,
        make: Callable[[Clock], Verifier] | None = None,
        *,
        store: Store | None = None,
        rings: Rings | None = None,
        claim_keys: LiveKeys | None = None,
    ) -> None:
        super().__init__(store=store)
        self.time, self.owners = StillClock(), Owners()
        rings = rings or OneRing()
        users, time = DictDirectory(EVE, claim_maker.SAM), self.time
        for digest in (sha256_hex(Secret(HANDLE)), token_maker.DIGEST):
            self.store.handles.add(HandleRecord(digest, EVE.id, START))
        key = KnownKey("nightly", sha256_hex(Secret(KEY)), scopes=frozenset({"docs", "metrics"}))
        verifiers: list[Verifier] = [
            HandleVerifier(self.store.handles, users, INSTANCE, time),
            TokenVerifier(PLACE, rings, self.store.handles, users, time),
            ApiKeyVerifier([key], time),
            *([make(time)] if make else ()),
            claim_maker.verifier(time, keys=claim_keys, consumed=self.store.consumed, directory=users),
            LookerTokenVerifier(self.owners, users, INSTANCE, time, ttl=60.0),
        ]
        issuer = TokenIssuer(rings, PLACE, 300)
        settings = structs.replace(self.gateway.settings, instance=Instance(base_url=INSTANCE), sync=SYNC)
        self.gateway = replace(
            self.gateway, settings=settings, clock=time, chain=Chain(verifiers), tokens=issuer, random=os.urandom
        )
        self.renewals = build_renewals(settings, self.store, clock=time)
        self.app = build_app(self.gateway, Log(self.log), self.renewals)


def _asked(method: str, path: str, body: bytes = b"") -> Callable[[Gatehouse], Knock]:
    def door(house: Gatehouse) -> Knock:
        async def knock(headers: Headers) -> int:
            return (await house.ask(method, path, body, [JSON, *headers])).status

        return knock

    return door


def _middleware(house: Gatehouse) -> Knock:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG001 - as ASGI calls it
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": scope["lookgate.principal"].subject.encode()})

    wrapped = LookgateMiddleware(app, house.gateway)

    async def knock(headers: Headers) -> int:
        return (await call(wrapped, "GET", "http://app/", headers)).status

    return knock


Known = Annotated[Principal, Depends(require(at_least(Assurance.SHARED_SECRET)))]


def _fastapi(house: Gatehouse) -> Knock:
    app = FastAPI()

    @app.get("/whoami")
    async def whoami(who: Known) -> str:
        return who.label

    app.add_middleware(LookgateMiddleware, source=house.gateway, policy=[public()])

    async def knock(headers: Headers) -> int:
        return (await call(app, "GET", "http://app/whoami", headers)).status

    return knock


def _function(house: Gatehouse) -> Knock:
    return function_knock(house.gateway)


def function_knock(gateway: Gateway) -> Knock:
    """Return what calls a function behind the gateway."""
    served = lookgate_function(gateway)(lambda _, principal: principal.subject)
    app = flask.Flask("function")
    app.add_url_rule("/", "function", lambda: served(flask.request))
    client = app.test_client()

    async def knock(headers: Headers) -> int:
        return (await asyncio.to_thread(client.get, "/", headers=headers)).status_code

    return knock


DOORS: dict[str, Callable[[Gatehouse], Knock]] = {
    "an action": _asked("POST", "/actions/known", b"{}"),
    "POST /token": _asked("POST", "/token", json.dumps(EXCHANGE).encode()),
    "GET /docs": _asked("GET", "/docs"),
    "GET /openapi.json": _asked("GET", "/openapi.json"),
    "GET /metrics": _asked("GET", "/metrics"),
    "the ASGI middleware": _middleware,
    "the FastAPI dependency": _fastapi,
    "the function adapter": _function,
}
