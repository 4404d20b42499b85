"""Which web pages may call: those of the configured origins, compared exactly.

Of the credentials, only ``Authorization`` is for browsers: ``fetchProxy`` runs in Looker's page, with a brief token.
API keys and handles are put in by Looker's server and never seen by a page, so no page may send their headers.
"""

from __future__ import annotations

import re
from collections.abc import Collection

from lookgate.errors import BadRequest, Denied
from lookgate.web.asgi import RawHeaders
from lookgate.web.authn import Headers

_SAFE = frozenset({"GET", "HEAD"})
_SHAPE = re.compile(r"https?://[a-z0-9.-]{1,253}(:\d{1,5})?")
_PREFLIGHT: RawHeaders = [
    (b"access-control-allow-methods", b"GET, POST"),
    (b"access-control-allow-headers", b"authorization, content-type, x-request-id"),
    (b"access-control-max-age", b"600"),
]


def origin_of(headers: Headers) -> str:
    """Return the Origin header; empty when there is none, as in every call through serverProxy.

    Raises:
        BadRequest: ``two_origins``.
    """
    found = headers.get("origin", ())
    if len(found) > 1:
        raise BadRequest("two_origins", "The request carries two Origin headers.", "Send one, or none.")
    return found[0] if found else ""


def readable(origin: str) -> str:
    """Return the origin if it looks like one; it is told by the caller, and goes into logs."""
    return origin if _SHAPE.fullmatch(origin) else "unreadable" if origin else ""


def refuse_foreign(origin: str, method: str, allowed: Collection[str]) -> None:
    """Refuse a page of another origin before anything else is looked at; reading is left to the browser's own rule.

    Raises:
        Denied: ``origin_not_allowed``.
    """
    if method not in _SAFE:
        refuse_foreign_reader(origin, allowed)


def refuse_foreign_reader(origin: str, allowed: Collection[str]) -> None:
    """Refuse a page of another origin, though it only reads: what it asks for is not for everybody.

    Raises:
        Denied: ``origin_not_allowed``.
    """
    if origin and origin not in allowed:
        raise Denied(
            "origin_not_allowed",
            "Pages of this origin may not call the gateway.",
            "Add the Looker origin to web.origins in lookgate.toml, exactly as the browser sends it.",
        )


def is_preflight(method: str, headers: Headers) -> bool:
    """Whether a browser asks if it may call."""
    return method == "OPTIONS" and "origin" in headers and "access-control-request-method" in headers


def preflight_headers() -> RawHeaders:
    """Return what an allowed page is told before it calls."""
    return list(_PREFLIGHT)


def answer_headers(origin: str, allowed: Collection[str]) -> RawHeaders:
    """Return the headers that let a page of an allowed origin read the answer, refusals included."""
    if origin not in allowed:
        return [(b"vary", b"Origin")]
    return [
        (b"vary", b"Origin"),
        (b"access-control-allow-origin", origin.encode("latin-1")),
        (b"access-control-expose-headers", b"x-request-id, retry-after"),
    ]
