"""The gateway's check of callers around any ASGI app: Starlette, FastAPI, or a bare callable."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from lookgate.compose import close
from lookgate.core.policy import Policy
from lookgate.errors import LookgateError
from lookgate.web.asgi import Message, Receive, Scope, Send
from lookgate.web.body import read_whole, refuse_encoded
from lookgate.web.gate import KNOWN, Gate, is_guarded, without_credentials
from lookgate.web.outlet import MAX_ANSWER_BYTES, Outlet

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from lookgate.web.exchange import Exchange
    from lookgate.web.gate import Source

    App = Callable[[Scope, Receive, Send], Awaitable[Any]]

PRINCIPAL = "lookgate.principal"
"""Where in the scope the caller stands; also in ``scope["state"]["principal"]``, Starlette's ``request.state``."""
ASK = "lookgate.ask"
"""Where in the scope the function stands that asks further rules: ``await ask(rules, where)``."""


class LookgateMiddleware:
    """Lets the callers into an app that its policy allows, and tells the app who they are.

    The app finds the ``Principal`` in ``scope["lookgate.principal"]``. It does not find the credential: its headers are
    taken out. Whatever ``LookgateError`` the app raises is answered as an RFC 9457 problem, as the gateway's own are.

    What holds, and what it costs:

    * A request's body is read and searched before the app sees it, so it is at most ``web.max_body_bytes`` long and not
      compressed. It may hold neither the credential nor any signed token (``secret_in_body``).
    * The answer to a request with a credential is held back until it is complete and was searched, so it is at most
      ``max_answer_bytes`` long, not compressed and not a stream of events; else it becomes a 500. Compress outside.
      The answer to a request without one goes out as it comes.
    * WebSockets are refused (close code 1008): what goes over them could not be searched.
    * CORS is the app's own and stands outside, so that it answers a browser's preflight, which carries no credential.
    * Each request leaves one outcome in the audit log, before the first byte of the answer; one whose method may have
      an effect is announced there first.

    Args:
        app: the ASGI app inside.
        source: a gateway (then close it yourself), the settings, or where lookgate.toml is.
        policy: who may come in, to any path; every rule must allow. By default whoever proved who they are;
            ``[public()]`` lets everybody in and leaves the rest to the routes.
        asks: rules of the routes that ask Looker for permissions, models or user attributes.
        max_answer_bytes: how long an answer may be that must be searched.

    Raises:
        SettingsError, RegistryError, LookgateError: at the start, if the gateway cannot be built or the policy cannot
            be used.
    """

    def __init__(
        self,
        app: App,
        source: Source,
        *,
        policy: Sequence[Policy] = KNOWN,
        asks: Sequence[Policy] = (),
        max_answer_bytes: int = MAX_ANSWER_BYTES,
    ) -> None:
        self._app = app
        self._gate = Gate(source, policy, asks)
        self._max_answer_bytes = max_answer_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await self._answer(scope, receive, send)
        elif scope["type"] == "lifespan":
            await self._live(scope, receive, send)
        else:
            await receive()
            await send({"type": "websocket.close", "code": 1008})

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        exchange = self._gate.open(scope)
        outlet = Outlet(self._gate, exchange, send, limit=self._max_answer_bytes)
        try:
            await self._gate.admit(exchange, scope)
            body = await read_whole(exchange.headers, receive, self._gate.max_body_bytes)
            if body:
                refuse_encoded(exchange.headers)
            await self._gate.search(exchange, body)
            outlet.scope = self._inner(scope, exchange)
            await self._app(outlet.scope, _again(body, receive), outlet)
            await outlet.end()
        except (asyncio.CancelledError, SystemExit):
            if not exchange.is_closed:
                gone = LookgateError("cancelled", "The call was cancelled; its effect may have begun.")
                await self._gate.refuse(exchange, gone)
            raise
        except Exception as error:
            await outlet.fail(error)
            if error is not outlet.refusal:
                raise  # for the server's log

    def _inner(self, scope: Scope, exchange: Exchange) -> Scope:
        """Return the scope for the app: with the principal, without what proved it."""
        guarded = is_guarded(exchange)
        inner = {
            **scope,
            "headers": without_credentials(scope["headers"], is_guarded=guarded),
            "state": scope.get("state", {}),
            PRINCIPAL: exchange.principal,
            ASK: partial(self._gate.ask, exchange),
        }
        inner["state"]["principal"] = exchange.principal
        if guarded:
            inner["extensions"] = {}  # ways around the body, such as sending a file by its path
        return inner

    async def _live(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the server's start and stop on; close the gateway at the end, if it was built here."""
        phase = ""

        async def heard() -> Message:
            nonlocal phase
            message = await receive()
            phase = message["type"]
            return message

        answered = False

        async def told(message: Message) -> None:
            nonlocal answered
            answered = True
            if message["type"].startswith("lifespan.shutdown"):
                await self._close()
            await send(message)

        try:
            await self._app(scope, heard, told)
        except Exception:
            if answered:
                raise
            # The app does not speak this protocol, and says so in the one way that ASGI has for it.
            if not phase:
                await receive()
            await send({"type": "lifespan.startup.complete"})
            await receive()
            await self._close()
            await send({"type": "lifespan.shutdown.complete"})

    async def _close(self) -> None:
        if self._gate.is_owner:
            await close(self._gate.gateway)


def _again(body: bytes, receive: Receive) -> Receive:
    """Return what hands out the body that was read, and then what else the server says."""
    waiting = [body]

    async def hear() -> Message:
        if waiting:
            return {"type": "http.request", "body": waiting.pop(), "more_body": False}
        return await receive()

    return hear
