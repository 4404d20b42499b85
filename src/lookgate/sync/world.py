"""What a runner takes from outside: time, randomness, waiting, threads, and what it stands between."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import ParamSpec, Protocol, TypeVar

from lookgate.core.ports import Clock, RandomBytes
from lookgate.core.renewal import AttributeWriter, Canary, RenewalStates, TokenSource
from lookgate.errors import Unavailable

P = ParamSpec("P")
T = TypeVar("T")
Sleep = Callable[[float], Awaitable[None]]
"""Waits so many seconds."""


class Blocking(Protocol):
    """Runs a function that blocks briefly, beside the event loop."""

    def __call__(self, function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Awaitable[T]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """Everything that a tick touches, and its limits."""

    states: RenewalStates
    sources: Mapping[str, TokenSource]
    writer: AttributeWriter
    canary: Canary | None = None
    clock: Clock
    random: RandomBytes
    sleep: Sleep
    blocking: Blocking = asyncio.to_thread
    """How the store is called; a simulation, whose store is in memory, calls it in place."""
    every: float
    """Seconds between two ticks."""
    concurrency: int = 8
    """Writes in flight, per instance."""
    budget: int | None = None
    """API calls a month, per instance."""
    lease_seconds: float = 90
    """How long a killed process holds a target up. A write must end within it."""
    patience: float = 30
    """Seconds that a tick waits in all for an instance that asks for it, before it leaves the rest to the next tick."""


LEASE = 90.0
"""Seconds of a lease where margins are long."""


def lease_for(margin: float, timeout: float) -> float:
    """Return how long a lease lasts, in seconds: half the shortest margin, so that a killed process costs no token.

    It is never shorter than a write may take: a call, a login after a 401, and the call again.

    Args:
        margin: the shortest of all rules.
        timeout: of one API call.
    """
    return min(LEASE, max(margin / 2, 3 * timeout + 5))


def unexpected(who: str, error: Exception) -> Unavailable:
    """Return an error for an exception that nobody foresaw. Its text may hold anything, so only its type is told."""
    return Unavailable("unexpected_error", f"{who} failed with {type(error).__name__}.", "Look into the log.")
