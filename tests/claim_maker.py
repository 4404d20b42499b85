"""Claims made by hand, honest and otherwise, and a verifier to present them to."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from typing import Any

from contract.hostile_tokens import Honest, sign_hs256
from lookgate.claims.blocks import Blocks, blocks_of
from lookgate.claims.format import TYPE
from lookgate.core.ports import Clock, Consumed, Directory, LookerUser
from lookgate.store.memory import MemoryStore
from lookgate.verify.claim import ClaimVerifier, Signatures
from lookgate.verify.claim_keys import InMemory, LiveKeys
from lower_rooms import START, DictDirectory

NOW = int(START.timestamp())
KID = "k_good0001"
SECRET = bytes(range(32))
ISSUER, AUDIENCE = "looker_test", "gateway_test"
INSTANCE = "https://looker.example.com"
EVE = LookerUser(
    "1234", "Eve", "eve@example.com", enabled=True, groups=frozenset({"East"}), roles=frozenset({"Viewer"})
)
SAM = LookerUser("99", "Sam", "sam@example.com", enabled=True, groups=frozenset(), roles=frozenset())
_NUMBERS = count(1)


@dataclass(frozen=True)
class HonestClaim(Honest):
    """A good claim; each ``token()`` has a jti of its own."""

    claims: Mapping[str, Any] = field(
        default_factory=lambda: {
            "iss": ISSUER,
            "sub": EVE.id,
            "aud": AUDIENCE,
            "iat": NOW - 60,
            "exp": NOW + 200,
            "jti": f"n_{next(_NUMBERS)}",  # forged, they are refused for the signature alone
        }
    )
    now: int = NOW
    secret: bytes = SECRET

    @property
    def header(self) -> dict[str, Any]:
        return {"alg": "HS256", "kid": KID, "typ": TYPE}

    def token(self, header: Mapping[str, Any] | None = None, claims: Mapping[str, Any] | None = None) -> str:
        fresh = {"jti": f"n_{next(_NUMBERS)}"}
        return sign_hs256(self.header | dict(header or {}), {**self.claims, **fresh, **(claims or {})}, self.secret)


@dataclass(frozen=True)
class WrittenClaim(HonestClaim):
    """A good claim, written as the warehouse writes it: not a space too many."""

    def token(self, header: Mapping[str, Any] | None = None, claims: Mapping[str, Any] | None = None) -> str:
        parts = (self.header | dict(header or {}), {**self.claims, "jti": f"n_{next(_NUMBERS)}", **(claims or {})})
        written, said = (json.dumps(part, separators=(",", ":")) for part in parts)
        return sign_hs256(written, said, self.secret)


class FixedKeys:
    """``LiveKeys`` in a dict."""

    def __init__(self, **keys: bytes) -> None:
        self.keys = {KID: SECRET, **keys}

    async def find(self, kid: str, now: datetime) -> Blocks | None:
        assert now.tzinfo is not None
        return blocks_of(self.keys[kid]) if kid in self.keys else None


def verifier(
    clock: Clock,
    *,
    keys: LiveKeys | None = None,
    signatures: Signatures | None = None,
    consumed: Consumed | None = None,
    directory: Directory | None = None,
    lifetime: int = 300,
) -> ClaimVerifier:
    return ClaimVerifier(
        issuer=ISSUER,
        audiences=frozenset({AUDIENCE, "second_audience"}),
        signatures=signatures or InMemory(keys or FixedKeys()),
        consumed=consumed or MemoryStore().consumed,
        directory=directory or DictDirectory(EVE, SAM),
        instance=INSTANCE,
        clock=clock,
        lifetime=lifetime,
    )
