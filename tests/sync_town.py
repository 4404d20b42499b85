"""What the tests of renewals share: a source, a Looker in a dict, and a world of time and chance that stands still."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from lookgate.core.audit import StoredEvent
from lookgate.core.ports import Store
from lookgate.core.renewal import Canary, Minted, Target, TargetState, TokenSource
from lookgate.core.secret import Secret
from lookgate.errors import Refused, Unavailable
from lookgate.store.memory import MemoryStore
from lookgate.sync.report import TickReport
from lookgate.sync.run import Runner
from lookgate.sync.world import World
from lower_rooms import CountedBytes, StillClock, run

LOOKER = "https://looker.example.com"
EVERY, MARGIN, LIFE = 300.0, 1800.0, 3600.0
DOWN = Unavailable("looker_down", "Looker does not answer.", "Start it.")
GONE = Refused("target_gone", "There is no group 1.", "Name another.")


def busy(seconds: float) -> Unavailable:
    return Unavailable("looker_busy", "Looker asks to come back later.", retry_after=seconds)


def target(number: int = 1, **changes: Any) -> Target:
    told: dict[str, Any] = {
        "rule": f"rule{number}", "instance": LOOKER, "attribute_id": "12", "attribute": "orders_token",
        "holder": "group", "holder_id": str(number), "label": f"group {number}", "source": "google",
        "audience": "https://orders.example.com", "margin": MARGIN, "fingerprint": f"f{number}",
    }  # fmt: skip
    return Target(**(told | changes))


class Tokens:
    """A source of new tokens, each of the same life; ``errors`` are raised first."""

    def __init__(self, clock: StillClock, life: float = LIFE) -> None:
        self.clock = clock
        self.life = life
        self.made = 0
        self.errors: list[Exception] = []
        self.ahead = 0.0
        """By how many seconds its clock is ahead of ours."""

    async def mint(self, audience: str) -> Minted:
        await asyncio.sleep(0)
        if self.errors:
            raise self.errors.pop(0)
        self.made += 1
        issued = self.clock.now() + timedelta(seconds=self.ahead)
        value = Secret(f"token-{audience}-{self.made}")
        return Minted(value, issued + timedelta(seconds=self.life), issued)


class Fixed:
    """A source that gives what it is told to."""

    def __init__(self, value: str, expires_at: datetime | None = None, issued_at: datetime | None = None) -> None:
        self.minted = Minted(Secret(value), expires_at, issued_at)
        self.asked = 0

    async def mint(self, audience: str) -> Minted:  # noqa: ARG002 - the port's signature
        self.asked += 1
        return self.minted


class Looker:
    """Values by key; ``errors`` are raised first, ``before`` and ``after`` run around a write."""

    def __init__(self) -> None:
        self.values: dict[str, str] = {}
        self.writes: list[str] = []
        self.errors: list[Exception | None] = []
        self.flying = self.most = 0
        self.before: Callable[[Target], Awaitable[None]] | None = None
        self.after: Callable[[Target], Awaitable[None]] | None = None

    async def write(self, target: Target, value: Secret) -> None:
        self.flying += 1
        self.most = max(self.most, self.flying)
        try:
            await asyncio.sleep(0)
            self.writes.append(target.key)
            if self.before:
                await self.before(target)
            error = self.errors.pop(0) if self.errors else None
            if error:
                raise error
            self.values[target.key] = value.reveal()
            if self.after:
                await self.after(target)
        finally:
            self.flying -= 1


@dataclass
class Town:
    """A runner and all that it touches."""

    clock: StillClock = field(default_factory=StillClock)
    store: Store = field(default_factory=MemoryStore)
    looker: Looker = field(default_factory=Looker)
    canary: Canary | None = None
    every: float = EVERY
    concurrency: int = 8
    budget: int | None = None
    waits: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.random = CountedBytes()
        self.tokens = Tokens(self.clock)
        self.sources: dict[str, TokenSource] = {"google": self.tokens}

    async def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.clock.move(seconds)
        await asyncio.sleep(0)

    @property
    def runner(self) -> Runner:
        return Runner(
            World(
                states=self.store.renewals,
                sources=self.sources,
                writer=self.looker,
                canary=self.canary,
                clock=self.clock,
                random=self.random,
                sleep=self.sleep,
                every=self.every,
                concurrency=self.concurrency,
                budget=self.budget,
            )
        )

    def tick(self, *targets: Target, **options: Any) -> TickReport:
        return run(self.runner.tick(targets, **options))

    def state(self, wanted: Target) -> TargetState:
        return next(state for state in self.store.renewals.all() if state.key == wanted.key)

    def events(self) -> list[tuple[str, str, str]]:
        """Return each event's action, outcome and code."""
        return [(each.event.action, each.event.outcome, each.event.rule) for each in self.log()]

    def log(self) -> list[StoredEvent]:
        return list(self.store.tail(limit=100_000))

    def remaining(self, wanted: Target) -> float:
        """Return how many seconds the stored token has left."""
        ends = self.state(wanted).expires_at
        assert ends is not None
        return (ends - self.clock.now()).total_seconds()
