"""How many write to one instance at a time, and who comes first."""

from __future__ import annotations

import asyncio
import contextlib
import heapq
from collections.abc import AsyncIterator
from itertools import count


class Turns:
    """Lets so many in at a time; of those who wait, the most urgent first.

    Args:
        places: how many.
    """

    def __init__(self, places: int) -> None:
        self._free = places
        self._waiting: list[tuple[int, int, asyncio.Future[None]]] = []
        self._numbers = count()

    @contextlib.asynccontextmanager
    async def taken(self, rank: int) -> AsyncIterator[None]:
        """Wait for a place, and have it.

        Args:
            rank: how urgent; the least comes first.
        """
        if self._free:
            self._free -= 1
        else:
            called = asyncio.get_running_loop().create_future()
            heapq.heappush(self._waiting, (rank, next(self._numbers), called))
            try:
                await called
            except asyncio.CancelledError:
                if not called.cancelled():  # the place was given just before
                    self._leave()
                raise
        try:
            yield
        finally:
            self._leave()

    def _leave(self) -> None:
        while self._waiting:
            *_, called = heapq.heappop(self._waiting)
            if not called.done():
                called.set_result(None)
                return
        self._free += 1
