"""Tokens of a local Google at the gateway's own verifier: by every way they are made, and on a bad day."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

import pytest

from local_google import GOOGLES_KEYS, SCHEDULER, SERVICE, UPDATER, GoogleFetch, LocalGoogle, google_part, make_google
from lookgate.core.identity import Principal
from lookgate.errors import Unauthenticated, Unavailable
from lookgate.verify.discovery import Discovery
from lookgate.verify.google import ISSUER, KEYS_HOST, google
from lookgate.verify.keyset import COOLDOWN, LONGEST_LIFE, STALE, PublishedKeys
from lookgate.verify.oidc import OidcVerifier
from lower_rooms import StillClock, credential, run

AUDIENCE = "https://gateway.example"
JOB = {
    "name": "renew",
    "uri": "http://127.0.0.1:1/",
    "schedule": "0 * * * *",
    "account": "scheduler",
    "audience": AUDIENCE,
}


@dataclass
class Pair:
    """A local Google and a gateway's verifier, with clocks that go alike."""

    local: LocalGoogle = field(
        default_factory=lambda: make_google(google_part(jwks_uri=GOOGLES_KEYS, jobs=[JOB], metadata_cache=False))
    )

    def __post_init__(self) -> None:
        self.clock = StillClock(self.local.clock())
        self.fetch = GoogleFetch(self.local)
        keys = PublishedKeys(Discovery(ISSUER, KEYS_HOST, self.fetch), self.clock, name="google")
        emails = frozenset({UPDATER, SCHEDULER, SERVICE})
        provider = google(name="google", audiences=frozenset({AUDIENCE}), keys=keys, kind="service", emails=emails)
        self.verifier = OidcVerifier(provider, self.clock)

    def move(self, seconds: float) -> None:
        self.clock.move(seconds)
        self.local.clock.forward(seconds=seconds)

    def verify(self, token: str) -> Principal:
        found = run(self.verifier.verify(credential("bearer", token)))
        assert found is not None
        return found

    def fresh(self, form: str = "full") -> str:
        answer = self.local.metadata("instance/service-accounts/default/identity", audience=AUDIENCE, format=form)
        return answer.text


@pytest.fixture
def pair() -> Pair:
    return Pair()


def refused(pair: Pair, token: str) -> str:
    with pytest.raises(Unauthenticated) as found:
        pair.verify(token)
    return found.value.code


def test_a_token_of_the_metadata_server_of_iam_and_of_the_scheduler_proves_its_account(pair: Pair) -> None:
    assert pair.verify(pair.fresh()).email == UPDATER
    answer = pair.local.iam(SERVICE, "generateIdToken", {"audience": AUDIENCE, "includeEmail": True})
    assert pair.verify(json.loads(answer.body)["token"]).email == SERVICE
    pair.local.tick(hours=1)
    pair.clock.move(3600)
    sent = pair.local.calls[0].headers["Authorization"].removeprefix("Bearer ")
    assert pair.verify(sent).email == SCHEDULER


def test_a_token_that_names_no_address_or_another_audience_proves_nothing(pair: Pair) -> None:
    refused(pair, pair.fresh("standard"))
    answer = pair.local.metadata(
        "instance/service-accounts/default/identity", audience="https://other.example", format="full"
    )
    refused(pair, answer.text)


def test_a_new_key_is_found_when_it_is_first_used_and_the_old_one_still_holds(pair: Pair) -> None:
    old = pair.fresh()
    pair.verify(old)
    pair.local.control("keys/rotate")
    pair.move(COOLDOWN)
    assert pair.verify(pair.fresh()).email == UPDATER
    assert pair.verify(old).email == UPDATER
    assert len(pair.fetch.fetched) == 4


def test_what_a_withdrawn_key_signed_is_refused_once_its_absence_was_seen(pair: Pair) -> None:
    old = pair.fresh()
    pair.verify(old)
    pair.local.control("keys/withdraw")
    pair.move(COOLDOWN)
    pair.verify(pair.fresh())
    refused(pair, old)


def test_while_the_keys_are_down_known_ones_serve_for_a_while_and_then_nothing_is_verified(pair: Pair) -> None:
    pair.verify(pair.fresh())
    pair.local.control("faults", {"certs_down": 1})
    pair.move(LONGEST_LIFE + STALE - 1)
    assert pair.verify(pair.fresh()).email == UPDATER
    pair.move(COOLDOWN)
    with pytest.raises(Unavailable):
        pair.verify(pair.fresh())
    pair.local.control("faults", {"certs_down": 0})
    pair.move(COOLDOWN)
    assert pair.verify(pair.fresh()).email == UPDATER


@pytest.mark.parametrize("fault", ["certs_stale", "certs_empty"])
def test_a_key_set_without_the_key_lets_nobody_in(pair: Pair, fault: str) -> None:
    pair.local.control("keys/rotate")
    pair.local.control("faults", {fault: 1})
    with pytest.raises((Unauthenticated, Unavailable)):
        pair.verify(pair.fresh())


@pytest.mark.parametrize(
    ("off", "verdict"), [(29, ""), (90, "token_not_yet_valid"), (-3600 + 10, ""), (-3700, "token_expired")]
)
def test_a_clock_that_is_off_is_forgiven_half_a_minute_and_no_more(pair: Pair, off: int, verdict: str) -> None:
    pair.local.control("faults", {"clock_off": off})
    if verdict:
        assert refused(pair, pair.fresh()) == verdict
    else:
        assert pair.verify(pair.fresh()).email == UPDATER
