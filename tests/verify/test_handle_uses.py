from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from lookgate.core.ports import HandleRecord, LookerUser, Store
from lookgate.core.secret import sha256_hex
from lookgate.errors import Unauthenticated, Unavailable
from lookgate.verify.handle import HandleVerifier, new_handle
from lookgate.verify.handle_uses import EVERY, HandleUses
from lower_rooms import START, CountedBytes, DictDirectory, DictHandles, StillClock, credential, run
from postgres import postgres_url  # noqa: F401 - a fixture
from store_places import new_place, open_at

ANA = LookerUser("7", "Ana", "ana@example.com", True, frozenset(), frozenset())
DIGESTS = [f"{number:064x}" for number in range(3)]


class Counted(DictHandles):
    """Handles that count how often uses are written, and may not answer."""

    def __init__(self) -> None:
        super().__init__()
        self.writes: list[dict[str, datetime]] = []
        self.is_away = False
        for digest in DIGESTS:
            self.add(HandleRecord(digest, "7", START))

    def used(self, uses: Mapping[str, datetime]) -> None:
        if self.is_away:
            raise Unavailable("store_unavailable", "The store does not answer.")
        self.writes.append(dict(uses))
        super().used(uses)


class Sleeper:
    """Sleep that a test ends; the clock has moved by then."""

    def __init__(self, clock: StillClock) -> None:
        self.clock, self.asked = clock, list[float]()
        self.asleep, self.wake = asyncio.Event(), asyncio.Event()

    async def __call__(self, seconds: float) -> None:
        self.asked.append(seconds)
        self.asleep.set()
        await self.wake.wait()
        self.wake.clear()
        self.clock.move(seconds)


class Scene:
    def __init__(self) -> None:
        self.clock, self.handles = StillClock(), Counted()
        self.sleep = Sleeper(self.clock)
        self.uses = HandleUses(self.handles, self.clock, sleep=self.sleep)

    async def written(self) -> None:
        """Wait until everything that was noted is written."""
        task = self.uses._task  # noqa: SLF001 - nothing outside is told of it
        assert task is not None
        await asyncio.wait_for(task, 10)

    async def asleep(self) -> None:
        """Wait until what was noted waits for its time."""
        await asyncio.wait_for(self.sleep.asleep.wait(), 10)


def test_the_first_use_is_written_soon_and_the_others_of_five_minutes_together() -> None:
    async def story() -> None:
        now = Scene()
        now.uses.note(DIGESTS[0])
        assert now.handles.writes == []  # not within the request
        await now.written()
        for digest in DIGESTS[1:]:
            now.uses.note(digest)
        await now.asleep()
        assert (len(now.handles.writes), now.sleep.asked) == (1, [EVERY])
        now.sleep.wake.set()
        await now.written()
        assert now.handles.writes[1] == dict.fromkeys(DIGESTS[1:], START)
        await now.uses.close()

    run(story())


def test_a_handle_is_written_at_most_once_an_hour_however_often_it_is_used() -> None:
    async def story() -> None:
        now = Scene()
        for minute in range(0, 60, 5):
            now.uses.note(DIGESTS[0])
            await now.written()
            now.clock.move(300)
            assert now.clock.now() == START + timedelta(minutes=minute + 5)
        assert len(now.handles.writes) == 1
        now.uses.note(DIGESTS[0])  # the next hour has begun
        await now.written()
        assert now.handles.writes[1] == {DIGESTS[0]: START + timedelta(hours=1)}
        await now.uses.close()

    run(story())


def test_a_use_is_known_to_the_hour_and_no_more() -> None:
    async def story() -> None:
        now = Scene()
        now.clock.at = START + timedelta(minutes=59, seconds=59, microseconds=999999)
        now.uses.note(DIGESTS[0])
        await now.written()
        assert now.handles.writes == [{DIGESTS[0]: START}]
        await now.uses.close()

    run(story())


@pytest.mark.parametrize(("left", "slept"), [(0.5, [0.5]), (0.0, []), (-1.0, [])])
def test_a_write_waits_for_exactly_what_is_left_of_its_five_minutes(left: float, slept: list[float]) -> None:
    async def story() -> None:
        now = Scene()
        now.uses.note(DIGESTS[0])
        await now.written()
        now.clock.move(EVERY - left)
        now.sleep.wake.set()
        now.uses.note(DIGESTS[1])
        await now.written()
        assert now.sleep.asked == slept
        await now.uses.close()

    run(story())


def test_what_waits_is_written_when_the_gateway_stops_and_nothing_is_left_running() -> None:
    async def story() -> None:
        now = Scene()
        now.uses.note(DIGESTS[0])
        await now.written()
        now.uses.note(DIGESTS[1])
        await now.asleep()
        await now.uses.close()
        assert now.handles.writes == [{DIGESTS[0]: START}, {DIGESTS[1]: START}]
        assert asyncio.all_tasks() == {asyncio.current_task()}
        now.uses.note(DIGESTS[2])
        await now.uses.close()
        assert asyncio.all_tasks() == {asyncio.current_task()}
        assert len(now.handles.writes) == 2

    run(story())


def test_a_store_that_does_not_answer_loses_no_use_and_hurts_nobody() -> None:
    async def story() -> None:
        now = Scene()
        now.handles.is_away = True
        now.uses.note(DIGESTS[0])
        await now.asleep()
        now.handles.is_away = False
        now.sleep.wake.set()
        await now.written()
        assert now.handles.writes == [{DIGESTS[0]: START}]
        now.handles.is_away = True
        now.uses.note(DIGESTS[1])
        await now.uses.close()  # the process ends in any case

    run(story())


def test_only_a_handle_that_proved_its_user_was_used() -> None:
    async def story() -> None:
        now, handle = Scene(), new_handle(CountedBytes())
        digest = sha256_hex(handle)
        now.handles.add(HandleRecord(digest, "7", START))
        directory = DictDirectory()
        one = HandleVerifier(now.handles, directory, "https://looker.example.com", now.clock, now.uses)
        for presented in (handle.reveal(), "lgh_" + "B" * 43):
            with pytest.raises(Unauthenticated):
                await one.verify(credential("handle", presented))
        directory.users["7"] = ANA
        await one.verify(credential("handle", handle.reveal()))
        await now.uses.close()
        assert now.handles.writes == [{digest: START}]

    run(story())


@pytest.fixture(params=["sqlite", "memory", "postgres"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    made = open_at(new_place(request.param, request, tmp_path))
    yield made
    made.close()


def test_every_store_keeps_the_latest_use(store: Store) -> None:
    store.handles.add(HandleRecord(DIGESTS[0], "7", START))
    store.handles.add(HandleRecord(DIGESTS[1], "7", START + timedelta(hours=1)))
    later, latest = START + timedelta(hours=2), START + timedelta(hours=3)
    store.handles.used({DIGESTS[0]: latest, "f" * 64: latest})
    store.handles.used({DIGESTS[1]: later, DIGESTS[0]: later})
    store.handles.used({})
    assert [one.used_at for one in store.handles.of_user("7")] == [later, latest]
    found = store.handles.find(DIGESTS[0])
    assert found == HandleRecord(DIGESTS[0], "7", START, None, latest)
    store.handles.end(DIGESTS[0], START)
    store.handles.end(DIGESTS[0], None)
    assert store.handles.find(DIGESTS[0]) == found
    assert store.handles.find("f" * 64) is None


def test_a_use_in_the_gateway_is_in_the_store_once_it_has_stopped(store: Store) -> None:
    async def story() -> None:
        uses = HandleUses(store.handles, StillClock(START + timedelta(minutes=59)))
        for digest in DIGESTS:
            store.handles.add(HandleRecord(digest, "7", START))
            uses.note(digest)
            await asyncio.sleep(0)
        await uses.close()

    run(story())
    assert [one.used_at for one in store.handles.of_user("7")] == [START] * 3
