"""The gateway's own tokens: what one says, and how the key ring signs it (RFC 7515, 7519).

A token says who its user is and nothing of what they may do: groups and roles are looked up when it is used. One for a
handle is bound to it, by a hash of the handle's hash, and ends with it when that is revoked. One for a claim names the
claim, which is used up by then; it ends by its time, with its key, or with its user.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal, NamedTuple

from msgspec import Struct

from lookgate.core.ports import RandomBytes
from lookgate.core.secret import Secret
from lookgate.errors import LookgateError, Unavailable
from lookgate.keys.jwks import ec_private_key, ed25519_private_key
from lookgate.keys.ring import Key, Ring
from lookgate.keys.store import Rings

RING = "tokens"
"""The name of the ring whose keys sign tokens."""
TYPE = "lookgate-token+jwt"
"""The header's ``typ``: no other kind of token can be taken for one of these (RFC 8725, section 3.11)."""
ASSURANCE = "user"
_ALWAYS = frozenset({"iss", "sub", "aud", "instance", "assurance", "iat", "nbf", "exp", "jti"})
CLAIMS = {source: _ALWAYS | {source} for source in ("handle", "claim")}
"""What a token says, by what it was exchanged for."""
ALGORITHMS: tuple[Literal["ES256", "EdDSA"], ...] = ("ES256", "EdDSA")
_COORDINATE = 32


class Place(Struct, frozen=True):
    """Where a token is good."""

    issuer: str
    """The gateway's URL: ``iss``, and ``aud`` as well."""
    instance: str
    """The Looker instance's base URL."""


def ring_of(rings: Rings) -> Ring:
    """Return the ring of tokens as it is now.

    Raises:
        Unavailable: it cannot be read. Callers are not told where it is.
    """
    try:
        return rings.load(RING)
    except LookgateError as error:
        raise Unavailable(
            "token_keys_unavailable",
            "The gateway's keys cannot be read now.",
            "An admin sees why: lookgate keys list --ring tokens.",
        ) from error


def header_of(key: Key, typ: str = TYPE) -> dict[str, str]:
    """Return the one header that a token of this key and type has."""
    return {"alg": key.alg, "kid": key.kid, "typ": typ}


def binding(digest: str) -> str:
    """Return what a token says of its handle: enough to recognise it, and neither the handle nor its stored hash."""
    return hashlib.sha256(b"lookgate token of\0" + digest.encode()).hexdigest()[:32]


class Source(NamedTuple):
    """What a token is exchanged for."""

    kind: Literal["handle", "claim"]
    name: str
    """What the token calls it: of a handle its ``binding``, of a claim its ``jti``."""


class TokenIssuer(Struct, frozen=True):
    """Makes the tokens of one gateway."""

    rings: Rings
    place: Place
    lifetime: int
    """Seconds; at most ten minutes."""

    def signer(self, now: datetime) -> Key:
        """Return the newest key whose time has come.

        Raises:
            Unavailable: no key can sign now, or the ring cannot be read.
        """
        key = ring_of(self.rings).signer(now)
        if key is None or key.alg not in ALGORITHMS:
            raise Unavailable(
                "no_token_key",
                "The gateway has no key to sign tokens with.",
                "An admin makes one: lookgate keys rotate --ring tokens.",
            )
        return key

    def issue(self, key: Key, *, user_id: str, source: Source, now: datetime, random: RandomBytes) -> Secret:
        """Return a new token.

        Args:
            key: what ``signer`` gave.
            user_id: the Looker user's id.
            source: what it is exchanged for.
            now: aware.
            random: for the ``jti``.
        """
        issued = int(now.timestamp())
        claims = {
            "iss": self.place.issuer,
            "sub": user_id,
            "aud": self.place.issuer,
            "instance": self.place.instance,
            source.kind: source.name,
            "assurance": ASSURANCE,
            "iat": issued,
            "nbf": issued,
            "exp": issued + self.lifetime,
            "jti": random(16).hex(),
        }
        return sign(key, claims)


def sign(key: Key, claims: Mapping[str, Any], typ: str = TYPE) -> Secret:
    """Sign these claims with an ES256 or EdDSA key (RFC 7518, section 3.4; RFC 8037, section 3.1)."""
    signed = f"{_part(header_of(key, typ))}.{_part(claims)}"
    return Secret(f"{signed}.{_base64url(_signature(key, signed.encode()))}")


def _signature(key: Key, signed: bytes) -> bytes:
    if key.alg == "EdDSA":
        return ed25519_private_key(key).sign(signed)
    from cryptography.hazmat.primitives.asymmetric.ec import ECDSA  # noqa: PLC0415 - only who signs tokens needs it
    from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature  # noqa: PLC0415 - likewise
    from cryptography.hazmat.primitives.hashes import SHA256  # noqa: PLC0415 - likewise

    r, s = decode_dss_signature(ec_private_key(key).sign(signed, ECDSA(SHA256())))
    return r.to_bytes(_COORDINATE) + s.to_bytes(_COORDINATE)


def _part(value: Mapping[str, Any]) -> str:
    return _base64url(json.dumps(value, separators=(",", ":")).encode())


def _base64url(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()
