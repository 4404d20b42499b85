"""A claim verified by the gateway, and as the script runner's auth server did it: by four API calls, one after another.

Those are the login with the admin's credentials, a query that recomputes the signature in the warehouse, its run, and
the login as the user (``login_user``), whose token was the answer. They go over one connection that is kept open, and
the explore itself takes no time here: only the calls count.
"""

from __future__ import annotations

import base64
import json
import statistics
import time
from collections.abc import Awaitable, Callable, MutableMapping
from itertools import count
from pathlib import Path
from typing import Any

import aiohttp
import uvloop

from looker import serve_looker
from lookgate.claims.blocks import blocks_of
from lookgate.claims.format import header_of
from lookgate.compose import Gateway, build, close, open_rings
from lookgate.core.identity import Credential
from lookgate.core.secret import Secret
from lookgate.keys.ring import rotate
from lookgate.settings import load
from lookgate.web.app import build_app
from lookgate.web.log import Log

LATENCY = 0.02
KNOWN = "7"
_GRANT = b'{"grant_type":"urn:ietf:params:oauth:grant-type:token-exchange"}'
_SETTINGS = """
[instance]
base_url = "{looker}"
client_id = "env:BENCH_ID"
client_secret = "env:BENCH_SECRET"
directory_ttl = 300

[actions]
folder = "actions"
enabled = []

[keys]
folder = "keys"

[store]
path = "claims.sqlite3"

[claims]
issuer = "looker_bench"
audiences = ["gateway_bench"]
dialect = "duckdb"

[tokens]
issuer = "https://gateway.example"
"""
Found = dict[str, list[float]]


def times(folder: Path, rounds: int, each: int) -> Found:
    """Return seconds a claim, round by round: ``predecessor``, ``verified``, ``exchanged`` and ``unknown user``."""
    return uvloop.run(_times(folder, rounds, each))


async def _times(folder: Path, rounds: int, each: int) -> Found:
    (folder / "actions").mkdir(parents=True)
    looker = serve_looker(LATENCY)
    (folder / "lookgate.toml").write_text(_SETTINGS.format(looker=looker), "utf-8")
    gateway = build(load(folder / "lookgate.toml", {"BENCH_ID": "bench", "BENCH_SECRET": "bench"}))
    warehouse = Warehouse(gateway)
    users = count(1000)
    found: Found = {}
    with (folder / "log").open("w") as file:
        exchange = _exchange(gateway, Log(file))
        async with aiohttp.ClientSession(looker) as session:
            await _verify(gateway, warehouse.claim(KNOWN))  # logs in to Looker, and knows the user from now on
            work: dict[str, Callable[[], Awaitable[None]]] = {
                "predecessor": lambda: _predecessor(session),
                "verified": lambda: _verify(gateway, warehouse.claim(KNOWN)),
                "exchanged": lambda: exchange(warehouse.claim(KNOWN)),
                "unknown user": lambda: _verify(gateway, warehouse.claim(str(next(users)))),
            }
            for _ in range(rounds):
                for name, once in work.items():
                    found.setdefault(name, []).append(await _typical(once, each))
    await close(gateway)
    return found


async def _typical(work: Callable[[], Awaitable[None]], times: int) -> float:
    taken = []
    for _ in range(times):
        began = time.perf_counter()
        await work()
        taken.append(time.perf_counter() - began)
    return statistics.median(taken)


async def _predecessor(looker: aiohttp.ClientSession) -> None:
    secrets = {"client_id": "bench", "client_secret": "bench"}
    query = {"model": "embed_api_auth", "view": "auth", "fields": ["auth.check"], "filters": {"auth.sub": KNOWN}}
    admin = {"authorization": f"Bearer {(await _call(looker, 'POST', 'login', data=secrets))['access_token']}"}
    made = await _call(looker, "POST", "queries", json=query, headers=admin)
    rows = await _call(looker, "GET", f"queries/{made['id']}/run/json", headers=admin)
    if rows[0]["auth.check"] != "yes":
        raise RuntimeError("the claim was refused")
    token = await _call(looker, "POST", f"login/{KNOWN}", headers=admin)
    if not token["access_token"]:
        raise RuntimeError("there is no token")


async def _call(looker: aiohttp.ClientSession, method: str, path: str, **more: object) -> dict[object, dict[str, str]]:
    async with looker.request(method, f"/api/4.0/{path}", **more) as answer:  # type: ignore[arg-type] # as given
        found: dict[object, dict[str, str]] = await answer.json()
        return found


async def _verify(gateway: Gateway, claim: str) -> None:
    principal = await gateway.chain.verify(Credential("bearer", Secret(claim), "authorization"))
    if principal.authenticated_by != "claim":
        raise RuntimeError("the claim was refused")


def _exchange(gateway: Gateway, log: Log) -> Callable[[str], Awaitable[None]]:
    app = build_app(gateway, log)
    length = str(len(_GRANT)).encode()

    async def receive() -> dict[str, object]:
        return {"type": "http.request", "body": _GRANT, "more_body": False}

    async def send(message: MutableMapping[str, Any]) -> None:
        if message.get("status", 200) != 200:
            raise RuntimeError(f"the gateway answered {message['status']}")

    async def once(claim: str) -> None:
        headers = [
            (b"host", b"gateway.example"),
            (b"content-type", b"application/json"),
            (b"content-length", length),
            (b"authorization", f"Bearer {claim}".encode()),
        ]
        scope = {"type": "http", "method": "POST", "path": "/token", "raw_path": b"/token", "query_string": b""}
        await app({**scope, "headers": headers}, receive, send)

    return once


class Warehouse:
    """Signs claims as the SQL does, with the blocks of the gateway's key."""

    def __init__(self, gateway: Gateway) -> None:
        self._rings, self._clock, self._number = open_rings(gateway.settings), gateway.clock, count()
        now = self._clock.now()
        self._rings.change("tokens", lambda ring: rotate(ring, "ES256", now=now, random=gateway.random))
        (key,) = self._rings.change("claims", lambda ring: rotate(ring, "HS256", now=now, random=gateway.random)).keys
        self._kid, self._blocks = key.kid, blocks_of(key.raw)

    def claim(self, user: str) -> str:
        now = int(self._clock.now().timestamp())
        said = {"iss": "looker_bench", "sub": user, "aud": "gateway_bench", "iat": now, "exp": now + 300}
        parts = (header_of(self._kid), {**said, "jti": f"bench_{next(self._number)}"})
        text = ".".join(_encoded(json.dumps(part, separators=(",", ":")).encode()) for part in parts)
        return f"{text}.{_encoded(self._blocks.sign(text.encode()))}"


def _encoded(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()
