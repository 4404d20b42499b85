from __future__ import annotations

import asyncio
import base64
import contextlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.middleware.cors import CORSMiddleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from asgi import Reply, call
from gateway_site import HANDLE, KEY, LOOKER, TOKEN, Known, Site
from lookgate import Assurance, LookgateMiddleware, at_least, attribute, in_group, public
from lookgate.core.ports import Store
from lookgate.errors import Conflict, RegistryError, SettingsError, Unauthenticated, Unavailable
from lookgate.settings import Settings, Web
from lookgate.store.sqlite import SqliteStore
from lookgate.web.asgi import Message, Receive, Scope, Send

H = ("x-lookgate-handle", HANDLE)
K = ("x-api-key", KEY)
B = ("authorization", f"Bearer {TOKEN}")


async def who(request: Request) -> Response:
    caller = request.scope["lookgate.principal"]
    assert request.state.principal is caller
    return JSONResponse({"caller": caller.label, "headers": sorted(request.headers)})


async def echo(request: Request) -> Response:
    return Response(await request.body())


async def leak(request: Request) -> Response:
    where = request.query_params.get("where", "body")
    return PlainTextResponse(HANDLE if where == "body" else "", headers={"x-note": HANDLE} if where == "header" else {})


async def long(request: Request) -> Response:
    async def parts() -> Any:
        for _ in range(int(request.path_params["count"])):
            yield b"x" * 1000

    return StreamingResponse(parts())


async def endless(_: Request) -> Response:
    async def parts() -> Any:
        while True:
            yield b"x" * 1000

    return StreamingResponse(parts())


async def breaks(_: Request) -> Response:
    message = "inner detail"
    raise ValueError(message)


async def conflict(_: Request) -> Response:
    raise Conflict("already_closed", "The budget is closed.", "Open it first.")


async def broken_answer(_: Request) -> Response:
    return JSONResponse({}, status_code=500)


ROUTES = [
    Route("/who", who, methods=["GET", "POST"]),
    Route("/echo", echo, methods=["POST"]),
    Route("/leak", leak),
    Route("/long/{count}", long),
    Route("/endless", endless),
    Route("/breaks", breaks),
    Route("/conflict", conflict),
    Route("/broken", broken_answer),
    Route("/items/{item}", who),
]


@dataclass
class Place:
    """An app behind the middleware, and the gateway that it asks."""

    app: Any = field(default_factory=lambda: Starlette(routes=ROUTES))
    policy: Sequence[Any] | None = None
    site: Site = field(default_factory=Site)
    options: dict[str, Any] = field(default_factory=dict)
    wrapped: Any = None

    def __post_init__(self) -> None:
        chosen: dict[str, Any] = {} if self.policy is None else {"policy": self.policy}
        self.wrapped = LookgateMiddleware(self.app, self.site.gateway, **chosen, **self.options)

    def call(self, method: str, path: str, *headers: tuple[str, str], body: bytes = b"") -> Reply:
        return asyncio.run(call(self.patiently, method, f"http://app{path}", headers, body))

    async def patiently(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Call the app for somebody who stays until the answer is there."""
        heard: list[Message] = []

        async def hear() -> Message:
            if not heard:
                heard.append(await receive())
                return heard[0]
            await asyncio.Event().wait()
            raise AssertionError

        await self.wrapped(scope, hear, send)

    def refusal(self, method: str, path: str, *headers: tuple[str, str], body: bytes = b"") -> tuple[int, str]:
        reply = self.call(method, path, *headers, body=body)
        assert reply.header("content-type") == "application/problem+json"
        problem = json.loads(reply.body)
        assert problem["status"] == reply.status
        assert problem["instance"] == f"urn:request:{reply.header('x-request-id')}"
        return reply.status, problem["code"]


@pytest.mark.parametrize(("header", "label"), [(H, "ana@example.com"), (K, "nightly"), (B, "nightly")])
def test_the_app_is_told_who_calls_and_not_what_proved_it(header: tuple[str, str], label: str) -> None:
    reply = Place().call("GET", "/who", header, ("accept", "text/html"), ("accept-encoding", "gzip"))
    assert (reply.status, json.loads(reply.body)["caller"]) == (200, label)
    assert json.loads(reply.body)["headers"] == ["accept", "host"]


def test_nobody_comes_in_without_a_credential_unless_public_is_written_out() -> None:
    assert Place().refusal("GET", "/who") == (401, "credential_missing")
    reply = Place(policy=[public()]).call("GET", "/who")
    assert json.loads(reply.body)["caller"] == "anonymous"


def test_the_policy_stands_before_every_path_known_or_not_and_every_method() -> None:
    place = Place(policy=[in_group("Analysts")])
    assert place.call("GET", "/who", H).status == 200
    for path in ("/who", "/nowhere", "/"):
        for method in ("GET", "POST", "OPTIONS", "HEAD", "TRACE", "QUERY"):
            assert place.refusal(method, path, K) == (403, "not_in_group")


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ((H, K), (400, "two_credentials")),
        ((H, H), (400, "two_credentials")),
        ((B, ("authorization", "Bearer other-token")), (400, "two_credentials")),
        ((("authorization", f"Bearer {TOKEN}, Bearer {TOKEN}"),), (400, "two_credentials")),
        ((H, ("x-serverless-authorization", "Bearer abcdefghij")), (400, "two_credentials")),
        ((("x-lookgate-handle", "{{air_crew_handle}}"),), (401, "unsubstituted_tag")),
        ((("x-lookgate-handle", ""),), (401, "credential_empty")),
        ((("x-lookgate-handle", "a b"),), (401, "credential_malformed")),
        ((("authorization", "Basic YWRhOmFkYQ=="),), (401, "scheme_unknown")),
        ((("x-api-key", "lgk_" + "A" * 43),), (401, "unknown_credential")),
        ((H, ("x-note", HANDLE)), (400, "secret_in_header")),
        ((H, ("cookie", f"a={HANDLE}")), (400, "secret_in_header")),
        (
            (("x-user-email", "ana@example.com"), ("x-goog-authenticated-user-email", "ana")),
            (401, "credential_missing"),
        ),
        (tuple(("x-many", str(n)) for n in range(120)), (431, "headers_too_large")),
        ((("x-long", "x" * 40_000),), (431, "headers_too_large")),
    ],
)
def test_hostile_headers_are_refused_with_a_problem_and_audited(
    headers: tuple[tuple[str, str], ...], code: tuple[int, str]
) -> None:
    place = Place()
    assert place.refusal("GET", "/who", *headers) == code
    ((action, outcome, rule),) = place.site.events()
    assert (action, rule) == ("GET (route unknown)", code[1])
    assert outcome in {"denied", "failed"}


def test_a_scope_that_claims_a_principal_is_overwritten() -> None:
    place = Place(policy=[public()])

    async def outer(scope: Scope, receive: Receive, send: Send) -> None:
        await place.wrapped({**scope, "lookgate.principal": "admin", "state": {"principal": "admin"}}, receive, send)

    reply = asyncio.run(call(outer, "GET", "http://app/who"))
    assert json.loads(reply.body)["caller"] == "anonymous"


def test_a_secret_that_was_typed_into_a_body_or_url_is_not_taken_in() -> None:
    place = Place()
    assert place.refusal("POST", "/echo", H, body=f'{{"a": "{HANDLE}"}}'.encode()) == (400, "secret_in_body")
    assert place.refusal("POST", "/echo", H, body=b"x" * 50_000 + HANDLE.encode()) == (400, "secret_in_body")
    assert place.refusal("GET", f"/who?q={HANDLE}", H) == (400, "secret_in_url")
    assert Place(policy=[public()]).refusal("POST", "/echo", body=TOKEN.encode()) == (400, "secret_in_body")
    assert place.refusal("POST", "/echo", H, ("content-encoding", "gzip"), body=b"x") == (415, "body_encoded")


def test_a_body_within_the_limit_reaches_the_app_whole_and_no_longer_one_does() -> None:
    place = Place(site=Site(web=Web(max_body_bytes=1000)))
    assert place.call("POST", "/echo", H, body=b"y" * 1000).body == b"y" * 1000
    assert place.refusal("POST", "/echo", H, body=b"y" * 1001) == (413, "body_too_large")


def test_what_the_app_leaks_of_the_secret_is_withheld() -> None:
    place = Place()
    for where in ("body", "header"):
        reply = place.call("GET", f"/leak?where={where}", H)
        assert (reply.status, json.loads(reply.body)["code"]) == (500, "secret_reflected")
        assert HANDLE not in str(reply)
    assert place.site.events() == [("GET /leak", "failed", "secret_reflected")] * 2
    assert place.call("GET", "/leak", K).status == 200  # not what this caller presented


def test_an_answer_that_cannot_be_searched_does_not_go_out_to_who_presented_a_secret() -> None:
    place = Place(policy=[public()], options={"max_answer_bytes": 3000})
    assert len(place.call("GET", "/long/3", H).body) == 3000
    assert place.refusal("GET", "/long/4", H) == (500, "answer_too_large")
    assert place.refusal("GET", "/endless", H) == (500, "answer_too_large")
    assert len(place.call("GET", "/long/4").body) == 4000  # nothing came in that could go out

    async def packed(scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG001 - as ASGI calls it
        await send({"type": "http.response.start", "status": 200, "headers": [(b"Content-Encoding", b"br")]})
        await send({"type": "http.response.body", "body": b"?"})

    async def by_path(scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG001 - as ASGI calls it
        assert scope["extensions"] == {}
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.pathsend", "path": "/etc/hostname"})

    assert Place(app=packed).refusal("GET", "/", H) == (500, "answer_encoded")
    assert Place(app=by_path).refusal("GET", "/", H) == (500, "answer_unsearchable")


def test_an_app_that_compresses_inside_answers_plainly_to_who_presented_a_secret() -> None:
    app = GZipMiddleware(Starlette(routes=ROUTES), minimum_size=10)
    reply = Place(app=app).call("GET", "/long/2", H, ("accept-encoding", "gzip"))
    assert (reply.header("content-encoding"), len(reply.body)) == (None, 2000)


def test_each_request_leaves_one_outcome_named_by_its_route_and_an_effect_is_announced_first() -> None:
    place = Place(policy=[public()])
    place.call("GET", "/items/a-name-that-callers-wrote", H)
    place.call("POST", "/who", H)
    place.call("GET", "/no/such/page")
    place.call("GET", "/broken", H)
    assert place.refusal("GET", "/conflict", H) == (409, "already_closed")
    assert place.site.events() == [
        ("GET /items/{item}", "allowed", ""),
        ("POST (route unknown)", "pending", ""),
        ("POST /who", "allowed", ""),
        ("GET (route unknown)", "failed", "app_answered_404"),
        ("GET /broken", "failed", "app_answered_500"),
        ("GET /conflict", "failed", "already_closed"),
    ]
    assert "callers-wrote" not in repr(place.site.store.tail(limit=100))
    ids = [stored.event.request_id for stored in place.site.store.tail(limit=100)]
    assert ids[1] == ids[2]
    assert len(set(ids)) == 5


def test_an_unexpected_failure_is_a_problem_for_the_caller_and_an_exception_for_the_servers_log() -> None:
    place = Place()
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    headers = [(b"x-api-key", KEY.encode())]
    scope = {"type": "http", "method": "GET", "path": "/breaks", "query_string": b"", "headers": headers}
    with pytest.raises(ValueError, match="inner detail"):
        asyncio.run(place.wrapped(scope, receive, send))
    assert sent[0]["status"] == 500
    assert json.loads(sent[1]["body"])["code"] == "app_failed"
    assert b"inner detail" not in sent[1]["body"]
    assert place.site.events() == [("GET /breaks", "failed", "app_failed")]


@dataclass
class FullDisk:
    """A store that keeps no events."""

    inner: Store = field(default_factory=lambda: SqliteStore(None))

    def record(self, *events: Any, wait: bool = True) -> bool:  # noqa: ARG002 - the port's signature
        raise Unavailable("store_down", "The store does not answer.")

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)


@pytest.mark.parametrize("headers", [(), (K,)])
def test_an_answer_whose_outcome_cannot_be_stored_does_not_go_out(headers: tuple[tuple[str, str], ...]) -> None:
    place = Place(site=Site(store=FullDisk()), policy=[public()])
    assert place.refusal("GET", "/who", *headers) == (503, "store_down")


def test_nothing_with_an_effect_begins_that_could_not_be_announced() -> None:
    begun: list[str] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG001 - as ASGI calls it
        begun.append(scope["method"])

    assert Place(app=app, site=Site(store=FullDisk())).refusal("POST", "/", K) == (503, "store_down")
    assert begun == []


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (Unauthenticated("user_disabled", "The Looker user 7 is disabled."), (401, "user_disabled")),
        (Unavailable("looker_down", "Looker does not answer."), (503, "looker_down")),
    ],
)
def test_who_is_not_proven_now_does_not_come_in(error: Exception, code: tuple[int, str]) -> None:
    place = Place(site=Site(verifier=Known({HANDLE: error})), policy=[public()])
    assert place.refusal("GET", "/who", H) == code


def test_cors_outside_answers_preflights_and_dresses_refusals_and_inside_no_preflight_comes_through() -> None:
    place = Place()
    outside = CORSMiddleware(place.wrapped, allow_origins=[LOOKER], allow_headers=["authorization"])
    asks = (("origin", LOOKER), ("access-control-request-method", "GET"))
    reply = asyncio.run(call(outside, "OPTIONS", "http://app/who", asks))
    assert (reply.status, reply.header("access-control-allow-origin")) == (200, LOOKER)
    reply = asyncio.run(call(outside, "GET", "http://app/who", asks[:1]))
    assert (reply.status, reply.header("access-control-allow-origin")) == (401, LOOKER)
    assert place.refusal("OPTIONS", "/who", *asks) == (401, "credential_missing")


def test_websockets_are_refused() -> None:
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    async def receive() -> Message:
        return {"type": "websocket.connect"}

    asyncio.run(Place().wrapped({"type": "websocket", "path": "/", "headers": []}, receive, send))
    assert sent == [{"type": "websocket.close", "code": 1008}]


def test_what_the_app_does_after_its_answer_still_happens() -> None:
    done: list[str] = []

    async def later(_: Request) -> Response:
        return PlainTextResponse("soon", background=BackgroundTask(done.append, "done"))

    assert Place(app=Starlette(routes=[Route("/", later)])).call("GET", "/", H).text == "soon"
    assert done == ["done"]


def test_an_app_that_answers_nothing_is_a_failure() -> None:
    async def silent(scope: Scope, receive: Receive, send: Send) -> None:
        """Answer nothing."""

    assert Place(app=silent).refusal("GET", "/", H) == (500, "answer_incomplete")


def live(app: Any) -> list[str]:
    """Start and stop an app as a server would; return what it said."""
    said: list[str] = []
    heard = ["lifespan.startup", "lifespan.shutdown"]

    async def receive() -> Message:
        return {"type": heard.pop(0)}

    async def send(message: Message) -> None:
        said.append(message["type"])

    asyncio.run(app({"type": "lifespan"}, receive, send))
    return said


async def bare(scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG001 - as ASGI calls it
    assert scope["type"] == "http"


@pytest.mark.parametrize("make", [lambda: Starlette(routes=ROUTES), lambda: bare], ids=["starlette", "bare"])
def test_start_and_stop_reach_the_app_and_close_the_gateway_that_was_built_for_it(
    make: Callable[[], Any], tmp_path: Path
) -> None:
    settings = tmp_path / "lookgate.toml"
    settings.write_text('[store]\npath = "state.db"\n')
    wrapped = LookgateMiddleware(make(), settings)
    reply = asyncio.run(call(wrapped, "GET", "http://app/who", [K]))
    assert reply.status == 401
    assert live(wrapped) == ["lifespan.startup.complete", "lifespan.shutdown.complete"]
    reply = asyncio.run(call(wrapped, "GET", "http://app/who", [K]))
    assert reply.status >= 500, "the store is closed, so nothing can be audited"


def test_a_gateway_that_was_handed_over_stays_open() -> None:
    place = Place()
    assert live(place.wrapped) == ["lifespan.startup.complete", "lifespan.shutdown.complete"]
    assert place.call("GET", "/who", K).status == 200


def test_what_cannot_be_used_is_refused_at_the_start() -> None:
    gateway = Site().gateway
    with pytest.raises(RegistryError, match="no policy"):
        LookgateMiddleware(bare, gateway, policy=[])
    with pytest.raises(RegistryError, match="not a list of rules"):
        LookgateMiddleware(bare, gateway, policy=["Finance"])  # type: ignore[list-item]
    with pytest.raises(RegistryError, match="does not look up: region"):
        LookgateMiddleware(bare, gateway, policy=[attribute("region", "west")])
    with pytest.raises(RegistryError, match="no instance is set up"):
        LookgateMiddleware(bare, Settings(), policy=[attribute("region", "west")])
    with pytest.raises(SettingsError):
        LookgateMiddleware(bare, "no-such-file.toml")


def test_a_level_that_is_asked_for_counts() -> None:
    place = Place(policy=[at_least(Assurance.WORKLOAD)])
    assert place.refusal("GET", "/who", K) == (403, "assurance_too_low")
    assert place.call("GET", "/who", B).status == 200


def test_a_call_that_is_cancelled_is_written_down() -> None:
    async def waits(scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG001 - as ASGI calls it
        await asyncio.Event().wait()

    place = Place(app=waits)

    async def leave() -> None:
        task = asyncio.ensure_future(call(place.wrapped, "GET", "http://app/", [K]))
        for _ in range(50):
            await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(leave())
    assert place.site.events() == [("GET (route unknown)", "failed", "cancelled")]


def test_an_app_that_swallows_the_refusal_of_its_answer_gets_no_other_answer_out() -> None:
    async def stubborn(scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG001 - as ASGI calls it
        for _ in range(3):
            for message in (
                {"type": "http.response.start", "status": 200, "headers": []},
                {"type": "http.response.body", "body": HANDLE.encode()},
            ):
                with contextlib.suppress(Exception):
                    await send(message)

    place = Place(app=stubborn)
    assert place.refusal("GET", "/", H) == (500, "secret_reflected")
    assert place.site.events() == [("GET (route unknown)", "failed", "secret_reflected")]
    for headers in ((K,), ()):  # nothing that this one presented, and no store that keeps the outcome
        place = Place(app=stubborn, site=Site(store=FullDisk()), policy=[public()])
        assert place.refusal("GET", "/", *headers) == (503, "store_down")


@pytest.mark.parametrize(
    "encode",
    [
        lambda secret: secret,
        lambda secret: base64.b64encode(f"x{secret}".encode()).decode(),
        lambda secret: secret.encode().hex(),
        lambda secret: "".join(f"%{each:02x}" for each in secret.encode()),
        lambda secret: "".join(f"\\u{each:04x}" for each in secret.encode()),
        "\n".join,
    ],
    ids=["plain", "base64", "hex", "percent", "json", "wrapped"],
)
def test_no_encoding_of_the_secret_goes_out_not_even_over_many_pieces(encode: Callable[[str], str]) -> None:
    async def spells(scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG001 - as ASGI calls it
        await send({"type": "http.response.start", "status": 200, "headers": []})
        for each in encode(HANDLE):
            await send({"type": "http.response.body", "body": each.encode(), "more_body": True})
        await send({"type": "http.response.body", "body": b"x" * 40_000})

    assert Place(app=spells).refusal("GET", "/", H) == (500, "secret_reflected")


def test_cloud_runs_own_token_beside_the_callers_is_no_second_credential_and_not_for_the_app() -> None:
    place = Place(site=Site(web=Web(serverless=True)))
    reply = place.call("GET", "/who", H, ("x-serverless-authorization", f"Bearer {TOKEN}"))
    assert (reply.status, json.loads(reply.body)) == (200, {"caller": "ana@example.com", "headers": ["host"]})
    assert place.refusal(
        "POST", "/echo", H, ("x-serverless-authorization", "Bearer abcdefghij"), body=b"abcdefghij"
    ) == (
        400,
        "secret_in_body",
    )
    assert place.refusal("GET", "/who", ("x-serverless-authorization", f"Bearer {TOKEN}")) == (
        401,
        "credential_missing",
    )
