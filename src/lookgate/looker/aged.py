"""Answers that may be remembered for a while: asked once per key and age limit, however many requests wait for one."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

from lookgate.core.ports import Clock

Answer = TypeVar("Answer")


class Aged(Generic[Answer]):
    """Remembers what ``ask`` answered. A failure is not remembered, and there is no answer beyond the age limit.

    Args:
        ask: asks for one key.
        clock: tells the age.
        ttl: seconds; 0 remembers nothing.
        most: how many keys are remembered; the oldest answer goes first.
    """

    def __init__(
        self, ask: Callable[[str], Awaitable[Answer]], clock: Clock, *, ttl: float, most: int = 10_000
    ) -> None:
        self._ask = ask
        self._clock = clock
        self._ttl = ttl
        self._most = most
        self._known: OrderedDict[str, tuple[float, Answer]] = OrderedDict()
        self._asking: dict[str, asyncio.Task[Answer]] = {}

    async def get(self, key: str) -> Answer:
        """Return the answer for ``key``; raises what ``ask`` raises."""
        known = self._known.get(key)
        if known is not None and self._clock.monotonic() - known[0] < self._ttl:
            return known[1]
        task = self._asking.get(key)
        if task is None:
            task = asyncio.create_task(self._renew(key))
            self._asking[key] = task
            task.add_done_callback(lambda _: self._asking.pop(key, None))
        # Shielded: one caller who hangs up must not fail the others who wait for the same answer.
        return await asyncio.shield(task)

    async def _renew(self, key: str) -> Answer:
        # The age counts from before the question: what changes meanwhile is not held longer for it.
        at = self._clock.monotonic()
        answer = await self._ask(key)
        self._known[key] = (at, answer)
        self._known.move_to_end(key)
        while len(self._known) > self._most:
            self._known.popitem(last=False)
        return answer
