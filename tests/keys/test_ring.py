"""A key ring: the newest key signs, live ones verify, rotation overlaps."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lookgate.core.secret import Secret
from lookgate.errors import Conflict, LookgateError, NotFound
from lookgate.keys.ring import KID, Algorithm, Key, Ring, checked, prune, retire, rotate
from lower_rooms import START, CountedBytes

P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551  # FIPS 186-5
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def turned(ring: Ring, at: timedelta = timedelta(), random: CountedBytes | None = None, **more: timedelta) -> Ring:
    return rotate(ring, "HS256", now=START + at, random=random or RANDOM, **more)


RANDOM = CountedBytes()


def test_the_first_key_signs_at_once() -> None:
    ring = turned(Ring("claims"))
    assert ring.signer(START) == ring.keys[0]
    assert ring.state(ring.keys[0], START) == "signing"
    assert ring.keys[0].retire_after is None


def test_a_new_key_verifies_at_once_and_signs_after_the_delay() -> None:
    ring = turned(turned(Ring("claims")), HOUR)
    old, new = ring.keys
    assert ring.find(new.kid, START + HOUR) == new
    assert ring.signer(START + HOUR + 59 * timedelta(seconds=1)) == old
    assert ring.signer(START + HOUR + MINUTE) == new
    assert [ring.state(key, START + HOUR) for key in ring.keys] == ["signing", "waiting"]
    assert [ring.state(key, START + 2 * HOUR) for key in ring.keys] == ["live", "signing"]


def test_an_earlier_key_verifies_until_the_overlap_ends_and_not_a_moment_longer() -> None:
    ring = turned(turned(Ring("claims")), HOUR, overlap=HOUR)
    end = START + HOUR + MINUTE + HOUR
    old = ring.keys[0]
    assert ring.find(old.kid, end - timedelta(microseconds=1)) == old
    assert ring.find(old.kid, end) is None
    assert ring.state(old, end) == "retired"


def test_a_rotation_never_prolongs_a_key() -> None:
    ring = turned(turned(Ring("claims")), HOUR, overlap=HOUR)
    before = ring.keys[0].retire_after
    assert turned(ring, HOUR, overlap=DAY).keys[0].retire_after == before


def test_a_retired_key_neither_signs_nor_verifies_from_that_moment_on() -> None:
    ring = turned(turned(Ring("claims")), HOUR)
    later = START + 2 * HOUR
    left = retire(ring, ring.keys[0].kid, now=later)
    assert left.find(ring.keys[0].kid, later) is None
    assert left.find(ring.keys[0].kid, later - MINUTE) == left.keys[0]
    assert left.signer(later) == left.keys[1]


def test_the_last_key_that_can_sign_is_not_retired() -> None:
    ring = turned(turned(Ring("claims")), HOUR)
    with pytest.raises(Conflict) as refused:
        retire(ring, ring.keys[0].kid, now=START + HOUR)
    assert refused.value.code == "last_key"
    with pytest.raises(NotFound) as missing:
        retire(ring, "k_unknown1", now=START)
    assert missing.value.code == "key_unknown"


def test_a_ring_whose_keys_are_all_retired_gets_one_that_signs_at_once() -> None:
    first = turned(Ring("claims"))
    gone = Ring("claims", (Key("k_gone0001", "HS256", START, START + HOUR, first.keys[0].secret),))
    assert gone.signer(START + DAY) is None
    assert turned(gone, DAY).signer(START + DAY) is not None


def test_long_retired_keys_are_forgotten_and_others_kept() -> None:
    ring = turned(turned(Ring("claims")), HOUR, overlap=HOUR)
    assert prune(ring, now=START + DAY, keep=DAY) == ring
    assert prune(ring, now=START + 3 * DAY, keep=DAY).keys == ring.keys[1:]
    end = START + HOUR + MINUTE + HOUR
    assert prune(ring, now=end + DAY - timedelta(microseconds=1), keep=DAY) == ring
    assert prune(ring, now=end + DAY, keep=DAY).keys == ring.keys[1:]


def test_rotating_in_a_loop_is_refused_before_the_ring_grows() -> None:
    ring = turned(Ring("claims"))
    for _ in range(63):
        ring = turned(ring)
    with pytest.raises(Conflict) as refused:
        turned(ring)
    assert refused.value.code == "ring_rotates_too_often"


@given(steps=st.lists(st.tuples(st.integers(0, 7200), st.integers(0, 300), st.integers(0, 7200)), max_size=12))
def test_whatever_the_rotations_a_ring_that_signs_goes_on_signing_with_keys_that_verify(
    steps: list[tuple[int, int, int]],
) -> None:
    ring, now, random = turned(Ring("claims")), START, CountedBytes()
    for wait, delay, overlap in steps:
        now += timedelta(seconds=wait)
        signer = ring.signer(now)
        assert signer is not None
        assert ring.find(signer.kid, now) == signer
        try:
            ring = rotate(
                ring,
                "HS256",
                now=now,
                random=random,
                delay=timedelta(seconds=delay),
                overlap=timedelta(seconds=overlap),
            )
        except Conflict:
            continue
        for second in range(0, delay + 2, 10):
            after = ring.signer(now + timedelta(seconds=second))
            assert after is not None
            assert after.verifies(now + timedelta(seconds=second))
        # What was signed before the rotation is believed as long as the overlap promises.
        if signer.verifies(now + timedelta(seconds=min(delay + overlap, 1))) and delay + overlap > 1:
            assert ring.find(signer.kid, now + timedelta(seconds=1)) is not None


def test_two_random_keys_never_share_a_name() -> None:
    class Stuck:
        calls = 0

        def __call__(self, size: int, /) -> bytes:
            self.calls += 1
            return bytes([self.calls // 4]) * size

    stuck = Stuck()
    ring = rotate(Ring("claims"), "HS256", now=START, random=stuck)
    ring = rotate(ring, "HS256", now=START, random=stuck)
    ring = rotate(ring, "HS256", now=START, random=stuck)
    assert len({key.kid for key in ring.keys}) == 3
    assert all(KID.fullmatch(key.kid) for key in ring.keys)


class Given:
    """Bytes that a test writes down: first those of the key's name."""

    def __init__(self, *numbers: int) -> None:
        self.numbers = [7, *numbers]

    def __call__(self, size: int, /) -> bytes:
        return self.numbers.pop(0).to_bytes(size)


def test_a_name_is_a_letter_and_80_random_bits() -> None:
    ring = rotate(Ring("claims"), "HS256", now=START, random=Given(1))
    assert ring.keys[0].kid == "k" + "0" * 19 + "7"


@pytest.mark.parametrize("good", [1, P256_ORDER - 1])
def test_the_private_number_of_an_es256_key_is_drawn_until_it_lies_in_the_group(good: int) -> None:
    drawn = rotate(Ring("tokens"), "ES256", now=START, random=Given(0, P256_ORDER, 2**256 - 1, good, 3))
    assert int.from_bytes(drawn.keys[0].raw) == good


@pytest.mark.parametrize("alg", ["HS256", "EdDSA"])
@pytest.mark.parametrize("any_number", [0, 2**256 - 1])
def test_any_32_bytes_are_a_key_of_the_other_algorithms(alg: Algorithm, any_number: int) -> None:
    drawn = rotate(Ring("tokens"), alg, now=START, random=Given(any_number))
    assert int.from_bytes(drawn.keys[0].raw) == any_number


def test_neither_key_nor_ring_shows_its_secret() -> None:
    ring = turned(Ring("claims"))
    secret = ring.keys[0].secret.reveal()
    assert secret not in repr(ring) + str(ring) + ring.keys[0].fingerprint


@pytest.mark.parametrize(
    "key",
    [
        Key("short", "HS256", START, None, Secret("A" * 43)),
        Key("../../etc/x", "HS256", START, None, Secret("A" * 43)),
        Key("k_good0001", "HS256", START, None, Secret("A" * 42)),
        Key("k_good0001", "HS256", START, None, Secret("A" * 44)),
        Key("k_good0001", "HS256", START, None, Secret("A" * 42 + "=")),
        Key("k_good0001", "HS256", START, None, Secret("A" * 42 + "\n")),
        Key("k_good0001", "HS256", START, None, Secret("")),
    ],
)
def test_a_malformed_key_is_refused(key: Key) -> None:
    with pytest.raises(LookgateError) as refused:
        checked(Ring("claims", (key,)))
    assert refused.value.code == "ring_damaged"


def test_a_negative_or_endless_duration_is_refused() -> None:
    longest = turned(turned(Ring("claims")), delay=3650 * DAY, overlap=3650 * DAY)
    assert longest.keys[0].retire_after == START + 7300 * DAY
    for wrong in (-MINUTE, 3651 * DAY):
        with pytest.raises(ValueError, match="duration"):
            turned(Ring("claims"), delay=wrong)
        with pytest.raises(ValueError, match="duration"):
            turned(Ring("claims"), overlap=wrong)
