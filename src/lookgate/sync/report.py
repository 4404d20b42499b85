"""What a tick did, for the command line and for whoever called it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from lookgate.core.ports import Json
from lookgate.core.renewal import Target
from lookgate.sync.plan import Plan, Step, ends_soon

Outcome = Literal[
    "renewed",  # written
    "unchanged",  # the source has nothing newer; nothing was called
    "elsewhere",  # another process renews it, or has
    "saved",  # the month's calls are used up, and it can wait
    "paused",  # the instance does not answer, or asked to be left alone; tried at a later tick
    "stopped",  # still fails for good, as was told before
    "failed",
]


@dataclass(frozen=True, slots=True)
class Result:
    """What came of one step."""

    target: Target
    outcome: Outcome
    code: str = ""
    """What is wrong: of a failure, or of a token that was written and does not keep its promise."""
    detail: str = ""
    """One sentence, free of secrets."""
    hint: str = ""
    """The one thing to do."""
    expires_at: datetime | None = None
    """When the stored token ends now."""
    canary: str = ""
    """What came of trying it: ``ok``, a code, or empty when it was not tried."""
    passes: bool = False
    """Of a failure: whether another try may succeed without anybody mending something."""

    @property
    def ok(self) -> bool:
        """Whether nobody needs to know."""
        return (
            self.outcome not in {"failed", "paused"}
            and (not self.code or self.outcome in {"stopped", "saved"})
            and (self.canary in {"", "ok"})
        )

    def as_json(self) -> dict[str, Json]:
        """Return it with names and times as text, and without what is empty."""
        told: dict[str, Json] = {
            "rule": self.target.rule,
            "attribute": self.target.attribute,
            "for": self.target.label,
            "outcome": self.outcome,
            "code": self.code,
            "detail": self.detail,
            "hint": self.hint,
            "expires_at": self.expires_at.isoformat() if self.expires_at else "",
            "canary": self.canary,
        }
        return {name: value for name, value in told.items() if value}


@dataclass(frozen=True, slots=True)
class TickReport:
    """What one tick did."""

    plan: Plan
    seconds: float
    """How long it took."""
    results: tuple[Result, ...]
    """One for each due step, in the order in which they ended."""
    calls: int
    """API calls made by writes, those that failed included."""
    over_budget: tuple[str, ...]
    """Instances whose calls of the month are used up."""

    @property
    def ok(self) -> bool:
        """Whether every target is as it should be, or its failure is permanent, was told before, and has time left.

        A target that waits after a failure counts as failed, so that a scheduler's second try within seconds is not
        answered with success.
        """
        waiting = any(step.why in {"backoff", "paused"} for step in self.plan.waiting)
        return not (waiting or self.stale or self.plan.conflicts) and all(result.ok for result in self.results)

    @property
    def stale(self) -> tuple[Step, ...]:
        """What failed for good, was told once, and was not mended in time: half of its token's margin is gone."""
        tried = {result.target.key for result in self.results if result.outcome == "stopped"}
        steps = (*self.plan.stopped, *(step for step in self.plan.due if step.target.key in tried))
        return tuple(step for step in steps if ends_soon(step, self.plan.now))

    def count(self, outcome: Outcome) -> int:
        """Return how many steps ended so."""
        return sum(result.outcome == outcome for result in self.results)

    def as_json(self) -> dict[str, Json]:
        """Return the whole report; nothing in it is secret."""
        waiting: list[Json] = [
            {"rule": step.target.rule, "attribute": step.target.attribute, "for": step.target.label,
             "code": step.state.code, "detail": step.state.detail, "again_at": step.at.isoformat() if step.at else ""}
            for step in (*self.plan.waiting, *self.plan.stopped)
            if step.why in {"backoff", "paused", "stopped"}
        ]  # fmt: skip
        conflicts: list[Json] = [
            {"attribute": each.targets[0].attribute, "for": each.targets[0].label,
             "rules": [target.rule for target in each.targets]}
            for each in self.plan.conflicts
        ]  # fmt: skip
        return {
            "success": self.ok,
            "started_at": self.plan.now.isoformat(),
            "seconds": round(self.seconds, 3),
            "calls": self.calls,
            "results": [result.as_json() for result in self.results],
            "waiting": waiting,
            "conflicts": conflicts,
            "over_budget": list(self.over_budget),
        }


Progress = Callable[[int, int, Result], None]
"""Told after each step: how many are done, of how many, and the last one's result."""
