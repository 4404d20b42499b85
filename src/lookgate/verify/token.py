"""The gateway's own tokens: exchanged for a handle or a claim, good for minutes, here and for this instance only."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from lookgate.core.identity import Credential, Principal
from lookgate.core.ports import Clock, Directory, Handles
from lookgate.errors import Unauthenticated
from lookgate.keys import token as form
from lookgate.keys.jwks import ec_private_key, ed25519_private_key
from lookgate.keys.life import LEEWAY, LONGEST_LIFE
from lookgate.keys.ring import Key
from lookgate.keys.store import Rings
from lookgate.verify import jwt
from lookgate.verify.signature import EcKey, EdKey, PublicKey

_LATEST = 1 << 33
_REMEMBERED = 1024
"""Tokens of which it is remembered, in memory only, that their signature fits; all else is looked at on every call."""
_AGAIN = "Exchange the handle, or a new claim, for a new token: POST /token."


class TokenVerifier:
    """Verifies what ``keys.token`` signs; a token of any other ``typ`` is not its own."""

    name = "token"

    def __init__(self, place: form.Place, rings: Rings, handles: Handles, directory: Directory, clock: Clock) -> None:
        self._place = place
        self._rings = rings
        self._handles = handles
        self._directory = directory
        self._clock = clock
        self._proven: OrderedDict[str, tuple[Key, Mapping[str, Any]]] = OrderedDict()

    async def verify(self, credential: Credential) -> Principal | None:
        token = credential.secret.reveal()
        if credential.scheme != "bearer" or not jwt.looks_like_token(token):
            return None
        now = self._clock.now()
        claims = self._remembered(token, now) or self._prove(token, now)
        if claims is None:
            return None
        ends = self._check_time(claims, now)
        user_id = str(claims["sub"])
        self._check_handle(claims)
        user = await self._directory.user(user_id)
        # Looked up again, because the directory may have taken seconds: what was revoked ends at once.
        self._check_handle(claims)
        if user is None:
            raise Unauthenticated("user_missing", f"Looker has no user {user_id} any more.", "Sign in to Looker again.")
        if not user.enabled:
            raise Unauthenticated(
                "user_disabled", f"The Looker user {user_id} is disabled.", "Ask a Looker admin to enable the user."
            )
        principal = user.principal(self._place.instance, self.name)
        return replace(principal, expires_at=datetime.fromtimestamp(ends, UTC))

    def _remembered(self, token: str, now: datetime) -> Mapping[str, Any] | None:
        """Return the claims of a token that was proven before with a key that still verifies."""
        known = self._proven.get(token)
        if known is None:
            return None
        key, claims = known
        if form.ring_of(self._rings).find(key.kid, now) != key:
            del self._proven[token]
            return None
        self._proven.move_to_end(token)
        return claims

    def _prove(self, token: str, now: datetime) -> Mapping[str, Any] | None:
        parts = jwt.read(token)
        if parts.header.get("typ") != form.TYPE:
            return None
        kid = parts.header.get("kid")
        key = form.ring_of(self._rings).find(kid, now) if isinstance(kid, str) else None
        if key is None or key.alg not in form.ALGORITHMS:
            raise Unauthenticated(
                "token_key_unknown", "The token names a key that is not in the key ring, or is retired.", _AGAIN
            )
        if parts.header != form.header_of(key):
            raise Unauthenticated("token_header", "The token's header is not what this gateway writes.", _AGAIN)
        if not _public(key).fits(parts.signed, parts.signature):
            raise Unauthenticated("token_signature", "The token's signature does not fit.", _AGAIN)
        self._check_place(parts.claims)
        self._proven[token] = key, parts.claims
        if len(self._proven) > _REMEMBERED:
            self._proven.popitem(last=False)
        return parts.claims

    def _check_place(self, claims: Mapping[str, Any]) -> None:
        """Hold the token to this gateway and instance, and to the form in which it is written."""
        source = "handle" if "handle" in claims else "claim"
        if claims.keys() != form.CLAIMS[source] or claims["assurance"] != form.ASSURANCE:
            raise Unauthenticated("token_content", "The token says more or less than a token of ours.", _AGAIN)
        if claims["iss"] != self._place.issuer:
            raise Unauthenticated("token_issuer", "The token was made by another gateway.", _AGAIN)
        if claims["aud"] != self._place.issuer:
            raise Unauthenticated("token_audience", "The token was made for another audience, or for several.", _AGAIN)
        if claims["instance"] != self._place.instance:
            raise Unauthenticated("token_instance", "The token was made for another Looker instance.", _AGAIN)
        if not all(isinstance(claims[name], str) and claims[name] for name in ("sub", source, "jti")):
            raise Unauthenticated("token_content", f"The token's subject, {source} or jti is not text.", _AGAIN)
        times = [claims[name] for name in ("iat", "nbf", "exp")]
        if not all(type(moment) is int and 0 < moment < _LATEST for moment in times):
            raise Unauthenticated("token_time", "The token's times are not whole seconds.", _AGAIN)
        if not 0 < claims["exp"] - claims["iat"] <= LONGEST_LIFE:
            raise Unauthenticated("token_time", f"A token lives at most {LONGEST_LIFE} seconds.", _AGAIN)

    def _check_time(self, claims: Mapping[str, Any], now: datetime) -> int:
        """Return when the token ends, in seconds."""
        seconds, ends = now.timestamp(), int(claims["exp"])
        if seconds >= ends + LEEWAY:
            raise Unauthenticated("token_expired", "The token's time is over.", _AGAIN)
        if seconds < max(claims["iat"], claims["nbf"]) - LEEWAY:
            raise Unauthenticated(
                "token_not_yet_valid", "The token was made in the future.", "Set the clocks of the gateways right."
            )
        return ends

    def _check_handle(self, claims: Mapping[str, Any]) -> None:
        """Refuse a token whose handle was revoked; a handle that was only replaced keeps its tokens to their end.

        A claim is used up when it is exchanged, so there is nothing left of it that could be revoked.
        """
        if "handle" not in claims:
            return
        bound = claims["handle"]
        if not any(form.binding(record.digest) == bound for record in self._handles.of_user(str(claims["sub"]))):
            raise Unauthenticated(
                "token_revoked", "The handle behind this token was revoked, or replaced at once.", _AGAIN
            )


def _public(key: Key) -> PublicKey:
    """Return the half of the key that verifies."""
    if key.alg == "EdDSA":
        return EdKey(ed25519_private_key(key).public_key().public_bytes_raw())
    numbers = ec_private_key(key).public_key().public_numbers()
    return EcKey(numbers.x, numbers.y)
