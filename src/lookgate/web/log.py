"""One line of JSON per request, and the traceback of what nobody meant to happen. No secret can get in."""

from __future__ import annotations

import contextlib
import sys
import traceback
from typing import TYPE_CHECKING, TextIO

from lookgate.web.exchange import Exchange
from lookgate.web.reflection import Guard

if TYPE_CHECKING:
    from structlog.typing import WrappedLogger


class Log:
    """Writes request lines. structlog is imported with the first line, which comes after the first answer."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stderr
        self._logger: WrappedLogger | None = None

    def write(self, exchange: Exchange, seconds: float, cause: BaseException | None) -> None:
        """Write the line of an exchange that took ``seconds``; ``cause`` is the error behind a 500."""
        fields: dict[str, str | int | float] = {
            "request_id": exchange.request_id,
            "method": exchange.method[:16],
            "route": exchange.route,
            "action": exchange.action,
            "status": exchange.status,
            "duration_ms": round(seconds * 1000, 2),
            "actor": exchange.principal.label,
            "authenticated_by": exchange.principal.authenticated_by,
            "rule": exchange.rule,
            "caller_request_id": exchange.caller_request_id,
            "origin": exchange.event.origin,
        }
        if cause is not None:
            fields["error"] = "".join(traceback.format_exception(cause))
        kept = {name: value for name, value in fields.items() if value != ""}
        if exchange.guard.found_in(" | ".join(map(str, kept.values())).encode("utf-8", "replace")):
            kept = {name: _clean(value, exchange.guard) for name, value in kept.items()}
        logger = self._bound()
        with contextlib.suppress(OSError, ValueError):  # a full disk or a closed stream; the audit is elsewhere
            (logger.info if cause is None else logger.error)("request", **kept)

    def _bound(self) -> WrappedLogger:
        if self._logger is None:
            self._logger = _structured(self._stream)
        return self._logger


def _clean(value: str | float, guard: Guard) -> str | float:
    found = isinstance(value, str) and guard.found_in(value.encode("utf-8", "replace"))
    return "withheld: it carried the caller's secret" if found else value


def _structured(stream: TextIO) -> WrappedLogger:
    import structlog  # noqa: PLC0415 - see the class docstring

    return structlog.wrap_logger(
        structlog.WriteLogger(stream),
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(),
        ],
        cache_logger_on_first_use=True,
    )
