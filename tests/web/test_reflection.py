from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable
from typing import Literal
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway_site import HANDLE, JSON, KEY, TOKEN, Said, Site, Text
from lookgate.actions import Action, Context, Output, action
from lookgate.core.policy import public
from lookgate.errors import BadRequest, Reflected
from lookgate.web.reflection import Guard

SECRETS = st.text(st.characters(min_codepoint=33, max_codepoint=126, exclude_characters=","), min_size=8, max_size=60)
AROUND = st.binary(max_size=20)


def jwt_with(raw: bytes) -> bytes:
    payload = json.dumps({"sub": "7", "key": raw.decode("latin-1")}).encode()
    return b"eyJhbGciOiJub25lIn0." + base64.urlsafe_b64encode(payload).rstrip(b"=") + b".sig"


ENCODINGS: dict[str, Callable[[bytes], bytes]] = {
    "raw": lambda raw: raw,
    "json": lambda raw: json.dumps(raw.decode()).encode(),
    "json in json": lambda raw: json.dumps(json.dumps(raw.decode())).encode(),
    "unicode escapes": lambda raw: b"".join(b"\\u%04x" % byte for byte in raw),
    "percent": lambda raw: quote(raw).encode(),
    "percent, every byte": lambda raw: b"".join(b"%%%02x" % byte for byte in raw),
    "percent twice": lambda raw: quote(quote(raw)).encode(),
    "hex": lambda raw: raw.hex().encode(),
    "upper hex": lambda raw: raw.hex().upper().encode(),
    "base64": base64.b64encode,
    "base64url": base64.urlsafe_b64encode,
    "base64url without padding": lambda raw: base64.urlsafe_b64encode(raw).rstrip(b"="),
    "base64 in lines": lambda raw: base64.encodebytes(raw * 2),
    "base64 in percent": lambda raw: quote(base64.b64encode(raw)).encode(),
}


@settings(deadline=None)
@given(secret=SECRETS, before=AROUND, after=AROUND)
@pytest.mark.parametrize("encode", ENCODINGS.values(), ids=ENCODINGS.keys())
def test_a_secret_is_found_in_every_encoding_and_surroundings(
    encode: Callable[[bytes], bytes], secret: str, before: bytes, after: bytes
) -> None:
    # A lone escape sign before the secret would change what the encoding means.
    clean = before.replace(b"\\", b"").replace(b"%", b"")
    assert Guard([secret]).found_in(clean + encode(secret.encode()) + after)


@settings(deadline=None)
@given(secret=SECRETS, before=AROUND, after=AROUND)
def test_a_secret_inside_a_longer_base64_text_is_found_at_every_offset(
    secret: str, before: bytes, after: bytes
) -> None:
    inner = before + secret.encode() + after
    guard = Guard([secret])
    for encoded in (base64.b64encode(inner), base64.urlsafe_b64encode(inner), base64.urlsafe_b64encode(inner)[:-2]):
        if len(after) >= 2 or encoded.endswith(b"="):
            assert guard.found_in(b"x " + encoded + b" y")


@settings(deadline=None)
@given(before=st.text(max_size=5), after=st.text(max_size=5))
def test_a_secret_inside_a_jwt_is_found(before: str, after: str) -> None:
    payload = json.dumps({"a": before, "key": HANDLE, "b": after}).encode()
    token = b"eyJhbGciOiJub25lIn0." + base64.urlsafe_b64encode(payload).rstrip(b"=") + b".c2ln"
    assert Guard([HANDLE]).found_in(b'{"token":"' + token + b'"}')


@settings(deadline=None)
@given(data=st.binary(max_size=200))
def test_what_does_not_hold_the_secret_passes(data: bytes) -> None:
    assert not Guard([HANDLE, KEY, TOKEN]).found_in(data)


def test_a_part_of_a_secret_passes() -> None:
    guard = Guard([HANDLE])
    guard.refuse_out(HANDLE[:-1].encode())
    guard.refuse_out(base64.b64encode(HANDLE[4:30].encode()))


@pytest.mark.parametrize("data", [b"", b"\\", b"\\u12", b"%", b"%zz", b"\\" * 99, b"%25" * 99])
def test_broken_escapes_break_nothing(data: bytes) -> None:
    assert not Guard([HANDLE]).found_in(data)


def test_without_a_secret_nothing_is_refused_on_the_way_out() -> None:
    Guard([]).refuse_out(b"anything")


@pytest.mark.parametrize("place", ["body", "url"])
@pytest.mark.parametrize("secret", [HANDLE, KEY])
def test_our_own_secrets_are_refused_in_any_request_whoever_sends_them(place: str, secret: str) -> None:
    with pytest.raises(BadRequest) as caught:
        Guard([]).refuse_in(json.dumps({"text": f"note {secret}"}).encode(), place)  # type: ignore[arg-type]
    assert caught.value.code == f"secret_in_{place}"
    assert secret not in str(caught.value)


SIGNED = ".".join(["eyJhbGciOiJSUzI1NiIsImtpZCI6IjEifQ", "eyJpc3MiOiJodHRwczovL2EuZXhhbXBsZSJ9", "c2lnbmF0dXJl" * 8])


@pytest.mark.parametrize("place", ["body", "url"])
@pytest.mark.parametrize("around", [b"%s", b'{"text": "%s"}', b"x%sy", b"%s.%s"])
def test_a_signed_token_of_another_attribute_typed_into_a_field_is_refused(
    place: Literal["body", "url"], around: bytes
) -> None:
    text = around.replace(b"%s", SIGNED.encode())
    for guard in (Guard([]), Guard([HANDLE])):
        with pytest.raises(BadRequest) as refused:
            guard.refuse_in(text, place)
        assert refused.value.code == f"secret_in_{place}"
        assert SIGNED not in str(refused.value)


@pytest.mark.parametrize(
    "text", ["a.eyJ.b", "see config.eyJson.stringify(it)", "eyJhbGciOiJSUzI1NiIsImtpZCI6IjEifQ" * 3]
)
def test_what_only_begins_like_a_signed_token_passes(text: str) -> None:
    Guard([HANDLE]).refuse_in(text.encode() + b" " * 60, "body")


@pytest.mark.parametrize("piece", [b".eyJ", b"eyJ", b".eyJaaaaaaaa.", b".eyJaaaaaaaa", b"lgh_.", b"\\u006c", b"%2e"])
def test_a_megabyte_of_beginnings_is_searched_in_linear_time(piece: bytes) -> None:
    short, long = _seconds(piece * 20_000), _seconds(piece * 160_000)
    assert long < 60 * short + 0.5  # eight times the work; squared it would be sixty-four times


def _seconds(body: bytes) -> float:
    started = time.process_time()
    Guard([HANDLE]).refuse_in(body, "body")
    return time.process_time() - started


def test_what_is_withheld_is_said_without_the_secret() -> None:
    with pytest.raises(Reflected) as caught:
        Guard([HANDLE]).refuse_out(HANDLE.encode())
    assert HANDLE not in str(caught.value)


PRESENTED = [
    (("x-lookgate-handle", HANDLE), HANDLE),
    (("x-api-key", KEY), KEY),
    (("authorization", f"Bearer {TOKEN}"), TOKEN),
]


@pytest.mark.parametrize(("header", "secret"), PRESENTED)
@pytest.mark.parametrize("escape", [False, True])
def test_a_secret_typed_into_a_field_is_refused_before_anything_is_stored(
    header: tuple[str, str], secret: str, *, escape: bool
) -> None:
    site = Site([leaky(b"x")])
    body = json.dumps({"text": f"my note {secret}"})
    if escape:
        body = body.replace(secret, "".join(f"\\u{ord(char):04x}" for char in secret))
    reply = site.call("POST", "/actions/leaks", body.encode(), [JSON, header])
    assert (reply.status, reply.json["code"]) == (400, "secret_in_body")
    assert site.store.records.list("notes") == []
    assert site.events() == [("leaks", "failed", "secret_in_body")]


@pytest.mark.parametrize(("header", "secret"), PRESENTED)
def test_a_secret_in_the_url_is_refused(header: tuple[str, str], secret: str) -> None:
    site = Site()
    for url in (f"/actions/echo?key={secret}", f"/actions/{secret}", f"/actions/echo?key={quote(secret[::1])}"):
        reply = site.call("POST", url, b"{}", [JSON, header])
        assert (reply.status, reply.json["code"]) == (400, "secret_in_url")
    assert secret not in site.log.getvalue()


def leaky(leak: bytes) -> Action:
    """Return an action that got at the caller's secret by some way of its own."""

    class Leak(Output):
        text: str

    def leaks(input: Text, context: Context) -> Leak:  # noqa: A002, ARG001
        context.records.append("notes", "k", {"text": "x"}, actor=context.principal, at=context.now)
        return Leak(leak.decode("latin-1"))

    leaks.__annotations__["return"] = Leak
    return action(policy=[public()], effect="local")(leaks)


@pytest.mark.parametrize(("header", "secret"), PRESENTED)
@pytest.mark.parametrize("encoding", ENCODINGS)
def test_an_answer_that_carries_the_secret_is_withheld_and_its_effect_undone(
    header: tuple[str, str], secret: str, encoding: str
) -> None:
    site = Site([leaky(b"see: " + ENCODINGS[encoding](secret.encode()))])
    reply = site.act("leaks", {}, header)
    assert (reply.status, reply.json["code"]) == (500, "secret_reflected")
    assert secret.encode() not in reply.body
    assert site.store.records.list("notes") == []
    assert site.events() == [("leaks", "failed", "secret_reflected")]


def test_an_answer_that_carries_the_secret_inside_a_jwt_is_withheld() -> None:
    site = Site([leaky(jwt_with(HANDLE.encode()))])
    assert site.act("leaks", {}, PRESENTED[0][0]).json["code"] == "secret_reflected"


def test_a_page_that_carries_the_readers_secret_is_withheld_and_audited_once() -> None:
    def tells(input: Text, context: Context) -> Said:  # noqa: A002, ARG001 - the handler's shape
        return Said("")

    tells.__doc__ = f"Call with {KEY}."
    site = Site([action(policy=[public()])(tells)])
    for path in ("/docs", "/openapi.json"):
        reply = site.call("GET", path, b"", [("x-api-key", KEY)])
        assert (reply.status, reply.json["code"]) == (500, "secret_reflected")
    assert site.events() == [
        ("GET /docs", "failed", "secret_reflected"),
        ("GET /openapi.json", "failed", "secret_reflected"),
    ]
