from __future__ import annotations

import asyncio

import pytest

from gateway_site import HANDLE, JSON, KEY, Site
from lookgate.errors import BadRequest
from lookgate.settings.model import Web
from lookgate.web.body import read_json


def small() -> Site:
    return Site(web=Web(max_body_bytes=20))


def test_a_body_that_announces_too_much_is_refused_unread() -> None:
    async def never() -> None:
        raise AssertionError("the body was read")

    reply = small().call("POST", "/actions/echo", b"", [JSON, ("content-length", "21")], receive=never)
    assert (reply.status, reply.json["code"]) == (413, "body_too_large")


def test_the_body_of_a_caller_whom_the_policy_refuses_is_not_read() -> None:
    async def never() -> None:
        raise AssertionError("the body was read")

    site = Site()
    assert site.call("POST", "/actions/known", b"", [JSON], receive=never).status == 401
    assert site.call("POST", "/actions/note", b"", [JSON, ("x-api-key", KEY)], receive=never).status == 403
    assert site.events() == [("known", "denied", "credential_missing"), ("note", "denied", "not_in_group")]


def test_a_secret_is_found_in_a_long_body_too() -> None:
    body = b'{"text": "' + b"x" * 100_000 + HANDLE.encode() + b'"}'
    assert Site().call("POST", "/actions/echo", body, [JSON]).json["code"] == "secret_in_body"


@pytest.mark.parametrize("length", ["9" * 5000, "21"])
def test_an_absurd_length_is_refused_as_well(length: str) -> None:
    assert small().call("POST", "/actions/echo", b"", [JSON, ("content-length", length)]).status == 413


def test_a_body_that_grows_past_the_limit_is_refused_whatever_it_announced() -> None:
    reply = small().call("POST", "/actions/echo", [b"x" * 10, b"y" * 10, b"z"], [JSON, ("content-length", "5")])
    assert (reply.status, reply.json["code"]) == (413, "body_too_large")


def test_a_body_of_exactly_the_limit_in_pieces_is_read() -> None:
    body = b'{"text": "12345678"}'
    assert len(body) == 20
    assert small().call("POST", "/actions/echo", [body[:7], b"", body[7:]], [JSON]).json == {"text": "12345678"}


@pytest.mark.parametrize(
    "kind",
    [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/json; charset=utf-16",
        "application/jsonp",
        "application/problem+json",
        "",
    ],
)
def test_a_body_of_another_type_is_refused(kind: str) -> None:
    reply = Site().call("POST", "/actions/echo", b"{}", [("content-type", kind)])
    assert (reply.status, reply.json["code"]) == (415, "not_json")


def test_a_body_without_a_type_or_with_two_is_refused() -> None:
    assert Site().call("POST", "/actions/echo", b"{}").status == 415
    assert Site().call("POST", "/actions/echo", b"{}", [JSON, JSON]).status == 415


@pytest.mark.parametrize(
    "kind", ["application/json", "Application/JSON; charset=UTF-8", 'application/json;charset="utf-8"']
)
def test_json_in_utf8_is_read_however_it_is_spelt(kind: str) -> None:
    assert Site().call("POST", "/actions/echo", b"{}", [("content-type", kind)]).status == 200


def test_a_compressed_body_is_refused() -> None:
    reply = Site().call("POST", "/actions/echo", b"{}", [JSON, ("content-encoding", "gzip")])
    assert (reply.status, reply.json["code"]) == (415, "body_encoded")


def test_an_empty_body_is_an_empty_input_whatever_its_type() -> None:
    assert Site().call("POST", "/actions/echo", b"", [("content-type", "text/plain")]).json == {"text": ""}


def test_a_caller_who_goes_away_half_way_is_audited_and_breaks_nothing() -> None:
    async def gone() -> dict[str, str]:
        return {"type": "http.disconnect"}

    site = Site()
    assert site.call("POST", "/actions/echo", b"", [JSON], receive=gone).json["code"] == "body_incomplete"
    assert site.events() == [("echo", "failed", "body_incomplete")]


def test_a_body_that_never_ends_is_not_waited_for() -> None:
    async def silent() -> dict[str, str]:
        await asyncio.Event().wait()
        raise AssertionError("nothing sets the event")

    with pytest.raises(BadRequest) as caught:
        asyncio.run(read_json({}, silent, 20, patience=0.001))
    assert caught.value.code == "body_incomplete"


def test_a_body_that_nests_without_end_is_refused() -> None:
    reply = Site().call("POST", "/actions/echo", b"[" * 500_000, [JSON])
    assert (reply.status, reply.json["code"]) == (400, "too_deep")
