"""The gateway's check of callers around a function-style HTTP handler, as ``functions-framework`` serves it.

The handler is a plain function of a Flask request. Flask is imported by whoever serves it, not here.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Sequence
from functools import wraps
from typing import TYPE_CHECKING, Any

from lookgate.compose import close
from lookgate.core.identity import Principal
from lookgate.core.policy import Policy
from lookgate.errors import LookgateError, RegistryError
from lookgate.web.asgi import Scope
from lookgate.web.background import BACKGROUND
from lookgate.web.body import refuse_encoded, too_large
from lookgate.web.gate import KNOWN, Gate, Refusal, Source, is_guarded, name_route, without_credentials
from lookgate.web.outlet import MAX_ANSWER_BYTES, search_answer

if TYPE_CHECKING:
    from flask import Request, Response

    Handler = Callable[[Request, Principal], Any]
    Served = Callable[[Request], Response]


def lookgate_function(
    source: Source,
    *,
    policy: Sequence[Policy] = KNOWN,
    max_answer_bytes: int = MAX_ANSWER_BYTES,
) -> Callable[[Handler], Served]:
    """Make an HTTP function from ``def handler(request, principal)``.

    The handler runs for callers whom the policy allows, and does not see the credential. It may return whatever Flask
    takes. What holds of bodies and answers is as for ``LookgateMiddleware``, and here every answer is held back. What
    the handler raises becomes an RFC 9457 problem: a ``LookgateError`` with its own status, anything else a 500.
    Browsers' preflights are refused: such a function is for ``serverProxy``, which sends none.

    Args:
        source: a gateway (then close it yourself), the settings, or where lookgate.toml is.
        policy: who may call; every rule must allow. By default whoever proved who they are.
        max_answer_bytes: how long an answer may be.

    Raises:
        SettingsError, RegistryError, LookgateError: at the start, if the gateway cannot be built or the policy cannot
            be used.
    """
    gate = Gate(source, policy)
    if gate.is_owner:
        BACKGROUND.in_the_end(lambda: close(gate.gateway))

    def make(handler: Handler) -> Served:
        if inspect.iscoroutinefunction(handler):
            raise RegistryError(
                "function_async", f"{handler.__name__} is async.", "Write it with 'def', or use LookgateMiddleware."
            )

        @wraps(handler)
        def served(request: Request) -> Response:
            return _Call(gate, request, max_answer_bytes).answer(handler)

        return served

    return make


class _Call:
    """One request."""

    def __init__(self, gate: Gate, request: Request, limit: int) -> None:
        self._gate = gate
        self._request = request
        self._limit = limit
        self._scope = _scope_of(request)
        self._exchange = gate.open(self._scope)

    def answer(self, handler: Handler) -> Response:
        """Return the handler's answer, or the problem that takes its place."""
        from werkzeug.exceptions import HTTPException  # noqa: PLC0415 - comes with Flask, which is not ours to import

        name_route(self._exchange, f"function {handler.__name__}")
        try:
            self._admit()
            try:
                given = handler(self._request, self._exchange.principal)
            except HTTPException as error:  # Flask's own way to answer early: abort(404)
                given = error.get_response()
            response = self._searched(given)
            BACKGROUND.run(self._gate.close(self._exchange, response.status_code))
        except (Exception, SystemExit) as error:  # noqa: BLE001 - the last door: whatever it is becomes a problem
            return self._refused(error)
        response.headers.setdefault("x-request-id", self._exchange.request_id)
        return response

    def _admit(self) -> None:
        """Let the request in, and take out of it what proved the caller.

        Raises:
            LookgateError: it is not let in.
        """
        from werkzeug.exceptions import ClientDisconnected, RequestEntityTooLarge  # noqa: PLC0415 - as above

        BACKGROUND.run(self._gate.admit(self._exchange, self._scope))
        request = self._request
        request.max_content_length = self._gate.max_body_bytes
        try:
            body = request.get_data(cache=True)
        except (ClientDisconnected, RequestEntityTooLarge):
            raise too_large(self._gate.max_body_bytes) from None
        if body:
            refuse_encoded(self._exchange.headers)
        BACKGROUND.run(self._gate.search(self._exchange, body))
        kept = {name for name, _ in without_credentials(self._scope["headers"], is_guarded=is_guarded(self._exchange))}
        for key in [key for key in request.environ if key.startswith("HTTP_")]:
            if _name_of(key).encode("latin-1") not in kept:
                del request.environ[key]

    def _searched(self, given: Any) -> Response:
        """Return what the handler gave as a response that was searched.

        Raises:
            LookgateError: it cannot be searched, or carries the caller's secret.
        """
        from flask import current_app  # noqa: PLC0415 - comes with whoever serves the function

        response = current_app.make_response(given)
        response.direct_passthrough = False
        parts: list[bytes] = []
        size = 0
        for part in response.iter_encoded():
            parts.append(part)
            size += len(part)
            if size > self._limit:
                response.close()
                raise LookgateError(
                    "answer_too_large",
                    f"The answer is longer than {self._limit} bytes, so it cannot be searched for the caller's secret.",
                    "Answer with less at a time, or raise max_answer_bytes.",
                )
        body = b"".join(parts)
        headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in response.headers]
        search_answer(self._exchange, headers, body)
        response.set_data(body)
        return response

    def _refused(self, error: Exception | SystemExit) -> Response:
        from flask import current_app  # noqa: PLC0415 - as above

        if not isinstance(error, LookgateError):
            current_app.log_exception(sys.exc_info())
        refusal: Refusal = BACKGROUND.run(self._gate.refuse(self._exchange, error))
        headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in refusal.headers]
        return current_app.response_class(refusal.body, status=refusal.status, headers=headers)


def _name_of(key: str) -> str:
    """Return a header's name from its WSGI key."""
    return key.removeprefix("HTTP_").replace("_", "-").lower()


def _scope_of(request: Request) -> Scope:
    """Return what the gate reads of a request. WSGI joins a header that was sent twice with a comma."""
    headers = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in request.headers.items()]
    return {
        "type": "http",
        "method": request.method,
        "path": request.path,
        "raw_path": request.path.encode("utf-8", "surrogateescape"),
        "query_string": request.query_string,
        "headers": headers,
    }
