"""A secret that stands elsewhere, such as in a file that Secret Manager mounts, or in an environment variable."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from lookgate.core.renewal import Minted
from lookgate.core.secret import Secret
from lookgate.errors import Unavailable

SECONDS = 5.0
"""For one reading: a mount that hangs must not hold up other sources."""


class StaticSecret:
    """``core.renewal.TokenSource``. It has no end; when another secret stands there, that is written.

    Args:
        read: reads it; raises ValueError with a sentence that is safe to show.
        seconds: for one reading.
    """

    def __init__(self, read: Callable[[], Secret], *, seconds: float = SECONDS) -> None:
        self._read = read
        self._seconds = seconds
        self._reading: asyncio.Task[Secret] | None = None

    async def mint(self, audience: str) -> Minted:  # noqa: ARG002 - a static secret knows no audience
        if self._reading is None or self._reading.done():  # one that hangs costs one thread, however often it is asked
            self._reading = asyncio.create_task(asyncio.to_thread(self._read))
        try:
            async with asyncio.timeout(self._seconds):
                return Minted(await asyncio.shield(self._reading), None)
        except TimeoutError:
            raise Unavailable(
                "secret_unreadable",
                f"A static secret could not be read within {self._seconds:g} s.",
                "Look at its file.",
            ) from None
        except ValueError as error:
            raise Unavailable("secret_unreadable", f"A static secret is gone: {error}.", "Put it back there.") from None
