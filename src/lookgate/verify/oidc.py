"""ID tokens (OpenID Connect Core 1.0, section 3.1.3.7), checked with the provider's key set."""

from __future__ import annotations

import base64
from collections import OrderedDict
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Literal, Protocol

from msgspec import Struct, structs

from lookgate.core.identity import Assurance, Credential, Principal
from lookgate.core.ports import Clock
from lookgate.errors import Unauthenticated
from lookgate.verify import jwt
from lookgate.verify.signature import Algorithm, PublicKey

LEEWAY = 30
"""Seconds by which clocks may differ."""
_LATEST = 1 << 33
"""The year 2242: no honest token names a later second."""
_REMEMBERED = 1024
"""Tokens of which it is remembered, in memory only, what they prove; their time is looked at on every call."""
_LONGEST_SUBJECT = 255
_LONGEST_EMAIL = 320

_REMOVED = base64.urlsafe_b64decode(b"SIGNATURE_REMOVED_BY_GOOGLE=")
"""What Cloud Run puts in place of the signature of a token that it checked itself."""
LET_IN = Principal("cloud_run", "whoever it lets in", "service", Assurance.ANONYMOUS, "cloud_run")
"""Whom a token without its signature proves: nobody. What it says can keep a caller out, never say who they are."""


class Keys(Protocol):
    """A key set, from a file or published."""

    @property
    def generation(self) -> int:
        """Counts the withdrawals: another number means that what was proven before must be proven anew."""
        ...

    def is_due(self) -> bool:
        """Whether the set should be looked at anew before it is relied on."""
        ...

    async def refresh(self) -> None:
        """Look at the set anew if that is due; raises Unavailable when there is none to rely on."""
        ...

    async def find(self, kid: str) -> PublicKey | None:
        """Return the key of exactly this name, or None; raises Unavailable when nobody can say."""
        ...


ClaimsCheck = Callable[[Mapping[str, Any], "Provider"], None]


def no_more_claims(claims: Mapping[str, Any], provider: Provider) -> None:
    """Ask for nothing beyond the standard."""


class Provider(Struct, frozen=True):
    """Whose tokens are accepted, and from whom."""

    name: str
    issuers: frozenset[str]
    """Each spelling of ``iss``, compared exactly."""
    audiences: frozenset[str]
    """Each accepted ``aud``, compared exactly."""
    keys: Keys
    kind: Literal["service", "user"]
    emails: frozenset[str] = frozenset()
    """When not empty, the only verified addresses that are let in."""
    hosted_domain: str = ""
    """When not empty, the only ``hd`` that is let in."""
    algorithms: frozenset[Algorithm] = frozenset({"RS256"})
    """What tokens may be signed with; which of these fits a key, its type decides."""
    check: ClaimsCheck = no_more_claims
    """The provider's own rules over the claims of a token whose signature fits."""


class _Verified(Struct, frozen=True):
    principal: Principal
    begins: int
    ends: int

    def check_time(self, now: float) -> None:
        """Hold the token to its time: at ``exp + LEEWAY`` it is over, at ``nbf - LEEWAY`` it has begun."""
        if now >= self.ends + LEEWAY:
            raise Unauthenticated("token_expired", "The token's time is over.", "Fetch a new token, then call again.")
        if now < self.begins - LEEWAY:
            raise Unauthenticated(
                "token_not_yet_valid",
                "The token's 'nbf' or 'iat' lies in the future.",
                "Set the clocks of the issuer and the gateway right.",
            )


class OidcVerifier:
    """Verifies the tokens of one provider; any other issuer's are not its own.

    Args:
        provider: whose tokens.
        clock: time.
        elsewhere: audiences of other providers with the same issuer: tokens for them are not its own either.
        behind_iam: whether Cloud Run has checked each token, and lets in nobody who brings none: then a signature that
            it took away is not missed, and the caller is ``LET_IN``. Never so by itself: only where the settings say it
            of the whole deployment.
    """

    def __init__(
        self, provider: Provider, clock: Clock, *, elsewhere: frozenset[str] = frozenset(), behind_iam: bool = False
    ) -> None:
        self.name = provider.name
        self._behind_iam = behind_iam
        self._provider = provider
        self._elsewhere = elsewhere - provider.audiences
        self._clock = clock
        self._verified: OrderedDict[str, _Verified] = OrderedDict()
        self._generation = provider.keys.generation

    async def verify(self, credential: Credential) -> Principal | None:
        if credential.scheme != "bearer":
            return None
        token = credential.secret.reveal()
        keys = self._provider.keys
        if token in self._verified and keys.is_due():
            await keys.refresh()
        self._forget_withdrawn()
        known = self._verified.get(token)
        if known is not None:
            try:
                known.check_time(self._clock.now().timestamp())
            except Unauthenticated:
                del self._verified[token]
                raise
            self._verified.move_to_end(token)
            return known.principal
        if not jwt.looks_like_token(token):
            return None
        known = await self._prove(token)
        if known is None:
            return None
        known.check_time(self._clock.now().timestamp())
        self._forget_withdrawn()
        self._verified[token] = known
        if len(self._verified) > _REMEMBERED:
            self._verified.popitem(last=False)
        return known.principal

    def _forget_withdrawn(self) -> None:
        """Remember nothing once a key was withdrawn: what it signed proves nothing any more."""
        if self._generation != self._provider.keys.generation:
            self._generation = self._provider.keys.generation
            self._verified.clear()

    async def _prove(self, token: str) -> _Verified | None:
        parts = jwt.read(token)
        issuer = parts.claims.get("iss")
        if not isinstance(issuer, str) or issuer not in self._provider.issuers:
            return None
        audience = parts.claims.get("aud")
        if isinstance(audience, str) and audience in self._elsewhere:
            return None
        await self._check_signature(parts)
        known = self._believe(parts.claims)
        return structs.replace(known, principal=LET_IN) if parts.signature == _REMOVED else known

    async def _check_signature(self, parts: jwt.Unverified) -> None:
        if parts.signature == _REMOVED:
            if self._behind_iam:
                return
            raise Unauthenticated(
                "token_signature_removed",
                "Cloud Run checked this token for itself and removed its signature; to the gateway it proves nothing.",
                "Send the platform's token in X-Serverless-Authorization, the gateway's in Authorization, and set "
                "web.serverless = true.",
            )
        kid = jwt.check_header(parts.header, self._provider.algorithms)
        key = await self._provider.keys.find(kid)
        if key is None:
            raise Unauthenticated(
                "token_key_unknown",
                f"The token names a key that is not in the key set of '{self.name}'.",
                "Fetch a new token. If the key set is a file and the issuer has rotated its keys, refresh the file and "
                "restart.",
            )
        if key.algorithm != parts.header["alg"]:
            raise Unauthenticated(
                "token_algorithm",
                f"The token's key is for {key.algorithm}, which is not what the token says.",
                "Send the token unchanged, as it was issued.",
            )
        if not key.fits(parts.signed, parts.signature):
            raise Unauthenticated(
                "token_signature", "The token's signature does not fit.", "Send the token unchanged, as it was issued."
            )

    def _believe(self, claims: Mapping[str, Any]) -> _Verified:
        """Read the claims of a token whose signature fits."""
        provider = self._provider
        audience = claims.get("aud")
        if not isinstance(audience, str) or audience not in provider.audiences:
            raise Unauthenticated(
                "token_audience",
                "The token was made for another audience, or for several.",
                f"Mint it for exactly: {' or '.join(sorted(provider.audiences))}.",
            )
        ends, issued = _seconds(claims, "exp"), _seconds(claims, "iat")
        begins = max(issued, _seconds(claims, "nbf") if "nbf" in claims else issued)
        subject = claims.get("sub")
        if not isinstance(subject, str) or not _plain(subject, _LONGEST_SUBJECT) or not subject.isascii():
            raise Unauthenticated("token_subject", "The token names no subject.", "Mint it for a user or a service.")
        email = _verified_email(claims)
        if provider.emails and email not in provider.emails:
            raise Unauthenticated(
                "email_not_listed",
                f"The provider '{provider.name}' lets in only listed, verified addresses; this token has none of them.",
                "Add the address to its 'emails', and mint the token so that it carries the address.",
            )
        if provider.hosted_domain and claims.get("hd") != provider.hosted_domain:
            raise Unauthenticated(
                "wrong_domain",
                f"The token's user does not belong to the domain {provider.hosted_domain}.",
                "Sign in with an account of that domain.",
            )
        provider.check(claims, provider)
        name = claims.get("name")
        user = provider.kind == "user"
        principal = Principal(
            issuer=str(claims["iss"]),
            subject=subject,
            kind=provider.kind,
            assurance=Assurance.USER if user else Assurance.WORKLOAD,
            authenticated_by=provider.name,
            email=email,
            name=name if isinstance(name, str) and _plain(name, _LONGEST_SUBJECT) else "",
            expires_at=datetime.fromtimestamp(ends, UTC),
        )
        return _Verified(principal, begins, ends)


def _seconds(claims: Mapping[str, Any], name: str) -> int:
    value = claims.get(name)
    if type(value) is not int or not 0 < value < _LATEST:  # a bool is an int to isinstance
        raise Unauthenticated("token_time", f"The token's '{name}' is not a time in whole seconds.", "Mint a new one.")
    return value


def _verified_email(claims: Mapping[str, Any]) -> str:
    """Return the address only when the issuer says that it checked it; it means true, not the word."""
    email = claims.get("email")
    if claims.get("email_verified") is not True or not isinstance(email, str) or not _plain(email, _LONGEST_EMAIL):
        return ""
    return email


def _plain(text: str, longest: int) -> bool:
    """Whether the text can be stored and shown: no control characters, no lone surrogates."""
    return 0 < len(text) <= longest and text.isprintable()
