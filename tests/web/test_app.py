from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from gateway_site import ANALYST, HANDLE, JSON, KEY, LOOKER, TOKEN, Known, Said, Site, Text, Users
from lookgate.actions import Context, action
from lookgate.core.audit import AuditEvent
from lookgate.core.policy import public
from lookgate.errors import BadRequest, Unauthenticated, Unavailable
from lookgate.settings.model import Web
from lookgate.store.sqlite import SqliteStore
from lookgate.web.problem import problem_of


def test_an_action_is_called_by_its_name_with_json() -> None:
    reply = Site().act("echo", {"text": "hello"})
    assert (reply.status, reply.json) == (200, {"text": "hello"})
    assert reply.headers["content-type"] == "application/json"


def test_a_refusal_is_a_problem_that_names_rule_fix_and_request() -> None:
    site = Site(verifier=Known({KEY: ANALYST}))
    reply = site.act("note", {"unknown": 1}, ("x-api-key", KEY))
    assert reply.headers["content-type"] == "application/problem+json"
    assert reply.json == {
        "type": "urn:lookgate:problem:input_invalid",
        "title": "Input invalid",
        "status": 422,
        "detail": "The field /unknown is not known here.",
        "instance": f"urn:request:{reply.headers['x-request-id']}",
        "code": "input_invalid",
        "hint": "Leave it out.",
        "pointer": "/unknown",
    }
    assert site.events() == [("note", "failed", "input_invalid")]


@pytest.mark.parametrize(
    ("code", "title"),
    [
        ("not_json", "Not JSON"),
        ("malformed_json", "Malformed JSON"),
        ("api_key_malformed", "API key malformed"),
        ("unknown_api_key", "Unknown API key"),
        ("two_credentials", "Two credentials"),
    ],
)
def test_a_problems_title_writes_abbreviations_in_capitals(code: str, title: str) -> None:
    body = problem_of(BadRequest(code, "It cannot be read."), "r")[2]
    assert json.loads(body)["title"] == title


def test_the_wrong_user_is_refused_with_the_rule() -> None:
    site = Site()
    reply = site.act("note", {}, ("x-api-key", KEY))
    assert (reply.status, reply.json["code"]) == (403, "not_in_group")
    assert "'Analysts'" in reply.json["detail"]
    assert site.events() == [("note", "denied", "not_in_group")]


def test_an_unknown_credential_is_refused_and_audited_and_asked_for_again() -> None:
    site = Site()
    reply = site.act("echo", {}, ("x-api-key", "nobody-knows-this-key"))
    assert reply.status == 401
    assert reply.headers["www-authenticate"].startswith("Bearer")
    assert site.events() == [("echo", "denied", "unknown_credential")]


def test_two_credentials_are_audited_as_a_denial() -> None:
    site = Site()
    reply = site.act("echo", {}, ("x-api-key", KEY), ("x-lookgate-handle", HANDLE))
    assert (reply.status, reply.json["code"]) == (400, "two_credentials")
    assert site.events() == [("echo", "denied", "two_credentials")]


def test_a_bad_credential_is_refused_even_where_everyone_may_call() -> None:
    refused = Unauthenticated("expired", "The token has expired.", "Get a new one.")
    reply = Site(verifier=Known({TOKEN: refused})).act("echo", {}, ("authorization", f"Bearer {TOKEN}"))
    assert (reply.status, reply.json["code"]) == (401, "expired")


def test_what_does_not_answer_is_a_503_that_says_when_to_try_again() -> None:
    down = Unavailable("looker_down", "Looker does not answer.")
    site = Site(verifier=Known({HANDLE: down}))
    reply = site.act("echo", {}, ("x-lookgate-handle", HANDLE))
    assert (reply.status, reply.json["code"], reply.headers["retry-after"]) == (503, "looker_down", "5")
    assert site.events() == [("echo", "failed", "looker_down")]


def test_an_unknown_action_is_a_404_that_leaves_no_audit_row() -> None:
    site = Site()
    reply = site.act("nothing")
    assert (reply.status, reply.json["code"]) == (404, "unknown_action")
    assert site.events() == []


def test_a_made_up_path_below_the_actions_leaves_no_audit_row() -> None:
    site = Site()
    assert site.call("POST", "/actions/a/b").status == 404
    assert site.events() == []


@pytest.mark.parametrize(
    "path", ["/", "/actions", "/actions/", "/actions/echo/", "/actions/a/b", "/docs/", "//", "/%2e%2e/etc", "/static/x"]
)
def test_an_unknown_path_is_a_404_problem(path: str) -> None:
    reply = Site().call("GET", path)
    assert (reply.status, reply.headers["content-type"]) == (404, "application/problem+json")


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "BREW"])
def test_a_wrong_method_is_a_405_that_names_the_right_one(method: str) -> None:
    reply = Site().call(method, "/actions/echo")
    assert (reply.status, reply.headers["allow"], reply.json["code"]) == (405, "POST", "method_not_allowed")


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/openapi.json", "/docs", "/metrics"])
def test_pages_are_only_read(path: str) -> None:
    reply = Site().call("POST", path)
    assert (reply.status, reply.headers["allow"]) == (405, "GET, HEAD")


def test_a_handlers_failure_tells_the_log_why_and_the_caller_only_that() -> None:
    site = Site()
    reply = site.act("breaks", {"text": "xyzzy"})
    assert (reply.status, reply.json["code"]) == (500, "handler_failed")
    assert "xyzzy" not in reply.body.decode()
    (line,) = site.lines()
    assert "ValueError: inner detail xyzzy" in line["error"]
    assert line["request_id"] == reply.headers["x-request-id"]


def test_a_handlers_own_refusal_reaches_the_caller() -> None:
    reply = Site().act("refuses")
    assert (reply.status, reply.json["code"], reply.json["hint"]) == (409, "already_closed", "Open it first.")


def test_a_failure_of_the_gateway_itself_is_a_500_problem_without_a_word_of_why() -> None:
    site = Site(verifier=Known({KEY: RuntimeError("inner detail")}))
    reply = site.act("echo", {}, ("x-api-key", KEY))
    assert (reply.status, reply.json["code"]) == (500, "internal_error")
    assert "inner detail" not in reply.body.decode()
    assert "RuntimeError: inner detail" in site.lines()[0]["error"]


def test_a_store_that_fails_refuses_the_call() -> None:
    class Full(SqliteStore):
        def record(self, *events: AuditEvent, wait: bool = True) -> bool:  # noqa: ARG002 - the port's signature
            raise Unavailable("store_full", "The disk is full.")

    site = Site(store=Full(None))
    for name, headers in (("echo", ()), ("known", ()), ("echo", (("x-api-key", "unknown-key-1234"),))):
        reply = site.act(name, {}, *headers)
        assert (reply.status, reply.json["code"]) == (503, "store_full")


@pytest.mark.parametrize(
    ("method", "url"), [("POST", "/actions/echo"), ("GET", "/docs"), ("GET", "/nope"), ("GET", "/healthz")]
)
def test_every_answer_carries_the_security_headers_and_its_own_request_id(method: str, url: str) -> None:
    site = Site(web=Web(public_pages=frozenset({"docs"})))
    first, second = site.call(method, url), site.call(method, url)
    for reply in (first, second):
        assert reply.headers["x-content-type-options"] == "nosniff"
        assert reply.headers["cache-control"] == "no-store"
        assert reply.headers["referrer-policy"] == "no-referrer"
        assert "frame-ancestors 'none'" in reply.headers["content-security-policy"]
        assert "default-src 'none'" in reply.headers["content-security-policy"]
        assert "unsafe" not in reply.headers["content-security-policy"]
    assert first.headers["x-request-id"] != second.headers["x-request-id"]


def test_the_callers_request_id_is_kept_beside_ours_and_never_becomes_it() -> None:
    site = Site()
    reply = site.act("echo", {}, ("x-request-id", "trace-1"))
    assert reply.headers["x-request-id"] != "trace-1"
    assert site.lines()[0]["caller_request_id"] == "trace-1"


@pytest.mark.parametrize("told", ["two words", "a" * 65, "x\n{}", "<b>", ""])
def test_a_request_id_of_another_shape_is_dropped(told: str) -> None:
    site = Site()
    site.act("echo", {}, ("x-request-id", told))
    assert "caller_request_id" not in site.lines()[0]


@pytest.mark.parametrize(
    "headers", [[(f"x-{place}", "1") for place in range(200)], [("x-long", "a" * 40_000)]], ids=["many", "long"]
)
def test_too_many_or_too_long_headers_are_refused(headers: list[tuple[str, str]]) -> None:
    reply = Site().call("POST", "/actions/echo", b"", headers)
    assert (reply.status, reply.json["code"]) == (431, "headers_too_large")


@pytest.mark.parametrize(
    "headers",
    [[(f"x-{place}", "1") for place in range(200)], [("origin", "https://a.example"), ("origin", "https://b.example")]],
    ids=["too many headers", "two origins"],
)
def test_a_call_that_is_refused_at_the_door_leaves_an_event_too(headers: list[tuple[str, str]]) -> None:
    site = Site()
    reply = site.call("POST", "/actions/echo", b"", headers)
    (stored,) = site.store.tail(limit=10)
    assert (stored.event.request_id, stored.event.rule) == (reply.headers["x-request-id"], reply.json["code"])
    assert stored.event.outcome in {"denied", "failed"}


def test_a_caller_who_is_gone_when_the_answer_comes_is_still_counted_and_logged() -> None:
    site = Site()

    async def gone(message: Any) -> None:
        raise OSError(message["type"])

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b""}

    scope = {"type": "http", "method": "POST", "path": "/actions/echo", "query_string": b"", "headers": []}
    with pytest.raises(OSError, match=r"http\.response\.start"):
        asyncio.run(site.app(scope, receive, gone))
    assert [line["status"] for line in site.lines()] == [200]
    assert site.events() == [("echo", "allowed", "")]


def test_a_websocket_is_closed() -> None:
    site = Site()
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    async def receive() -> dict[str, str]:
        return {"type": "websocket.connect"}

    asyncio.run(site.app({"type": "websocket", "path": "/", "headers": []}, receive, send))
    assert sent == [{"type": "websocket.close", "code": 1008}]


def test_an_instance_starts_and_stops_by_the_lifespan_protocol() -> None:
    site = Site()
    sent: list[str] = []
    told = iter(["lifespan.startup", "lifespan.shutdown"])

    async def send(message: Any) -> None:
        sent.append(message["type"])

    async def receive() -> dict[str, str]:
        return {"type": next(told)}

    asyncio.run(site.app({"type": "lifespan"}, receive, send))
    assert sent == ["lifespan.startup.complete", "lifespan.shutdown.complete"]


@pytest.mark.parametrize(
    ("method", "url", "status"),
    [("POST", "/actions/echo", 200), ("POST", "/actions/known", 401), ("GET", "/nope", 404), ("GET", "/healthz", 200)],
)
def test_every_answer_says_how_long_it_is(method: str, url: str, status: int) -> None:
    reply = Site().call(method, url)
    assert (reply.status, reply.headers["content-length"]) == (status, str(len(reply.body)))


def test_a_gateway_mounted_below_another_application_answers_by_the_rest_of_the_path() -> None:
    site = Site()
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"{}", "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "POST", "root_path": "/gate", "path": "/gate/actions/echo", "query_string": b""}
    asyncio.run(site.app(scope | {"headers": [(b"content-type", b"application/json")]}, receive, send))
    assert sent[0]["status"] == 200
    assert site.events() == [("echo", "allowed", "")]


PAGES = [("/docs", "docs"), ("/openapi.json", "docs"), ("/metrics", "metrics")]


@pytest.mark.parametrize(("path", "page"), PAGES)
def test_a_page_is_for_credentials_with_its_scope_and_each_look_is_audited(path: str, page: str) -> None:
    site = Site()
    assert site.call("GET", path).status == 401
    refused = site.call("GET", path, b"", [("x-lookgate-handle", HANDLE)])
    assert (refused.status, refused.json["code"]) == (403, "lacks_scope")
    assert f"'{page}'" in refused.json["detail"]
    assert site.call("GET", path, b"", [("x-api-key", KEY)]).status == 200
    assert site.events() == [
        (f"GET {path}", "denied", "credential_missing"),
        (f"GET {path}", "denied", "lacks_scope"),
        (f"GET {path}", "allowed", ""),
    ]


@pytest.mark.parametrize(("path", "page"), PAGES)
def test_a_page_is_public_only_when_the_settings_name_it(path: str, page: str) -> None:
    other = "metrics" if page == "docs" else "docs"
    assert Site(web=Web(public_pages=frozenset({page}))).call("GET", path).status == 200  # type: ignore[arg-type]
    assert Site(web=Web(public_pages=frozenset({other}))).call("GET", path).status == 401  # type: ignore[arg-type]


def test_health_is_open_and_leaves_no_trace_in_the_audit() -> None:
    site = Site(directory=Users())
    assert site.call("GET", "/healthz").json == {"status": "alive"}
    assert site.call("GET", "/readyz").json == {"status": "ready", "missing": []}
    assert site.events() == []


def test_a_slow_plain_handler_does_not_hold_up_the_others() -> None:
    import threading  # noqa: PLC0415 - for this test alone

    go_on = threading.Event()

    def slow(input: Text, context: Context) -> Said:  # noqa: A002, ARG001 - the handler's shape
        go_on.wait(10)
        return Said("slow")

    site = Site([action(policy=[public()])(slow)])

    async def story() -> list[int]:
        waiting = asyncio.create_task(site.ask("POST", "/actions/slow", b"{}", [JSON]))
        await asyncio.sleep(0)
        quick = await site.ask("GET", "/healthz")
        assert not waiting.done()
        go_on.set()
        return [quick.status, (await waiting).status]

    assert asyncio.run(story()) == [200, 200]


def test_an_origin_is_kept_with_the_audit_event() -> None:
    site = Site()
    site.act("echo", {}, ("origin", LOOKER))
    assert site.store.tail(limit=1)[0].event.origin == LOOKER
