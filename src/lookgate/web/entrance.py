"""The outermost door: every request comes in and every answer goes out here, refusals and failures included."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Collection

from lookgate.actions.journal import Journal
from lookgate.actions.run import closed
from lookgate.core.audit import AuditEvent
from lookgate.core.ports import Clock, RandomBytes
from lookgate.errors import LookgateError
from lookgate.web import cors
from lookgate.web.asgi import RawHeaders, Receive, Scope, Send
from lookgate.web.authn import headers_of, presented
from lookgate.web.exchange import ACTIONS, AUDITED, Exchange
from lookgate.web.page import Answer
from lookgate.web.problem import HeadersTooLarge, problem_of
from lookgate.web.reflection import guard_of, withheld

Report = Callable[[Exchange, BaseException | None], None]
"""Counts and logs an exchange once its answer is out; told the error behind a 500."""
Routes = Callable[[Exchange, Receive], Awaitable[Answer]]
"""Answers an exchange or refuses it."""

MAX_HEADERS = 100
MAX_HEADER_BYTES = 32_768
_CALLER_ID = re.compile(r"[A-Za-z0-9-]{1,64}")
_NO_CONTENT = 204
_SECURITY: dict[bytes, bytes] = {
    b"cache-control": b"no-store",
    b"content-security-policy": b"default-src 'none'; frame-ancestors 'none'",
    b"cross-origin-resource-policy": b"same-origin",
    b"referrer-policy": b"no-referrer",
    b"x-content-type-options": b"nosniff",
}


class Entrance:
    """Wraps the routes: identity of the request, origin, headers of every answer, errors, audit of refusals."""

    def __init__(
        self,
        routes: Routes,
        *,
        origins: Collection[str],
        journal: Journal,
        clock: Clock,
        random: RandomBytes,
        report: Report,
    ) -> None:
        self._routes = routes
        self._origins = frozenset(origins)
        self._journal = journal
        self._clock = clock
        self._random = random
        self._report = report

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
            return
        if scope["type"] == "lifespan":
            await _live(receive, send)
            return
        exchange = opened(scope, self._clock, self._random)
        origin, cause = "", None
        if exchange.method == "POST" and exchange.path.startswith(ACTIONS):  # from here on, whatever refuses it
            exchange.event.action, exchange.is_audited = f"POST {ACTIONS}{{name}}", True
        elif (exchange.method, exchange.path) in AUDITED:
            exchange.event.action, exchange.is_audited = f"{exchange.method} {exchange.path}", True
        try:
            origin = cors.origin_of(exchange.headers)
            status, headers, body = await self._answer(exchange, origin, scope, receive)
        except Exception as error:  # noqa: BLE001 - the last door: whatever it is becomes a problem
            status, headers, body, cause = await refusal_of(exchange, error, self._journal)
        exchange.status = status
        dressed = self._dressed(exchange, headers, origin)
        if status != _NO_CONTENT:
            dressed.append((b"content-length", b"%d" % len(body)))
        try:
            await send({"type": "http.response.start", "status": status, "headers": dressed})
            await send({"type": "http.response.body", "body": body})
        finally:
            self._report(exchange, cause)

    async def _answer(
        self, exchange: Exchange, origin: str, scope: Scope, receive: Receive
    ) -> tuple[int, RawHeaders, bytes]:
        refuse_large_headers(scope["headers"])
        if cors.is_preflight(exchange.method, exchange.headers):
            exchange.route = "preflight"
            cors.refuse_foreign(origin, exchange.method, self._origins)
            return _NO_CONTENT, cors.preflight_headers(), b""
        cors.refuse_foreign(origin, exchange.method, self._origins)
        url = scope.get("raw_path") or scope["path"].encode()
        exchange.guard.refuse_in(url + b"?" + scope["query_string"], "url")
        answer = await self._routes(exchange, receive)
        if exchange.verification == "ok" and answer.body is not exchange.inspected:
            # Without a verified credential, nothing that came with the request reaches a page.
            exchange.guard.refuse_out(answer.body)
        if exchange.is_audited and not exchange.is_closed:
            await self._journal.write(closed(exchange.event, None))
            exchange.is_closed = True
        return answer.status, [(b"content-type", answer.media_type), *answer.headers], answer.body

    def _dressed(self, exchange: Exchange, headers: RawHeaders, origin: str) -> RawHeaders:
        given = {name for name, _ in headers}
        return [
            *headers,
            *(pair for pair in _SECURITY.items() if pair[0] not in given),
            *cors.answer_headers(origin, self._origins),
            (b"x-request-id", exchange.request_id.encode()),
        ]


def opened(scope: Scope, clock: Clock, random: RandomBytes) -> Exchange:
    """Return what is known of a request before anything of it was believed."""
    headers = headers_of(scope["headers"])
    guard = guard_of(presented(headers))
    told = headers.get("x-request-id", [""])[0]
    origin = cors.readable(headers.get("origin", [""])[0])
    event = AuditEvent(
        at=clock.now(),
        request_id=random(12).hex(),
        origin="unreadable" if guard.found_in(origin.encode()) else origin,
    )
    return Exchange(
        method=scope["method"],
        path=_path(scope),
        headers=headers,
        started=clock.monotonic(),
        event=event,
        guard=guard,
        caller_request_id=told if _CALLER_ID.fullmatch(told) and not guard.found_in(told.encode()) else "",
    )


def refuse_large_headers(headers: RawHeaders) -> None:
    """Refuse what no client needs.

    Raises:
        HeadersTooLarge: they are too many, or too long together.
    """
    size = sum(len(name) + len(value) for name, value in headers)
    if len(headers) > MAX_HEADERS or size > MAX_HEADER_BYTES:
        raise HeadersTooLarge(
            "headers_too_large",
            f"The headers are more than {MAX_HEADERS}, or longer than {MAX_HEADER_BYTES} bytes.",
            "Send fewer.",
        )


async def refusal_of(
    exchange: Exchange, error: Exception, journal: Journal
) -> tuple[int, RawHeaders, bytes, BaseException | None]:
    """Turn any error into a problem, audited if its request is; also return the error behind a 500."""
    refusal = error if isinstance(error, LookgateError) else _unexpected()
    if exchange.guard.found_in(f"{refusal.code} {refusal.detail} {refusal.hint} {exchange.report}".encode()):
        refusal, exchange.report = withheld(refusal), {}
    if exchange.is_audited and not exchange.is_closed:
        try:
            await journal.write(_refused(exchange, refusal))
        except Exception as failed:  # noqa: BLE001 - a store that fails must not hide the refusal behind a traceback
            error, refusal = failed, failed if isinstance(failed, LookgateError) else _unexpected()
    exchange.rule = refusal.code
    status, headers, body = problem_of(refusal, exchange.request_id, exchange.report)
    cause = error if error is not refusal else error.__cause__
    return status, headers, body, cause if status == 500 else None  # noqa: PLR2004 - what nobody meant to happen


def _refused(exchange: Exchange, refusal: LookgateError) -> AuditEvent:
    event = closed(exchange.event, refusal)
    if exchange.verification == "refused":  # two credentials at once are a bad request, and nobody was let in
        exchange.event.outcome = event.outcome = "denied"
    return event


def _unexpected() -> LookgateError:
    return LookgateError(
        "internal_error",
        "The gateway failed unexpectedly.",
        "Give the request id to whoever runs the gateway; its log has the reason.",
    )


def _path(scope: Scope) -> str:
    """Return the path below the place where another application mounted this one."""
    path, root = str(scope["path"]), str(scope.get("root_path", ""))
    return path[len(root) :] if root and path.startswith(f"{root}/") else path


async def _live(receive: Receive, send: Send) -> None:
    """Follow the server's start and stop, at which there is nothing to do: ``compose`` builds and closes."""
    for moment in ("startup", "shutdown"):
        await receive()
        await send({"type": f"lifespan.{moment}.complete"})
