"""When a failed call is tried again: later each time, never all at once, and never before somebody asked."""

from __future__ import annotations

from datetime import datetime, timedelta

from lookgate.core.ports import RandomBytes
from lookgate.sync.plan import LONGEST_WAIT

ATTEMPTS = 3
"""Of one call within a tick."""
_FIRST, _LONGEST = 0.5, 8.0
_BETWEEN_TICKS = 5.0
_IN_TIME = 0.75
"""Of the time between two ticks: a tick may come early, and must not find the target still waiting."""


def fraction(random: RandomBytes) -> float:
    """Return a number from 0 up to, and without, 1."""
    return int.from_bytes(random(4)) / 2**32


def pause(attempt: int, random: RandomBytes) -> float:
    """Return how many seconds to wait within a tick after the ``attempt``-th try, counted from 0, has failed."""
    return float(min(_LONGEST, _FIRST * 2**attempt) * (0.5 + fraction(random) / 2))


def asked(retry_after: float) -> timedelta:
    """Return how long to leave somebody alone who asked for it: an hour at most, whatever they say."""
    return timedelta(seconds=min(max(0.0, retry_after), LONGEST_WAIT.total_seconds()))


def retry_at(
    failures: int, now: datetime, started: datetime, every: float, random: RandomBytes, retry_after: float | None
) -> datetime:
    """Return before which time a target is left alone that has failed this often in a row.

    A tick that comes sooner than usual, such as a scheduler's own second try, must not hammer; the next regular tick
    must find it ready, because the margin counts on each. Only who says ``Retry-After`` is waited for longer.

    Args:
        failures: how often in a row, the last one included.
        now: the time.
        started: when this tick began.
        every: seconds between two ticks.
        random: for the jitter.
        retry_after: what the other side asked for, in seconds.
    """
    jitter = fraction(random)
    if retry_after is not None:
        return now + min(asked(retry_after) * (1 + 0.1 * jitter), LONGEST_WAIT)
    delay = _BETWEEN_TICKS * 2 ** min(failures - 1, 16) * (0.5 + jitter / 2)
    return max(now, min(now + timedelta(seconds=delay), started + timedelta(seconds=_IN_TIME * every)))
