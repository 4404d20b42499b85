"""One line of JSON per request, and the traceback of what nobody meant to happen. No secret can get in."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Mapping
from typing import TextIO

import msgspec

from lookgate.web.exchange import Exchange
from lookgate.web.reflection import Guard


class Log:
    """Writes request lines."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stderr

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
            import traceback  # noqa: PLC0415 - only a failure pays for it

            fields["error"] = "".join(traceback.format_exception(cause))
        kept = {name: value for name, value in fields.items() if value != ""}
        if exchange.guard.found_in(" | ".join(map(str, kept.values())).encode("utf-8", "replace")):
            kept = {name: _clean(value, exchange.guard) for name, value in kept.items()}
        kept["event"] = "request"
        kept["level"] = "info" if cause is None else "error"
        kept["timestamp"] = exchange.event.at.isoformat()
        with contextlib.suppress(OSError, ValueError):  # a full disk or a closed stream; the audit is elsewhere
            self._stream.write(_line(kept))
            self._stream.flush()

    def note(self, fields: Mapping[str, str | int | float]) -> None:
        """Write a line about something else than a request."""
        with contextlib.suppress(OSError, ValueError):  # as above
            self._stream.write(_line({name: value for name, value in fields.items() if value != ""}))
            self._stream.flush()


def _clean(value: str | float, guard: Guard) -> str | float:
    found = isinstance(value, str) and guard.found_in(value.encode("utf-8", "replace"))
    return "withheld: it carried the caller's secret" if found else value


def _line(fields: dict[str, str | int | float]) -> str:
    """Return the fields as one line of JSON in ASCII, which no terminal takes for a command."""
    try:
        line = msgspec.json.encode(fields)
    except UnicodeEncodeError:  # a lone surrogate
        line = b"\xff"
    if line.isascii():
        return f"{line.decode()}\n"
    import json  # noqa: PLC0415 - names beyond ASCII are rarer than others

    return f"{json.dumps(fields)}\n"
