"""A secret that stands elsewhere, such as in a file that Secret Manager mounts, or in an environment variable."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from lookgate.core.renewal import Minted
from lookgate.core.secret import Secret
from lookgate.errors import Unavailable


class StaticSecret:
    """``core.renewal.TokenSource``. It has no end; when another secret stands there, that is written.

    Args:
        read: reads it; raises ValueError with a sentence that is safe to show.
    """

    def __init__(self, read: Callable[[], Secret]) -> None:
        self._read = read

    async def mint(self, audience: str) -> Minted:  # noqa: ARG002 - a static secret knows no audience
        try:
            return Minted(await asyncio.to_thread(self._read), None)
        except ValueError as error:
            raise Unavailable("secret_unreadable", f"A static secret is gone: {error}.", "Put it back there.") from None
