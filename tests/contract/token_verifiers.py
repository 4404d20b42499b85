"""Every verifier of tokens that others sign, each with a token that it accepts."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Literal

from contract import curve_tokens
from contract.hostile_tokens import KID, Honest, key, key_for, key_set, public_jwk
from lookgate.core.ports import Clock
from lookgate.verify.chain import Verifier
from lookgate.verify.google import google
from lookgate.verify.jwks import parse
from lookgate.verify.keyset import Published, PublishedKeys
from lookgate.verify.oidc import OidcVerifier, Provider
from lookgate.verify.signature import Algorithm
from lower_rooms import START

NOW = int(START.timestamp())
AUDIENCE = "https://gateway.example.com"
SERVICE = "svc@example.iam.gserviceaccount.com"


def standard(clock: Clock) -> Verifier:
    issuers, audiences = frozenset({"https://idp.example.com"}), frozenset({AUDIENCE})
    return OidcVerifier(Provider("idp", issuers, audiences, parse(key_set()), "user"), clock)


def on_curve(algorithm: Literal["ES256", "EdDSA"]) -> Callable[[Clock], Verifier]:
    """Return what makes a verifier of one algorithm, whose key set holds keys of the others too."""
    own = [public_jwk(key_for(algorithm), KID), public_jwk(key("another"), "rsa"), *curve_tokens.extra_keys()]
    keys = parse(json.dumps({"keys": own}))
    issuers, audiences = frozenset({"https://idp.example.com"}), frozenset({AUDIENCE})

    def make(clock: Clock) -> Verifier:
        allowed: frozenset[Algorithm] = frozenset({algorithm})
        return OidcVerifier(Provider("idp", issuers, audiences, keys, "user", algorithms=allowed), clock)

    return make


def published(clock: Clock) -> Verifier:
    """Every algorithm is allowed, and the issuer publishes a key of each."""
    all_three: tuple[Algorithm, ...] = ("RS256", "ES256", "EdDSA")
    own = [public_jwk(key_for(name), KID if name == "ES256" else name) for name in all_three]
    keys = parse(json.dumps({"keys": [*own, *curve_tokens.extra_keys()]}))

    async def publish() -> Published:
        return Published(keys, 600)

    issuers, audiences = frozenset({"https://idp.example.com"}), frozenset({AUDIENCE})
    source = PublishedKeys(publish, clock, name="idp")
    return OidcVerifier(Provider("idp", issuers, audiences, source, "user", algorithms=frozenset(all_three)), clock)


def google_service(clock: Clock) -> Verifier:
    provider = google(
        name="google",
        audiences=frozenset({AUDIENCE}),
        keys=parse(key_set()),
        kind="service",
        emails=frozenset({SERVICE}),
    )
    return OidcVerifier(provider, clock)


def google_user(clock: Clock) -> Verifier:
    provider = google(
        name="google", audiences=frozenset({AUDIENCE}), keys=parse(key_set()), kind="user", hosted_domain="example.com"
    )
    return OidcVerifier(provider, clock)


BASE = {"aud": AUDIENCE, "sub": "1234", "iat": NOW - 60, "exp": NOW + 3600}
STANDARD = BASE | {"iss": "https://idp.example.com"}
GOOGLE = BASE | {"iss": "https://accounts.google.com", "email_verified": True}
VERIFIERS: Mapping[str, tuple[Callable[[Clock], Verifier], Honest]] = {
    "standard": (standard, Honest(STANDARD, NOW)),
    "standard ES256": (on_curve("ES256"), Honest(STANDARD, NOW, "ES256")),
    "standard EdDSA": (on_curve("EdDSA"), Honest(STANDARD, NOW, "EdDSA")),
    "published, all three": (published, Honest(STANDARD, NOW, "ES256")),
    "google service": (google_service, Honest(GOOGLE | {"azp": "1234", "email": SERVICE}, NOW)),
    "google user": (google_user, Honest(GOOGLE | {"hd": "example.com", "email": "ana@example.com"}, NOW)),
}
