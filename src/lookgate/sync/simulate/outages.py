"""The longest outage that leaves no expired second: as derived, and as tried, whoever is away and whenever."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from random import Random

from lookgate.core.renewal import RenewalStates
from lookgate.sync.margin import SLACK, fits
from lookgate.sync.simulate.faults import WHERE, Chances, Outage
from lookgate.sync.simulate.run import Scenario, SimulatedRule, simulate

AT_RANDOM = 3
"""How often each outage is tried at a random moment, beside the worst."""
LONGEST_TRIED = 300
"""Runs in a token's life up to which outages are tried: more would take minutes."""
Stores = Callable[[], AbstractContextManager[RenewalStates]]
"""Opens an empty store."""


@dataclass(frozen=True, slots=True)
class Trial:
    """Outages of one length."""

    lasts: float
    """Seconds."""
    times: int
    """How often one was tried."""
    expired: float
    """The seconds that a stored token was expired in the worst of them."""


@dataclass(frozen=True, slots=True)
class Endurance:
    """What tokens of one life survive under one margin."""

    life: float
    margin: float
    every: float
    derived: float
    """The longest outage without an expired second, by arithmetic."""
    trials: tuple[Trial, ...]
    """Of each length; none for tokens that live very long."""
    is_largest: bool
    """Whether no margin survives more."""

    @property
    def holds(self) -> bool:
        """Whether no outage as long as derived, or shorter, left an expired second."""
        return all(trial.expired == 0 for trial in self.trials if trial.lasts <= self.derived)


def endure(rule: SimulatedRule, every: float, seed: str, stores: Stores) -> Endurance:
    """Try outages of a tick less than derived, as derived, a tick more, and the token's whole life."""
    derived = rule.survives(every)
    is_largest = rule.fresh < rule.life or rule.margin >= at_every_tick(rule, every).margin
    if rule.life > LONGEST_TRIED * every:
        return Endurance(rule.life, rule.margin, every, derived, (), is_largest)
    lengths = sorted({max(0.0, derived - every), derived, derived + every, rule.life} - {0.0})
    healthy = _scenario(rule, every, seed)
    with stores() as states:
        moments = _moments(simulate(healthy, states).writes, every, Random(f"{seed} moments"))  # noqa: S311 - no secret
    trials = (_try(rule, every, seed, lasts, moments, stores) for lasts in lengths)
    return Endurance(rule.life, rule.margin, every, derived, tuple(trials), is_largest)


def at_every_tick(rule: SimulatedRule, every: float) -> SimulatedRule:
    """Return the rule with the largest margin that its tokens can keep: no other survives more.

    A source that keeps its tokens until near their end leaves no choice.
    """
    if rule.fresh < rule.life:
        return rule
    ticks = max(0, int(rule.life / every - 1 - SLACK))
    while ticks and not fits(rule.life, ticks * every, every):
        ticks -= 1
    return replace(rule, margin=ticks * every)


def _try(
    rule: SimulatedRule, every: float, seed: str, lasts: float, moments: tuple[float, ...], stores: Stores
) -> Trial:
    worst, times = 0.0, 0
    for outage in _outages(lasts, moments):
        with stores() as states:
            scenario = replace(_scenario(rule, every, seed), outages=(outage,))
            # Until the first tick after the outage that can end a gap, and one more.
            ends = outage.begins + lasts + 3 * every
            worst, times = max(worst, simulate(replace(scenario, seconds=ends), states).worst), times + 1
    return Trial(lasts, times, worst)


def _outages(lasts: float, moments: tuple[float, ...]) -> Iterator[Outage]:
    for where in WHERE:
        for begins in moments:
            yield Outage(where, begins, lasts)


def _moments(writes: tuple[float, ...], every: float, random: Random) -> tuple[float, ...]:
    """Return when outages begin: with the very tick that would have renewed, the worst there is, and at any time."""
    renewed = writes[1] // every * every
    return (renewed, *(random.uniform(1, 2 * renewed) for _ in range(AT_RANDOM)))


def _scenario(rule: SimulatedRule, every: float, seed: str) -> Scenario:
    return Scenario(rules=(rule,), every=every, seconds=rule.life + 3 * every, seed=seed, chances=Chances())
