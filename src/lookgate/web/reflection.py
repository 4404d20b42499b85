"""What came in as a secret never goes out, and is never taken in by another door (rule 4 of the design).

Looker's server substitutes ``{{tags}}`` anywhere in a header or body, so a user who types a tag into a form field would
have a secret stored as text, and an action that echoes its input would show it to the browser.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import Literal
from urllib.parse import unquote_to_bytes

from lookgate.errors import BadRequest, InvalidInput, LookgateError, Reflected

_OURS = re.compile(rb"lg[hk]_[A-Za-z0-9_-]{43}")
"""The shape of Lookgate's own handles and keys."""

_MIN_LENGTH = 8
"""Nothing shorter can be a credential; looking for it would only find words."""

_LAYERS = 3
"""How many forms are looked at: as it came, and with up to two layers of escaping taken off."""

_ESCAPE = re.compile(rb"\\(?:u([0-9a-fA-F]{4})|(.))", re.DOTALL)
_BLANKS = b" \t\r\n"
_SHORT = {b"n": b"\n", b"t": b"\t", b"r": b"\r", b"b": b"\b", b"f": b"\f"}


class Guard:
    """Knows the secrets of one request, and finds them again in any of their usual encodings."""

    def __init__(self, secrets: Iterable[str]) -> None:
        self._secrets = {secret for secret in secrets if len(secret) >= _MIN_LENGTH}

    @cached_property
    def _exact(self) -> tuple[bytes, ...]:
        """The secrets, and the part of their base64 that is the same whatever stands around them."""
        needles: dict[bytes, None] = {}
        for secret in self._secrets:
            raw = secret.encode("latin-1", "replace")
            needles[raw.translate(None, _BLANKS)] = None
            for offset in range(3):
                core = _base64_core(raw, offset)
                needles[core] = None
                needles[core.translate(bytes.maketrans(b"+/", b"-_"))] = None
        return tuple(needles)

    @cached_property
    def _hex(self) -> tuple[bytes, ...]:
        return tuple(secret.encode("latin-1", "replace").hex().encode() for secret in self._secrets)

    def found_in(self, data: bytes) -> bool:
        """Whether a secret stands in ``data``: as it is, JSON-escaped, percent-encoded, as hex or as base64."""
        if not self._secrets or not data:
            return False
        return any(self._stands_in(view) for view in _views(data))

    def _stands_in(self, view: bytes) -> bool:
        folded = view.lower()
        return any(needle in view for needle in self._exact) or any(needle in folded for needle in self._hex)

    def refuse_in(self, data: bytes, place: Literal["body", "url"]) -> None:
        """Refuse a request that carries a secret outside the credential headers.

        Raises:
            BadRequest: ``secret_in_body`` or ``secret_in_url``.
        """
        if self.found_in(data) or any(_OURS.search(view) for view in _views(data)):
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
