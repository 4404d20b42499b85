"""Every verifier that takes a token is attacked with every family, and held to the same clock."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest

from contract.hostile_tokens import FAMILIES, Honest, key_set
from lookgate.core.identity import Principal
from lookgate.core.ports import Clock
from lookgate.errors import Unauthenticated
from lookgate.verify.chain import Chain, Verifier
from lookgate.verify.google import google
from lookgate.verify.jwks import parse
from lookgate.verify.oidc import OidcVerifier, Provider
from lower_rooms import START, StillClock, credential, run

NOW = int(START.timestamp())
AUDIENCE = "https://gateway.example.com"
SERVICE = "svc@example.iam.gserviceaccount.com"


def standard(clock: Clock) -> Verifier:
    issuers, audiences = frozenset({"https://idp.example.com"}), frozenset({AUDIENCE})
    return OidcVerifier(Provider("idp", issuers, audiences, parse(key_set()), "user"), clock)


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
GOOGLE = BASE | {"iss": "https://accounts.google.com", "email_verified": True}
VERIFIERS: Mapping[str, tuple[Callable[[Clock], Verifier], Honest]] = {
    "standard": (standard, Honest(BASE | {"iss": "https://idp.example.com"}, NOW)),
    "google service": (google_service, Honest(GOOGLE | {"azp": "1234", "email": SERVICE}, NOW)),
    "google user": (google_user, Honest(GOOGLE | {"hd": "example.com", "email": "ana@example.com"}, NOW)),
}
EVERY_VERIFIER = pytest.mark.parametrize("name", VERIFIERS)


def present(name: str, token: str, clock: StillClock | None = None) -> Principal:
    make, _ = VERIFIERS[name]
    return run(Chain([make(clock or StillClock())]).verify(credential("bearer", token)))


@EVERY_VERIFIER
def test_the_honest_token_which_every_attack_changes_is_accepted(name: str) -> None:
    principal = present(name, VERIFIERS[name][1].token())
    assert principal.subject == "1234"


@EVERY_VERIFIER
@pytest.mark.parametrize("family", FAMILIES)
def test_a_hostile_token_is_refused_before_and_after_an_honest_one(name: str, family: str) -> None:
    make, honest = VERIFIERS[name]
    chain = Chain([make(StillClock())])
    for _ in range(2):
        for token in FAMILIES[family](honest):
            with pytest.raises(Unauthenticated) as refused:
                run(chain.verify(credential("bearer", token)))
            assert token not in refused.value.detail + refused.value.hint
        assert run(chain.verify(credential("bearer", honest.token()))).subject == "1234"


def test_the_count_of_hostile_tokens_accepted_is_zero(capsys: pytest.CaptureFixture[str]) -> None:
    tried = accepted = 0
    for name, (_, honest) in VERIFIERS.items():
        for family in FAMILIES.values():
            for token in family(honest):
                tried += 1
                try:
                    present(name, token)
                except Unauthenticated:
                    continue
                accepted += 1
    with capsys.disabled():
        families, verifiers = len(FAMILIES), len(VERIFIERS)
        print(  # noqa: T201 - the count belongs in the test's output
            f"\nhostile tokens: {families} families x {verifiers} verifiers, {tried} tried, {accepted} accepted"
        )
    assert (len(FAMILIES), accepted) == (17, 0)


@EVERY_VERIFIER
@pytest.mark.parametrize(
    ("claim", "offset", "accepted"),
    [
        ("exp", 60, True),
        ("exp", 1, True),
        ("exp", 0, True),
        ("exp", -29, True),
        ("exp", -30, False),  # RFC 7519, 4.1.4: on or after the time it is over
        ("exp", -31, False),
        ("exp", -60, False),
        ("nbf", -60, True),
        ("nbf", 29, True),
        ("nbf", 30, True),  # RFC 7519, 4.1.5: only before the time it has not begun
        ("nbf", 31, False),
        ("nbf", 60, False),
        ("iat", -60, True),
        ("iat", 29, True),
        ("iat", 30, True),
        ("iat", 31, False),
        ("iat", 60, False),
    ],
)
@pytest.mark.parametrize("remembered", [False, True])
def test_clocks_may_differ_by_thirty_seconds_and_no_more(
    name: str, claim: str, offset: int, accepted: bool, remembered: bool
) -> None:
    make, honest = VERIFIERS[name]
    clock = StillClock()
    chain = Chain([make(clock)])
    presented = credential("bearer", honest.token(claims={"iat": NOW - 900} | {claim: NOW + offset}))
    if remembered:  # proven at a moment when it was good; only the clock moves
        clock.move(-300 if claim == "exp" else 90)
        assert run(chain.verify(presented))
        clock.at = START
    if accepted:
        assert run(chain.verify(presented)).subject == "1234"
    else:
        with pytest.raises(Unauthenticated):
            run(chain.verify(presented))
