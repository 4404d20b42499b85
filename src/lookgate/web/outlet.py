"""What an app answers, on its way out: searched, and not before its outcome is stored."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from lookgate.errors import LookgateError
from lookgate.web.asgi import Message, Scope, Send
from lookgate.web.exchange import Exchange
from lookgate.web.gate import LONG, Gate, is_guarded, name_route

MAX_ANSWER_BYTES = 5_000_000
"""How long an answer may be that must be searched, unless an app says otherwise."""

_FAILED = 500


class Outlet:
    """The ``send`` of one request.

    Where the request carried a credential, the answer is held back until it is complete; else it goes out as it comes.
    A 500 is held back until the app ends as well: frameworks answer so, and then raise what really happened.

    Args:
        gate: stores the outcome.
        exchange: the request.
        send: the server's own.
        limit: how many bytes are held back at most.
    """

    def __init__(self, gate: Gate, exchange: Exchange, send: Send, *, limit: int) -> None:
        self._gate = gate
        self._exchange = exchange
        self._send = send
        self._limit = limit
        self._is_guarded = self._is_held = is_guarded(exchange)
        self._start: Message | None = None
        self._parts: list[bytes] = []
        self._size = 0
        self._is_complete = False
        self.scope: Scope = {}
        """The app's, in which its router notes the route."""
        self.is_over = False
        """Whether an answer is out, the app's or a refusal; what the app sends after that goes nowhere."""
        self._is_flowing = False
        self.refusal: LookgateError | None = None
        """Why the app's own answer did not go out."""

    async def __call__(self, message: Message) -> None:
        if self.is_over:
            return
        if self.refusal is None:
            try:
                await self._take(message)
            except LookgateError as error:
                self.refusal = error
        if self.refusal is not None:
            raise self.refusal  # it is answered once the app has ended, and that is now

    async def end(self) -> None:
        """The app is done; an answer that it did not finish is a failure."""
        if self.refusal is not None:  # even if the app thinks nothing of it
            raise self.refusal
        if self._is_complete and self._start is not None and not self.is_over:
            await self._release(self._start)
        if not self.is_over:
            raise LookgateError("answer_incomplete", "The app did not finish its answer.", "Mend the app.")

    async def fail(self, error: Exception) -> None:
        """Answer with a problem, unless an answer went out, or began to."""
        if self.is_over or self._is_flowing:
            return
        self.is_over = True
        if self.refusal is None and isinstance(error, LookgateError):
            self.refusal = error
        self._name()
        status, headers, body = await self._gate.refuse(self._exchange, self.refusal or error)
        await self._send({"type": "http.response.start", "status": status, "headers": headers})
        await self._send({"type": "http.response.body", "body": body})

    async def _take(self, message: Message) -> None:
        kind = message["type"]
        if kind == "http.response.start" and self._start is None:
            self._start = message
            self._is_held = self._is_held or message["status"] == _FAILED
            if not self._is_held:
                await self._settle(message)
                self._is_flowing = True
                await self._send(message)
        elif kind == "http.response.body" and self._start is not None:
            if self._is_held:
                await self._hold(message)
            else:
                self.is_over = not message.get("more_body", False)
                await self._send(message)
        elif not self._is_held:
            await self._send(message)  # the server knows what else there is
        else:
            raise LookgateError("answer_unsearchable", "The app answers in a way that cannot be searched.")

    async def _hold(self, message: Message) -> None:
        part = message.get("body", b"")
        self._parts.append(part)
        self._size += len(part)
        if self._size > self._limit:
            raise LookgateError(
                "answer_too_large",
                f"The answer is longer than {self._limit} bytes, so it cannot be searched for the caller's secret.",
                "Answer with less at a time, or raise max_answer_bytes.",
            )
        self._is_complete = not message.get("more_body", False)
        if self._is_complete and self._start is not None and self._start["status"] != _FAILED:
            await self._release(self._start)

    async def _release(self, start: Message) -> None:
        body = b"".join(self._parts)
        if self._is_guarded:
            headers = start.get("headers", ())
            if len(body) > LONG:
                await asyncio.to_thread(search_answer, self._exchange, headers, body)
            else:
                search_answer(self._exchange, headers, body)
        await self._settle(start)
        self.is_over = True
        await self._send(start)
        await self._send({"type": "http.response.body", "body": body})

    async def _settle(self, start: Message) -> None:
        self._name()
        await self._gate.close(self._exchange, start["status"])
        headers = list(start.get("headers", ()))
        if not any(name.lower() == b"x-request-id" for name, _ in headers):
            headers.append((b"x-request-id", self._exchange.request_id.encode()))
        start["headers"] = headers

    def _name(self) -> None:
        route = getattr(self.scope.get("route"), "path", "")
        name_route(self._exchange, route if isinstance(route, str) else "")


def search_answer(exchange: Exchange, headers: Iterable[tuple[bytes, bytes]], body: bytes) -> None:
    """Withhold an answer that carries what the caller presented, or that cannot be searched for it.

    Raises:
        Reflected: it carries it.
        LookgateError: ``answer_encoded``.
    """
    pairs = [(bytes(name), bytes(value)) for name, value in headers]
    if any(name.lower() == b"content-encoding" and value.lower() != b"identity" for name, value in pairs):
        raise LookgateError(
            "answer_encoded",
            "The answer is compressed, so it cannot be searched for the caller's secret.",
            "Compress outside the gate.",
        )
    exchange.guard.refuse_out(b"\0".join(part for pair in pairs for part in pair))
    exchange.guard.refuse_out(body)
