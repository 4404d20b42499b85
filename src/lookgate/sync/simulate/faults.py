"""What goes wrong, and when: drawn from a seed, the same for everybody who lives through it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random
from typing import Literal, TypeVar

from lookgate.errors import Unavailable
from lookgate.sync.simulate.clock import elapsed

T = TypeVar("T")
DAY = 24 * 3600.0
TIMEOUT = 20.0
"""Seconds after which a caller gives up waiting for an answer."""
LONGEST_RETRY_AFTER = 60
Where = Literal["looker", "gateway", "source"]
WHERE: tuple[Where, ...] = ("looker", "gateway", "source")
Point = Literal["between mint and write", "just before a write", "after a write, before its record"]
POINTS: tuple[Point, ...] = ("between mint and write", "just before a write", "after a write, before its record")
_QUICKEST, _SLOWEST = 0.05, 0.5


@dataclass(frozen=True, slots=True)
class Outage:
    """Somebody is away. Seconds since the simulation began."""

    where: Where
    begins: float
    lasts: float

    def holds(self, at: float) -> bool:
        return self.begins <= at < self.begins + self.lasts


@dataclass(frozen=True, slots=True)
class Chances:
    """How often things go wrong by chance."""

    missed_ticks: float = 0.0
    """Of all ticks, from 0 to 1."""
    api_errors: float = 0.0
    """Of all calls, from 0 to 1: refused for now, told to come back, hanging, or done with the answer lost."""
    restarts: float = 0.0
    """A day. Each strikes the next renewal, in its midst."""
    late: float = 0.0
    """By how many seconds a tick comes late at most."""


class Faults:
    """One stream of faults. Ticks are missed by their time, so two schedules of one seed miss the same moments.

    Args:
        chances: how often.
        outages: who is away, and when.
        seed: of all that is drawn.
        every: seconds between two ticks.
    """

    def __init__(self, chances: Chances, outages: Sequence[Outage], seed: str, every: float) -> None:
        self._chances = chances
        self._outages = outages
        self._seed = seed
        self._every = every
        self._errors, self._speed = (Random(f"{seed} {of}") for of in ("errors", "speed"))  # noqa: S311 - no secret
        self._restarts = Random(f"{seed} restarts")  # noqa: S311 - no secret
        self._next_restart = self._restart(0)
        self.calm = False
        """Whether nothing goes wrong for now."""
        self.disturbed: set[int] = set()
        """The ticks, by number, that were missed or in which something went wrong."""
        self.restarts: list[Point] = []
        """Where in a renewal each has struck."""

    def lateness(self, tick: int) -> float:
        """Return by how many seconds a tick comes late."""
        return self._chances.late * Random(f"{self._seed} late {tick}").random()  # noqa: S311 - no secret

    def misses(self, at: float) -> bool:
        """Return whether whoever should start a run at that time does not, or nobody is there to run."""
        tick = int(at // self._every)
        drawn = Random(f"{self._seed} tick {tick}").random()  # noqa: S311 - no secret
        missed = drawn < self._chances.missed_ticks or self.out("gateway")
        if missed:
            self.disturbed.add(tick)
        return missed

    def out(self, where: Where) -> bool:
        """Return whether somebody is away now."""
        now = elapsed()
        return any(outage.where == where and outage.holds(now) for outage in self._outages)

    def strikes(self, point: Point) -> bool:
        """Return whether the process is killed now, at this point of a renewal."""
        at, where = self._next_restart
        if self.calm or where != point or elapsed() < at:
            return False
        self.restarts.append(point)
        self._disturb()
        self._next_restart = self._restart(len(self.restarts))
        return True

    async def call(self, where: Where, effect: Callable[[], T]) -> T:
        """Make one call over the network.

        Args:
            where: who is called.
            effect: what it does there.

        Raises:
            Unavailable: it did not go well. It may have had its effect all the same.
        """
        await asyncio.sleep(self._speed.uniform(_QUICKEST, _SLOWEST))
        if self.out(where):
            self._disturb()
            raise Unavailable(f"{where}_down", "It does not answer.")
        if self.calm or self._errors.random() >= self._chances.api_errors:
            return effect()
        self._disturb()
        kind = self._errors.randrange(4)
        if kind == 0:
            raise Unavailable("failing", "It fails.")
        if kind == 1:
            seconds = self._errors.randint(1, LONGEST_RETRY_AFTER)
            raise Unavailable("busy", "It asks to come back later.", retry_after=seconds)
        if kind == 2:  # noqa: PLR2004 - the third of four kinds: the answer is lost, the effect is not
            effect()
        await asyncio.sleep(TIMEOUT)
        raise Unavailable("timeout", "It did not answer in time.")

    @property
    def longest_disturbed(self) -> int:
        """How many ticks in a row were missed or disturbed at most."""
        longest = 0
        for tick in self.disturbed:
            if tick - 1 not in self.disturbed:
                end = tick
                while end in self.disturbed:
                    end += 1
                longest = max(longest, end - tick)
        return longest

    def _disturb(self) -> None:
        self.disturbed.add(int(elapsed() // self._every))

    def _restart(self, number: int) -> tuple[float, Point]:
        """Return when the next comes at the earliest, and where: one in each equal part of the time."""
        if not self._chances.restarts:
            return float("inf"), POINTS[0]
        at = (number + self._restarts.random()) * DAY / self._chances.restarts
        return at, self._restarts.choice(POINTS)


def outages_at_random(lengths: Sequence[float], seed: str, span: float) -> tuple[Outage, ...]:
    """Return an outage of each length, of anybody, at any time of the span."""
    drawn = Random(f"{seed} outages")  # noqa: S311 - no secret
    return tuple(Outage(drawn.choice(WHERE), drawn.uniform(0, max(0.0, span - length)), length) for length in lengths)
