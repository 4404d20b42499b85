"""Prometheus text from the counters (exposition format 0.0.4)."""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from lookgate.web.metrics import BUCKETS, Metrics

MEDIA_TYPE = CONTENT_TYPE_LATEST


def exposition(metrics: Metrics, *more: Collector) -> bytes:
    """Return the counters, and what others count, as Prometheus text."""
    registry = CollectorRegistry()
    for collector in (_Families(metrics), *more):
        registry.register(collector)
    return generate_latest(registry)


class _Families(Collector):
    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics

    def collect(self) -> Iterator[Metric]:
        requests = CounterMetricFamily(
            "lookgate_requests", "Requests answered.", labels=("action", "outcome", "status")
        )
        for (action, outcome, status), count in sorted(self._metrics.requests.items()):
            requests.add_metric((action, outcome, str(status)), count)
        yield requests
        yield self._durations()
        verifications = CounterMetricFamily(
            "lookgate_verifications", "Credentials looked at.", labels=("verifier", "result")
        )
        for labels, count in sorted(self._metrics.verifications.items()):
            verifications.add_metric(labels, count)
        yield verifications
        denials = CounterMetricFamily("lookgate_denials", "Requests refused to a caller.", labels=("rule",))
        for rule, count in sorted(self._metrics.denials.items()):
            denials.add_metric((rule,), count)
        yield denials

    def _durations(self) -> Metric:
        family = HistogramMetricFamily(
            "lookgate_request_duration_seconds", "From the first byte in to the last byte out.", labels=("action",)
        )
        for action, counts in sorted(self._metrics.durations.items()):
            total = 0
            buckets: list[tuple[str, float]] = []
            for bound, count in zip((*map(str, BUCKETS), "+Inf"), counts, strict=True):
                total += count
                buckets.append((bound, total))
            family.add_metric((action,), buckets, self._metrics.seconds[action])
        return family
