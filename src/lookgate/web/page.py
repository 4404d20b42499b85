"""One route: its template, its methods, and the function that answers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from lookgate.web.exchange import KEY, Exchange
from lookgate.web.problem import MethodNotAllowed

Answer = Callable[[Exchange, Scope, Receive], Awaitable[Response]]


class Page:
    """An ASGI endpoint; thinner than a Request object and a chain of wrappers on the path of every call."""

    def __init__(self, path: str, methods: tuple[str, ...], answer: Answer) -> None:
        self.path = path
        self._methods = methods
        self._answer = answer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        exchange: Exchange = scope[KEY]
        exchange.route = self.path
        if exchange.method not in self._methods:
            raise MethodNotAllowed(exchange.method, ", ".join(self._methods))
        response = await self._answer(exchange, scope, receive)
        await response(scope, receive, send)
