"""Plain counters, kept in the process; ``exposition`` turns them into Prometheus text when somebody scrapes.

Every label comes from a bounded set: enabled actions, outcomes, statuses, verifiers, rules. What a caller makes up is
counted under ``none`` or ``other``.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter

from lookgate.web.exchange import Exchange

BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
"""Upper bounds in seconds; an extension gives up after 30."""

MAX_RULES = 200
"""Handlers may raise denials of their own making; beyond this many they are counted together."""


class Metrics:
    """What happened so far in this process."""

    def __init__(self) -> None:
        self.requests: Counter[tuple[str, str, int]] = Counter()
        """By action, outcome and status."""
        self.durations: dict[str, list[int]] = {}
        """By action: how many requests fell into each bucket, the last one being all that took longer."""
        self.seconds: dict[str, float] = {}
        self.verifications: Counter[tuple[str, str]] = Counter()
        """By verifier and result."""
        self.denials: Counter[str] = Counter()
        """By rule."""

    def count(self, exchange: Exchange, seconds: float) -> None:
        """Count one exchange that took ``seconds``."""
        action = exchange.action or "none"
        outcome = exchange.event.outcome if exchange.is_audited else "none"
        self.requests[action, outcome, exchange.status] += 1
        self.durations.setdefault(action, [0] * (len(BUCKETS) + 1))[bisect_left(BUCKETS, seconds)] += 1
        self.seconds[action] = self.seconds.get(action, 0.0) + seconds
        if exchange.verification is not None:
            self.verifications[exchange.verifier or "none", exchange.verification] += 1
        if exchange.event.outcome == "denied":
            rule = exchange.rule if exchange.rule in self.denials or len(self.denials) < MAX_RULES else "other"
            self.denials[rule] += 1
