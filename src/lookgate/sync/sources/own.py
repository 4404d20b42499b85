"""Tokens of the gateway's own for a service that trusts its key set: ``GET /.well-known/jwks.json`` has the keys."""

from __future__ import annotations

from datetime import timedelta

from lookgate.core.ports import Clock, RandomBytes
from lookgate.core.renewal import Minted
from lookgate.keys.token import TokenIssuer, sign

TYPE = "lookgate-service+jwt"
"""The header's ``typ``: the gateway never takes one of these for a token of a user (RFC 8725, section 3.11)."""
SUBJECT = "lookgate-sync"


class OwnTokens:
    """``core.renewal.TokenSource``.

    Args:
        issuer: of the gateway's tokens.
        clock: for the token's times.
        random: for the ``jti``.
    """

    def __init__(self, issuer: TokenIssuer, clock: Clock, random: RandomBytes) -> None:
        self._issuer = issuer
        self._clock = clock
        self._random = random

    async def mint(self, audience: str) -> Minted:
        now = self._clock.now().replace(microsecond=0)
        ends = now + timedelta(seconds=self._issuer.lifetime)
        claims = {
            "iss": self._issuer.place.issuer,
            "sub": SUBJECT,
            "aud": audience,
            "iat": int(now.timestamp()),
            "exp": int(ends.timestamp()),
            "jti": self._random(16).hex(),
        }
        return Minted(sign(self._issuer.signer(now), claims, typ=TYPE), ends, now)
