"""What a tick would do, and why: a pure function of targets, states and time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

from lookgate.core.renewal import Target, TargetState
from lookgate.sync.margin import kept_lead

Why = Literal[
    "new", "changed", "rotated", "clock", "expired", "margin", "overtaken",  # due
    "fresh", "endless", "backoff", "paused", "budget",  # waiting
    "stopped",
]  # fmt: skip
DUE = frozenset[Why]({"new", "changed", "rotated", "clock", "expired", "margin", "overtaken"})
CLOCK_TOLERANCE = timedelta(seconds=60)
"""How far in the future a time may lie that another process wrote; beyond it, a clock was set back."""
LONGEST_WAIT = timedelta(hours=1)
"""The longest that a target waits because somebody asked for it, however long they asked for."""
STOPPED_FOR = timedelta(hours=6)
"""After how long a permanent failure is tried again: somebody may have mended it without changing a rule."""
_FIRST = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Step:
    """One target, what is known of it, and what that leads to."""

    target: Target
    state: TargetState
    why: Why
    at: datetime | None
    """When it is due or tried again; None when nothing but a change will make it so."""


@dataclass(frozen=True, slots=True)
class Conflict:
    """One place that rules want to hold different values. What stands there is kept fresh, and nothing else written."""

    key: str
    targets: tuple[Target, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """What a tick at ``now`` would do."""

    now: datetime
    every: float
    """Seconds between two ticks."""
    due: tuple[Step, ...]
    """In the order of urgency."""
    waiting: tuple[Step, ...]
    """In the order of their time; those without one last."""
    stopped: tuple[Step, ...]
    """Failed for good, and tried again at their time."""
    orphans: tuple[str, ...]
    """Keys of states that no target has."""
    conflicts: tuple[Conflict, ...]


def plan(
    targets: Iterable[Target],
    states: Iterable[TargetState],
    now: datetime,
    *,
    every: float,
    digests: Mapping[tuple[str, str], str] | None = None,
    retry: bool = False,
    exhausted: frozenset[str] = frozenset(),
) -> Plan:
    """Sort targets into what is due, what waits and what has stopped.

    Args:
        targets: the places that rules name.
        states: what is remembered.
        now: the time (aware).
        every: seconds between two ticks.
        digests: the SHA-256 (hex) of what sources without an end hold now, by source and audience.
        retry: whether targets that failed are due whatever they wait for; an instance that asked to be left alone
            is left alone all the same.
        exhausted: instances whose calls of the month are used up; only what is urgent is due there.
    """
    known = {state.key: state for state in states}
    places: dict[str, list[Target]] = {}
    for target in targets:
        places.setdefault(target.key, []).append(target)
    conflicts, steps = [], []
    paused = _paused(places, known, now)
    for key, wanted in places.items():
        state = known.get(key, TargetState(key))
        target = max(wanted, key=lambda each: each.margin)
        if len({each.fingerprint for each in wanted}) > 1:
            conflicts.append(Conflict(key, tuple(wanted)))
            standing = [each for each in wanted if each.fingerprint == state.fingerprint]
            if not standing:
                continue
            target = max(standing, key=lambda each: each.margin)
        step = _step(target, state, now, every, digests or {}, retry=retry)
        if step.why in DUE and target.instance in paused:
            step = Step(target, state, "paused", paused[target.instance])
        elif step.why in DUE and target.instance in exhausted and not is_urgent(step, now):
            step = Step(target, state, "budget", _urgent_at(step))
        steps.append(step)
    return Plan(
        now,
        every,
        tuple(sorted((step for step in steps if step.why in DUE), key=_urgency)),
        tuple(sorted((step for step in steps if step.why not in DUE and step.why != "stopped"), key=_time)),
        tuple(sorted((step for step in steps if step.why == "stopped"), key=_time)),
        tuple(sorted(known.keys() - places.keys())),
        tuple(conflicts),
    )


def is_urgent(step: Step, now: datetime) -> bool:
    """Return whether a due step cannot wait for a new month: half its margin is gone, or what stands there is wrong."""
    urgent_at = _urgent_at(step)
    return step.why != "margin" or urgent_at is None or now >= urgent_at


def ends_soon(step: Step, now: datetime) -> bool:
    """Return whether half the margin of the stored token is gone; never of what has no end, or was never stored."""
    at = _urgent_at(step)
    return at is not None and now >= at


def _step(
    target: Target,
    state: TargetState,
    now: datetime,
    every: float,
    digests: Mapping[tuple[str, str], str],
    *,
    retry: bool,
) -> Step:
    waiting = None if retry or state.tried != target.fingerprint else _held_back(target, state, now)
    if waiting:
        return waiting
    why: Why | None = None
    if state.renewed_at is None:
        why = "new"
    elif state.fingerprint != target.fingerprint:
        why = "changed"
    elif state.renewed_at > now + CLOCK_TOLERANCE:
        why = "clock"
    elif state.expires_at is None:
        held = digests.get((target.source, target.audience), state.digest)
        why = "rotated" if held != state.digest else "endless"
    elif state.expires_at <= now:
        why = "expired"
    if why:
        return Step(target, state, why, None if why == "endless" else now)
    due_at = _before(state.expires_at, kept_lead(target.margin, every, state.life))
    return Step(target, state, "margin" if due_at is None or due_at <= now else "fresh", due_at)


def _held_back(target: Target, state: TargetState, now: datetime) -> Step | None:
    """Return what a target waits for that failed under the rule that it still has; None when for nothing.

    A time that lies further ahead than anybody is made to wait was written under a clock that has been set back.
    """
    if state.stopped and state.failed_at is not None:
        again = state.failed_at + STOPPED_FOR
        return Step(target, state, "stopped", again) if now < again <= now + STOPPED_FOR + CLOCK_TOLERANCE else None
    if state.retry_at is not None and now < state.retry_at <= now + LONGEST_WAIT + CLOCK_TOLERANCE:
        return Step(target, state, "backoff", state.retry_at)
    return None


def _paused(
    places: Mapping[str, list[Target]], known: Mapping[str, TargetState], now: datetime
) -> Mapping[str, datetime]:
    """Return the instances that asked to be left alone, and until when."""
    paused: dict[str, datetime] = {}
    for key, wanted in places.items():
        until = known[key].paused_until if key in known else None
        if until is not None and now < until <= now + LONGEST_WAIT + CLOCK_TOLERANCE:
            instance = wanted[0].instance
            paused[instance] = max(until, paused.get(instance, until))
    return paused


def _before(at: datetime | None, seconds: float) -> datetime | None:
    return None if at is None else at - timedelta(seconds=seconds)


def _urgent_at(step: Step) -> datetime | None:
    return _before(step.state.expires_at, step.target.margin / 2)


def _urgency(step: Step) -> tuple[datetime, str]:
    return (step.state.expires_at or _FIRST, step.target.key)


def _time(step: Step) -> tuple[bool, datetime, str]:
    return (step.at is None, step.at or _FIRST, step.target.key)
