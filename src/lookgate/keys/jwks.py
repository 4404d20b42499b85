"""A ring's public keys as a JWK set (RFC 7517), for tokens that others verify."""

from __future__ import annotations

import base64
from datetime import datetime
from typing import TYPE_CHECKING

from lookgate.keys.ring import Key, Ring

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

_COORDINATE = 32


def jwk_set(ring: Ring, now: datetime) -> dict[str, list[dict[str, str]]]:
    """Return the public half of every live key, waiting ones included: who caches the set knows them in time."""
    return {"keys": [public_jwk(key) for key in ring.verifying(now) if key.alg != "HS256"]}


def public_jwk(key: Key) -> dict[str, str]:
    """Return one public key (RFC 7518, section 6.2; RFC 8037, section 2).

    Raises:
        ValueError: it is a symmetric key, which has no public half.
    """
    names = {"kid": key.kid, "alg": key.alg, "use": "sig"}
    if key.alg == "ES256":
        numbers = ec_private_key(key).public_key().public_numbers()
        return names | {
            "kty": "EC",
            "crv": "P-256",
            "x": _base64url(numbers.x.to_bytes(_COORDINATE)),
            "y": _base64url(numbers.y.to_bytes(_COORDINATE)),
        }
    if key.alg == "EdDSA":
        public = ed25519_private_key(key).public_key().public_bytes_raw()
        return names | {"kty": "OKP", "crv": "Ed25519", "x": _base64url(public)}
    raise ValueError("an HMAC key has no public half")


def ec_private_key(key: Key) -> EllipticCurvePrivateKey:
    """Return an ES256 key to sign with."""
    from cryptography.hazmat.primitives.asymmetric import ec  # noqa: PLC0415 - only who signs tokens needs it

    return ec.derive_private_key(int.from_bytes(key.raw), ec.SECP256R1())


def ed25519_private_key(key: Key) -> Ed25519PrivateKey:
    """Return an EdDSA key to sign with."""
    from cryptography.hazmat.primitives.asymmetric import ed25519  # noqa: PLC0415 - likewise

    return ed25519.Ed25519PrivateKey.from_private_bytes(key.raw)


def _base64url(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()
