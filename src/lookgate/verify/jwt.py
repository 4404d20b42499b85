"""Reading a signed token's parts (RFC 7515, 7519) before any of it is believed.

Whether a signature fits is for a library of cryptography to say. What stands here answers the questions before that, on
which implementations differ and attacks live: is this one unambiguous token, and does it ask for nothing unusual?
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Collection
from typing import Any, NamedTuple, NoReturn

from lookgate.core.secret import Secret
from lookgate.errors import Unauthenticated

LONGEST = 8192
"""Characters of a whole token."""
_PART = re.compile(r"[A-Za-z0-9_-]+")
_PARTS = 3
_FORBIDDEN = ("crit", "jwk", "jku", "x5u", "x5c", "b64", "zip")
_MINT = "Mint a new token in the usual way of its issuer, and send it whole."


class Unverified(NamedTuple):
    """A token's parts. Nothing is proven yet."""

    header: dict[str, Any]
    claims: dict[str, Any]
    signed: bytes
    """What the signature is over (RFC 7515, section 5.2)."""
    signature: bytes


def looks_like_token(text: str) -> bool:
    """Whether the text has a token's three parts at all."""
    return text.count(".") == _PARTS - 1


def read(token: str) -> Unverified:
    """Take a token apart.

    Raises:
        Unauthenticated: it is too long, or not unambiguously a token.
    """
    if len(token) > LONGEST:
        raise Unauthenticated("token_too_long", f"The token is longer than {LONGEST} characters.", _MINT)
    header, claims, signature = token.split(".")
    return Unverified(
        signature=_decode(signature, "signature"),
        header=_object(header, "header"),
        claims=_object(claims, "claims"),
        signed=f"{header}.{claims}".encode(),
    )


def jti_of(token: Secret) -> str:
    """Return the ``jti`` of a token that has just been verified, and has one."""
    return str(read(token.reveal()).claims["jti"])


def check_header(header: dict[str, Any], algorithms: Collection[str]) -> str:
    """Return the ``kid`` of a header that asks for one of these algorithms and nothing unusual.

    Raises:
        Unauthenticated: it asks for something else.
    """
    algorithm = header.get("alg")
    if not isinstance(algorithm, str) or algorithm not in algorithms:
        allowed = " or ".join(sorted(algorithms))
        raise Unauthenticated("token_algorithm", f"The token is not signed with {allowed}.", _MINT)
    for name in _FORBIDDEN:
        if name in header:
            raise Unauthenticated("token_header", f"The token's header has '{name}', which is not accepted.", _MINT)
    if "typ" in header and header["typ"] != "JWT":
        raise Unauthenticated("token_type", "The token's 'typ' is not JWT.", "Send an ID token, no other kind.")
    kid = header.get("kid")
    if not isinstance(kid, str) or not kid:
        raise Unauthenticated("token_key_unknown", "The token does not name its key.", _MINT)
    return kid


def _object(part: str, name: str) -> dict[str, Any]:
    try:
        value = json.loads(
            _decode(part, name).decode(), object_pairs_hook=_pairs, parse_constant=_refuse, parse_float=_refuse
        )
    except (ValueError, RecursionError) as error:
        raise _malformed(name) from error
    if not isinstance(value, dict):
        raise _malformed(name)
    return value


def _decode(part: str, name: str) -> bytes:
    """Decode base64url in its one canonical spelling: no padding, no stray characters, no stray bits."""
    if not _PART.fullmatch(part):
        raise _malformed(name)
    try:
        content = base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
    except (binascii.Error, ValueError) as error:
        raise _malformed(name) from error
    if base64.urlsafe_b64encode(content).rstrip(b"=").decode() != part:
        raise _malformed(name)
    return content


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Refuse a key that stands twice: two readers could each believe a different one."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands twice")
    return found


def _refuse(_: str) -> NoReturn:
    raise ValueError("a number that is not whole")


def _malformed(name: str) -> Unauthenticated:
    return Unauthenticated("token_malformed", f"The token's {name} cannot be read unambiguously.", _MINT)
