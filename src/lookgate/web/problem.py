"""From an error to an answer, in one place (RFC 9457)."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from lookgate.core.ports import Json
from lookgate.errors import InvalidInput, LookgateError, Unauthenticated, Unavailable
from lookgate.web.asgi import RawHeaders

MEDIA_TYPE = "application/problem+json"
_RETRY_AFTER_SECONDS = 5
_SPELT = {word.lower(): word for word in ("API", "HTTP", "ID", "JSON", "JWT", "OIDC", "URL")}
"""Words of codes that are written in capitals."""


class Problem(msgspec.Struct, frozen=True, omit_defaults=True):
    """A refusal, as callers see it: RFC 9457, with ``code``, ``hint`` and ``pointer`` beside its own members."""

    type: str
    """``urn:lookgate:problem:<code>``: stable, and nothing to fetch."""
    title: str
    status: int
    detail: str
    instance: str
    """``urn:request:<request id>``, by which the log and the audit find it."""
    code: str
    """The rule that refused: programs may match on it."""
    hint: str = ""
    """The one thing to do."""
    pointer: str = ""
    """A JSON pointer (RFC 6901) to the field of the input that was refused."""


class MethodNotAllowed(LookgateError):
    """The page exists, and answers to other methods."""

    status = 405

    def __init__(self, method: str, allowed: str) -> None:
        super().__init__("method_not_allowed", f"{method[:16]} is not answered here.", f"Use one of: {allowed}.")
        self.allowed = allowed


class HeadersTooLarge(LookgateError):
    """The headers are more or longer than any client of the gateway needs."""

    status = 431


def status_of(error: LookgateError) -> int:
    """Return the HTTP status of ``error``; never a success."""
    return error.status if 400 <= error.status <= 599 else 500  # noqa: PLR2004 - client and server errors


def problem_of(
    error: LookgateError, request_id: str, more: Mapping[str, Json] | None = None
) -> tuple[int, RawHeaders, bytes]:
    """Return status, headers and body of the answer to ``error``; ``more`` are members of its own (RFC 9457, 3.2)."""
    status = status_of(error)
    problem = Problem(
        type=f"urn:lookgate:problem:{error.code}",
        title=_title(error.code),
        status=status,
        detail=error.detail,
        instance=f"urn:request:{request_id}",
        code=error.code,
        hint=error.hint,
        pointer=error.pointer if isinstance(error, InvalidInput) else "",
    )
    headers = [(b"content-type", MEDIA_TYPE.encode())]
    if isinstance(error, Unauthenticated):
        headers.append((b"www-authenticate", b'Bearer realm="lookgate"'))
    if isinstance(error, Unavailable):
        headers.append((b"retry-after", str(_RETRY_AFTER_SECONDS).encode()))
    if isinstance(error, MethodNotAllowed):
        headers.append((b"allow", error.allowed.encode()))
    told = {**more, **msgspec.to_builtins(problem)} if more else problem
    return status, headers, msgspec.json.encode(told)


def _title(code: str) -> str:
    """Write a code for people: ``api_key_malformed`` as ``API key malformed``."""
    words = " ".join(_SPELT.get(word, word) for word in code.split("_"))
    return words[:1].upper() + words[1:]
