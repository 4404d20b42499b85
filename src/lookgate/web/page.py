"""One route: its template, its methods, and the function that answers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import NamedTuple

from lookgate.web.asgi import Receive
from lookgate.web.exchange import Exchange
from lookgate.web.problem import MethodNotAllowed

JSON = b"application/json"


class Answer(NamedTuple):
    """What goes out, before the entrance puts on the headers that every answer has."""

    body: bytes
    media_type: bytes = JSON
    status: int = 200
    headers: tuple[tuple[bytes, bytes], ...] = ()


class Page:
    """Answers the requests to one path, or to all paths of one template."""

    def __init__(
        self, path: str, methods: tuple[str, ...], answer: Callable[[Exchange, Receive], Awaitable[Answer]]
    ) -> None:
        self.path = path
        self.methods = methods
        self._answer = answer

    async def __call__(self, exchange: Exchange, receive: Receive) -> Answer:
        exchange.route = self.path
        if exchange.method not in self.methods:
            raise MethodNotAllowed(exchange.method, ", ".join(self.methods))
        return await self._answer(exchange, receive)
