"""A claim proves one Looker user, once, to one audience, for a few minutes."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import os
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from claim_maker import AUDIENCE, EVE, INSTANCE, KID, NOW, SAM, SECRET, FixedKeys, HonestClaim, verifier
from contract.hostile_tokens import b64, part, sign_hs256
from contract.skew import MOMENTS
from lookgate.claims.blocks import blocks_of
from lookgate.claims.dialect import dialect_named
from lookgate.core.identity import Assurance, Principal
from lookgate.core.ports import LookerUser
from lookgate.errors import Unauthenticated, Unavailable
from lookgate.keys.ring import Key, Ring, retire, rotate
from lookgate.keys.store import FileRings
from lookgate.store.memory import MemoryStore
from lookgate.verify.claim import ClaimVerifier
from lookgate.verify.claim_keys import COOLDOWN, FRESH, RING, RingKeys, TableKeys
from lower_rooms import START, DictDirectory, StillClock, credential, run
from security_counts import Counted


def present(token: str, to: ClaimVerifier | None = None) -> Principal | None:
    return run((to or verifier(StillClock())).verify(credential("bearer", token)))


def refused(token: str, to: ClaimVerifier | None = None) -> str:
    with pytest.raises(Unauthenticated) as raised:
        present(token, to)
    assert raised.value.hint
    return raised.value.code


def test_the_principal_is_the_looker_user_as_the_directory_knows_them_now() -> None:
    assert present(HonestClaim().token()) == Principal(
        issuer=INSTANCE,
        subject="1234",
        kind="user",
        assurance=Assurance.USER,
        authenticated_by="claim",
        email="eve@example.com",
        name="Eve",
        groups=frozenset({"East"}),
        roles=frozenset({"Viewer"}),
        expires_at=START + timedelta(seconds=200),
    )


def test_other_credentials_are_not_its_own() -> None:
    made = verifier(StillClock())
    assert run(made.verify(credential("handle", HonestClaim().token()))) is None
    assert run(made.verify(credential("bearer", "opaque"))) is None
    assert present(HonestClaim().token({"typ": "JWT"})) is None


@pytest.mark.counts("clock skew", "claim")
@pytest.mark.parametrize(("claim", "offset", "accepted"), MOMENTS)
def test_clocks_may_differ_by_thirty_seconds_and_no_more(claim: str, offset: int, accepted: bool) -> None:
    token = HonestClaim().token(claims={"iat": NOW - 100, "exp": NOW + 100} | {claim: NOW + offset})
    if claim == "nbf":  # it is no part of a claim, whatever it says
        assert refused(token) == "claim_content"
    elif accepted:
        assert present(token)
    else:
        assert refused(token) == {"exp": "claim_expired", "iat": "claim_not_yet_valid"}[claim]


def test_a_claim_that_lives_longer_than_five_minutes_is_refused_however_well_it_is_signed() -> None:
    for iat, exp in ((NOW, NOW + 301), (NOW - 10**6, NOW + 100), (NOW, NOW), (NOW + 5, NOW + 4)):
        assert refused(HonestClaim().token(claims={"iat": iat, "exp": exp})) == "claim_time"
    assert present(HonestClaim().token(claims={"iat": NOW, "exp": NOW + 300}))
    for lifetime, seconds in ((60, 61), (10_000, 301)):
        strict = verifier(StillClock(), lifetime=lifetime)
        assert refused(HonestClaim().token(claims={"iat": NOW, "exp": NOW + seconds}), strict) == "claim_time"
        assert present(HonestClaim().token(claims={"iat": NOW, "exp": NOW + seconds - 1}), strict)


@pytest.mark.parametrize("value", [None, "1", 1.5, True, -1, 0, 1 << 40, [1], {"a": 1}])
@pytest.mark.parametrize("name", ["iat", "exp"])
def test_times_are_whole_seconds(name: str, value: object) -> None:
    assert refused(HonestClaim().token(claims={name: value})) in {"claim_time", "token_malformed"}


@pytest.mark.parametrize("value", [None, "", 7, True, ["7"], "a" * 65, "7 ", "7'", "é", "7\n", "7.8"])
def test_the_subject_and_the_nonce_are_plain_words(value: object) -> None:
    assert refused(HonestClaim().token(claims={"sub": value})) == "claim_content"
    if value != "a" * 65:
        assert refused(HonestClaim().token(claims={"jti": value})) == "claim_content"


@pytest.mark.parametrize("name", ["iss", "sub", "aud", "iat", "exp", "jti"])
def test_a_claim_that_says_less_or_more_is_refused(name: str) -> None:
    honest = HonestClaim()
    claims = {**honest.claims, "jti": "x"}
    del claims[name]
    assert refused(sign_hs256(honest.header, claims, SECRET)) == "claim_content"
    assert refused(honest.token(claims={"groups": "admin"})) == "claim_content"


def test_another_instance_s_claim_is_refused() -> None:
    assert refused(HonestClaim().token(claims={"iss": "looker_other"})) == "claim_issuer"
    assert refused(HonestClaim().token(claims={"iss": ["looker_test"]})) == "claim_issuer"


def test_a_forged_claim_is_refused() -> None:
    honest = HonestClaim()
    good = honest.token()
    header, _, mac = good.split(".")
    assert refused(f"{header}.{part({**honest.claims, 'jti': 'x', 'sub': '99'})}.{mac}") == "claim_signature"
    assert refused(HonestClaim(secret=b"guess").token()) == "claim_signature"
    assert refused(f"{good.rpartition('.')[0]}.{b64(base64.urlsafe_b64decode(mac + '=')[:16])}") == "claim_signature"
    assert refused(honest.token({"kid": "k_other001"})) == "claim_key_unknown"
    assert refused(honest.token({"more": 1})) == "claim_header"
    assert present(good)


def test_a_disabled_or_deleted_user_s_claim_is_refused() -> None:
    disabled = verifier(StillClock(), directory=DictDirectory(replace(EVE, enabled=False)))
    assert refused(HonestClaim().token(), disabled) == "user_disabled"
    assert refused(HonestClaim().token(), verifier(StillClock(), directory=DictDirectory())) == "user_missing"


def test_defect_of_the_script_runner_an_expired_claim_passed_because_of_its_unit_and_direction() -> None:
    assert refused(HonestClaim().token(claims={"iat": NOW - 700, "exp": NOW - 400})) == "claim_expired"
    assert refused(HonestClaim().token(claims={"iat": NOW * 1000, "exp": NOW * 1000 + 300})) == "claim_time"
    assert present(HonestClaim().token(claims={"iat": NOW - 1, "exp": NOW + 200}))


def test_defect_of_the_script_runner_the_same_claim_gave_token_after_token() -> None:
    made, token = verifier(StillClock()), HonestClaim().token()
    assert present(token, made)
    assert refused(token, made) == "claim_used"
    assert refused(token, made) == "claim_used"


def test_defect_of_the_script_runner_the_audience_was_never_checked() -> None:
    for audience in ("other", "", AUDIENCE.upper(), f"{AUDIENCE} ", [AUDIENCE], None, f"{AUDIENCE}_x"):
        assert refused(HonestClaim().token(claims={"aud": audience})) == "claim_audience"
    assert present(HonestClaim().token(claims={"aud": "second_audience"}))


def test_defect_of_the_script_runner_a_mac_over_32_byte_blocks_is_not_hmac() -> None:
    honest = HonestClaim()
    text = f"{part(honest.header)}.{part({**honest.claims, 'jti': 'x'})}"
    inner, outer = bytes(byte ^ 0x36 for byte in SECRET), bytes(byte ^ 0x5C for byte in SECRET)
    short = hashlib.sha256(outer + hashlib.sha256(inner + text.encode()).digest()).digest()
    assert refused(f"{text}.{b64(short)}") == "claim_signature"


def test_defect_of_the_script_runner_claims_were_built_by_joining_strings() -> None:
    honest = HonestClaim()
    claims = json.dumps({**honest.claims, "jti": "x"})
    joined = claims.replace('"1234"', '"1234","sub":"99"')
    assert refused(sign_hs256(honest.header, joined, SECRET)) == "token_malformed"
    moved = claims.replace('"1234"', '"12"').replace('"jti": "x"', '"jti": "34x"')
    assert present(sign_hs256(honest.header, moved, SECRET), verifier(StillClock(), directory=DictDirectory(
        replace(EVE, id="12"), EVE)))  # fmt: skip


def test_of_a_thousand_who_present_one_claim_exactly_one_is_let_in(counted: Counted) -> None:
    made, token = verifier(StillClock()), HonestClaim().token()

    async def race() -> Sequence[Any]:
        return await asyncio.gather(
            *(made.verify(credential("bearer", token)) for _ in range(1000)), return_exceptions=True
        )

    answers = run(race())
    won = sum(isinstance(answer, Principal) for answer in answers)
    lost = sum(isinstance(answer, Unauthenticated) and answer.code == "claim_used" for answer in answers)
    counted("replay", "a claim at its verifier", tried=len(answers), bad=won - 1)
    assert (won, lost) == (1, 999)


def test_nobody_can_use_up_another_user_s_nonce() -> None:
    made = verifier(StillClock())
    assert present(HonestClaim().token(claims={"sub": SAM.id, "jti": "guessed_1"}), made)
    assert present(HonestClaim().token(claims={"sub": EVE.id, "jti": "guessed_1"}), made)


def test_a_claim_about_which_nothing_could_be_decided_is_not_used_up() -> None:
    class Down(DictDirectory):
        down = True

        async def user(self, user_id: str) -> LookerUser | None:
            if self.down:
                raise Unavailable("looker_unavailable", "Looker does not answer.", "Try again.")
            return await super().user(user_id)

    directory, token = Down(EVE), HonestClaim().token()
    made = verifier(StillClock(), directory=directory)
    with pytest.raises(Unavailable):
        present(token, made)
    directory.down = False
    assert present(token, made)


def test_a_used_claim_stays_used_after_a_restart_of_the_gateway() -> None:
    store, token = MemoryStore(), HonestClaim().token()
    assert present(token, verifier(StillClock(), consumed=store.consumed))
    assert refused(token, verifier(StillClock(), consumed=store.consumed)) == "claim_used"


def rings(folder: Path) -> FileRings:
    return FileRings(folder, encryption_key=None, random=os.urandom)


def signed_with(key: Key, now: datetime) -> str:
    seconds = int(now.timestamp())
    return HonestClaim(secret=key.raw).token({"kid": key.kid}, {"iat": seconds, "exp": seconds + 300})


def test_rotation_under_load_loses_no_request(tmp_path: Path, counted: Counted) -> None:
    clock, store = StillClock(), rings(tmp_path)

    def turn(ring: Ring) -> Ring:
        return rotate(ring, "HS256", now=clock.now(), random=os.urandom, overlap=timedelta(minutes=10))

    store.change(RING, turn)
    made = verifier(clock, keys=RingKeys(rings(tmp_path)))
    presented = rotations = lost = 0
    waiting: list[str] = []
    for step in range(600):
        signer = store.load(RING).signer(clock.now())
        assert signer is not None
        waiting.append(signed_with(signer, clock.now()))
        if len(waiting) > 25:  # presented up to four minutes after it was signed
            presented += 1
            try:
                present(waiting.pop(0), made)
            except (Unauthenticated, Unavailable):
                lost += 1
        clock.move(10)
        if step % 20 == 19:
            store.change(RING, turn)
            rotations += 1
    counted("key rotation", f"claims, {rotations} rotations", tried=presented, bad=lost)
    assert (rotations, presented) == (30, 575)


@pytest.mark.counts("key rotation", "claim keys: one is retired")
def test_a_retired_key_stops_verifying_at_the_time_it_says(tmp_path: Path) -> None:
    clock, store = StillClock(), rings(tmp_path)
    for _ in range(2):
        store.change(RING, lambda ring: rotate(ring, "HS256", now=clock.now(), random=os.urandom, delay=timedelta()))
        clock.move(5)
    old = store.load(RING).keys[0]
    made = verifier(clock, keys=RingKeys(rings(tmp_path)))
    assert present(signed_with(old, clock.now()), made)
    store.change(RING, lambda ring: retire(ring, old.kid, now=clock.now()))
    assert refused(signed_with(old, clock.now()), made) == "claim_key_unknown"


def test_a_key_of_another_algorithm_verifies_no_claim(tmp_path: Path) -> None:
    ring = rings(tmp_path).change(RING, lambda ring: rotate(ring, "EdDSA", now=START, random=os.urandom))
    made = verifier(StillClock(), keys=RingKeys(rings(tmp_path)))
    assert refused(signed_with(ring.keys[0], START), made) == "claim_key_unknown"


def test_a_ring_that_cannot_be_read_is_told_without_its_place(tmp_path: Path) -> None:
    store = rings(tmp_path)
    key = store.change(RING, lambda ring: rotate(ring, "HS256", now=START, random=os.urandom)).keys[0]
    made = verifier(StillClock(), keys=RingKeys(rings(tmp_path)))
    assert present(signed_with(key, START), made)
    whole = (tmp_path / "claims.json").read_bytes()
    (tmp_path / "claims.json").write_bytes(b"{")
    with pytest.raises(Unavailable) as raised:
        present(signed_with(key, START), made)
    assert str(tmp_path) not in str(raised.value)
    (tmp_path / "claims.json").write_bytes(whole)
    assert present(signed_with(key, START), made)


class Table:
    """A warehouse with a key table."""

    def __init__(self) -> None:
        self.keys: dict[str, tuple[bytes, int]] = {KID: (SECRET, NOW + 1000)}
        self.asked = 0
        self.down = False

    def query(self, sql: str) -> list[tuple[object, ...]]:
        assert "GROUP BY kid" in sql
        self.asked += 1
        if self.down:
            raise Unavailable("warehouse_unavailable", "db.internal does not answer.", "Try again.")
        rows: list[tuple[object, ...]] = [("k_halfrow1", "", "", 0, NOW + 1000)]
        for kid, (secret, ends) in self.keys.items():
            blocks = blocks_of(secret)
            rows.append((kid, blocks.inner.hex(), blocks.outer.hex(), 0, ends))
        return rows

    def execute(self, sql: str, rows: Sequence[object] = ()) -> None:
        raise AssertionError(f"the gateway writes nothing: {sql} {rows}")


def table_keys(table: Table, clock: StillClock) -> TableKeys:
    return TableKeys(table, dialect_named("postgres"), "lookgate_claim_keys", clock)


def test_keys_minted_in_the_warehouse_are_read_once_and_remembered() -> None:
    table, clock = Table(), StillClock()
    made = verifier(clock, keys=table_keys(table, clock))
    for _ in range(5):
        assert present(HonestClaim().token(), made)
    assert table.asked == 1
    clock.seconds += FRESH
    assert present(HonestClaim().token(), made)
    assert table.asked == 2


def test_a_key_that_was_just_minted_is_found_and_a_flood_of_unknown_names_is_not_a_flood_of_queries() -> None:
    table, clock = Table(), StillClock()
    made = verifier(clock, keys=table_keys(table, clock))
    assert present(HonestClaim().token(), made)
    clock.seconds += COOLDOWN
    table.keys["k_new00001"] = (b"n" * 32, NOW + 1000)
    assert present(HonestClaim(secret=b"n" * 32).token({"kid": "k_new00001"}), made)
    for number in range(50):
        assert refused(HonestClaim().token({"kid": f"k_flood{number}"}), made) == "claim_key_unknown"
    assert table.asked == 2


def test_an_outage_of_the_warehouse_loses_no_claim_of_a_known_key_and_never_prolongs_one() -> None:
    table, clock = Table(), StillClock()
    keys = table_keys(table, clock)
    made = verifier(clock, keys=keys)
    assert present(HonestClaim().token(), made)
    table.down = True
    for _ in range(3):
        clock.seconds += FRESH
        assert present(HonestClaim().token(), made)
    with pytest.raises(Unavailable) as raised:
        present(HonestClaim().token({"kid": "k_unknown1"}), made)
    assert "db.internal" not in str(raised.value)
    assert run(keys.find(KID, START + timedelta(seconds=999))) is not None
    assert run(keys.find(KID, START + timedelta(seconds=1000))) is None


def test_a_key_that_the_table_ends_early_ends_early() -> None:
    table, clock = Table(), StillClock()
    made = verifier(clock, keys=table_keys(table, clock))
    assert present(HonestClaim().token(), made)
    table.keys[KID] = (SECRET, NOW - 1)
    clock.seconds += FRESH
    assert refused(HonestClaim().token(), made) == "claim_key_unknown"


def test_concurrent_claims_read_the_keys_once() -> None:
    table, clock = Table(), StillClock()
    made = verifier(clock, keys=table_keys(table, clock))

    async def all_at_once() -> list[Principal | None]:
        tokens = [HonestClaim().token() for _ in range(20)]
        return list(await asyncio.gather(*(made.verify(credential("bearer", token)) for token in tokens)))

    assert all(run(all_at_once()))
    assert table.asked == 1


def test_no_error_repeats_the_claim_or_a_key() -> None:
    keys = FixedKeys()
    for token in (HonestClaim(secret=b"x").token(), HonestClaim().token(claims={"aud": "other"})):
        with pytest.raises(Unauthenticated) as raised:
            present(token, verifier(StillClock(), keys=keys))
        told = str(raised.value)
        assert token not in told
        assert SECRET.hex() not in told
