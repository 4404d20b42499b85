"""Claims: a token that the warehouse signed for the Looker user who ran the explore, good for one use."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime
from enum import Enum, auto
from typing import Any, Protocol

from lookgate.claims import format as form
from lookgate.core.identity import Assurance, Credential, Principal
from lookgate.core.ports import Clock, Consumed, Directory
from lookgate.errors import Unauthenticated
from lookgate.verify import jwt

LEEWAY = 30
"""Seconds by which the clocks of warehouse and gateway may differ."""
_LATEST = 1 << 33
_NAMESPACE = "claim"
_AGAIN = "Run the explore again; each claim is good for one use."


class Verdict(Enum):
    """What is to be said of a signature."""

    FITS = auto()
    WRONG = auto()
    KEY_UNKNOWN = auto()
    """There is no such key, or it is retired."""


class Signatures(Protocol):
    """Knows whether the warehouse made a signature."""

    async def verdict(self, claim: jwt.Unverified, now: datetime) -> Verdict:
        """Say whether the signature fits. Everything else about the claim was found in order before.

        Raises:
            Unavailable: it cannot be found out now.
        """
        ...


class ClaimVerifier:
    """Verifies what ``claims.sql`` signs; a token of any other ``typ`` is not its own."""

    name = "claim"

    def __init__(
        self,
        *,
        issuer: str,
        audiences: frozenset[str],
        signatures: Signatures,
        consumed: Consumed,
        directory: Directory,
        instance: str,
        clock: Clock,
        lifetime: int = form.LONGEST_LIFE,
    ) -> None:
        """Build a verifier.

        Args:
            issuer: the one accepted ``iss``.
            audiences: each accepted ``aud``.
            signatures: knows what the warehouse signed.
            consumed: remembers each claim that was used.
            directory: knows who a user id is now.
            instance: Looker's base URL: the principal's issuer, as with a handle.
            clock: time.
            lifetime: seconds between a claim's ``iat`` and ``exp``, at most.
        """
        self._issuer = issuer
        self._audiences = audiences
        self._signatures = signatures
        self._consumed = consumed
        self._directory = directory
        self._instance = instance
        self._clock = clock
        self._lifetime = min(lifetime, form.LONGEST_LIFE)

    async def verify(self, credential: Credential) -> Principal | None:
        token = credential.secret.reveal()
        if credential.scheme != "bearer" or not jwt.looks_like_token(token):
            return None
        parts = jwt.read(token)
        if not form.is_claim(parts.header):
            return None
        now = self._clock.now()
        self._check_header(parts)
        ends = self._check_claims(parts.claims, now)
        await self._check_signature(parts, now)  # after all that costs nothing: it may be a call to Looker
        principal = await self._principal(str(parts.claims["sub"]), ends)
        # Last, so that a claim that could not be decided about can be presented again. In a worker thread: it writes.
        # Together with the subject, so that nobody can use up another user's nonce.
        value = f"{parts.claims['sub']}.{parts.claims['jti']}"
        until = datetime.fromtimestamp(ends + LEEWAY, UTC)
        if not await asyncio.to_thread(self._consumed.consume, _NAMESPACE, value, until):
            raise Unauthenticated("claim_used", "This claim was used before.", _AGAIN)
        return principal

    def _check_header(self, parts: jwt.Unverified) -> None:
        if len(parts.signed) + len(parts.signature) > form.LONGEST:
            raise Unauthenticated("claim_too_long", f"A claim has at most {form.LONGEST} characters.", _AGAIN)
        kid = parts.header.get("kid")
        if not form.is_word(kid) or parts.header != form.header_of(str(kid)):
            raise Unauthenticated("claim_header", "The claim's header is not what the warehouse writes.", _AGAIN)

    async def _check_signature(self, parts: jwt.Unverified, now: datetime) -> None:
        verdict = await self._signatures.verdict(parts, now)
        if verdict is Verdict.KEY_UNKNOWN:
            raise Unauthenticated(
                "claim_key_unknown",
                "The claim names a key that is not in the key ring, or is retired.",
                "Run the explore again. If that does not help, an admin brings the keys to the warehouse: "
                "lookgate claims install.",
            )
        if verdict is not Verdict.FITS:
            raise Unauthenticated("claim_signature", "The claim's signature does not fit.", _AGAIN)

    def _check_claims(self, claims: Mapping[str, Any], now: datetime) -> int:
        """Return when the claim ends, in seconds."""
        if claims.keys() != form.CLAIMS:
            raise Unauthenticated("claim_content", "The claim says more or less than a claim does.", _AGAIN)
        if claims["iss"] != self._issuer:
            raise Unauthenticated(
                "claim_issuer", "The claim was made by another issuer.", "Write the LookML for this gateway's issuer."
            )
        audience = claims["aud"]
        if not isinstance(audience, str) or audience not in self._audiences:
            raise Unauthenticated(
                "claim_audience",
                "The claim was made for another audience, or for several.",
                "Run the explore with this gateway's audience: see claims.audiences.",  # not told to a stranger
            )
        jti = claims["jti"]
        if not form.is_word(claims["sub"]) or not isinstance(jti, str) or not form.JTI.fullmatch(jti):
            raise Unauthenticated("claim_content", "The claim's subject or nonce is not a plain word.", _AGAIN)
        issued, ends = claims["iat"], claims["exp"]
        if not all(type(moment) is int and 0 < moment < _LATEST for moment in (issued, ends)):
            raise Unauthenticated("claim_time", "The claim's times are not whole seconds.", _AGAIN)
        if not 0 < ends - issued <= self._lifetime:
            raise Unauthenticated(
                "claim_time",
                f"A claim lives at most {self._lifetime} seconds here.",
                "Write the LookML again, with --lifetime as in lookgate.toml.",
            )
        seconds = now.timestamp()
        if seconds >= ends + LEEWAY:
            raise Unauthenticated("claim_expired", "The claim's time is over.", _AGAIN)
        if seconds < issued - LEEWAY:
            raise Unauthenticated(
                "claim_not_yet_valid",
                "The claim was made in the future.",
                "Set the warehouse's clock, or ours, right.",
            )
        return int(ends)

    async def _principal(self, user_id: str, ends: int) -> Principal:
        user = await self._directory.user(user_id)
        if user is None:
            raise Unauthenticated("user_missing", f"Looker has no user {user_id} any more.", "Sign in to Looker again.")
        if not user.enabled:
            raise Unauthenticated(
                "user_disabled", f"The Looker user {user_id} is disabled.", "Ask a Looker admin to enable the user."
            )
        return Principal(
            issuer=self._instance,
            subject=user.id,
            kind="user",
            assurance=Assurance.USER,
            authenticated_by=self.name,
            email=user.email,
            name=user.name,
            groups=user.groups,
            roles=user.roles,
            expires_at=datetime.fromtimestamp(ends, UTC),
        )
