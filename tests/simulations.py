"""What the tests of simulations share: a scenario that each changes, and an empty store to live through it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from lookgate.core.renewal import RenewalStates
from lookgate.store.memory import MemoryStore
from lookgate.sync.simulate.faults import DAY, Chances
from lookgate.sync.simulate.run import Outcome, Scenario, SimulatedRule, simulate

HOUR_LONG = SimulatedRule(name="orders_token", life=3600, margin=1800)
PROMISED = Chances(missed_ticks=0.05, api_errors=0.05, restarts=1, late=5)
"""Five of a hundred ticks missed, five of a hundred calls failing, a restart a day."""


@contextmanager
def empty_states() -> Iterator[RenewalStates]:
    store = MemoryStore()
    try:
        yield store.renewals
    finally:
        store.close()


def scenario(**changes: Any) -> Scenario:
    told: dict[str, Any] = {"rules": (HOUR_LONG,), "every": 300.0, "seconds": DAY, "seed": "1"}
    return Scenario(**(told | changes))


def lived(**changes: Any) -> Outcome:
    """Return what came of a scenario: a day of one hour-long token, changed as told."""
    with empty_states() as states:
        return simulate(scenario(**changes), states)
