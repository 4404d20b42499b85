"""One tick's tokens: each is made once for all targets that want it, and is gone with the tick."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from lookgate.core.ports import RandomBytes
from lookgate.core.renewal import Minted, TokenSource
from lookgate.core.secret import sha256_hex
from lookgate.errors import LookgateError, Refused, Unavailable
from lookgate.sync.backoff import ATTEMPTS, pause
from lookgate.sync.world import Sleep, unexpected

_AT_ONCE = 8
"""Tokens that one source makes at a time."""


class Mints:
    """Asks sources, at most one call for a pair of source and audience at a time, and remembers the answer."""

    def __init__(self, sources: Mapping[str, TokenSource], random: RandomBytes, sleep: Sleep) -> None:
        self._sources = sources
        self._random = random
        self._sleep = sleep
        self._made: dict[tuple[str, str], Minted | LookgateError] = {}
        self._asking: dict[tuple[str, str], asyncio.Lock] = {}
        self._free: dict[str, asyncio.Semaphore] = {}

    async def get(self, source: str, audience: str) -> Minted:
        """Return the tick's token of a source for an audience.

        Raises:
            Refused: there will be none until somebody mends something.
            Unavailable: there is none now; nor will there be in this tick.
        """
        pair = (source, audience)
        async with self._asking.setdefault(pair, asyncio.Lock()):
            if pair not in self._made:
                async with self._free.setdefault(source, asyncio.Semaphore(_AT_ONCE)):
                    self._made[pair] = await self._ask(source, audience)
        made = self._made[pair]
        if isinstance(made, Minted):
            return made
        raise made

    async def digest(self, source: str, audience: str) -> str:
        """Return the SHA-256 (hex) of the tick's token; empty when there is none."""
        try:
            return sha256_hex((await self.get(source, audience)).value)
        except LookgateError:
            return ""

    def drop(self, source: str, audience: str) -> None:
        """Have the next one made afresh."""
        self._made.pop((source, audience), None)

    async def _ask(self, name: str, audience: str) -> Minted | LookgateError:
        source = self._sources.get(name)
        if source is None:
            return Refused("source_unknown", f"There is no token source {name!r}.", "Name one in sync.sources.")
        for attempt in range(ATTEMPTS):
            try:
                minted = await source.mint(audience)
            except Unavailable as error:
                if error.retry_after is not None or attempt + 1 == ATTEMPTS:
                    return error
            except LookgateError as error:
                return error
            except Exception as error:  # noqa: BLE001 - a source's mistake must not stop the other targets
                return unexpected(f"The token source {name!r}", error)
            else:
                if minted.value:
                    return minted
                return Refused("token_empty", f"The token source {name!r} gave an empty token.", "Mend the source.")
            await self._sleep(pause(attempt, self._random))
        raise AssertionError
