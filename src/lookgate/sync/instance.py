"""One instance during one tick: whether it may be called now, and what it has been called this month."""

from __future__ import annotations

import asyncio
import contextlib

from lookgate.errors import Unavailable
from lookgate.sync.backoff import ATTEMPTS, asked
from lookgate.sync.turns import Turns
from lookgate.sync.world import World

_RESERVED = 10
"""Calls counted ahead, so that a killed process leaves the count too high, never too low."""


class Instance:
    """Everybody who writes to it asks it first."""

    def __init__(self, base_url: str, world: World) -> None:
        self.closed: Unavailable | None = None
        """Why it is left alone for the rest of the tick."""
        self.calls = 0
        """In this tick."""
        self.turns = Turns(world.concurrency)
        """Of writes."""
        self._base_url = base_url
        self._world = world
        self._month = world.clock.now().strftime("%Y-%m")
        self._counted = 0
        self._reserved = 0
        self._reserving = asyncio.Lock()
        self._failures = 0
        self._free_at = world.clock.monotonic()
        self._waited = 0.0

    async def open(self) -> None:
        """Learn what was spent this month."""
        self._counted = await self._spend(0)

    @property
    def exhausted(self) -> bool:
        """Whether the calls of the month are used up."""
        budget = self._world.budget
        return budget is not None and self._counted - self._reserved >= budget

    async def ready(self) -> None:
        """Wait as long as the instance asked for.

        Raises:
            Unavailable: it is left alone for the rest of the tick.
        """
        seconds = self._free_at - self._world.clock.monotonic()
        if self.closed is None and seconds > 0:
            await self._world.sleep(seconds)
        if self.closed is not None:
            raise self.closed

    async def count(self) -> None:
        """Count a call that is about to be made."""
        async with self._reserving:
            if not self._reserved:
                self._counted = await self._spend(_RESERVED)
                self._reserved = _RESERVED
            self._reserved -= 1
        self.calls += 1

    def answered(self) -> None:
        """Note that it is there, whatever it said."""
        self._failures = 0

    def failed(self, error: Unavailable) -> None:
        """Note that it did not answer, or asked to be left alone; after too much of either it is."""
        if error.retry_after is not None:
            free_at = self._world.clock.monotonic() + asked(error.retry_after).total_seconds()
            self._waited += max(0.0, free_at - max(self._free_at, self._world.clock.monotonic()))
            self._free_at = max(self._free_at, free_at)
            if self._waited > self._world.patience:
                self.closed = error
            return
        self._failures += 1
        if self._failures >= 2 * max(ATTEMPTS, self._world.concurrency):  # more than one target's bad luck
            self.closed = error

    async def close(self) -> None:
        """Give back what was counted ahead; a store that is gone keeps the count too high."""
        reserved, self._reserved = self._reserved, 0
        if reserved:
            with contextlib.suppress(Unavailable):
                self._counted = await self._spend(-reserved)

    async def _spend(self, calls: int) -> int:
        return await self._world.blocking(self._world.states.spend, self._base_url, self._month, calls)
