"""Four hours without the issuer's key server: the gateway's key set, and google-auth, which asks at every verification.

The ages of the key set are told by a clock that is moved on between calls; what is waited for is real, at a twentieth
of its usual length: a fetch gives up after a quarter of a second, a caller after half a second, a slow server answers
after one.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count

import aiohttp
import google.auth.exceptions
import google.auth.transport.requests
import google.oauth2.id_token
import requests
import uvloop
from issuer import AUDIENCE, EMAIL, Issuer

from lookgate.core.identity import Credential
from lookgate.core.secret import Secret
from lookgate.errors import LookgateError, Unavailable
from lookgate.verify.google import google as google_provider
from lookgate.verify.jwks import parse
from lookgate.verify.keyset import STALE, Published, PublishedKeys, life_of
from lookgate.verify.oidc import OidcVerifier

CALLS = 24
_FETCH, _CALLER, _SLOW = 0.25, 0.5, 1.0
_NUMBERS = count(1)


@dataclass(frozen=True)
class Lost:
    """How many of ``CALLS`` callers with a good token were not believed in time, and the longest wait in seconds."""

    ours: int
    theirs: int
    our_wait: float


class KeyServer:
    """Serves one set as JWKs and as certificates. ``state``: ``up``, ``down``, ``failing``, ``empty`` or ``slow``."""

    def __init__(self, issuer: Issuer) -> None:
        self.state = "up"
        bodies = {"/jwks": issuer.key_set().encode(), "/certs": issuer.certificates}
        empty = {"/jwks": b'{"keys": []}', "/certs": b"{}"}
        outer = self

        class Keys(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                if outer.state == "down":  # as if nobody listened: the connection ends without an answer
                    self.close_connection = True
                    return
                if outer.state == "slow":
                    time.sleep(_SLOW)
                body = (empty if outer.state == "empty" else bodies)[self.path]
                self.send_response(503 if outer.state == "failing" else 200)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Say nothing: the bench prints its own table."""

            def handle(self) -> None:
                """Take it as usual when a caller has hung up."""
                try:
                    super().handle()
                except (BrokenPipeError, ConnectionResetError):
                    self.close_connection = True

        server = ThreadingHTTPServer(("127.0.0.1", 0), Keys)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{server.server_address[1]}"


class MovedClock:
    """Now is now; ages are moved on."""

    def __init__(self) -> None:
        self.age = 0.0

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return self.age


def lost() -> dict[str, Lost]:
    """Return what each kind of outage costs."""
    issuer = Issuer()
    found = {}
    for state in ("down", "failing", "empty", "slow"):
        server = KeyServer(issuer)
        ours, wait = uvloop.run(_ours(issuer, server, state))
        found[state] = Lost(ours, _theirs(issuer, server, state), wait)
    return found


async def _ours(issuer: Issuer, server: KeyServer, state: str) -> tuple[int, float]:
    clock = MovedClock()

    async def publish() -> Published:
        try:
            async with (
                aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=_FETCH)) as session,
                session.get(f"{server.url}/jwks") as answer,
            ):
                if answer.status != 200:
                    raise Unavailable("fetch_status", f"The key server answers {answer.status}.")
                return Published(parse(await answer.read()), life_of(answer.headers.get("cache-control", "")))
        except (TimeoutError, aiohttp.ClientError) as error:
            raise Unavailable("fetch_failed", "The key server does not answer.") from error

    keys = PublishedKeys(publish, clock, name="google")
    audiences, emails = frozenset({AUDIENCE}), frozenset({EMAIL})
    provider = google_provider(name="google", audiences=audiences, keys=keys, kind="service", emails=emails)
    verifier = OidcVerifier(provider, clock)

    async def call() -> None:
        token = Credential("bearer", Secret(_fresh(issuer)), "authorization")
        if await asyncio.wait_for(verifier.verify(token), _CALLER) is None:
            raise RuntimeError("the token is not google's")

    await call()  # while the server is up
    server.state = state
    missed, waits = 0, []
    for _ in range(CALLS):
        clock.age += STALE / CALLS
        began = time.perf_counter()
        try:
            await call()
        except (LookgateError, TimeoutError):
            missed += 1
        waits.append(time.perf_counter() - began)
    return missed, max(waits)


def _theirs(issuer: Issuer, server: KeyServer, state: str) -> int:
    transport = google.auth.transport.requests.Request(session=requests.Session())
    asked = partial(transport, timeout=_CALLER)
    verify: Callable[..., object] = google.oauth2.id_token.verify_token
    server.state = "up"
    verify(_fresh(issuer), asked, audience=AUDIENCE, certs_url=f"{server.url}/certs")
    server.state = state
    missed = 0
    for _ in range(CALLS):
        try:
            verify(_fresh(issuer), asked, audience=AUDIENCE, certs_url=f"{server.url}/certs")
        except (ValueError, google.auth.exceptions.GoogleAuthError):
            missed += 1
    return missed


def _fresh(issuer: Issuer) -> str:
    """Return a good token that nobody has seen: what is remembered needs no key."""
    return issuer.token(f"caller-{next(_NUMBERS)}")
