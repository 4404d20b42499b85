"""Whether this process can do its work now, found out without costing Looker anything.

``/readyz`` is open, and Looker's API is counted by the call. So the directory is asked until it has answered once;
after that, the calls that happen anyway tell.
"""

from __future__ import annotations

import asyncio

from lookgate.core.ports import Clock, Directory, Store
from lookgate.errors import LookgateError

STORE_SECONDS = 2.0
"""For how long a look at the store is remembered."""
DIRECTORY_SECONDS = 30.0
"""How soon a directory that did not answer is asked again."""
PATIENCE_SECONDS = 5.0
_NOBODY = "0"
"""A user id that Looker never gives out; the answer "no such user" is an answer."""


class Readiness:
    """Remembers which parts answered last."""

    def __init__(self, store: Store, directory: Directory | None, clock: Clock) -> None:
        self._store = store
        self._directory = directory
        self._clock = clock
        self._store_ok = False
        self._store_at = float("-inf")
        self._directory_ok = directory is None
        self._directory_at = float("-inf")
        self._one_at_a_time = asyncio.Lock()

    def directory_seen(self, *, answers: bool, by: str) -> None:
        """Note what the verification of a handle showed; other credentials do not ask the directory."""
        if by == "handle" and self._directory is not None:
            self._directory_ok = answers
            self._directory_at = self._clock.monotonic()

    async def missing(self) -> list[str]:
        """Return the parts that do not answer: ``store``, ``looker``; empty when ready."""
        async with self._one_at_a_time:
            now = self._clock.monotonic()
            if now - self._store_at >= STORE_SECONDS:
                self._store_ok, self._store_at = await self._ask_store(), now
            if not self._directory_ok and now - self._directory_at >= DIRECTORY_SECONDS:
                self._directory_ok, self._directory_at = await self._ask_directory(), now
        return [part for part, ok in (("store", self._store_ok), ("looker", self._directory_ok)) if not ok]

    async def _ask_store(self) -> bool:
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                await asyncio.to_thread(self._store.check)
        except (LookgateError, TimeoutError):
            return False
        return True

    async def _ask_directory(self) -> bool:
        if self._directory is None:
            return True
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                await self._directory.user(_NOBODY)
        except (LookgateError, TimeoutError):
            return False
        return True
