"""Tokens of the gateway's own, honest and otherwise, and a verifier to present them to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey

from contract.hostile_tokens import Honest
from lookgate.core.ports import Clock, Directory, HandleRecord, Handles, LookerUser
from lookgate.keys.jwks import ec_private_key
from lookgate.keys.ring import Ring, rotate
from lookgate.keys.token import TYPE, Place, binding
from lookgate.verify.token import TokenVerifier
from lower_rooms import START, CountedBytes, DictDirectory, DictHandles

NOW = int(START.timestamp())
GATEWAY, INSTANCE = "https://gateway.example.com", "https://looker.example.com"
PLACE = Place(GATEWAY, INSTANCE)
DIGEST = "d" * 64
EVE = LookerUser(
    "1234", "Eve", "eve@example.com", enabled=True, groups=frozenset({"East"}), roles=frozenset({"Viewer"})
)
RING = rotate(Ring("tokens"), "ES256", now=START - timedelta(hours=1), random=CountedBytes())


class OneRing:
    """``Rings`` with one ring in memory."""

    def __init__(self, ring: Ring = RING) -> None:
        self.ring = ring

    def load(self, name: str) -> Ring:
        assert name == "tokens"
        return self.ring

    def change(self, name: str, edit: Callable[[Ring], Ring]) -> Ring:
        assert name == "tokens"
        self.ring = edit(self.ring)
        return self.ring


@dataclass(frozen=True)
class HonestToken(Honest):
    """A good token."""

    claims: Mapping[str, Any] = field(
        default_factory=lambda: {
            "iss": GATEWAY,
            "sub": EVE.id,
            "aud": GATEWAY,
            "instance": INSTANCE,
            "handle": binding(DIGEST),
            "assurance": "user",
            "iat": NOW - 60,
            "nbf": NOW - 60,
            "exp": NOW + 240,
            "jti": "j1",
        }
    )
    now: int = NOW
    algorithm: str = "ES256"

    @property
    def header(self) -> dict[str, Any]:
        return {"alg": "ES256", "kid": RING.keys[0].kid, "typ": TYPE}

    @property
    def key(self) -> EllipticCurvePrivateKey:
        return ec_private_key(RING.keys[0])


def live_handles() -> DictHandles:
    handles = DictHandles()
    handles.add(HandleRecord(DIGEST, EVE.id, START - timedelta(days=1)))
    return handles


def verifier(
    clock: Clock,
    *,
    rings: OneRing | None = None,
    handles: Handles | None = None,
    directory: Directory | None = None,
) -> TokenVerifier:
    return TokenVerifier(PLACE, rings or OneRing(), handles or live_handles(), directory or DictDirectory(EVE), clock)
