from __future__ import annotations

import io
import json
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any

import flask
import pytest
from flask import Flask, Response
from werkzeug.test import TestResponse

from gateway_site import HANDLE, KEY, TOKEN, Site
from lookgate import BadRequest, Principal, in_group, lookgate_function, public
from lookgate.errors import RegistryError
from lookgate.settings import Web

H = ("x-lookgate-handle", HANDLE)
K = ("x-api-key", KEY)


class Place:
    """A function, served by Flask as ``functions-framework`` does it."""

    def __init__(self, handler: Callable[[flask.Request, Principal], Any], **options: Any) -> None:
        self.site = options.pop("site", None) or Site()
        served = lookgate_function(self.site.gateway, **options)(handler)
        self.app = Flask("function")
        methods = ["GET", "POST", "OPTIONS"]
        self.app.add_url_rule(
            "/", "function", lambda: served(flask.request), methods=methods, provide_automatic_options=False
        )

    def call(self, *headers: tuple[str, str], method: str = "POST", **what: Any) -> TestResponse:
        return self.app.test_client().open("/", method=method, headers=list(headers), **what)

    def refusal(self, *headers: tuple[str, str], **what: Any) -> tuple[int, str]:
        reply = self.call(*headers, **what)
        assert reply.content_type == "application/problem+json"
        problem = json.loads(reply.data)
        assert problem["instance"] == f"urn:request:{reply.headers['x-request-id']}"
        return reply.status_code, problem["code"]


def who(request: flask.Request, principal: Principal) -> dict[str, Any]:
    return {"caller": principal.label, "headers": sorted(name.lower() for name, _ in request.headers.items())}


def test_the_function_is_told_who_calls_and_not_what_proved_it() -> None:
    place = Place(who)
    reply = place.call(H, ("accept-encoding", "gzip"), ("x-note", "1"), json={"a": 1})
    assert (reply.status_code, reply.json) == (
        200,
        {"caller": "ana@example.com", "headers": ["content-length", "content-type", "host", "user-agent", "x-note"]},
    )
    assert place.site.events() == [("POST function who", "pending", ""), ("POST function who", "allowed", "")]


def test_nobody_comes_in_without_a_credential_unless_public_is_written_out() -> None:
    assert Place(who).refusal() == (401, "credential_missing")
    assert Place(who).refusal(method="OPTIONS") == (401, "credential_missing")
    assert Place(who, policy=[public()]).call().json["caller"] == "anonymous"  # type: ignore[index]
    assert Place(who, policy=[in_group("Analysts")]).refusal(K) == (403, "not_in_group")


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ((H, K), (400, "two_credentials")),
        ((H, H), (400, "two_credentials")),
        ((("x-lookgate-handle", "{{air_crew_handle}}"),), (401, "unsubstituted_tag")),
        ((("x-lookgate-handle", ""),), (401, "credential_empty")),
        ((("authorization", "Basic YWRhOmFkYQ=="),), (401, "scheme_unknown")),
        ((H, ("x-note", HANDLE)), (400, "secret_in_header")),
        ((H, ("content-type", HANDLE)), (400, "secret_in_header")),
        ((("x-user-email", "ana@example.com"),), (401, "credential_missing")),
        ((("x-long", "x" * 40_000),), (431, "headers_too_large")),
    ],
)
def test_hostile_headers_are_refused_with_a_problem_and_audited(
    headers: tuple[tuple[str, str], ...], code: tuple[int, str]
) -> None:
    place = Place(who)
    assert place.refusal(*headers) == code
    assert [(action, rule) for action, _, rule in place.site.events()] == [("POST function who", code[1])]


def test_a_secret_that_was_typed_into_a_body_or_url_is_not_taken_in_and_a_long_body_is_not_read() -> None:
    place = Place(lambda request, _: request.get_data(), site=Site(web=Web(max_body_bytes=1000)))
    assert place.call(H, data=b"y" * 1000).data == b"y" * 1000
    assert place.refusal(H, json={"a": HANDLE}) == (400, "secret_in_body")
    assert place.refusal(K, data=TOKEN) == (400, "secret_in_body")
    assert place.refusal(H, query_string={"q": HANDLE}) == (400, "secret_in_url")
    assert place.refusal(H, ("content-encoding", "gzip"), data=b"x") == (415, "body_encoded")
    assert place.refusal(H, data=b"y" * 1001) == (413, "body_too_large")
    endless = {"input_stream": io.BytesIO(b"y" * 5000), "environ_overrides": {"wsgi.input_terminated": True}}
    assert place.refusal(H, **endless) == (413, "body_too_large")


def pieces(size: int) -> Iterator[str]:
    for _ in range(size):
        yield "x" * 1000


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (lambda: HANDLE, "secret_reflected"),
        (lambda: Response("", headers={"x-note": HANDLE}), "secret_reflected"),
        (lambda: Response(pieces(4)), "answer_too_large"),
        (lambda: Response("?", headers={"content-encoding": "br"}), "answer_encoded"),
        (lambda: None, "app_failed"),
    ],
)
def test_what_leaks_or_cannot_be_searched_does_not_go_out(answer: Callable[[], Any], code: str) -> None:
    place = Place(lambda *_: answer(), max_answer_bytes=3000)
    assert place.refusal(H) == (500, code)
    assert place.site.events()[-1][1:] == ("failed", code)


def test_whatever_flask_takes_goes_out() -> None:
    assert len(Place(lambda *_: Response(pieces(3)), max_answer_bytes=3000).call(H).data) == 3000
    assert Place(lambda *_: ("made", 201, {"x-note": "1"})).call(H).headers["x-note"] == "1"


def fails(error: BaseException) -> Callable[[flask.Request, Principal], Any]:
    def handler(request: flask.Request, principal: Principal) -> Any:  # noqa: ARG001 - the handler's shape
        raise error

    return handler


def test_no_failure_is_answered_with_success() -> None:
    place = Place(fails(BadRequest("data_missing", "The body has no 'data'.")))
    assert place.refusal(H) == (400, "data_missing")
    place = Place(fails(ValueError("inner detail")))
    assert place.refusal(H) == (500, "app_failed")
    assert b"inner detail" not in place.call(H).data
    place = Place(fails(SystemExit(0)))
    assert place.refusal(H) == (500, "app_failed")
    assert place.site.events()[-1][1:] == ("failed", "app_failed")
    place = Place(lambda *_: flask.abort(404))
    assert place.call(H).status_code == 404
    assert place.site.events()[-1][1:] == ("failed", "app_answered_404")


def test_a_policy_that_cannot_be_used_is_refused_at_the_start() -> None:
    with pytest.raises(RegistryError, match="no policy"):
        lookgate_function(Site().gateway, policy=[])

    async def later(request: flask.Request, principal: Principal) -> Any:
        """Be of the wrong kind."""

    with pytest.raises(RegistryError, match="is async"):
        lookgate_function(Site().gateway)(later)


def test_many_callers_at_once_share_one_loop_and_each_is_told_apart() -> None:
    place = Place(who, policy=[public()])
    answers: list[tuple[str, str]] = []

    def ask(header: tuple[str, str], label: str) -> None:
        answers.append((label, place.call(header).json["caller"]))  # type: ignore[index]

    threads = [threading.Thread(target=ask, args=each) for each in [(H, "ana@example.com"), (K, "nightly")] * 20]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert len(answers) == 40
    assert all(expected == told for expected, told in answers)
    assert sum(thread.name == "lookgate" for thread in threading.enumerate()) == 1


def test_the_process_closes_what_it_opened_when_it_ends() -> None:
    program = """
import sys
from lookgate.web.background import BACKGROUND

async def say(word):
    print(word)

BACKGROUND.in_the_end(lambda: say("closed"))
BACKGROUND.run(say("ran"))
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=30)  # noqa: S603 - ours
    assert (done.stdout.split(), done.stderr) == (["ran", "closed"], "")


def test_neither_flask_nor_fastapi_is_imported_by_who_does_not_use_it() -> None:
    program = "import sys; from lookgate import LookgateMiddleware, lookgate_function; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)  # noqa: S603 - ours
    assert not {"flask", "werkzeug", "fastapi", "starlette"} & set(done.stdout.split())
