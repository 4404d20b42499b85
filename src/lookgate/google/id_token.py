"""Reading the end of a token that was just made for us; its signature is for the service that gets it to check."""

from __future__ import annotations

import base64
import re
from datetime import UTC, datetime, timedelta

import msgspec

from lookgate.core.renewal import Minted
from lookgate.core.secret import Secret
from lookgate.errors import Refused

_TOKEN = re.compile(r"[A-Za-z0-9_-]{2,}\.([A-Za-z0-9_-]{2,})\.[A-Za-z0-9_-]{2,}")
_LONGEST = 8192
_LONGEST_LIFE = timedelta(days=1)
"""No ID token of Google's lives longer than hours. One that says so is believed for a day, and then made anew."""


class _Claims(msgspec.Struct):
    aud: str
    exp: int
    iat: int


def minted(text: str, audience: str, maker: str) -> Minted:
    """Return the token with its times.

    Args:
        text: what the source answered.
        audience: what it was asked for.
        maker: who made it, for the error.

    Raises:
        Refused: it is no ID token, or one for somebody else.
    """
    value = text.strip()
    match = _TOKEN.fullmatch(value) if len(value) <= _LONGEST else None
    try:
        payload = base64.urlsafe_b64decode(match[1] + "==") if match else b""
        claims = msgspec.json.decode(payload, type=_Claims)
        ends, made = datetime.fromtimestamp(claims.exp, UTC), datetime.fromtimestamp(claims.iat, UTC)
    except (ValueError, OverflowError, OSError, RecursionError):
        raise Refused(
            "token_unreadable",
            f"{maker} answered with something that is no ID token.",
            "Check [google] and the source.",
        ) from None
    if claims.aud != audience:
        raise Refused(
            "token_for_another", f"{maker} made a token for another audience than was asked for.", "Check the source."
        )
    return Minted(Secret(value), min(ends - made, _LONGEST_LIFE) + made, made)
