"""Public keys that an issuer publishes: asked for seldom, by one caller at a time, and never trusted for too long."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from math import inf

from lookgate.core.ports import Clock
from lookgate.errors import Unavailable
from lookgate.verify.jwks import PublicKeys
from lookgate.verify.signature import PublicKey

SHORTEST_LIFE, USUAL_LIFE, LONGEST_LIFE = 60.0, 600.0, 3600.0
"""Seconds for which a set is fresh: at least, when the issuer does not say, and at most."""
COOLDOWN = 10.0
"""Seconds between two fetches, whatever tokens name."""
STALE = 4 * 3600.0
"""Seconds beyond its freshness for which a set still serves while the issuer does not answer."""
PATIENCE = 1.0
"""Seconds that a token waits for a newer set while there is one that may serve: a key server that hangs holds nobody up
for long, and after that nobody at all."""
_MAX_AGE = re.compile(r'\s*max-age\s*=\s*"?(\d{1,10})"?\s*', re.IGNORECASE)
_NOT_KEPT = re.compile(r"\s*(?:no-store|no-cache)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Published:
    """What an issuer published."""

    keys: PublicKeys
    life: float
    """Seconds for which it may be kept, within our bounds."""


def life_of(cache_control: str) -> float:
    """Return for how many seconds an answer is fresh (RFC 9111, section 5.2.2), within our bounds."""
    parts = cache_control.split(",")
    if any(_NOT_KEPT.match(part) for part in parts):
        return SHORTEST_LIFE
    ages = [float(match[1]) for match in map(_MAX_AGE.fullmatch, parts) if match]
    return min(max(SHORTEST_LIFE, min(ages)), LONGEST_LIFE) if ages else USUAL_LIFE


class PublishedKeys:
    """The current keys of one issuer.

    * A fresh set is asked nothing. Once its life is over, the next token waits for a new one, for ``PATIENCE`` at most.
    * A name that is not in a fresh set makes it ask too, so that a new key is known as soon as it is used.
    * It asks at most once per ``COOLDOWN``, and one caller asks for all who wait.
    * While the issuer does not answer, or with something that is no key set, the last set serves for ``STALE`` seconds,
      at once: it is asked again beside the requests. Then nothing is verified: a key may have been withdrawn meanwhile.
    * A key that a newer set no longer has is gone at once, and ``generation`` tells those who remember.

    Args:
        publish: asks the issuer; raises Unavailable, or ValueError for what is no key set.
        clock: tells ages.
        name: the provider, for errors.
        patience: seconds that a token waits for a newer set.
    """

    def __init__(
        self, publish: Callable[[], Awaitable[Published]], clock: Clock, *, name: str, patience: float = PATIENCE
    ) -> None:
        self.generation = 0
        self._publish = publish
        self._clock = clock
        self._name = name
        self._patience = patience
        self._keys: PublicKeys | None = None
        self._fresh_until = -inf
        self._asked_at = -inf
        self._problem = ""
        """Why the last fetch failed, or that it takes too long; empty when it did not."""
        self._asking: asyncio.Task[None] | None = None

    def is_due(self) -> bool:
        """Whether the set's life is over."""
        return self._clock.monotonic() >= self._fresh_until

    async def refresh(self) -> None:
        """Ask anew if the set's life is over.

        Raises:
            Unavailable: there is no set that may still be used.
        """
        if self.is_due():
            await self._ask(None if not self._may_serve else 0.0 if self._problem else self._patience)
        self._current()

    async def find(self, kid: str) -> PublicKey | None:
        """Return the key of exactly this name, or None when the issuer has none.

        Raises:
            Unavailable: the issuer does not answer, and without it this cannot be said.
        """
        await self.refresh()
        key = self._current().get(kid)
        if key is None:
            await self._ask()
            key = self._current().get(kid)
        if key is None and self._problem:
            raise self._unavailable()  # it may be a new key: who has not seen the newest set cannot say
        return key

    @property
    def _may_serve(self) -> bool:
        return self._keys is not None and self._clock.monotonic() < self._fresh_until + STALE

    def _current(self) -> PublicKeys:
        if self._keys is None or not self._may_serve:
            raise self._unavailable()
        return self._keys

    async def _ask(self, patience: float | None = None) -> None:
        """Ask, or join whoever asks; wait so many seconds for the answer, or as long as it takes."""
        if self._asking is None:
            if self._clock.monotonic() - self._asked_at < COOLDOWN:
                return
            self._asking = asyncio.create_task(self._fetch())
            self._asking.add_done_callback(self._answered)
        asked = self._asking
        if patience == 0:
            return
        # Not cancelled with who waits: one caller who hangs up must not fail the others.
        await asyncio.wait([asked], timeout=patience)
        if asked.done():
            asked.result()
        else:
            self._problem = self._problem or "It has not answered yet."

    def _answered(self, asked: asyncio.Task[None]) -> None:
        self._asking = None
        if not asked.cancelled():
            asked.exception()  # whoever waited was told

    async def _fetch(self) -> None:
        # Ages count from before the question: what is withdrawn meanwhile is not kept longer for it.
        self._asked_at = self._clock.monotonic()
        try:
            published = await self._publish()
        except Unavailable as error:
            self._problem = error.detail
        except ValueError as error:
            self._problem = f"{error}."
        else:
            if self._keys is not None and published.keys.lacks(self._keys):
                self.generation += 1
            self._keys, self._problem = published.keys, ""
            self._fresh_until = self._asked_at + published.life

    def _unavailable(self) -> Unavailable:
        return Unavailable(
            "key_set_unavailable",
            f"The key set of '{self._name}' cannot be fetched. {self._problem}".strip(),
            "Try again; if it lasts, check the provider's issuer and keys_host in lookgate.toml, and the network.",
        )
