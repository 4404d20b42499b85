"""A load generator: some connections, each with one request in flight, until a number of answers has come."""

from __future__ import annotations

import asyncio
import itertools
import re
from collections.abc import Sequence
from typing import cast

import uvloop

_LENGTH = re.compile(rb"content-length: (\d+)", re.IGNORECASE)
CONNECTIONS = 8


class _Connection(asyncio.Protocol):
    def __init__(self, run: _Run) -> None:
        self._run = run
        self._seen = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.WriteTransport", transport)  # uvloop's transports derive from nothing
        self._transport.write(next(self._run.requests))

    def data_received(self, data: bytes) -> None:
        self._seen += data
        head, separator, body = self._seen.partition(b"\r\n\r\n")
        if not separator:
            return
        length = _LENGTH.search(head)
        complete = len(body) >= int(length[1]) if length else body.endswith(b"0\r\n\r\n")
        if not complete:
            return
        self._seen = b""
        if not head.startswith(b"HTTP/1.1 200"):
            self._run.refused += 1
        self._run.left -= 1
        if self._run.left > 0:
            self._transport.write(next(self._run.requests))
        elif not self._run.done.done():
            self._run.done.set_result(None)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._run.left > 0 and not self._run.done.done():
            self._run.done.set_exception(exc or ConnectionError("the server closed a connection"))


class _Run:
    def __init__(self, requests: Sequence[bytes], count: int) -> None:
        self.requests = itertools.cycle(requests)
        self.left = count
        self.refused = 0
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()


def send(port: int, requests: Sequence[bytes], count: int) -> None:
    """Send ``count`` requests, going round ``requests``.

    Raises:
        RuntimeError: an answer was not 200.
    """

    async def drive() -> int:
        run = _Run(requests, count)
        loop = asyncio.get_running_loop()
        ends = [await loop.create_connection(lambda: _Connection(run), "127.0.0.1", port) for _ in range(CONNECTIONS)]
        await asyncio.wait_for(run.done, 60)
        for transport, _ in ends:
            transport.close()
        return run.refused

    refused = uvloop.run(drive())
    if refused:
        raise RuntimeError(f"{refused} of {count} requests were refused")
