"""What an admin alerts on: when the last run was and how it went, and for how long the stored tokens still live.

What concerns the tokens is read from the store, so every process of a gateway tells the same; only the totals are each
process's own.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import msgspec
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from lookgate.errors import Unavailable
from lookgate.sync.runs import LAST, Last, Runs

if TYPE_CHECKING:
    from lookgate.compose_sync import Renewals


@dataclass(frozen=True, slots=True)
class Known:
    """What the store knows."""

    last: tuple[Last, datetime] | None
    """Of any process; None before the first run."""
    seconds_left: float | None
    """Until the first stored token ends, below zero once it has; None when none has an end."""
    failing: int
    """Targets whose last renewal failed."""
    instance: str
    calls: int
    """To the instance in this calendar month."""


def known_of(renewals: Renewals) -> Known | None:
    """Ask the store, from a worker thread; None when it does not answer, so that what is told is never old."""
    states, notes, now = renewals.world.states, renewals.runs.notes, renewals.world.clock.now()
    try:
        every, kept = states.all(), notes.recall(LAST)
        calls = states.spend(renewals.client.base_url, now.strftime("%Y-%m"), 0)
    except Unavailable:
        return None
    ends = [state.expires_at for state in every if state.expires_at is not None]
    return Known(
        (msgspec.json.decode(kept[0], type=Last), kept[1]) if kept else None,
        (min(ends) - now).total_seconds() if ends else None,
        sum(state.failures > 0 for state in every),
        renewals.client.base_url,
        calls,
    )


class RunMetrics(Collector):
    """The families of one scrape."""

    def __init__(self, runs: Runs, known: Known | None) -> None:
        self._runs = runs
        self._known = known

    def collect(self) -> Iterator[Metric]:
        yield CounterMetricFamily("lookgate_sync_renewals", "Tokens written by this process.", self._runs.renewed)
        yield CounterMetricFamily("lookgate_sync_failures", "Renewals that failed in this process.", self._runs.failed)
        known = self._known
        if known is None:
            return
        yield GaugeMetricFamily("lookgate_sync_failing_targets", "Whose last renewal failed.", known.failing)
        if known.last is not None:
            last, at = known.last
            name = "lookgate_sync_last_run"
            yield GaugeMetricFamily(f"{name}_timestamp_seconds", "When the last run began.", at.timestamp())
            yield GaugeMetricFamily(f"{name}_success", "Whether all was as it should be.", float(last.ok))
        if known.seconds_left is not None:
            what = "Until the first stored token expires; below zero, it has."
            yield GaugeMetricFamily("lookgate_sync_first_expiry_seconds", what, known.seconds_left)
        calls = GaugeMetricFamily(
            "lookgate_sync_api_calls_this_month",
            "Admin API calls of renewals, by calendar month.",
            labels=("instance",),
        )
        calls.add_metric((known.instance,), known.calls)
        yield calls
