"""Planted secrets, searched for in everything that the gateway says, counts, logs and stores."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gateway_site import ANALYST, HANDLE, KEY, MACHINE, SERVICE, TOKEN, Known, Said, Site, Text
from lookgate.actions import Context, action
from lookgate.core.policy import public
from lookgate.errors import Unauthenticated, Unavailable
from lookgate.settings.model import Web
from lookgate.web.reflection import Guard
from security_counts import Counted

CREDENTIALS = {
    "handle": ("x-lookgate-handle", HANDLE, HANDLE),
    "api key": ("x-api-key", KEY, KEY),
    "bearer": ("authorization", f"Bearer {TOKEN}", TOKEN),
    "basic": ("authorization", "Basic YW5hOmh1bnRlcjItaHVudGVyMg==", "YW5hOmh1bnRlcjItaHVudGVyMg=="),
    "malformed": ("x-api-key", "not one token but s3cr3t-words", "s3cr3t-words"),
    "long": ("x-api-key", "q8Jd" * 3000, "q8Jd" * 3000),
}
ROUTES = [
    ("POST", "/actions/echo"),
    ("POST", "/actions/note"),
    ("POST", "/actions/known"),
    ("POST", "/actions/breaks"),
    ("POST", "/actions/refuses"),
    ("POST", "/actions/nothing"),
    ("GET", "/actions/echo"),
    ("GET", "/docs"),
    ("GET", "/openapi.json"),
    ("GET", "/metrics"),
    ("GET", "/healthz"),
    ("GET", "/readyz"),
    ("GET", "/nowhere"),
    ("OPTIONS", "/actions/echo"),
]
VERIFIED: dict[str, Known] = {
    "known": Known(),
    "refused": Known(dict.fromkeys((HANDLE, KEY, TOKEN), Unauthenticated("expired", "It has expired."))),
    "unavailable": Known(dict.fromkeys((HANDLE, KEY, TOKEN), Unavailable("down", "It does not answer."))),
    "broken": Known({secret: RuntimeError(f"boom {secret}") for secret in (HANDLE, KEY, TOKEN)}),
    "quoting": Known({secret: Unauthenticated("odd", f"{secret} is odd.", secret) for secret in (HANDLE, KEY, TOKEN)}),
}


@pytest.mark.parametrize("verified", VERIFIED)
@pytest.mark.parametrize("kind", CREDENTIALS)
def test_no_secret_leaves_by_any_route_however_its_verification_ends(
    kind: str, verified: str, counted: Counted
) -> None:
    name, value, secret = CREDENTIALS[kind]
    site = Site(verifier=VERIFIED[verified], web=Web(public_pages=frozenset({"metrics"})))
    said = b""
    places = [
        ("", b"", []),
        (f"?key={secret}", b"{}", []),
        ("", b'{"text": "%s"}' % secret.encode(), []),
        ("", b'{"%s": 1}' % secret.encode(), []),
        ("", b"%s" % secret.encode(), []),
        ("", b"{}", [("origin", f"https://{secret.lower()}.example")]),
        ("", b"{}", [("x-request-id", secret), ("user-agent", secret), ("x-forwarded-for", secret)]),
    ]
    for method, url in ROUTES:
        for query, body, more in places:
            headers = [(name, value), ("content-type", "application/json"), *more]
            reply = site.call(method, url + query, body, headers)
            said += reply.body + b"".join(part for pair in reply.raw_headers for part in pair)
    reply = site.call("POST", f"/actions/{secret[:60]}", b"{}", [(name, value)])
    said += reply.body + site.call("GET", "/metrics").body
    guard = Guard([secret])
    searched = {
        "answers": said,
        "log": site.log.getvalue().encode(),
        "audit": repr(site.store.tail(limit=10_000)).encode(),
    }
    assert len(site.lines()) == len(ROUTES) * len(places) + 2
    found = [place for place, content in searched.items() if guard.found_in(content)]
    counted("secret leaks", f"{kind}, however its verification ends", tried=len(searched), bad=found)


@pytest.mark.parametrize("word", ["application/json", '{"status":"alive"}', "unknown_credential", "credential_missing"])
def test_a_word_presented_as_a_credential_does_not_turn_answers_into_failures(word: str) -> None:
    site = Site()
    assert site.call("GET", "/healthz", b"", [("x-api-key", word)]).status == 200
    reply = site.act("echo", {}, ("x-api-key", word))
    assert (reply.status, word in reply.json["detail"]) == (401, False)


@pytest.mark.parametrize("principal", [ANALYST, MACHINE, SERVICE])
def test_a_secret_that_became_somebodys_name_is_withheld_from_the_log(principal: object) -> None:
    named = replace(principal, email="", name=f"user {KEY}")  # type: ignore[type-var]
    site = Site(verifier=Known({KEY: named}))  # type: ignore[dict-item]
    site.act("echo", {}, ("x-api-key", KEY))
    (line,) = site.lines()
    assert "withheld" in line["actor"]


def test_a_secret_in_a_traceback_is_withheld_from_the_log() -> None:
    def breaks(input: Text, context: Context) -> Said:  # noqa: A002, ARG001 - the handler's shape
        raise ValueError(f"could not use {KEY}")

    site = Site([action(policy=[public()])(breaks)])
    site.act("breaks", {}, ("x-api-key", KEY))
    (line,) = site.lines()
    assert line["error"] == "withheld: it carried the caller's secret"
    assert (line["level"], line["status"]) == ("error", 500)
