"""A set of public keys, read from a JWK set (RFC 7517). Private halves have no place in one."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Mapping
from typing import Any

from lookgate.verify.signature import Algorithm, EcKey, EdKey, PublicKey, RsaKey

SHORTEST_RSA = 2048
"""Bits (RFC 7518, section 3.3)."""
LONGEST_RSA = 16384
LARGEST_EXPONENT = 1 << 64
"""OpenSSL verifies with no larger ones: they only cost the verifier time."""
_PRIVATE = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})
_BYTES = 32
"""Of a coordinate on P-256 and of an Ed25519 key."""
_P256 = 0xFFFFFFFF00000001000000000000000000000000FFFFFFFFFFFFFFFFFFFFFFFF
_P256_B = 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B
"""P-256 is y² = x³ - 3x + b over the integers below its prime (SEC 2, section 2.4.2)."""
_ED_PRIME = (1 << 255) - 19
_ED_EIGHTH = 2707385501144840649318225287225658788936804267575313519463743609750303402022
"""The lesser y of the points of order 8 of edwards25519."""
_ED_SMALL = frozenset({0, 1, _ED_PRIME - 1, _ED_EIGHTH, _ED_PRIME - _ED_EIGHTH})
"""Each y of a point of small order. With such a "key", which a careless issuer could publish as a placeholder of zeros,
anyone can sign."""


class PublicKeys:
    """Keys by their exact ``kid``."""

    generation = 0
    """Counts the withdrawals of keys; a set that is read once has none."""

    def __init__(self, keys: Mapping[str, PublicKey]) -> None:
        self._keys = dict(keys)

    @property
    def algorithms(self) -> frozenset[Algorithm]:
        """What the keys can verify."""
        return frozenset(key.algorithm for key in self._keys.values())

    def is_due(self) -> bool:
        """Whether the set should be looked at anew: never, it stands in a file."""
        return False

    async def refresh(self) -> None:
        """Do nothing: a set from a file is as it was at the start."""

    async def find(self, kid: str) -> PublicKey | None:
        """Return the key, or None when there is none by exactly this name."""
        return self._keys.get(kid)

    def get(self, kid: str) -> PublicKey | None:
        """Return the key as ``find`` does, without waiting."""
        return self._keys.get(kid)

    def lacks(self, other: PublicKeys) -> bool:
        """Whether a key of the other set is missing here, or is another one under the same name."""
        return any(self._keys.get(kid) != key for kid, key in other._keys.items())


def parse(text: str | bytes) -> PublicKeys:
    """Read a JWK set. Keys of other kinds, for encryption, or too weak are left out.

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
    keys: dict[str, PublicKey] = {}
    for entry in entries:
        key = _key(entry)
        if key is None:
            continue
        if entry["kid"] in keys:
            raise ValueError(f"the JWK set has two keys named {entry['kid'][:40]!r}")
        keys[entry["kid"]] = key
    if not keys:
        raise ValueError(
            f"the JWK set has no signature key with a 'kid': RSA of {SHORTEST_RSA} bits or more, P-256 or Ed25519"
        )
    return PublicKeys(keys)


def _key(entry: Mapping[str, Any]) -> PublicKey | None:
    """Return the key if it is one to verify with."""
    kid, kind, operations = entry.get("kid"), entry.get("kty"), entry.get("key_ops", ["verify"])
    if not isinstance(kid, str) or not kid or not isinstance(kind, str) or kind not in _READERS:
        return None
    if entry.get("use", "sig") != "sig" or not isinstance(operations, list) or "verify" not in operations:
        return None
    key = _READERS[kind](entry)
    return key if key is not None and entry.get("alg", key.algorithm) == key.algorithm else None


def _rsa(entry: Mapping[str, Any]) -> RsaKey | None:
    modulus, exponent = (int.from_bytes(_bytes(entry.get(name))) for name in ("n", "e"))
    if not SHORTEST_RSA <= modulus.bit_length() <= LONGEST_RSA or not modulus % 2:
        return None
    if not 3 <= exponent < LARGEST_EXPONENT or not exponent % 2:  # noqa: PLR2004 - the least odd one (RFC 8017, 3.1)
        return None
    return RsaKey(modulus, exponent)


def _ec(entry: Mapping[str, Any]) -> EcKey | None:
    """Read a point of P-256: its curve by name and by its equation (RFC 7518, section 6.2.1)."""
    halves = _bytes(entry.get("x")), _bytes(entry.get("y"))
    if entry.get("crv") != "P-256" or any(len(half) != _BYTES for half in halves):
        return None
    x, y = (int.from_bytes(half) for half in halves)
    if x >= _P256 or y >= _P256 or (y * y - (x * x * x - 3 * x + _P256_B)) % _P256:
        return None
    return EcKey(x, y)


def _ed(entry: Mapping[str, Any]) -> EdKey | None:
    """Read an Ed25519 key (RFC 8037, section 2)."""
    content = _bytes(entry.get("x"))
    if entry.get("crv") != "Ed25519" or len(content) != _BYTES:
        return None
    y = int.from_bytes(content, "little") & ((1 << 255) - 1)
    return None if y >= _ED_PRIME or y in _ED_SMALL else EdKey(content)


_READERS: Mapping[str, Callable[[Mapping[str, Any]], PublicKey | None]] = {"RSA": _rsa, "EC": _ec, "OKP": _ed}


def _bytes(text: object) -> bytes:
    if not isinstance(text, str):
        return b""
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return b""
