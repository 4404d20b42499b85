"""A month of renewals: the real plan and runner, or the known updater's schedule, under the same faults."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from math import ceil, inf
from random import Random

from lookgate.core.renewal import RenewalStates, Target
from lookgate.errors import Unavailable
from lookgate.sync.margin import renewed_after
from lookgate.sync.report import Result
from lookgate.sync.run import Runner
from lookgate.sync.simulate.clock import elapsed, simulated, until
from lookgate.sync.simulate.faults import Chances, Faults, Outage, Point
from lookgate.sync.simulate.observer import Observer
from lookgate.sync.simulate.process import Around, Calls, Issuer, Killed, Process

HOUR = 3600.0
"""Between two runs of the known updater."""
LOOK_UPS = 3
"""Its calls before each write: the login, the attribute by its name, the group by its name."""
TOLD_EVERY = 100
"""Ticks between two words about progress."""
Progress = Callable[[int], None]
"""Told how many ticks more are done."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatedRule:
    """A sync rule, as far as it matters for time."""

    name: str
    life: float
    """Seconds that its source's tokens live."""
    margin: float
    source: str = "google"
    fresh: float = inf
    """How many seconds before its end the source makes another token; for most, whenever it is asked."""

    def survives(self, every: float) -> float:
        """Return the longest outage in seconds, whenever it begins, that leaves no expired second."""
        renewed = renewed_after(self.life, self.margin, every)
        if self.fresh < self.life:
            renewed = max(renewed, ceil((self.life - self.fresh) / every) * every)
        return max(0, ceil((self.life - renewed) / every) - 1) * every


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """Who is kept fresh, for how long, and what goes wrong."""

    rules: tuple[SimulatedRule, ...]
    every: float
    """Seconds between two ticks."""
    seconds: float
    seed: str
    targets: int = 0
    """How many values, rules taking turns; one for each rule at least."""
    chances: Chances = field(default_factory=Chances)
    outages: tuple[Outage, ...] = ()

    @property
    def survives(self) -> float:
        """The longest outage that every rule survives, in seconds."""
        return min(rule.survives(self.every) for rule in self.rules)

    def made(self) -> tuple[Target, ...]:
        """Return the targets."""
        number = max(self.targets, len(self.rules))
        return tuple(_target(self.rules[place % len(self.rules)], place) for place in range(number))


@dataclass(slots=True, kw_only=True)
class Outcome:
    """What came of it. Of tokens it says what the observer saw, of calls what Looker saw."""

    targets: int
    seconds: float
    expired: Mapping[str, float] = field(default_factory=dict)
    """Seconds in which the value of each target was expired."""
    gaps: int = 0
    longest_gap: float = 0.0
    renewals: int = 0
    """That ended well, and whose process lived to record it."""
    calls: int = 0
    answered: int = 0
    """Calls of writes that were answered with success."""
    ticks: int = 0
    missed: int = 0
    failed: int = 0
    """Ticks in which something failed for good or for now."""
    told: int = 0
    """Of these, those whose answer was no success."""
    longest_disturbed: float = 0.0
    """The longest time of which every tick was missed or disturbed."""
    restarts: tuple[Point, ...] = ()
    writes: tuple[float, ...] = ()
    """When a value was stored."""

    @property
    def total(self) -> float:
        return sum(self.expired.values())

    @property
    def worst(self) -> float:
        return max(self.expired.values(), default=0.0)


def simulate(scenario: Scenario, states: RenewalStates, progress: Progress | None = None) -> Outcome:
    """Live through a scenario with the real plan and runner. The first tick goes well, the rest as it comes.

    Args:
        scenario: what happens.
        states: an empty store.
        progress: told how it goes on.
    """
    return simulated(_Ours(scenario, states, progress).live())


def simulate_known_updater(scenario: Scenario) -> Outcome:
    """Live through the same with the known updater: hourly, four calls a write, one try, and success whatever comes."""
    return simulated(_known_updater(scenario))


class _Ours:
    def __init__(self, scenario: Scenario, states: RenewalStates, progress: Progress | None) -> None:
        self._scenario = scenario
        self._targets = scenario.made()
        self._progress = progress
        self._outcome = Outcome(targets=len(self._targets), seconds=scenario.seconds)
        self._observer = Observer()
        self._faults = _faults(scenario)
        self._calls = Calls()
        lives = {rule.source: rule.life for rule in scenario.rules}
        fresh = {rule.source: rule.fresh for rule in scenario.rules}
        self._around = Around(
            states=states,
            issuers={name: Issuer(life, fresh[name], self._observer) for name, life in lives.items()},
            lives=lives,
            observer=self._observer,
            faults=self._faults,
            random=Random(f"{scenario.seed} ours").randbytes,  # noqa: S311 - a simulation keeps no secret
            every=scenario.every,
            calls=self._calls,
        )

    async def live(self) -> Outcome:
        scenario, faults, outcome = self._scenario, self._faults, self._outcome
        process = Process(self._around)
        faults.calm = True
        await self._tick(process)
        faults.calm = False
        running: set[asyncio.Task[None]] = set()
        outcome.ticks = ceil(scenario.seconds / scenario.every)
        for tick in range(1, outcome.ticks):
            await until(tick * scenario.every + faults.lateness(tick))
            if self._progress and tick % TOLD_EVERY == 0:
                self._progress(TOLD_EVERY)
            if faults.misses(elapsed()):
                outcome.missed += 1
                continue
            if not process.is_alive:
                process = Process(self._around)
            task = asyncio.create_task(self._tick(process))
            running.add(task)
            task.add_done_callback(running.discard)
        await until(scenario.seconds)
        for task in tuple(running):
            task.cancel()
        _settle(outcome, self._observer, faults, scenario)
        outcome.calls, outcome.answered = self._calls.made, self._calls.answered
        return outcome

    async def _tick(self, process: Process) -> None:
        try:
            report = await Runner(process.world).tick(self._targets, progress=self._count)
            failed = any(result.outcome in {"failed", "paused"} for result in report.results)
            self._outcome.failed += failed
            self._outcome.told += failed and not report.ok
        except* Killed:
            pass  # whoever started it gets no answer, and the next tick comes

    def _count(self, done: int, of: int, result: Result) -> None:  # noqa: ARG002 - the port's signature
        self._outcome.renewals += result.outcome == "renewed"


async def _known_updater(scenario: Scenario) -> Outcome:
    observer, faults, targets = Observer(), _faults(scenario), scenario.made()
    lives = {rule.name: rule.life for rule in scenario.rules}
    outcome = Outcome(targets=len(targets), seconds=scenario.seconds, ticks=ceil(scenario.seconds / HOUR))

    def nothing() -> None:
        """A look-up changes nothing."""

    async def job(target: Target) -> None:
        try:
            token, _ = await faults.call("source", lambda: observer.issue(lives[target.rule]))
            for _ in range(LOOK_UPS):
                outcome.calls += 1
                await faults.call("looker", nothing)
                outcome.answered += 1
            outcome.calls += 1
            await faults.call("looker", lambda: observer.store(target.key, token))
            outcome.answered += 1
        except Unavailable:
            outcome.failed += 1  # and its answer is HTTP 200, so that nobody tries again
        else:
            outcome.renewals += 1

    faults.calm = True
    await asyncio.gather(*map(job, targets))
    faults.calm = False
    for hour in range(1, outcome.ticks):
        await until(hour * HOUR + faults.lateness(int(hour * HOUR // scenario.every)))
        if faults.misses(elapsed()):
            outcome.missed += 1
        else:
            await asyncio.gather(*map(job, targets))
    await until(scenario.seconds)
    _settle(outcome, observer, faults, scenario)
    return outcome


def _faults(scenario: Scenario) -> Faults:
    return Faults(scenario.chances, scenario.outages, scenario.seed, scenario.every)


def _settle(outcome: Outcome, observer: Observer, faults: Faults, scenario: Scenario) -> None:
    observer.close()
    outcome.expired = {key: seen.expired for key, seen in observer.places.items()}
    outcome.gaps = sum(seen.gaps for seen in observer.places.values())
    outcome.longest_gap = max((seen.longest for seen in observer.places.values()), default=0.0)
    outcome.longest_disturbed = faults.longest_disturbed * scenario.every
    outcome.restarts = tuple(faults.restarts)
    outcome.writes = tuple(observer.writes)


def _target(rule: SimulatedRule, place: int) -> Target:
    return Target(
        rule=rule.name, instance="https://looker.example.com", attribute_id=str(place + 1), attribute=rule.name,
        holder="default", holder_id="", label=f"value {place + 1}", source=rule.source,
        audience="https://service.example.com", margin=rule.margin, fingerprint=str(place + 1),
    )  # fmt: skip
