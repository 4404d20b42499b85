"""Why a step is due, or what it waits for, in one line for people."""

from __future__ import annotations

from datetime import datetime

from lookgate.sync.margin import default_margin, fits
from lookgate.sync.plan import Conflict, Plan, Step, Why

_UNITS = ((86400, "d"), (3600, "h"), (60, "min"), (1, "s"))


def span(seconds: float) -> str:
    """Return a length of time in its two largest units: ``22 min``, ``1 h 5 min``, ``45 s``; never negative."""
    left = round(max(0.0, seconds))
    for place, (size, unit) in enumerate(_UNITS):
        if left >= size or size == 1:
            count, rest = divmod(left, size)
            finer, finer_unit = _UNITS[min(place + 1, len(_UNITS) - 1)]
            more = f" {rest // finer} {finer_unit}" if size > 60 and rest >= finer else ""  # noqa: PLR2004 - minutes stand alone
            return f"{count} {unit}{more}"
    raise AssertionError


def describe(step: Step, plan: Plan) -> str:
    """Return why a step of a plan stands where it stands."""
    return _SENTENCES[step.why].format(
        life=_life(step, plan),
        wait=_in(step.at, plan.now),
        ago=_in(plan.now, step.state.expires_at or plan.now),
        failure=_failure(step),
        instance=step.target.instance,
    )


def describe_conflict(conflict: Conflict) -> str:
    """Return which rules want one place to hold different values."""
    first = conflict.targets[0]
    rules = ", ".join(sorted({target.rule for target in conflict.targets}))
    return f"{first.attribute} for {first.label}: the rules {rules} want different values there; leave one of them"


_SENTENCES: dict[Why, str] = {
    "new": "nothing of ours is stored there: due",
    "changed": "its rule or its place has changed: due",
    "rotated": "the source has another secret than the one stored: due",
    "clock": "renewed at a time that is still to come, before a clock was set back: due",
    "overtaken": "another process wrote at the same time: due",
    "expired": "expired {ago} ago: due",
    "margin": "{life}: due",
    "fresh": "{life}: renewed in {wait}",
    "endless": "the stored secret has no end and is the source's: renewed when that changes",
    "backoff": "{failure}: tried again in {wait}",
    "paused": "{instance} asked to be left alone: tried again in {wait}",
    "budget": "the month's API calls are used up; {life}: renewed in {wait}",
    "stopped": "{failure}; somebody has to mend it: tried again in {wait}",
}


def _life(step: Step, plan: Plan) -> str:
    margin, asked = step.target.margin, ""
    if step.state.life and not fits(step.state.life, margin, plan.every):
        asked = f" (the rule's {span(margin)} is more than tokens of {span(step.state.life)} can keep)"
        margin = default_margin(step.state.life, plan.every)
    ends = _in(step.state.expires_at, plan.now)
    return f"expires in {ends}, margin {span(margin)}{asked} + {span(plan.every)} tick"


def _failure(step: Step) -> str:
    times = f", {step.state.failures} times" if step.state.failures > 1 else ""
    return f"failed{times}: {step.state.detail.rstrip('.')} ({step.state.code})"


def _in(at: datetime | None, now: datetime) -> str:
    return span((at - now).total_seconds() if at else 0.0)
