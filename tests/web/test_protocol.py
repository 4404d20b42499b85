from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from uvicorn.config import Config
from uvicorn.server import ServerState

from gateway_site import KEY, Site
from lookgate.web import protocol

HOST = b"host: gateway.example\r\n"
CALL = b"POST /actions/echo HTTP/1.1\r\n" + HOST + b"content-type: application/json\r\n"
CLOSE = b"connection: close\r\n"
KNOWN = b"POST /actions/known HTTP/1.1\r\n" + HOST + b"content-type: application/json\r\n"
FINE = CALL + b"content-length: 14\r\n\r\n" + b'{"text":"yes"}'

Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[bytes]]


class Impatient(protocol.BoundedProtocol):
    head_seconds = 0.1
    body_seconds = 0.1


def conversation(talk: Talk, kind: type[protocol.BoundedProtocol] = protocol.BoundedProtocol, idle: int = 60) -> bytes:
    """Return what one connection was answered, over a real socket."""

    async def run() -> bytes:
        config = Config(Site().app, http=kind, ws="none", log_config=None, timeout_keep_alive=idle, lifespan="off")
        config.load()
        state = ServerState()
        server = await asyncio.get_running_loop().create_server(lambda: kind(config, state, {}), "127.0.0.1", 0)
        try:
            reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname()[:2])
            try:
                return await asyncio.wait_for(talk(reader, writer), 20)
            finally:
                writer.transport.abort()
        finally:
            server.close()
            for connection in list(state.connections):
                connection.transport.abort()
            await asyncio.gather(*state.tasks, return_exceptions=True)

    return asyncio.run(run())


def saying(*pieces: bytes) -> Talk:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
        return await to_the_end(reader)

    return talk


async def to_the_end(reader: asyncio.StreamReader) -> bytes:
    try:
        return await reader.read()
    except ConnectionError:
        return b""


def test_a_head_that_never_ends_is_cut_off_before_it_fills_the_memory() -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
        writer.write(CALL)
        sent = 0
        try:
            while sent < 50_000_000:
                writer.write(b"x-more: " + b"a" * 8000 + b"\r\n")
                await writer.drain()
                sent += 8010
        except ConnectionError:
            pass
        assert sent < 20_000_000  # what the two sockets buffer, and not what was meant to be sent
        return await to_the_end(reader)

    assert b"200 OK" not in conversation(talk)


@pytest.mark.parametrize("start", [b"GET /", b"GET /healthz HTTP/1.1\r\nx-long: "], ids=["url", "one header"])
def test_a_url_or_a_header_that_never_ends_is_cut_off(start: bytes) -> None:
    async def talk(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
        writer.write(start)
        try:
            for _piece in range(5000):
                writer.write(b"a" * 10_000)
                await writer.drain()
        except ConnectionError:
            return b"cut off"
        return b"all was taken"

    assert conversation(talk) == b"cut off"


@pytest.mark.parametrize(
    "pieces",
    [
        (b"POST /acti",),
        (CALL,),
        (CALL + b"content-length: 100\r\n\r\n{",),
        (CALL + b"transfer-encoding: chunked\r\n\r\n1\r\n{",),
        (b"\r\n",),
        (FINE + b"\r\n",),
        (FINE + b"GET /heal",),
    ],
    ids=["no line", "no end of the head", "no body", "no last chunk", "an empty line", "and then one", "and then half"],
)
def test_a_request_that_stays_unfinished_is_hung_up_on(pieces: tuple[bytes, ...]) -> None:
    conversation(saying(*pieces), Impatient, idle=1)  # ends at all


def test_a_connection_that_says_nothing_is_closed_like_an_idle_one() -> None:
    assert conversation(saying(), idle=0) == b""


def test_a_credential_in_a_trailer_is_no_credential() -> None:
    trailer = b"x-api-key: " + KEY.encode() + b"\r\n"
    body = b"0\r\n" + trailer + b"\r\n"
    answer = conversation(saying(KNOWN + CLOSE + b"transfer-encoding: chunked\r\n\r\n" + body))
    assert b" 401 " in answer
    assert b"credential_missing" in answer


def test_a_body_beside_an_upgrade_is_refused_and_not_dropped() -> None:
    upgrade = b"connection: upgrade\r\nupgrade: h2c\r\ncontent-length: 14\r\n\r\n"
    answer = conversation(saying(CALL + upgrade + b'{"text":"yes"}'))
    assert answer.startswith(b"HTTP/1.1 400 ")


def test_an_upgrade_that_is_not_offered_is_ignored_where_nothing_is_lost() -> None:
    upgrade = b"GET /healthz HTTP/1.1\r\n" + HOST + b"connection: upgrade\r\nupgrade: h2c\r\n\r\n"
    assert conversation(saying(upgrade), idle=1).startswith(b"HTTP/1.1 200 ")


def test_several_requests_on_one_connection_are_answered_in_turn_and_in_any_pieces() -> None:
    pieces = [FINE[:at] for at in (40, 90)]
    answer = conversation(saying(FINE, FINE + FINE, pieces[0], FINE[40:90], FINE[90:]), idle=1)
    assert answer.count(b"200 OK") == 4
    assert answer.count(b'{"text":"yes"}') == 4


@pytest.mark.parametrize(
    "request_bytes",
    [
        CALL + b"content-length: 4\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
        CALL + b"content-length: 2\r\ncontent-length: 3\r\n\r\n{} ",
        CALL + b"transfer-encoding: chunked, identity\r\n\r\n0\r\n\r\n",
        CALL + b"x-api-key : a\r\n\r\n",
        CALL + b"x-api-key: lgk_\r\n folded\r\n\r\n",
        CALL.replace(b"\r\n", b"\n") + b"\n",
        CALL + b"content-length: +2\r\n\r\n{}",
    ],
    ids=["length and chunks", "two lengths", "odd coding", "blank before colon", "folded", "bare line feeds", "sign"],
)
def test_what_two_servers_could_read_in_two_ways_is_refused(request_bytes: bytes) -> None:
    answer = conversation(saying(request_bytes))
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert answer.count(b"HTTP/1.1") == 1
