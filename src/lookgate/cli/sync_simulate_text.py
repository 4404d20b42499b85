"""What a simulation found, for people."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from math import ceil

from lookgate.sync.describe import span
from lookgate.sync.simulate.faults import POINTS, Where
from lookgate.sync.simulate.outages import LONGEST_TRIED, Endurance, Trial
from lookgate.sync.simulate.run import Outcome, Scenario

_WHERE: dict[Where, str] = {"looker": "Looker", "gateway": "the gateway", "source": "the token source"}


def head(scenario: Scenario) -> str:
    """Return what is simulated."""
    kinds = Counter((rule.life, rule.margin) for rule in scenario.rules)
    values = _count(max(scenario.targets, len(scenario.rules)), "value")
    about = f"{span(scenario.seconds)}, a run every {span(scenario.every)}, {values}, seed {scenario.seed}"
    lines = [f"{about}; nothing is called."]
    for (life, margin), number in kinds.items():
        lines.append(f"  {_count(number, 'rule')}: tokens of {span(life)}, margin {span(margin)}")
    return "\n".join(lines)


def faults(scenario: Scenario, ours: Outcome) -> str:
    """Return what went wrong."""
    chances = scenario.chances
    struck = Counter(ours.restarts)
    where = ", ".join(f"{struck[point]} {point}" for point in POINTS if struck[point])
    missed = f"{ours.missed:,} of {ours.ticks:,}"
    lines = [
        "Faults:",
        f"  {chances.missed_ticks * 100:g} % of runs missed, and all of an outage of the gateway: {missed}",
        f"  {chances.api_errors * 100:g} % of calls failing: an error, told to wait, hanging, or done and not answered",
        f"  {_count(chances.restarts, 'restart')} a day, in a renewal: {where or 'none'}",
    ]
    lines += [
        f"  {_WHERE[outage.where]} away for {span(outage.lasts)}, from {_at(outage.begins)} on"
        for outage in sorted(scenario.outages, key=lambda each: each.begins)
    ]
    longest = span(ours.longest_disturbed) if ours.longest_disturbed else "none"
    return "\n".join([*lines, f"  longest time in which every run was missed or disturbed: {longest}"])


def table(ours: Outcome, theirs: Outcome) -> str:
    """Return both schedules, side by side."""
    rows = [
        ("", "Lookgate", "known updater"),
        ("seconds in which a stored token was expired", _seconds(ours.total), _seconds(theirs.total)),
        ("  of the worst value", _seconds(ours.worst), _seconds(theirs.worst)),
        ("  of the time", _share(ours), _share(theirs)),
        ("  longest gap", _gap(ours), _gap(theirs)),
        ("renewals", f"{ours.renewals:,}", f"{theirs.renewals:,}"),
        ("API calls a renewal", _calls(ours), _calls(theirs)),
        ("  beside calls that failed", f"{ours.calls - ours.answered:,}", f"{theirs.calls - theirs.answered:,}"),
        ("failed runs that said so", f"{ours.told:,} of {ours.failed:,}", f"{theirs.told:,} of {theirs.failed:,}"),
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    lines = [f"{name.ljust(widths[0])}  {one.rjust(widths[1])}  {two.rjust(widths[2])}" for name, one, two in rows]
    about = (
        "The known updater, under the same faults: once an hour, four calls a write, one try, HTTP 200 whatever comes."
    )
    return "\n".join(["", *lines, about])


def endurance(found: Sequence[Endurance]) -> str:
    """Return the longest outages that leave no gap, derived and tried."""
    lines = [
        "",
        "Outages of Looker, of the gateway and of the token source, with no other fault; each begins with the very run",
        "that would have renewed, and at random:",
    ]
    for one in found:
        most = ", the largest" if one.is_largest else ""
        derived = span(one.derived) if one.derived else "nothing"
        lines.append(f"  tokens of {span(one.life)}, margin {span(one.margin)}{most}: derived to survive {derived}")
        lines += [f"    {span(trial.lasts)}{_beside(trial.lasts, one)}: {_came(trial)}" for trial in one.trials]
        if not one.trials:
            lines.append(f"    not tried: it lives longer than {LONGEST_TRIED} runs")
    return "\n".join(lines)


def verdict(scenario: Scenario, ours: Outcome, found: Sequence[Endurance]) -> tuple[bool, str]:
    """Return whether the rules kept their word, and the last line."""
    if any(not one.holds for one in found):
        return False, "\nFailed: an outage that was derived to leave no gap left one."
    if ours.total == 0:
        return True, "\nNo stored token was ever expired."
    survives = span(scenario.survives)
    if any(outage.lasts > scenario.survives for outage in scenario.outages):
        return True, f"\nA stored token was expired: an outage was longer than the {survives} that the rules survive."
    return False, (
        "\nFailed: a stored token was expired, though no outage was longer than the rules survive: "
        f"{survives}.\nRuns were missed or disturbed for {span(ours.longest_disturbed)} on end. "
        "Next: a larger margin, more frequent runs, or tokens that live longer."
    )


def _beside(lasts: float, one: Endurance) -> str:
    """Return how a length compares with what was derived."""
    if lasts == one.life:
        return ", the token's own life, which none outlives"
    more = round((lasts - one.derived) / one.every)
    return {-1: ", a run less", 0: ", as derived", 1: ", a run more"}.get(more, "")


def _came(trial: Trial) -> str:
    worst = "" if trial.expired == 0 else " in the worst"
    return f"{_seconds(trial.expired)} expired{worst}, tried {trial.times} times"


def _count(number: float, what: str) -> str:
    return f"{number:,g} {what}{'' if number == 1 else 's'}"


def _seconds(seconds: float) -> str:
    """Round up: no gap is too short to be told."""
    return f"{ceil(seconds):,} s"


def _share(outcome: Outcome) -> str:
    return f"{outcome.total / outcome.seconds / outcome.targets * 100:.2f} %"


def _gap(outcome: Outcome) -> str:
    return span(outcome.longest_gap) if outcome.longest_gap >= 1 else _seconds(outcome.longest_gap)


def _calls(outcome: Outcome) -> str:
    return f"{outcome.answered / outcome.renewals:.2f}" if outcome.renewals else "-"


def _at(seconds: float) -> str:
    day, rest = divmod(int(seconds), 86_400)
    return f"day {day + 1}, {rest // 3600:02}:{rest % 3600 // 60:02}"
