from __future__ import annotations

import pytest

from gateway_site import HANDLE, LOOKER, Site

ORIGIN = ("origin", LOOKER)
FOREIGN = [
    "https://evil.example",
    "http://looker.example",
    "https://looker.example:8443",
    "https://looker.example/",
    "https://looker.example.evil.example",
    "https://evil.looker.example",
    "https://LOOKER.example",
    "https://looker.example@evil.example",
    "null",
    "*",
    "file://",
    " ",
]


def test_a_call_without_an_origin_as_serverproxy_sends_it_is_answered() -> None:
    reply = Site().act("echo", {"text": "x"})
    assert reply.status == 200
    assert "access-control-allow-origin" not in reply.headers
    assert reply.headers["vary"] == "Origin"


@pytest.mark.parametrize("origin", FOREIGN)
def test_a_foreign_page_is_refused_before_its_credential_is_looked_at(origin: str) -> None:
    site = Site()
    reply = site.act("note", {"text": "x"}, ("origin", origin), ("x-lookgate-handle", HANDLE))
    assert (reply.status, reply.json["code"]) == (403, "origin_not_allowed")
    assert "access-control-allow-origin" not in reply.headers
    assert site.verifier.asked == 0
    assert site.events() == [("POST /actions/{name}", "denied", "origin_not_allowed")]


def test_two_origins_are_refused() -> None:
    reply = Site().act("echo", {}, ORIGIN, ORIGIN)
    assert (reply.status, reply.json["code"]) == (400, "two_origins")


@pytest.mark.parametrize(
    ("method", "url", "status"),
    [
        ("POST", "/actions/echo", 200),
        ("POST", "/actions/known", 401),
        ("POST", "/actions/breaks", 500),
        ("POST", "/actions/refuses", 409),
        ("POST", "/actions/none", 404),
        ("GET", "/actions/echo", 405),
        ("GET", "/nowhere", 404),
        ("GET", "/healthz", 200),
    ],
)
def test_an_allowed_page_can_read_every_answer_refusals_and_failures_included(
    method: str, url: str, status: int
) -> None:
    reply = Site().call(method, url, b"", [ORIGIN])
    assert reply.status == status
    assert reply.headers["access-control-allow-origin"] == LOOKER
    assert reply.headers["vary"] == "Origin"
    assert "access-control-allow-credentials" not in reply.headers


def preflight(origin: str) -> list[tuple[str, str]]:
    return [
        ("origin", origin),
        ("access-control-request-method", "POST"),
        ("access-control-request-headers", "authorization,content-type"),
    ]


def test_an_allowed_page_is_told_before_it_calls_what_it_may_send() -> None:
    site = Site()
    reply = site.call("OPTIONS", "/actions/echo", b"", preflight(LOOKER))
    assert (reply.status, reply.body) == (204, b"")
    assert reply.headers["access-control-allow-origin"] == LOOKER
    assert "POST" in reply.headers["access-control-allow-methods"]
    allowed = {name.strip() for name in reply.headers["access-control-allow-headers"].split(",")}
    assert {"authorization", "content-type"} <= allowed
    assert site.events() == []


def test_no_page_may_send_a_handle_or_an_api_key_because_only_lookers_server_has_them() -> None:
    reply = Site().call("OPTIONS", "/actions/echo", b"", preflight(LOOKER))
    assert "x-lookgate-handle" not in reply.headers["access-control-allow-headers"]
    assert "x-api-key" not in reply.headers["access-control-allow-headers"]


@pytest.mark.parametrize("origin", FOREIGN)
def test_a_foreign_page_that_asks_first_is_refused(origin: str) -> None:
    reply = Site().call("OPTIONS", "/actions/echo", b"", preflight(origin))
    assert reply.status == 403
    assert not [name for name in reply.headers if name.startswith("access-control-")]


def test_an_odd_origin_is_not_copied_into_audit_or_log() -> None:
    site = Site()
    site.act("echo", {}, ("origin", 'https://a/"><script>'))
    assert site.store.tail(limit=1)[0].event.origin == "unreadable"
    assert "script" not in site.log.getvalue()
