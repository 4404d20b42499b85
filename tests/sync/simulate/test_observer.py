"""Who counts expired seconds is right about them, by another way of counting; and simulated time is time."""

from __future__ import annotations

import asyncio
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lookgate.sync.simulate.clock import START, SimulatedClock, elapsed, simulated, until
from lookgate.sync.simulate.observer import Observer

END = 60


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(1, 20), st.integers(1, 30), st.integers(0, 25)), min_size=1, max_size=8))
def test_expired_seconds_are_counted_as_somebody_would_who_looks_every_second(
    stored: list[tuple[int, int, int]],
) -> None:
    """Each token: stored so long after the one before, with such a life, made so long before it is stored."""

    async def live() -> tuple[Observer, list[tuple[float, float]]]:
        observer, story, made = Observer(), [], []
        at = 0
        for wait, life, age in stored:
            at += wait
            made.append((max(0, at - age), life, at))
        moments = sorted({moment for each in made for moment in (each[0], each[2])})
        tokens: dict[int, tuple[str, float]] = {}
        for moment in moments:
            await until(moment)
            for number, (issued, life, _) in enumerate(made):
                if issued == moment:
                    tokens[number] = observer.issue(life)
            for number, each in enumerate(made):
                if each[2] == moment:
                    observer.store("place", tokens[number][0])
                    story.append((float(moment), tokens[number][1]))
        await until(at + END)
        observer.close()
        return observer, [*story, (float(at + END), 0.0)]

    observer, story = simulated(live())
    dead = [
        second
        for (begins, ends), (until, _) in pairwise(story)
        for second in range(int(begins), int(until))
        if second >= ends
    ]
    runs = [second for second in dead if second - 1 not in dead]
    longest = max((_run(dead, first) for first in runs), default=0)
    seen = observer.places["place"]
    assert (seen.expired, seen.gaps, seen.longest) == (len(dead), len(runs), longest)


def _run(dead: list[int], first: int) -> int:
    last = first
    while last in dead:
        last += 1
    return last - first


def test_a_month_of_waiting_takes_no_time_and_is_a_month_on_the_clock() -> None:
    async def wait() -> float:
        clock = SimulatedClock()
        await asyncio.gather(until(10), until(2_592_000))
        assert (clock.now() - START).total_seconds() == clock.monotonic() == elapsed()
        return elapsed()

    assert simulated(wait()) == 2_592_000


def test_who_waits_for_what_never_comes_is_told_so() -> None:
    async def wait() -> None:
        await asyncio.get_running_loop().create_future()

    with pytest.raises(RuntimeError, match="stands still"):
        simulated(wait())
