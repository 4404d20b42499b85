"""Slowness and failures on demand, so that clients can be tried against a Looker on a bad day. The API only."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable

from starlette.types import ASGIApp, Receive, Scope, Send

from lookgate.emulator.api.route import ApiError
from lookgate.emulator.google import faults as google_faults

Fail = tuple[int, float]
"""A status and how often it comes, from 0 to 1."""


class Faults:
    """ASGI middleware: every API call takes longer, and some fail before anything is done.

    Args:
        app: What is wrapped.
        latency_ms: Milliseconds added to each call.
        fail: Status and rate.
        random: Uniform numbers from 0 up to 1.
        sleep: Waits for seconds.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        latency_ms: int,
        fail: Fail | None,
        random: Callable[[], float],
        sleep: Callable[[float], Awaitable[object]],
    ) -> None:
        self.app = app
        self.latency_ms = latency_ms
        self.fail = fail
        self.random = random
        self.sleep = sleep

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"].startswith("/api/"):
            if self.latency_ms:
                await self.sleep(self.latency_ms / 1000)
            if self.fail and self.random() < self.fail[1]:
                await _send(send, self.fail[0], f"--fail {self.fail[0]}")
                return
        await self.app(scope, receive, send)


class Switched:
    """ASGI middleware: every API call meets the faults that are switched on at the time.

    Args:
        app: What is wrapped.
        faults: Those of the local Google beside it, with the Looker's own among them.
    """

    def __init__(self, app: ASGIApp, faults: google_faults.Faults) -> None:
        self.app = app
        self.faults = faults

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"].startswith("/api/"):
            if seconds := self.faults.values["looker_slow"]:
                await self.faults.sleep(seconds)
            for fault in google_faults.LOOKER.values():
                if fault.status and self.faults.strikes(fault.name):
                    await _send(send, fault.status, fault.name)
                    return
        await self.app(scope, receive, send)


async def _send(send: Send, status: int, why: str) -> None:
    body = json.dumps(ApiError(status, f"Failed on purpose ({why}).").body()).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
