"""A set of public RSA keys, read from a JWK set (RFC 7517)."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from joserfc.jwk import RSAKey

SHORTEST_RSA = 2048
"""Bits (RFC 7518, section 3.3)."""
_PRIVATE = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})


class PublicKeys:
    """Keys by their exact ``kid``. Their objects are made with the first token, which imports joserfc."""

    def __init__(self, keys: Mapping[str, Mapping[str, str]]) -> None:
        self._keys = dict(keys)
        self._imported: dict[str, RSAKey] = {}

    def find(self, kid: str) -> RSAKey | None:
        """Return the key, or None when there is none by exactly this name."""
        if kid not in self._keys:
            return None
        if kid not in self._imported:
            from joserfc.jwk import RSAKey  # noqa: PLC0415 - 60 ms that only a token needs

            self._imported[kid] = RSAKey.import_key(dict(self._keys[kid]))
        return self._imported[kid]


def parse(text: str) -> PublicKeys:
    """Read a JWK set. Keys of other kinds, for encryption, or under 2048 bits are left out.

    Raises:
        ValueError: it is no JWK set, holds private keys, uses a name twice, or no key is left.
    """
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        document = None
    entries = document.get("keys") if isinstance(document, dict) else None
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise ValueError('this is not a JWK set: {"keys": […]}')
    if any(_PRIVATE & entry.keys() for entry in entries):
        raise ValueError("the JWK set holds a private key; publish and keep only the public half here")
    keys: dict[str, Mapping[str, str]] = {}
    for entry in entries:
        if not _usable(entry):
            continue
        if entry["kid"] in keys:
            raise ValueError(f"the JWK set has two keys named {entry['kid']!r}")
        keys[entry["kid"]] = {"kty": "RSA", "n": entry["n"], "e": entry["e"]}
    if not keys:
        raise ValueError(f"the JWK set has no RSA signature key of {SHORTEST_RSA} bits or more with a 'kid'")
    return PublicKeys(keys)


def _usable(entry: Mapping[str, Any]) -> bool:
    if entry.get("kty") != "RSA" or entry.get("use", "sig") != "sig" or entry.get("alg", "RS256") != "RS256":
        return False
    if not isinstance(entry.get("kid"), str) or not entry["kid"]:
        return False
    modulus, exponent = _number(entry.get("n")), _number(entry.get("e"))
    return modulus.bit_length() >= SHORTEST_RSA and modulus % 2 == 1 and exponent > 2 and exponent % 2 == 1  # noqa: PLR2004 - the least odd exponent is 3


def _number(text: object) -> int:
    if not isinstance(text, str):
        return 0
    try:
        return int.from_bytes(base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True))
    except (binascii.Error, ValueError):
        return 0
