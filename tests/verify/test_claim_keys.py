"""How the keys of claims are kept at hand: never an old one, never a wait for what is known."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence

import pytest

from lookgate.claims.blocks import blocks_of
from lookgate.claims.dialect import dialect_named
from lookgate.core.secret import Secret
from lookgate.errors import LookgateError, Unavailable
from lookgate.keys.ring import Key, Ring
from lookgate.verify.claim_keys import COOLDOWN, RingKeys, TableKeys
from lower_rooms import START, StillClock, run
from token_maker import OneRing

KID, SECRET, ENDS = "k_known001", b"s" * 32, int(START.timestamp()) + 1000


class Keys(OneRing):
    """``Rings`` with one ring, or with none that can be read."""

    def load(self, name: str) -> Ring:
        assert name == "claims"
        if not self.ring.keys:
            raise LookgateError("ring_damaged", "/etc/keys/claims.json is damaged.")
        return self.ring


def ring_with(letter: str) -> Ring:
    return Ring("claims", (Key(KID, "HS256", START, None, Secret(letter * 43)),))


class SlowTable:
    """A warehouse with one key; its answer may take a while of the clock, or until a test lets it go."""

    def __init__(self, clock: StillClock) -> None:
        self.clock, self.asked, self.takes = clock, 0, 0.0
        self.gate, self.reached = threading.Event(), threading.Event()
        self.gate.set()
        self.down = False

    def query(self, sql: str) -> list[tuple[object, ...]]:
        assert sql
        self.asked += 1
        self.reached.set()
        assert self.gate.wait(20)
        self.clock.seconds += self.takes
        if self.down:
            raise Unavailable("warehouse_unavailable", "db.internal does not answer.", "Try again.")
        blocks = blocks_of(SECRET)
        return [(KID, blocks.inner.hex(), blocks.outer.hex(), 0, ENDS)]

    def execute(self, sql: str, rows: Sequence[object] = ()) -> None:
        raise AssertionError(f"the gateway writes nothing: {sql} {rows}")


def keys_of(table: SlowTable) -> TableKeys:
    return TableKeys(table, dialect_named("postgres"), "lookgate_claim_keys", table.clock)


def test_a_ring_that_was_replaced_is_believed_even_where_a_key_has_the_name_of_another_one() -> None:
    rings = Keys(ring_with("A"))
    keys = RingKeys(rings)
    first = run(keys.find(KID, START))
    assert run(keys.find(KID, START)) is first
    rings.ring = ring_with("E")
    second = run(keys.find(KID, START))
    assert second is not None
    assert second != first
    assert run(keys.find(KID, START)) is second


def test_keys_that_cannot_be_read_name_the_command_that_shows_why_and_keep_the_cause_to_the_log() -> None:
    table = SlowTable(StillClock())
    table.down = True
    for keys, command in ((RingKeys(Keys(Ring("claims"))), "keys list"), (keys_of(table), "claims probe")):
        with pytest.raises(Unavailable) as raised:
            run(keys.find(KID, START))
        assert raised.value.code == "claim_keys_unavailable"
        assert raised.value.hint == f"Try again. An admin finds the cause with: lookgate {command}."
        assert isinstance(raised.value.__cause__, LookgateError)


def test_those_who_waited_for_a_slow_answer_do_not_ask_again() -> None:
    table = SlowTable(StillClock())
    table.takes = COOLDOWN
    keys = keys_of(table)

    async def together() -> list[object]:
        return list(await asyncio.gather(*(keys.find(KID, START) for _ in range(3))))

    assert all(run(together()))
    assert table.asked == 1


def test_a_known_key_does_not_wait_while_an_unknown_one_is_asked_for() -> None:
    table = SlowTable(StillClock())
    keys = keys_of(table)

    async def meanwhile() -> None:
        assert await keys.find(KID, START)
        table.clock.seconds += COOLDOWN
        table.gate.clear()
        table.reached.clear()
        unknown = asyncio.create_task(keys.find("k_unknown1", START))
        assert await asyncio.to_thread(table.reached.wait, 20)
        known = asyncio.create_task(keys.find(KID, START))
        for _ in range(10):
            await asyncio.sleep(0)
        waited = not known.done()
        table.gate.set()
        assert await unknown is None
        assert await known
        assert not waited

    run(meanwhile())
