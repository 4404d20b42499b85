"""Every route, taken from the application itself, called by everybody who may not: refused and audited."""

from __future__ import annotations

import ast
import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import flask
import pytest

from asgi import call
from contract.doors import EXCHANGE, HANDLE, KEY, LOOKER_TOKEN, Gatehouse, Headers
from gateway_site import JSON, LOOKER
from lookgate import LookgateMiddleware, Policy, has_scope, in_group, lookgate_function, public
from lookgate.web.app import Routes
from lookgate.web.asgi import Receive, Scope, Send
from lookgate.web.page import Page
from security_counts import Counted
from token_maker import HonestToken

WEB = Path(__file__).parents[2] / "src" / "lookgate" / "web"
OPEN = {"/healthz", "/readyz", "/.well-known/jwks.json", "/.well-known/lookgate"}
"""What anybody may read: docs/verifiers.md and docs/tokens.md say why."""
HIS = [("x-lookgate-handle", HANDLE)]
ITS = [("x-api-key", KEY)]


class Route(NamedTuple):
    """One way to call."""

    method: str
    path: str
    template: str


def pages() -> tuple[Page, ...]:
    routes = Gatehouse().app._routes  # noqa: SLF001 - the routes that are there, not those that somebody listed
    assert isinstance(routes, Routes)
    return routes.pages


def closed() -> Iterator[Route]:
    """Yield every way to call a page that is not for everybody."""
    for page in pages():
        for method in page.methods if page.path not in OPEN else ():
            for name in ("note", "known") if "{name}" in page.path else ("",):
                yield Route(method, page.path.replace("{name}", name), page.path)


def body_of(path: str) -> bytes:
    """Return what is right in everything but who sends it."""
    return json.dumps(EXCHANGE if path == "/token" else {}).encode()


CLOSED = list(closed())
TOKEN = [("authorization", f"Bearer {HonestToken().token()}")]
OPAQUE = [("authorization", f"Bearer {LOOKER_TOKEN}")]


class Caller(NamedTuple):
    """Somebody who may not call some of the routes."""

    headers: Headers
    status: int
    code: str
    """The start of it."""
    routes: tuple[str, ...] = ()
    """Which, by what they begin with; all of them by default."""


UNKNOWN = "lgk_" + "A" * 43, "lgh_" + "A" * 43
PAGES = ("/docs", "/openapi.json", "/metrics")
SCHEDULERS = ("/api/sync-attributes", "/identity_token", "/value")
"""They have a verifier of their own, and what the gateway's chain knows is nobody there."""
OWN = tuple({route.path for route in CLOSED if not route.path.startswith(SCHEDULERS)})
CALLERS: dict[str, list[Caller]] = {
    "anonymous": [Caller([], 401, "credential_missing")],
    "unknown": [
        Caller([("x-api-key", UNKNOWN[0])], 401, "unknown_api_key", OWN),
        Caller([("x-lookgate-handle", UNKNOWN[1])], 401, "unknown_handle", OWN),
        Caller([("authorization", f"Bearer {'A' * 40}")], 401, "looker_token_unknown", OWN),
        *(Caller(headers, 401, "unknown_credential", SCHEDULERS) for headers in (HIS, ITS, TOKEN, OPAQUE)),
        Caller([("authorization", "Bearer a.b.c")], 401, ""),
        Caller([*HIS, *ITS], 400, "two_credentials"),
    ],
    "wrong user": [
        *(Caller(headers, 403, "not_in_group", ("/actions/note",)) for headers in (HIS, TOKEN, OPAQUE, ITS)),
        *(Caller(headers, 403, "not_exchangeable", ("/token",)) for headers in (TOKEN, OPAQUE, ITS)),
    ],
    "wrong scope": [Caller(headers, 403, "lacks_scope", PAGES) for headers in (HIS, TOKEN, OPAQUE)],
    "wrong origin": [
        Caller([*headers, ("origin", origin)], 403, "origin_not_allowed")
        for headers in ([], HIS, ITS, TOKEN)
        for origin in ("https://evil.example", "null", f"{LOOKER}.evil.example", f"{LOOKER}:8443", LOOKER.upper())
    ],
}


def test_every_page_that_the_gateway_can_have_is_looked_at_here() -> None:
    made = [
        node
        for file in WEB.glob("*.py")
        for node in ast.walk(ast.parse(file.read_text("utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Page"
    ]
    assert len(made) == len(pages()), "Set the new page up in Gatehouse, so that it is called here."
    assert {page.path for page in pages()} >= OPEN
    assert {route.template for route in CLOSED} == {page.path for page in pages()} - OPEN


@pytest.mark.parametrize("kind", CALLERS)
def test_every_route_refuses_everybody_who_may_not_call_it_and_says_so_in_the_audit_log(
    kind: str, counted: Counted
) -> None:
    calls = [
        (caller, route)
        for caller in CALLERS[kind]
        for route in CLOSED
        if not caller.routes or route.path.startswith(caller.routes)
    ]
    bad: list[object] = []
    for caller, route in calls:
        house = Gatehouse()
        reply = house.call(route.method, route.path, body_of(route.path), [JSON, *caller.headers])
        code = reply.json["code"]
        audited = [event[1:] for event in house.events()] == [("denied", code)]
        if not (audited and reply.status == caller.status and code.startswith(caller.code)):
            bad.append((route, caller, reply, house.events()))
    counted("refusal", kind, tried=len(calls), bad=bad)


def test_a_page_of_a_foreign_origin_is_told_no_before_it_calls_and_can_read_no_answer(counted: Counted) -> None:
    tried = bad = 0
    for route in (*CLOSED, *(Route("GET", path, path) for path in sorted(OPEN))):
        for headers in ([], HIS, TOKEN):
            house, origin = Gatehouse(), ("origin", "https://evil.example")
            asked = house.call("OPTIONS", route.path, b"", [origin, ("access-control-request-method", route.method)])
            reply = house.call(route.method, route.path, body_of(route.path), [JSON, origin, *headers])
            tried += 2
            bad += (asked.status, asked.json["code"]) != (403, "origin_not_allowed")
            bad += any("access-control-allow-origin" in each.headers for each in (asked, reply))
    counted("refusal", "wrong origin, as browsers ask", tried=tried, bad=bad)


def test_what_anybody_may_read_tells_no_more_than_it_must() -> None:
    house = Gatehouse()
    assert set(house.call("GET", "/healthz").json) == {"status"}
    assert set(house.call("GET", "/readyz").json) == {"status", "missing"}
    assert {"d", "k", "p", "q"}.isdisjoint(*house.call("GET", "/.well-known/jwks.json").json["keys"])
    assert house.events() == []


async def app(scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG001 - as ASGI calls it
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"inside"})


POLICIES: dict[str, tuple[Policy, list[Headers], int]] = {
    "anonymous": (in_group("Analysts"), [[]], 401),
    "unknown": (public(), [[("x-api-key", UNKNOWN[0])], [("x-lookgate-handle", UNKNOWN[1])]], 401),
    "wrong user": (in_group("Analysts"), [HIS, ITS, TOKEN, OPAQUE], 403),
    "wrong scope": (has_scope("books"), [HIS, ITS, TOKEN, OPAQUE], 403),
}


@pytest.mark.parametrize("kind", POLICIES)
def test_an_apps_own_door_refuses_everybody_who_may_not_come_in_and_says_so_in_the_audit_log(
    kind: str, counted: Counted
) -> None:
    policy, callers, status = POLICIES[kind]
    tried = bad = 0
    for headers in callers:
        for method in ("GET", "HEAD", "POST", "PUT", "DELETE"):
            for answer in (_middleware(policy, method, headers), _function(policy, method, headers)):
                tried += 1
                bad += answer != (status, ["denied"])
    counted("refusal", f"{kind}, at an app's own door", tried=tried, bad=bad)


def _middleware(policy: Policy, method: str, headers: Headers) -> tuple[int, list[str]]:
    house = Gatehouse()
    wrapped = LookgateMiddleware(app, house.gateway, policy=[policy])
    reply = asyncio.run(call(wrapped, method, "http://app/x", headers))
    assert b"inside" not in reply.body
    return reply.status, [outcome for _, outcome, _ in house.events()]


def _function(policy: Policy, method: str, headers: Headers) -> tuple[int, list[str]]:
    house = Gatehouse()
    served = lookgate_function(house.gateway, policy=[policy])(lambda *_: "inside")
    site = flask.Flask("function")
    site.add_url_rule("/", "function", lambda: served(flask.request), methods=[method])
    reply = site.test_client().open("/", method=method, headers=headers)
    assert b"inside" not in reply.data
    return reply.status_code, [outcome for _, outcome, _ in house.events()]
