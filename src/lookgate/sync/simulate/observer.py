"""Who counts: it sees what stands in Looker, and when that truly ends; of plans and states it knows nothing."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count

from lookgate.sync.simulate.clock import elapsed


@dataclass(slots=True)
class Seen:
    """What was seen of one stored value."""

    dead_from: float
    """From when on what stands there is expired; a time to come, as long as it is not."""
    expired: float = 0.0
    """Seconds so far, in gaps that have ended."""
    longest: float = 0.0
    """The longest gap that has ended, in seconds."""
    gaps: int = 0


class Observer:
    """Looker's side, and the issuer's: it knows every token that was made, and where each stands.

    A place is seen from the first value on that is stored there.
    """

    def __init__(self) -> None:
        self.places: dict[str, Seen] = {}
        self.writes: list[float] = []
        """When a value was stored."""
        self._ends: dict[str, float] = {}
        self._numbers = count(1)

    def issue(self, life: float) -> tuple[str, float]:
        """Return a new token, and when it ends."""
        token, ends = f"token-{next(self._numbers)}", elapsed() + life
        self._ends[token] = ends
        return token, ends

    def store(self, key: str, token: str) -> None:
        """Note that a token has taken the place of what stood there."""
        now, ends = elapsed(), self._ends[token]
        self.writes.append(now)
        seen = self.places.setdefault(key, Seen(max(now, ends)))
        if ends > now:
            _end_gap(seen, now)
            seen.dead_from = ends
        else:
            seen.dead_from = min(seen.dead_from, now)

    def close(self) -> None:
        """Note that the time is over: what is expired now is not seen any more."""
        for seen in self.places.values():
            _end_gap(seen, elapsed())


def _end_gap(seen: Seen, now: float) -> None:
    gap = now - seen.dead_from
    if gap > 0:
        seen.expired += gap
        seen.longest = max(seen.longest, gap)
        seen.gaps += 1
        seen.dead_from = now
