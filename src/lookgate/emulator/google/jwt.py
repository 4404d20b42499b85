"""Compact JWTs signed with RS256: making them, and checking those that service accounts sign with their own keys."""

from __future__ import annotations

import base64
import binascii
import json
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from lookgate.emulator.google.keys import SigningKey, b64


class BadJwt(ValueError):
    """Not a JWT, or not signed by the key."""


def sign(key: SigningKey, claims: dict[str, Any], **header: str) -> str:
    """Return the signed JWT; ``header`` goes beside alg, kid and typ."""
    head = {"alg": "RS256", "kid": key.kid, "typ": "JWT"} | header
    signed = f"{_part(head)}.{_part(claims)}"
    return f"{signed}.{b64(key.sign(signed.encode()))}"


def peek(token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return header and claims, unchecked.

    Raises:
        BadJwt: it is not three parts of JSON.
    """
    parts = token.split(".")
    try:
        header, claims, _ = (_unpadded(part) for part in parts)
        found = json.loads(header), json.loads(claims)
    except (ValueError, RecursionError) as error:
        raise BadJwt("it is not three base64url parts of JSON") from error
    if not all(isinstance(part, dict) for part in found):
        raise BadJwt("header or claims are no object")
    return found


def check(token: str, key: rsa.RSAPublicKey) -> None:
    """Check the signature; the algorithm is RS256 whatever the header says.

    Raises:
        BadJwt: the key did not sign it.
    """
    header, _ = peek(token)
    signed, _, signature = token.rpartition(".")
    try:
        key.verify(_unpadded(signature), signed.encode(), padding.PKCS1v15(), hashes.SHA256())
    except InvalidSignature as error:
        raise BadJwt("the signature is not by this account's key") from error
    if header.get("alg") != "RS256":
        raise BadJwt("alg is not RS256")


def _part(value: dict[str, Any]) -> str:
    return b64(json.dumps(value, separators=(",", ":")).encode())


def _unpadded(text: str) -> bytes:
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, UnicodeEncodeError) as error:
        raise ValueError("not base64url") from error
