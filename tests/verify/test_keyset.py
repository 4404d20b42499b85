"""Published keys: what an issuer's failures and rotations cost, with time and network passed in."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise

import pytest

from contract.hostile_tokens import KID, Honest, key, public_jwk, sign
from lookgate.core.ports import Fetched
from lookgate.errors import Unauthenticated, Unavailable
from lookgate.verify.discovery import Discovery
from lookgate.verify.keyset import (
    COOLDOWN,
    LONGEST_LIFE,
    PATIENCE,
    SHORTEST_LIFE,
    STALE,
    USUAL_LIFE,
    PublishedKeys,
    life_of,
)
from lookgate.verify.oidc import OidcVerifier, Provider
from lower_rooms import START, StillClock, credential, run
from security_counts import Counted

NOW = int(START.timestamp())
ISSUER = "https://idp.example.com"
HONEST = Honest({"iss": ISSUER, "aud": "me", "sub": "1234", "iat": NOW - 60, "exp": NOW + 10 * 3600}, NOW)
KEYS_URL = f"{ISSUER}/keys"


def key_sets(*names: str) -> bytes:
    """Return a key set with a key of each name; ``KID`` is the one that ``HONEST`` signs with."""
    return json.dumps({"keys": [public_jwk(key() if name == KID else key(name), name) for name in names]}).encode()


@dataclass
class Issuer:
    """``core.ports.Fetch``: an issuer whose key server does as a test tells it."""

    keys: bytes = field(default_factory=lambda: key_sets(KID))
    cache_control: str = ""
    down: bool = False
    asked: list[str] = field(default_factory=list)
    gate: asyncio.Event | None = None
    """While set and not fired, an answer waits: the server is slow."""
    waiting: asyncio.Event = field(default_factory=asyncio.Event)
    """Fired once somebody waits at the gate."""

    async def __call__(self, url: str, /) -> Fetched:
        self.asked.append(url)
        if self.gate is not None:
            self.waiting.set()
            await self.gate.wait()
        if self.down:
            raise Unavailable("fetch_failed", "The host does not answer.", "Try again.")
        if url.endswith("/.well-known/openid-configuration"):
            return Fetched(json.dumps({"issuer": ISSUER, "jwks_uri": KEYS_URL}).encode())
        return Fetched(self.keys, self.cache_control)

    @property
    def fetches(self) -> int:
        return self.asked.count(f"{ISSUER}/.well-known/openid-configuration")


class Gate:
    """A verifier over an issuer, and the count of requests that it lost."""

    def __init__(self, patience: float = PATIENCE) -> None:
        self.issuer = Issuer()
        self.clock = StillClock()
        discovery = Discovery(ISSUER, "idp.example.com", self.issuer)
        source = PublishedKeys(discovery, self.clock, name="idp", patience=patience)
        provider = Provider("idp", frozenset({ISSUER}), frozenset({"me"}), source, "user")
        self.verifier = OidcVerifier(provider, self.clock)
        self.sent = self.lost = 0

    async def call(self, token: str) -> str:
        """Present a token; return the code of the refusal, or an empty text."""
        self.sent += 1
        try:
            assert await self.verifier.verify(credential("bearer", token)) is not None
        except (Unauthenticated, Unavailable) as refused:
            self.lost += 1
            return refused.code
        return ""

    async def hour(self, token: Callable[[int], str], *, step: int = 5, seconds: int = 3600) -> None:
        """Present a token every few seconds: one that was seen before, and one that was not."""
        for second in range(0, seconds, step):
            for text in (token(0), token(second + 1)):
                await self.call(text)
            self.clock.move(step)


def by(name: str = KID) -> Callable[[int], str]:
    """Return what makes tokens signed with the key of that name, told apart by a number."""
    private = key() if name == KID else key(name)
    return lambda number: sign(HONEST.header | {"kid": name}, dict(HONEST.claims) | {"jti": number}, private)


def test_nothing_is_asked_before_the_first_token_of_this_issuer() -> None:
    gate = Gate()
    token = HONEST.token(claims={"iss": "https://other.example.com"})
    assert run(gate.verifier.verify(credential("bearer", token))) is None
    assert gate.issuer.asked == []


def test_the_configuration_leads_to_the_keys_and_both_are_asked_for_once() -> None:
    async def story() -> None:
        gate = Gate()
        for number in range(20):
            assert await gate.call(by()(number)) == ""
        assert gate.issuer.asked == [f"{ISSUER}/.well-known/openid-configuration", KEYS_URL]

    run(story())


async def _outage(gate: Gate, spoil: Callable[[Issuer], None]) -> None:
    """An hour of calls in which the key server fails after the first one."""
    await gate.call(by()(0))
    spoil(gate.issuer)
    await gate.hour(by())


def _down(issuer: Issuer) -> None:
    issuer.down = True


def _answers(body: bytes) -> Callable[[Issuer], None]:
    def spoil(issuer: Issuer) -> None:
        issuer.keys = body

    return spoil


OUTAGES: dict[str, Callable[[Issuer], None]] = {
    "down": _down,
    "empty answer": _answers(b""),
    "no keys": _answers(b'{"keys": []}'),
    "an error page": _answers(b"<html>busy</html>"),
    "only keys of other kinds": _answers(b'{"keys": [{"kty": "oct", "kid": "x"}]}'),
    "a private key": _answers(json.dumps({"keys": [public_jwk(key(), KID) | {"d": "AQAB"}]}).encode()),
}


def test_no_request_is_lost_while_the_key_server_fails_for_an_hour(counted: Counted) -> None:
    for name, spoil in OUTAGES.items():
        gate = Gate()
        run(_outage(gate, spoil))
        counted("key rotation", f"key server fails for an hour: {name}", tried=gate.sent, bad=gate.lost)
        assert (gate.sent, gate.lost) == (1441, 0)
        assert gate.issuer.fetches <= 3600 / COOLDOWN


def test_no_request_is_lost_while_the_key_server_is_slow_and_all_wait_for_one_answer(counted: Counted) -> None:
    async def story() -> tuple[int, int, int]:
        gate = Gate()
        await gate.call(by()(0))
        gate.clock.move(LONGEST_LIFE)
        gate.issuer.gate = asyncio.Event()
        waiting = [asyncio.create_task(gate.call(by()(number))) for number in range(200)]
        await gate.issuer.waiting.wait()
        gate.issuer.down = True  # in the end it does not answer at all
        gate.issuer.gate.set()
        assert set(await asyncio.gather(*waiting)) == {""}
        return gate.sent, gate.lost, gate.issuer.fetches

    sent, lost, fetches = run(story())
    counted("key rotation", "key server is slow, then down", tried=sent, bad=lost)
    assert (lost, fetches) == (0, 2)


def test_no_request_is_lost_while_keys_rotate_under_load(counted: Counted) -> None:
    async def story() -> tuple[int, int, int]:
        gate = Gate()
        names = [KID, *(f"key-{number}" for number in range(2, 8))]
        for old, new in pairwise(names):
            gate.issuer.keys = key_sets(old, new)
            await gate.hour(by(new), seconds=120)  # the new key signs at once
            await gate.hour(by(old), seconds=60)
            gate.issuer.keys = key_sets(new)
        return gate.sent, gate.lost, len(names) - 1

    sent, lost, rotations = run(story())
    counted("key rotation", f"an issuer's keys, {rotations} rotations", tried=sent, bad=lost)


@pytest.mark.counts("key rotation", "old key withdrawn")
def test_a_withdrawn_key_is_refused_with_the_next_fetch_even_for_a_token_that_was_remembered() -> None:
    async def story() -> None:
        gate = Gate()
        assert await gate.call(by()(0)) == ""
        gate.issuer.keys = key_sets("new")
        gate.clock.move(USUAL_LIFE - 1)
        assert await gate.call(by()(0)) == ""  # nobody knows yet
        gate.clock.move(1)
        assert await gate.call(by()(0)) == "token_key_unknown"
        assert await gate.call(by("new")(0)) == ""

    run(story())


@pytest.mark.counts("key rotation", "old key withdrawn")
def test_a_withdrawn_key_does_not_come_back_when_the_key_server_fails() -> None:
    async def story() -> None:
        gate = Gate()
        assert await gate.call(by()(0)) == ""
        gate.issuer.keys = key_sets("new")
        gate.clock.move(COOLDOWN)
        assert await gate.call(by("new")(0)) == ""
        gate.issuer.down = True
        for _ in range(100):
            gate.clock.move(COOLDOWN)
            assert await gate.call(by()(0)) in {"token_key_unknown", "key_set_unavailable"}
            assert await gate.call(by("new")(0)) == ""

    run(story())


@pytest.mark.counts("key rotation", "old key withdrawn")
def test_another_key_under_the_same_name_ends_what_the_first_one_signed() -> None:
    async def story() -> None:
        gate = Gate()
        assert await gate.call(by()(0)) == ""
        gate.issuer.keys = json.dumps({"keys": [public_jwk(key("another"), KID)]}).encode()
        gate.clock.move(USUAL_LIFE)
        assert await gate.call(by()(0)) == "token_signature"

    run(story())


@pytest.mark.counts("key rotation", "old key withdrawn")
def test_what_other_keys_signed_is_proven_anew_after_a_withdrawal_and_not_lost() -> None:
    async def story() -> None:
        gate = Gate()
        gate.issuer.keys = key_sets(KID, "other")
        assert [await gate.call(by(name)(0)) for name in (KID, "other")] == ["", ""]
        gate.issuer.keys = key_sets("other")
        gate.clock.move(USUAL_LIFE)
        assert [await gate.call(by(name)(0)) for name in (KID, "other")] == ["token_key_unknown", ""]

    run(story())


def test_unknown_names_make_it_ask_once_in_each_cooldown_however_many_come() -> None:
    async def story() -> None:
        gate = Gate()
        await gate.call(by()(0))
        for _ in range(5):
            gate.clock.move(COOLDOWN)
            before = gate.issuer.fetches
            codes = {await gate.call(HONEST.token({"kid": f"made-up-{number}"})) for number in range(50)}
            assert codes == {"token_key_unknown"}
            assert gate.issuer.fetches == before + 1

    run(story())


def test_an_unknown_name_is_not_said_to_be_unknown_while_the_issuer_does_not_answer() -> None:
    async def story() -> None:
        gate = Gate()
        await gate.call(by()(0))
        gate.issuer.down = True
        gate.clock.move(COOLDOWN)
        assert await gate.call(by("new")(0)) == "key_set_unavailable"

    run(story())


def test_after_the_longest_outage_nothing_is_verified_not_even_what_is_remembered() -> None:
    async def story() -> None:
        gate = Gate()
        await gate.call(by()(0))
        gate.issuer.down = True
        gate.clock.move(USUAL_LIFE + STALE - 1)
        assert [await gate.call(by()(number)) for number in (0, 1)] == ["", ""]
        gate.clock.move(1)
        assert [await gate.call(by()(number)) for number in (0, 2)] == ["key_set_unavailable"] * 2
        gate.issuer.down = False
        gate.clock.move(COOLDOWN)
        assert [await gate.call(by()(number)) for number in (0, 2)] == ["", ""]

    run(story())


def test_without_any_key_set_the_call_is_unavailable_and_the_next_one_tries_again_after_the_cooldown() -> None:
    async def story() -> None:
        gate = Gate()
        gate.issuer.down = True
        assert [await gate.call(by()(number)) for number in range(10)] == ["key_set_unavailable"] * 10
        assert gate.issuer.fetches == 1
        gate.issuer.down = False
        gate.clock.move(COOLDOWN)
        assert await gate.call(by()(0)) == ""

    run(story())


def test_a_caller_who_hangs_up_does_not_fail_the_others_who_wait_for_the_same_keys() -> None:
    async def story() -> None:
        gate = Gate()
        gate.issuer.gate = asyncio.Event()
        first, second = (asyncio.create_task(gate.call(by()(number))) for number in range(2))
        await gate.issuer.waiting.wait()
        first.cancel()
        gate.issuer.gate.set()
        assert await second == ""
        assert gate.issuer.fetches == 1
        with pytest.raises(asyncio.CancelledError):
            await first

    run(story())


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("", USUAL_LIFE),
        ("public", USUAL_LIFE),
        ("public, max-age=1800, must-revalidate", 1800),
        ("MAX-AGE = 1800", 1800),
        ('max-age="1800"', 1800),
        ("max-age=19845", LONGEST_LIFE),
        ("max-age=9999999999", LONGEST_LIFE),
        ("max-age=0", SHORTEST_LIFE),
        ("max-age=1", SHORTEST_LIFE),
        ("max-age=1800, no-cache", SHORTEST_LIFE),
        ("no-store", SHORTEST_LIFE),
        ("max-age=1800, max-age=900", 900),
        ("max-age=-1", USUAL_LIFE),
        ("max-age=1e9", USUAL_LIFE),
        ("s-maxage=1800", USUAL_LIFE),
        ("x" * 5000, USUAL_LIFE),
    ],
)
def test_a_set_is_kept_as_long_as_the_issuer_says_within_our_bounds(header: str, seconds: float) -> None:
    assert life_of(header) == seconds


def test_the_issuers_own_life_of_the_set_is_kept_to() -> None:
    async def story() -> None:
        gate = Gate()
        gate.issuer.cache_control = "max-age=1800"
        await gate.call(by()(0))
        gate.clock.move(1799)
        await gate.call(by()(1))
        assert gate.issuer.fetches == 1
        gate.clock.move(1)
        await gate.call(by()(2))
        assert gate.issuer.fetches == 2

    run(story())


def _old_set(gate: Gate) -> None:
    """The set's life is over, and the key server hangs."""
    gate.clock.move(LONGEST_LIFE)
    gate.issuer.gate = asyncio.Event()


def test_while_the_key_server_hangs_the_first_tokens_wait_a_moment_and_the_others_not_at_all(counted: Counted) -> None:
    async def story() -> tuple[int, int]:
        gate = Gate(patience=0.05)
        await gate.call(by()(0))
        _old_set(gate)
        first = [asyncio.create_task(gate.call(by()(number))) for number in range(100)]
        assert set(await asyncio.gather(*first)) == {""}
        assert gate.issuer.waiting.is_set()
        for number in (0, *range(1000, 1100)):  # one that is remembered, and others
            later = asyncio.create_task(gate.call(by()(number)))
            for _ in range(5):
                await asyncio.sleep(0)
            assert later.done()  # by turns of the loop alone: nothing was waited for
            assert later.result() == ""
        assert gate.issuer.fetches == 2
        return gate.sent, gate.lost

    sent, lost = run(story())
    counted("key rotation", "key server hangs", tried=sent, bad=lost)


def test_a_server_that_hung_is_heard_when_it_answers_and_what_it_withdrew_is_gone() -> None:
    async def story() -> None:
        gate = Gate(patience=0.01)
        await gate.call(by()(0))
        _old_set(gate)
        assert await gate.call(by()(0)) == ""
        gate.issuer.keys = key_sets("new")
        assert gate.issuer.gate is not None
        gate.issuer.gate.set()
        assert await gate.call(by("new")(0)) == ""  # whose key nobody knew waits for the answer
        assert await gate.call(by()(0)) == "token_key_unknown"
        assert gate.issuer.fetches == 2

    run(story())


def test_a_server_that_hangs_on_is_asked_once_in_each_cooldown_and_never_twice_at_a_time() -> None:
    async def story() -> None:
        gate = Gate(patience=0.01)
        await gate.call(by()(0))
        _old_set(gate)
        for _ in range(20):
            gate.clock.move(COOLDOWN)
            assert await gate.call(by()(0)) == ""
        assert gate.issuer.fetches == 2
        gate.issuer.down = True
        assert gate.issuer.gate is not None
        gate.issuer.gate.set()
        assert await gate.call(by("new")(0)) == "key_set_unavailable"
        for _ in range(20):
            assert await gate.call(by()(0)) == ""
        assert gate.issuer.fetches == 2
        gate.clock.move(COOLDOWN)
        assert await gate.call(by()(0)) == ""
        for _ in range(10):
            await asyncio.sleep(0)
        assert gate.issuer.fetches == 3

    run(story())
