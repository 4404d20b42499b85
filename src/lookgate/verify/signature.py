"""Public keys and whether a signature is theirs: RS256, ES256 and EdDSA (RFC 7518, section 3; RFC 8037).

A key's type decides the algorithm; nothing that a token says can change it. The objects of the library of cryptography
are made with the first token: they cost 7 MiB that only a token needs.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, ClassVar, Literal

from msgspec import Struct

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

Algorithm = Literal["RS256", "ES256", "EdDSA"]
_COORDINATE = 32
"""Bytes of a coordinate, and of half a signature, on P-256 (RFC 7518, section 3.4)."""
_KEYS = 256
"""Keys whose objects are kept ready."""


class RsaKey(Struct, frozen=True):
    """RSASSA-PKCS1-v1_5 with SHA-256 (RFC 7518, section 3.3)."""

    algorithm: ClassVar[Algorithm] = "RS256"
    modulus: int
    exponent: int

    def fits(self, signed: bytes, signature: bytes) -> bool:
        """Whether the signature is this key's over these bytes."""
        from cryptography.exceptions import InvalidSignature  # noqa: PLC0415 - with the first token
        from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15  # noqa: PLC0415 - likewise
        from cryptography.hazmat.primitives.hashes import SHA256  # noqa: PLC0415 - likewise

        try:
            _rsa(self).verify(signature, signed, PKCS1v15(), SHA256())
        except InvalidSignature:
            return False
        return True


class EcKey(Struct, frozen=True):
    """ECDSA on P-256 with SHA-256 (RFC 7518, section 3.4).

    The standard lets both s and n - s through, so a token of this kind has two spellings. Nothing here relies on there
    being one: what may be used once is known by its ``jti``.
    """

    algorithm: ClassVar[Algorithm] = "ES256"
    x: int
    y: int

    def fits(self, signed: bytes, signature: bytes) -> bool:
        """Whether the signature is this key's over these bytes: r and s, 32 bytes each, neither of them 0."""
        from cryptography.exceptions import InvalidSignature  # noqa: PLC0415 - with the first token
        from cryptography.hazmat.primitives.asymmetric.ec import ECDSA  # noqa: PLC0415 - likewise
        from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature  # noqa: PLC0415 - likewise
        from cryptography.hazmat.primitives.hashes import SHA256  # noqa: PLC0415 - likewise

        if len(signature) != 2 * _COORDINATE:
            return False
        r, s = int.from_bytes(signature[:_COORDINATE]), int.from_bytes(signature[_COORDINATE:])
        if not r or not s:
            return False
        try:
            _ec(self).verify(encode_dss_signature(r, s), signed, ECDSA(SHA256()))
        except InvalidSignature:
            return False
        return True


class EdKey(Struct, frozen=True):
    """EdDSA with Ed25519 (RFC 8037, section 3.1; RFC 8032)."""

    algorithm: ClassVar[Algorithm] = "EdDSA"
    x: bytes

    def fits(self, signed: bytes, signature: bytes) -> bool:
        """Whether the signature is this key's over these bytes."""
        from cryptography.exceptions import InvalidSignature  # noqa: PLC0415 - with the first token

        try:
            _ed(self).verify(signature, signed)
        except InvalidSignature:
            return False
        return True


PublicKey = RsaKey | EcKey | EdKey


@lru_cache(_KEYS)
def _rsa(key: RsaKey) -> RSAPublicKey:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicNumbers  # noqa: PLC0415 - with the first token

    return RSAPublicNumbers(key.exponent, key.modulus).public_key()


@lru_cache(_KEYS)
def _ec(key: EcKey) -> EllipticCurvePublicKey:
    from cryptography.hazmat.primitives.asymmetric import ec  # noqa: PLC0415 - with the first token

    return ec.EllipticCurvePublicNumbers(key.x, key.y, ec.SECP256R1()).public_key()


@lru_cache(_KEYS)
def _ed(key: EdKey) -> Ed25519PublicKey:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey  # noqa: PLC0415 - first token

    return Ed25519PublicKey.from_public_bytes(key.x)
