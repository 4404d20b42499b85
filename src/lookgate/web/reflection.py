"""What came in as a secret never goes out, and is never taken in by another door (rule 4 of the design).

Looker's server substitutes ``{{tags}}`` anywhere in a header or body, so a user who types a tag into a form field would
have a secret stored as text, and an action that echoes its input would show it to the browser.
"""

from __future__ import annotations

import base64
import re
import sys
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Literal, NamedTuple
from urllib.parse import unquote_to_bytes

from lookgate.errors import BadRequest, InvalidInput, LookgateError, Reflected

_OURS = re.compile(rb"lg[hk]_[A-Za-z0-9_-]{43}")
"""The shape of Lookgate's own handles and keys."""
_OURS_LENGTH = 47
_SIGNED = re.compile(rb"\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{16}")
"""The later parts of a signed token (RFC 7519), which a hidden attribute may hold beside the one that was presented.
It begins with the dot, so that a body made of beginnings cannot make the search slow."""

_MIN_LENGTH = 8
"""Nothing shorter can be a credential; looking for it would only find words."""

_LAYERS = 3
"""How many forms are looked at: as it came, and with up to two layers of escaping taken off."""

_ESCAPE = re.compile(rb"\\(?:u([0-9a-fA-F]{4})|(.))", re.DOTALL)
_BLANKS = b" \t\r\n"
_URL_SAFE = bytes.maketrans(b"+/", b"-_")
_MEMORABLE = 4096
"""Characters of secrets beyond which a guard is not kept: nobody shall fill the memory by presenting it."""
_SHORT = {b"n": b"\n", b"t": b"\t", b"r": b"\r", b"b": b"\b", b"f": b"\f"}


class _Needles(NamedTuple):
    """What one secret looks like."""

    exact: tuple[bytes, ...]
    """Itself, and the part of its base64 that is the same whatever stands around it."""
    hex: bytes


def _needles(secret: str) -> _Needles:
    raw = secret.encode("latin-1", "replace")
    exact = {raw.translate(None, _BLANKS): None}
    for offset in range(3):
        core = _base64_core(raw, offset)
        exact[core] = None
        exact[core.translate(_URL_SAFE)] = None
    return _Needles(tuple(exact), raw.hex().encode())


def guard_of(secrets: tuple[str, ...]) -> Guard:
    """Return the guard of these secrets, which is the same each time for callers who come back."""
    if sum(map(len, secrets)) <= _MEMORABLE:
        return _remembered_guard(secrets)
    return Guard(secrets)


class Guard:
    """Knows the secrets of one request, and finds them again in any of their usual encodings.

    No encoding is shorter than what it encodes, and taking escapes off makes nothing longer. So what is shorter than a
    secret cannot hold it, and most requests and answers are shorter than a token.
    """

    def __init__(self, secrets: Iterable[str]) -> None:
        self._secrets = _innermost([secret for secret in secrets if len(secret) >= _MIN_LENGTH])
        self._shortest = min(map(_bare_length, self._secrets), default=sys.maxsize)
        self._looks: tuple[_Needles, ...] = ()

    def found_in(self, data: bytes) -> bool:
        """Whether a secret stands in ``data``: as it is, JSON-escaped, percent-encoded, as hex or as base64."""
        return len(data) >= self._shortest and any(self._stands_in(view) for view in _views(data))

    def _stands_in(self, view: bytes) -> bool:
        if not self._looks:
            self._looks = tuple(map(_needles, self._secrets))
        for look in self._looks:
            for needle in look.exact:
                if needle in view:
                    return True
        if not self._looks:
            return False
        folded = view.lower()
        return any(look.hex in folded for look in self._looks)

    def refuse_in(self, data: bytes, place: Literal["body", "url"]) -> None:
        """Refuse a request that carries a secret outside the credential headers.

        Raises:
            BadRequest: ``secret_in_body`` or ``secret_in_url``.
        """
        if len(data) < min(self._shortest, _OURS_LENGTH):
            return
        if any(self._stands_in(view) or _is_secret_in(view) for view in _views(data)):
            raise BadRequest(
                f"secret_in_{place}",
                f"The {place} carries a secret, which belongs in a credential header only.",
                "Remove it; a {{secret tag}} typed into a field is replaced by Looker with its value.",
            )

    def refuse_out(self, data: bytes) -> None:
        """Withhold an answer that carries the caller's secret.

        Raises:
            Reflected: ``secret_reflected``.
        """
        if self.found_in(data):
            raise Reflected(
                "secret_reflected",
                "The answer carried the secret that came with the request, and was withheld.",
                "Mend the action: it must not return what it was given as a credential.",
            )


_remembered_guard = lru_cache(maxsize=1024)(Guard)


def _innermost(secrets: list[str]) -> list[str]:
    """Leave out a secret that holds another: in every encoding, where it stands the other stands."""
    kept: list[str] = []
    for secret in sorted(secrets, key=len) if len(secrets) > 1 else secrets:
        if not any(one in secret for one in kept):
            kept.append(secret)
    return kept


def _bare_length(secret: str) -> int:
    return len(secret) - secret.count(" ") - secret.count("\t") - secret.count("\r") - secret.count("\n")


def _is_secret_in(view: bytes) -> bool:
    """Whether a handle, a key or a signed token stands here, whosever it is."""
    ours = (b"lgh_" in view or b"lgk_" in view) and _OURS.search(view) is not None
    return ours or (b".eyJ" in view and _SIGNED.search(view) is not None)


def withheld(error: LookgateError) -> LookgateError:
    """Take the words out of a refusal that repeats what the caller presented; its status stays."""
    error.code, error.detail, error.hint = "withheld", "The reason repeats the credential and is not told.", ""
    if isinstance(error, InvalidInput):
        error.pointer = ""
    return error


def _views(data: bytes) -> Iterator[bytes]:
    """Yield ``data`` without blanks (base64 may be wrapped), and again with layers of escaping taken off.

    Each kind of escape is taken off by itself as well, because a secret may hold the signs of the other.
    """
    if b"\\" not in data and b"%" not in data:
        yield data.translate(None, _BLANKS)
        return
    seen = {data}
    layer = [data]
    for _ in range(_LAYERS):
        for view in layer:
            yield view.translate(None, _BLANKS)
        inner = {plain for view in layer for plain in _unwrapped(view)} - seen
        seen |= inner
        layer = list(inner)


def _unwrapped(view: bytes) -> Iterator[bytes]:
    if b"\\" in view:
        yield _ESCAPE.sub(_unescaped, view)
    if b"%" in view:
        yield unquote_to_bytes(view)


def _unescaped(match: re.Match[bytes]) -> bytes:
    code, short = match.groups()
    if code is not None:
        return chr(int(code, 16)).encode("utf-8", "surrogatepass")
    return _SHORT.get(short, short)


def _base64_core(raw: bytes, offset: int) -> bytes:
    """Return the base64 characters that depend on ``raw`` alone when ``offset`` bytes (mod 3) stand before it."""
    encoded = base64.b64encode(b"\0" * offset + raw)
    head = (0, 2, 3)[offset]
    tail = (0, 3, 2)[(offset + len(raw)) % 3]
    return encoded[head : len(encoded) - tail]
