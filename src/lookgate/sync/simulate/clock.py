"""Time that passes only while nobody has anything to do, so that an event loop lives through a month in seconds."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Coroutine
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

T = TypeVar("T")
START = datetime(2027, 1, 1, tzinfo=UTC)
"""When every simulation begins."""


class _Leap(selectors.SelectSelector):
    """Does not wait for anything: what it was to wait for has come."""

    now = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None:
            raise RuntimeError("The simulation stands still: everybody waits, and for nothing that will come.")
        self.now += max(0.0, timeout)
        return []


class _Loop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self._leap = _Leap()
        super().__init__(self._leap)

    def time(self) -> float:
        return self._leap.now


def simulated(work: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine in simulated time, which begins at 0; ``asyncio.sleep`` takes no real time in it."""
    with asyncio.Runner(loop_factory=_Loop) as runner:
        return runner.run(work)


def elapsed() -> float:
    """Return the seconds since the simulation began."""
    return asyncio.get_running_loop().time()


async def until(at: float) -> None:
    """Wait until so many seconds after the simulation began."""
    await asyncio.sleep(max(0.0, at - elapsed()))


class SimulatedClock:
    """``core.ports.Clock`` of whatever runs in ``simulated``."""

    def now(self) -> datetime:
        return START + timedelta(seconds=elapsed())

    def monotonic(self) -> float:
        return elapsed()
