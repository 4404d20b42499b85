from __future__ import annotations

import asyncio
import sqlite3
import threading
from pathlib import Path

import pytest

from gateway_site import NOW
from lookgate.actions.journal import Journal
from lookgate.core.audit import AuditEvent, Outcome
from lookgate.errors import Unavailable
from lookgate.store.sqlite import SqliteStore


def event(number: int, outcome: Outcome = "allowed") -> AuditEvent:
    return AuditEvent(at=NOW, request_id=f"r{number}", outcome=outcome)


class Counted(SqliteStore):
    """Notes how many events each transaction held, and whether it was made on the event loop."""

    def __init__(self, path: Path | None = None) -> None:
        super().__init__(path)
        self.transactions: list[tuple[int, bool]] = []
        self._loops_thread = threading.get_ident()

    def record(self, *events: AuditEvent, wait: bool = True) -> bool:
        stored = super().record(*events, wait=wait)
        if stored:
            self.transactions.append((len(events), threading.get_ident() == self._loops_thread))
        return stored

    def stored(self) -> list[str]:
        return [each.event.request_id for each in self.tail(limit=100)]


async def write(journal: Journal, count: int, outcome: Outcome = "allowed") -> None:
    await asyncio.gather(*(journal.write(event(number, outcome)) for number in range(count)))


def test_events_of_one_moment_share_one_transaction_on_the_loop_in_their_order(tmp_path: Path) -> None:
    store = Counted(tmp_path / "s")
    asyncio.run(write(Journal(store), 5))
    assert store.transactions == [(5, True)]
    assert store.stored() == ["r0", "r1", "r2", "r3", "r4"]
    store.close()


def test_a_call_goes_on_only_when_its_own_event_is_stored(tmp_path: Path) -> None:
    store = Counted(tmp_path / "s")

    async def call(journal: Journal, number: int) -> None:
        await journal.write(event(number))
        assert f"r{number}" in store.stored()

    async def story() -> None:
        journal = Journal(store)
        await asyncio.gather(*(call(journal, number) for number in range(5)))

    asyncio.run(story())
    store.close()


def test_an_intent_is_stored_in_a_thread_because_the_disk_is_waited_for(tmp_path: Path) -> None:
    store = Counted(tmp_path / "s")
    asyncio.run(write(Journal(store), 1, "pending"))
    assert store.transactions == [(1, False)]
    store.close()


def test_while_another_writes_the_loop_goes_on_and_the_events_are_stored_after(tmp_path: Path) -> None:
    store = Counted(tmp_path / "s")

    other = sqlite3.connect(tmp_path / "s", isolation_level=None)

    async def story() -> None:
        other.execute("BEGIN IMMEDIATE")
        journal = Journal(store)
        asked = asyncio.create_task(write(journal, 3))
        for _ in range(50):  # turns of the loop, none of which waits
            await asyncio.sleep(0)
        assert not asked.done()
        other.execute("ROLLBACK")
        await asked

    asyncio.run(story())
    other.close()
    assert store.transactions == [(3, False)]
    assert store.stored() == ["r0", "r1", "r2"]
    store.close()


def test_every_call_learns_that_its_event_could_not_be_stored() -> None:
    class Full(SqliteStore):
        def record(self, *events: AuditEvent, wait: bool = True) -> bool:  # noqa: ARG002 - the port's signature
            raise Unavailable("store_full", "The disk is full.")

    async def story() -> list[BaseException | None]:
        journal = Journal(Full(None))
        return await asyncio.gather(*(journal.write(event(number)) for number in range(3)), return_exceptions=True)

    assert [getattr(error, "code", "") for error in asyncio.run(story())] == ["store_full"] * 3


@pytest.mark.parametrize("outcome", ["allowed", "pending"])
def test_the_event_of_a_caller_who_goes_away_is_stored_and_so_are_the_others(tmp_path: Path, outcome: Outcome) -> None:
    store = Counted(tmp_path / "s")

    async def story() -> None:
        journal = Journal(store)
        gone = asyncio.create_task(journal.write(event(1, outcome)))
        stays = asyncio.create_task(journal.write(event(2, outcome)))
        await asyncio.sleep(0)
        gone.cancel()
        with pytest.raises(asyncio.CancelledError):
            await gone
        assert store.stored() == ["r1", "r2"]
        await stays

    asyncio.run(story())
    store.close()
