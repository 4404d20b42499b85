"""The keys that sign tokens, and how they are published: as a JWK set and as certificates."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import NameOID

_CERTIFICATE_DAYS = 16
"""About what Google's live."""


def new_private_key() -> rsa.RSAPrivateKey:
    """Draw an RSA key of 2048 bits from the operating system's generator."""
    return rsa.generate_private_key(public_exponent=65_537, key_size=2048)


def b64(data: bytes) -> str:
    """Return base64url without padding (RFC 7515, section 2)."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


@dataclass(frozen=True, slots=True)
class SigningKey:
    """One key pair; ``kid`` is made from the public half."""

    kid: str
    private: rsa.RSAPrivateKey
    certificate: str
    """PEM, self-signed."""

    @classmethod
    def of(cls, private: rsa.RSAPrivateKey, name: str, now: datetime) -> SigningKey:
        """Wrap a private key, with a certificate for ``name``."""
        public = private.public_key()
        der = public.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name[:64])])
        certificate = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(subject)
            .public_key(public)
            .serial_number(int.from_bytes(hashlib.sha256(der).digest()[:8], "big") | 1)
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=_CERTIFICATE_DAYS))
            .sign(private, hashes.SHA256())
        )
        return cls(
            hashlib.sha1(der, usedforsecurity=False).hexdigest(),
            private,
            certificate.public_bytes(serialization.Encoding.PEM).decode(),
        )

    def sign(self, data: bytes) -> bytes:
        """Sign with RS256 (RFC 7518, section 3.3)."""
        return self.private.sign(data, padding.PKCS1v15(), hashes.SHA256())

    def jwk(self) -> dict[str, str]:
        """Return the public half (RFC 7517)."""
        numbers = self.private.public_key().public_numbers()
        return {
            "kty": "RSA",
            "alg": "RS256",
            "use": "sig",
            "kid": self.kid,
            "n": b64(numbers.n.to_bytes(256, "big")),
            "e": b64(numbers.e.to_bytes(3, "big")),
        }


class SigningKeys:
    """The keys in use. The newest signs; all are published.

    Args:
        clock: dates certificates.
        new: draws a private key.
    """

    def __init__(self, clock: Callable[[], datetime], new: Callable[[], rsa.RSAPrivateKey]) -> None:
        self._clock = clock
        self._new = new
        self.all: list[SigningKey] = []
        self.rotate()

    @property
    def current(self) -> SigningKey:
        """The key that signs."""
        return self.all[-1]

    def rotate(self) -> SigningKey:
        """Sign with a new key from now on. Of the old ones the newest stays published: they overlap."""
        key = SigningKey.of(self._new(), "federated-signon.system.gserviceaccount.com", self._clock())
        self.all = [*self.all[-1:], key]
        return key

    def withdraw(self) -> SigningKey:
        """Replace every key: tokens signed before are worth nothing, as after a leak."""
        self.all = []
        return self.rotate()
