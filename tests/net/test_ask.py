"""One request with credentials: over real TLS, to the host that was named and to nobody else."""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import json
import socket
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from lookgate.errors import Unavailable
from lookgate.net.ask import LONGEST, Answer, Ask
from lookgate.net.retry_after import retry_after
from lower_rooms import START, StillClock, run
from tls_server import HOST, Loopback, TlsServer, says
from tls_server import Answer as Behaviour

SECRET = "planted-canary-of-ask"
TOKEN = {"authorization": f"Bearer {SECRET}"}


def asking(server: TlsServer, *, private: bool = True, trusted: bool = True, seconds: float = 5.0) -> Ask:
    trust = server.trust if trusted else None
    return Ask(StillClock(), private=private, names=Loopback(), trust=trust, seconds=seconds)


def answer(folder: Path, behaviour: Behaviour, method: str = "GET", **sent: Any) -> tuple[Answer, web.Request]:
    async def story() -> tuple[Answer, web.Request]:
        async with TlsServer(folder, behaviour).running() as server:
            got = await asking(server)(method, server.url("/x"), **sent)
            (request,) = server.seen
            return got, request

    return run(story())


def refusal(folder: Path, behaviour: Behaviour, **options: Any) -> Unavailable:
    async def story() -> Unavailable:
        async with TlsServer(folder, behaviour).running() as server:
            with pytest.raises(Unavailable) as refused:
                await asking(server, **options)("GET", server.url("/x"), headers=TOKEN)
            return refused.value

    return without_secret(run(story()))


def without_secret(error: Unavailable) -> Unavailable:
    """Nothing that is told of a failure has what was sent; the causes are in tracebacks."""
    told: BaseException | None = error
    while told is not None:
        assert SECRET not in f"{told!r} {told}"
        told = told.__cause__ or told.__context__
    assert error.hint
    return error


def test_the_answer_is_told_whatever_its_status_and_with_its_headers(tmp_path: Path) -> None:
    got, request = answer(tmp_path, says(b"no", 404, X_Why="so"), headers=TOKEN, query={"audience": "https://a/?&="})
    assert (got.status, got.body, got.headers["x-why"], got.retry_after) == (404, b"no", "so", None)
    assert request.headers["authorization"] == TOKEN["authorization"]
    assert dict(request.query) == {"audience": "https://a/?&="}


def test_a_form_and_a_body_are_sent_as_what_they_are(tmp_path: Path) -> None:
    seen: list[str] = []

    async def keep(request: web.Request) -> web.Response:
        seen.append(f"{request.content_type} {await request.text()}")
        return web.Response()

    answer(tmp_path, keep, "POST", form={"a": "b c&d"})
    answer(tmp_path, keep, "POST", body={"a": ["b"]})
    answer(tmp_path, keep, "POST", content=b"a b", headers={"content-type": "text/plain"})
    assert seen == ["application/x-www-form-urlencoded a=b+c%26d", 'application/json {"a": ["b"]}', "text/plain a b"]


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_no_redirect_is_followed_because_it_would_take_the_token_along(tmp_path: Path, status: int) -> None:
    got, _ = answer(tmp_path, says(b"", status, location="https://evil.example/x"), headers=TOKEN)
    assert got.status == status


def test_no_cookie_is_kept_and_nothing_of_the_first_request_is_in_the_second(tmp_path: Path) -> None:
    async def story() -> None:
        async with TlsServer(tmp_path, says(b"", set_cookie="a=b")).running() as server:
            ask = asking(server)
            await ask("GET", server.url("/x"), headers=TOKEN)
            await ask("GET", server.url("/x"))
            assert [request.headers.get("cookie") for request in server.seen] == [None, None]
            assert "authorization" not in server.seen[1].headers

    run(story())


def test_an_answer_without_an_end_is_cut_off(tmp_path: Path) -> None:
    async def endless(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        with contextlib.suppress(ConnectionError):
            while True:
                await response.write(b"x" * 10_000)
        return response

    assert refusal(tmp_path, endless).code == "answer_too_long"
    got, _ = answer(tmp_path, says(b"x" * LONGEST))
    assert len(got.body) == LONGEST


def test_a_small_answer_does_not_become_a_large_one(tmp_path: Path) -> None:
    bomb = gzip.compress(b" " * 50_000_000)
    got, request = answer(tmp_path, says(bomb, content_encoding="gzip"))
    assert got.body == bomb
    assert request.headers["accept-encoding"] == "identity"


def test_whoever_does_not_answer_in_time_is_given_up(tmp_path: Path) -> None:
    async def silent(_: web.Request) -> web.StreamResponse:
        await asyncio.Event().wait()
        raise AssertionError

    error = refusal(tmp_path, silent, seconds=0.2)
    assert (error.code, "within 0.2 s" in error.detail) == ("timeout", True)


def test_a_certificate_that_nobody_vouches_for_gets_no_token(tmp_path: Path) -> None:
    async def story() -> None:
        async with TlsServer(tmp_path, says(b"")).running() as server:
            with pytest.raises(Unavailable) as refused:
                await asking(server, trusted=False)("GET", server.url(), headers=TOKEN)
            assert without_secret(refused.value).code == "unreachable"
            assert server.seen == []

    run(story())


def test_a_name_that_leads_into_ones_own_network_is_called_only_where_the_settings_say_so(tmp_path: Path) -> None:
    error = refusal(tmp_path, says(b""), private=False)
    assert (error.code, "private_network" in error.hint) == ("address_refused", True)


@pytest.mark.parametrize(
    "url",
    [
        "https://10.0.0.1/",
        "https://192.168.0.1/",
        "https://169.254.169.254/computeMetadata/v1/",
        "https://[fe80::1]/",
        "https://[::ffff:169.254.169.254]/",
        "https://0.0.0.0/",
        "https://100.100.100.200/",
        "http://169.254.169.253/",
        "http://169.254.169.254:8080/",
        "http://169.254.169.254.evil.example/",
        "http://169.254.169.254@evil.example/",
        "http://10.0.0.1/",
        "http://idp.example.com/",
        "ftp://127.0.0.1/",
        "file:///etc/passwd",
        "//127.0.0.1/",
        "",
    ],
)
def test_what_must_not_be_called_is_not(url: str) -> None:
    with pytest.raises(Unavailable) as refused:
        run(Ask(StillClock(), names=Loopback(), seconds=2)("GET", url, headers=TOKEN))
    assert without_secret(refused.value).code == "address_refused"


def test_link_local_addresses_are_refused_even_in_ones_own_network() -> None:
    with pytest.raises(Unavailable) as refused:
        run(Ask(StillClock(), private=True, seconds=2)("GET", "https://169.254.169.253/"))
    assert refused.value.code == "address_refused"


def test_a_machine_that_is_down_is_told_without_what_was_sent() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(Unavailable) as refused:
        run(Ask(StillClock())("GET", f"http://127.0.0.1:{port}/secret-path?q={SECRET}", headers=TOKEN))
    assert without_secret(refused.value).code == "unreachable"
    assert f"http://127.0.0.1:{port} cannot be reached" in refused.value.detail


def test_a_header_that_would_become_two_is_never_sent(tmp_path: Path) -> None:
    async def story() -> None:
        async with TlsServer(tmp_path, says(b"")).running() as server:
            with pytest.raises(Unavailable):
                await asking(server)("GET", server.url(), headers={"authorization": "Bearer a\r\nx-evil: 1"})
            assert server.seen == []

    run(story())


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("0", 0.0),
        ("120", 120.0),
        (" 7 ", 7.0),
        ("99999999999999999999", 999999999.0),
        ("Wed, 01 Jul 2026 12:00:30 GMT", 30.0),
        ("Wed, 01 Jul 2026 11:00:00 GMT", 0.0),
        ("Wed, 01 Jul 2026 12:00:30", None),
        ("Wed, 01 Jul 202666666666666666666666666666 12:00:30 GMT", None),
        ("-5", None),
        ("1.5", None),
        ("٣", None),
        ("soon", None),
        ("", None),
        (None, None),
    ],
)
def test_retry_after_is_seconds_or_a_date_and_anything_else_is_not_there(header: str | None, seconds: float) -> None:
    assert retry_after(header, START) == seconds


def test_how_long_to_wait_is_part_of_the_answer(tmp_path: Path) -> None:
    got, _ = answer(tmp_path, says(b"{}", 429, Retry_After="9"))
    assert (got.status, got.retry_after, json.loads(got.body)) == (429, 9.0, {})


def test_the_host_is_the_one_that_was_asked_for(tmp_path: Path) -> None:
    _, request = answer(tmp_path, says(b""))
    assert request.host.startswith(HOST)
