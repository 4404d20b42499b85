"""What a run did not do, and why, in the fewest words: for whoever called it, for the log and for the status."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from lookgate.sync.report import TickReport
from lookgate.sync.updater import RunReport

_NAMED = 3
"""How many are named in a sentence; the report has them all."""


@dataclass(frozen=True, slots=True)
class Failure:
    """One place that is not as it should be, or one rule that leads nowhere."""

    where: str
    code: str
    hint: str = ""
    passes: bool = False
    """Whether it may pass by itself, so that another try is worth it."""


def failures(report: RunReport) -> tuple[Failure, ...]:
    """Return what keeps a run from being a success; nothing when it is one."""
    found = [Failure(f"the rule {each.rule}", each.code, each.hint) for each in report.problems]
    found += _of(report.tick, report.moved)
    if report.again is not None:
        found += _of(report.again, frozenset())
    return tuple(found)


def sentence(found: tuple[Failure, ...]) -> str:
    """Say what failed, the first few by name."""
    named = ", ".join(f"{each.where} ({each.code})" for each in found[:_NAMED])
    more = f", and {len(found) - _NAMED} more" if len(found) > _NAMED else ""
    return f"Not as it should be: {named}{more}."


def _of(tick: TickReport, moved: frozenset[str]) -> Iterator[Failure]:
    for result in tick.results:
        if not result.ok and result.target.key not in moved:
            code = result.code or result.canary
            where = f"{result.target.attribute} for {result.target.label}"
            yield Failure(where, code, result.hint, passes=result.passes)
    for step in tick.plan.waiting:
        if step.why in {"backoff", "paused"}:
            where = f"{step.target.attribute} for {step.target.label}"
            yield Failure(where, step.state.code or "instance_paused", passes=True)
    for step in tick.stale:
        yield Failure(f"{step.target.attribute} for {step.target.label}", step.state.code or "token_stale")
    for conflict in tick.plan.conflicts:
        first = conflict.targets[0]
        rules = ", ".join(sorted({target.rule for target in conflict.targets}))
        where = f"{first.attribute} for {first.label}"
        yield Failure(where, "rules_conflict", f"Leave one of the rules {rules}.")
