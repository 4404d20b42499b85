"""Runs at their times: at once, on schedule, once for all that was missed, whatever a run raises."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from lookgate.errors import Unavailable
from lookgate.sync.cron import longest_wait, next_time
from lookgate.sync.schedule import STEP, keep_running
from lower_rooms import StillClock, run

START = datetime(2026, 7, 1, 12, 2, tzinfo=UTC)


class Day:
    """Time that sleeping moves, and what ran when."""

    def __init__(self) -> None:
        self.clock = StillClock(START)
        self.ran: list[float] = []
        """Seconds after the start."""
        self.slept: list[float] = []
        self.lasts: dict[int, float] = {}
        """How many seconds the n-th run takes."""
        self.errors: dict[int, Exception] = {}
        self.jumps: dict[float, float] = {}
        """By how much the clock is set forward at the first sleep from a time on."""

    async def once(self) -> None:
        number = len(self.ran)
        self.ran.append((self.clock.now() - START).total_seconds())
        self.clock.move(self.lasts.get(number, 0.0))
        if number in self.errors:
            raise self.errors[number]

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        for at in [at for at in self.jumps if (self.clock.now() - START).total_seconds() >= at]:
            self.clock.at += timedelta(seconds=self.jumps.pop(at))
        self.clock.move(seconds)
        if len(self.slept) > 10_000:
            raise asyncio.CancelledError

    def pass_by(self, runs: int, *, every: float = 300.0, schedule: str = "") -> list[float]:
        async def until() -> None:
            async def counted() -> None:
                await self.once()
                if len(self.ran) >= runs:
                    raise asyncio.CancelledError

            await keep_running(counted, every=every, schedule=schedule, clock=self.clock, sleep=self.sleep)

        with pytest.raises(asyncio.CancelledError):
            run(until())
        return self.ran


def test_the_first_run_is_at_the_start_and_then_one_comes_every_so_many_seconds() -> None:
    assert Day().pass_by(4) == [0, 300, 600, 900]


def test_a_cron_schedule_is_kept_and_the_first_run_is_at_the_start_all_the_same() -> None:
    assert Day().pass_by(4, schedule="*/5 * * * *") == [0, 180, 480, 780]  # 12:02, 12:05, 12:10, 12:15


@pytest.mark.parametrize("schedule", ["", "*/5 * * * *"])
def test_what_was_missed_during_a_long_run_is_made_up_for_once(schedule: str) -> None:
    day = Day()
    day.lasts = {1: 1000.0}
    ran = day.pass_by(4, schedule=schedule)
    second = ran[1]
    assert ran[2] == second + 1000  # at once, and not three times
    assert 0 < ran[3] - ran[2] <= 300


def test_what_was_missed_while_the_machine_slept_is_made_up_for_once() -> None:
    day = Day()
    day.jumps = {100.0: 7200.0}
    ran = day.pass_by(4)
    assert ran[0] == 0
    assert 7300 <= ran[1] <= 7300 + 2 * STEP
    assert [later - earlier for earlier, later in pairwise(ran[1:])] == [300, 300]


def test_a_clock_that_was_set_back_makes_nobody_wait_for_longer_than_one_time() -> None:
    day = Day()
    day.jumps = {100.0: -86_400.0}
    day.pass_by(2)
    assert sum(day.slept) <= 100 + 300 + 2 * STEP


@pytest.mark.parametrize("error", [Unavailable("store_down", "Gone."), ValueError("a surprise"), OSError("disk")])
def test_a_run_that_fails_ends_no_schedule(error: Exception) -> None:
    day = Day()
    day.errors = {0: error, 1: error}
    assert day.pass_by(4) == [0, 300, 600, 900]


@pytest.mark.parametrize(
    ("schedule", "seconds"),
    [
        ("* * * * *", 60),
        ("*/5 * * * *", 300),
        ("0,10,50 * * * *", 2400),
        ("0 * * * *", 3600),
        ("*/5 9-17 * * *", 15 * 3600 + 300),
        ("*/5 * * * 1-5", 2 * 86_400 + 300),
        ("*/5 * * 7 *", 335 * 86_400 + 300),
        ("*/5 * 1-15 * *", 16 * 86_400 + 300),
    ],
)
def test_the_longest_wait_of_a_schedule_is_found_wherever_it_is(schedule: str, seconds: float) -> None:
    found = longest_wait(schedule)
    assert (found > 3600) == (seconds > 3600)  # beyond that, it is enough to know that it is too long
    assert found <= seconds
    assert found == seconds or seconds > 3600


def test_the_next_time_is_after_now_never_now() -> None:
    at = datetime(2026, 7, 1, 12, 5, tzinfo=UTC)
    assert next_time("*/5 * * * *", at) == at + timedelta(minutes=5)
