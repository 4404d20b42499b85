"""A set of public RSA keys, read from a JWK set (RFC 7517)."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

SHORTEST_RSA = 2048
"""Bits (RFC 7518, section 3.3)."""
LONGEST_RSA = 16384
LARGEST_EXPONENT = 1 << 64
"""OpenSSL verifies with no larger ones: they only cost the verifier time."""
_PRIVATE = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})


class PublicKeys:
    """Keys by their exact ``kid``, each a modulus and an exponent. Their objects are made with the first token."""

    def __init__(self, keys: Mapping[str, tuple[int, int]]) -> None:
        self._keys = dict(keys)
        self._made: dict[str, RSAPublicKey] = {}

    def find(self, kid: str) -> RSAPublicKey | None:
        """Return the key, or None when there is none by exactly this name."""
        if kid not in self._keys:
            return None
        if kid not in self._made:
            # 7 MiB that only a token needs
            from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicNumbers  # noqa: PLC0415

            modulus, exponent = self._keys[kid]
            self._made[kid] = RSAPublicNumbers(exponent, modulus).public_key()
        return self._made[kid]


def fits(key: RSAPublicKey, signed: bytes, signature: bytes) -> bool:
    """Whether the signature is the key's over these bytes: RSASSA-PKCS1-v1_5 with SHA-256 (RFC 7518, section 3.3).

    The algorithm stands here and nowhere else: no token can choose another.
    """
    from cryptography.exceptions import InvalidSignature  # noqa: PLC0415 - already imported with the key
    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15  # noqa: PLC0415 - likewise
    from cryptography.hazmat.primitives.hashes import SHA256  # noqa: PLC0415 - likewise

    try:
        key.verify(signature, signed, PKCS1v15(), SHA256())
    except InvalidSignature:
        return False
    return True


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
    keys: dict[str, tuple[int, int]] = {}
    for entry in entries:
        if not _usable(entry):
            continue
        if entry["kid"] in keys:
            raise ValueError(f"the JWK set has two keys named {entry['kid']!r}")
        keys[entry["kid"]] = _number(entry["n"]), _number(entry["e"])
    if not keys:
        raise ValueError(f"the JWK set has no RSA signature key of {SHORTEST_RSA} bits or more with a 'kid'")
    return PublicKeys(keys)


def _usable(entry: Mapping[str, Any]) -> bool:
    if entry.get("kty") != "RSA" or entry.get("use", "sig") != "sig" or entry.get("alg", "RS256") != "RS256":
        return False
    if not isinstance(entry.get("kid"), str) or not entry["kid"]:
        return False
    modulus, exponent = _number(entry.get("n")), _number(entry.get("e"))
    if not SHORTEST_RSA <= modulus.bit_length() <= LONGEST_RSA or not modulus % 2:
        return False
    return 3 <= exponent < LARGEST_EXPONENT and exponent % 2 == 1  # noqa: PLR2004 - the least odd one (RFC 8017, 3.1)


def _number(text: object) -> int:
    if not isinstance(text, str):
        return 0
    try:
        return int.from_bytes(base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True))
    except (binascii.Error, ValueError):
        return 0
