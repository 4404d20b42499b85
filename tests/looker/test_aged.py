"""Answers that are remembered for a while, and no longer, and not without end."""

from __future__ import annotations

import asyncio

import pytest

from lookgate.looker.aged import Aged
from lower_rooms import StillClock, run


class Asked:
    """Answers with how often a key was asked for, or fails while told to."""

    def __init__(self) -> None:
        self.times: dict[str, int] = {}
        self.fails = False

    async def __call__(self, key: str) -> int:
        await asyncio.sleep(0)
        self.times[key] = self.times.get(key, 0) + 1
        if self.fails:
            raise ValueError(key)
        return self.times[key]


def test_an_answer_is_kept_until_the_age_limit_and_one_question_serves_all_who_wait() -> None:
    async def story() -> None:
        asked, clock = Asked(), StillClock()
        aged = Aged(asked, clock, ttl=60)
        assert await asyncio.gather(*(aged.get("a") for _ in range(10))) == [1] * 10
        clock.move(59.9)
        assert await aged.get("a") == 1
        clock.move(0.1)
        assert await aged.get("a") == 2

    run(story())


def test_a_failure_is_told_to_all_who_wait_and_is_not_kept() -> None:
    async def story() -> None:
        asked = Asked()
        asked.fails = True
        aged = Aged(asked, StillClock(), ttl=60)
        found = await asyncio.gather(*(aged.get("a") for _ in range(3)), return_exceptions=True)
        assert [type(one) for one in found] == [ValueError] * 3
        asked.fails = False
        assert await aged.get("a") == 2

    run(story())


@pytest.mark.parametrize("ttl", [0, 0.0])
def test_an_age_limit_of_nothing_keeps_nothing(ttl: float) -> None:
    async def story() -> None:
        aged = Aged(Asked(), StillClock(), ttl=ttl)
        assert [await aged.get("a"), await aged.get("a")] == [1, 2]

    run(story())


def test_of_too_many_the_oldest_answer_is_forgotten_first() -> None:
    async def story() -> None:
        asked = Asked()
        aged = Aged(asked, StillClock(), ttl=60, most=3)
        for key in "abc":
            await aged.get(key)
        assert [await aged.get(key) for key in "abc"] == [1, 1, 1]
        await aged.get("d")
        assert [await aged.get(key) for key in "bcd"] == [1, 1, 1]
        assert await aged.get("a") == 2

    run(story())
