"""How the keys of claims are kept at hand: never an old one, never a wait for what is known."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from lookgate.claims.blocks import blocks_of
from lookgate.claims.dialect import dialect_named
from lookgate.claims.format import LONGEST_LIFE
from lookgate.core.secret import Secret
from lookgate.errors import LookgateError, Unavailable
from lookgate.keys.ring import Key, Ring
from lookgate.verify.claim import LEEWAY
from lookgate.verify.claim_keys import COOLDOWN, FRESH, RingKeys, TableKeys
from lower_rooms import START, StillClock, run
from security_counts import Counted
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


class OpenTable(SlowTable):
    """A table in which somebody else writes."""

    def __init__(self, clock: StillClock) -> None:
        super().__init__(clock)
        blocks = blocks_of(SECRET)
        self.good = (KID, blocks.inner.hex(), blocks.outer.hex(), 0, ENDS)
        self.rows: list[tuple[object, ...]] = [self.good]

    def query(self, sql: str) -> list[tuple[object, ...]]:
        super().query(sql)
        return self.rows


BLOCK = "36" * 64
NO_KEYS: dict[str, tuple[object, ...]] = {
    "no end": ("k_bad", BLOCK, BLOCK, 0, None),
    "no block": ("k_bad", None, BLOCK, 0, ENDS),
    "short block": ("k_bad", "36", BLOCK, 0, ENDS),
    "no hex": ("k_bad", "z" * 128, BLOCK, 0, ENDS),
    "bytes": ("k_bad", b"6" * 128, BLOCK, 0, ENDS),
    "infinity": ("k_bad", BLOCK, BLOCK, 0, float("inf")),
    "no number": ("k_bad", BLOCK, BLOCK, 0, float("nan")),
    "huge": ("k_bad", BLOCK, BLOCK, 0, 10**400),
    "a fraction": ("k_bad", BLOCK, BLOCK, 0, "1.5"),
    "text": ("k_bad", BLOCK, BLOCK, 0, "tomorrow"),
    "a date": ("k_bad", BLOCK, BLOCK, 0, START),
}


@pytest.mark.counts("chaos", "rows that are no keys")
@pytest.mark.parametrize("row", NO_KEYS.values(), ids=NO_KEYS.keys())
def test_a_row_that_is_no_key_is_none_and_spoils_no_other(row: tuple[object, ...]) -> None:
    table = OpenTable(StillClock())
    table.rows = [row, table.good]
    keys = keys_of(table)
    assert run(keys.find(KID, START))
    assert run(keys.find("k_bad", START)) is None


@pytest.mark.parametrize("ends", [ENDS, str(ENDS), float(ENDS), Decimal(ENDS), Decimal(f"{ENDS}.000")])
def test_a_number_is_read_in_whatever_type_the_driver_gives_it(ends: object) -> None:
    table = OpenTable(StillClock())
    table.rows = [(*table.good[:-1], ends)]
    keys = keys_of(table)
    assert run(keys.find(KID, datetime.fromtimestamp(ENDS - 1, UTC)))
    assert run(keys.find(KID, datetime.fromtimestamp(ENDS, UTC))) is None


def test_a_key_that_left_the_table_is_believed_as_long_as_a_claim_of_it_may_be_on_its_way() -> None:
    table = OpenTable(StillClock())
    forever = 253402300799
    table.rows = [table.good, ("k_leaked001", BLOCK, BLOCK, 0, forever)]
    keys, clock = keys_of(table), table.clock

    async def story() -> None:
        assert await keys.find("k_leaked001", clock.now())
        table.rows = [table.good]
        clock.move(FRESH)
        assert await keys.find(KID, clock.now())  # from now on it is known to have left
        for age in range(0, 600, 15):
            assert await keys.find(KID, clock.now())
            assert bool(await keys.find("k_leaked001", clock.now())) == (age < LONGEST_LIFE + LEEWAY)
            clock.move(15)

    run(story())


def test_a_key_that_comes_back_lives_as_long_as_its_row_says() -> None:
    table = OpenTable(StillClock())
    keys, clock = keys_of(table), table.clock

    async def story() -> None:
        for is_there in (True, False, True, True):
            table.rows = [table.good] if is_there else []
            clock.move(FRESH)
            assert await keys.find(KID, clock.now())
        clock.move(LONGEST_LIFE + LEEWAY + 1)
        assert await keys.find(KID, clock.now())

    run(story())


def test_a_warehouse_that_hangs_keeps_nobody_longer_than_the_patience_and_known_keys_not_at_all(
    counted: Counted,
) -> None:
    table = SlowTable(StillClock())
    keys = TableKeys(table, dialect_named("postgres"), "lookgate_claim_keys", table.clock, patience=0.05)

    async def story() -> int:
        assert await keys.find(KID, START)
        table.clock.seconds += FRESH
        table.gate.clear()
        lost = 0
        try:
            lost += sum(one is None for one in await asyncio.gather(*(keys.find(KID, START) for _ in range(100))))
            for _ in range(100):  # no more waits: each is answered by turns of the loop alone
                table.clock.seconds += COOLDOWN
                known = asyncio.create_task(keys.find(KID, START))
                for _ in range(3):
                    await asyncio.sleep(0)
                lost += not (known.done() and known.result())
            with pytest.raises(Unavailable):
                await keys.find("k_unknown1", START)
            assert table.asked == 2
        finally:
            table.gate.set()
        return lost

    counted("key rotation", "a warehouse with keys hangs", tried=200, bad=run(story()))
