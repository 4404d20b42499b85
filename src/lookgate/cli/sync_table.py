"""How plans, reports and states of renewals are written for people and for programs. Nothing here is secret."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

import click

from lookgate.cli.printable import printable
from lookgate.sync.describe import describe, describe_conflict, span
from lookgate.sync.margin import calls_a_month, survivable_outage

if TYPE_CHECKING:
    from rich.table import Table

    from lookgate.compose_sync import Renewals
    from lookgate.core.ports import Json
    from lookgate.sync.plan import Plan, Step
    from lookgate.sync.updater import RunReport, Unfit

_BAD = frozenset({"expired", "backoff", "paused", "stopped"})
_COLUMNS = ("attribute", "for", "audience", "age", "ends in", "last", "canary", "next")


def plan_text(plan: Plan, problems: Sequence[Unfit]) -> str:
    """Return a line for each target and each rule that leads nowhere."""
    steps = [*plan.due, *plan.waiting, *plan.stopped]
    lines = [f"{len(plan.due)} due, {len(plan.waiting)} fresh or waiting, {len(plan.stopped)} stopped"]
    lines += [f"  {step.target.attribute} for {step.target.label}: {describe(step, plan)}" for step in steps]
    lines += [f"  refused: {describe_conflict(conflict)}" for conflict in plan.conflicts]
    lines += _problems(problems)
    if plan.orphans:
        lines.append(f"  {len(plan.orphans)} that no rule names any more: forgotten, not cleared in Looker")
    return _text(lines)


def tell_budget(renewals: Renewals, plan: Plan) -> bool:
    """Say what the rules cost a month and what they survive; return whether the budget holds it."""
    steps = [*plan.due, *plan.waiting, *plan.stopped]
    each = [_life(renewals, step) for step in steps]
    every = plan.every
    calls = sum(calls_a_month(life, step.target.margin, every) for step, life in zip(steps, each, strict=True) if life)
    budget = renewals.world.budget
    limit = f" of {budget} allowed (sync.calls_per_month)" if budget else ""
    click.echo(f"In steady state: {calls:.0f} API calls a month{limit}, one for each renewal.")
    outages = [
        survivable_outage(life, step.target.margin, every) for step, life in zip(steps, each, strict=True) if life
    ]
    if outages:
        click.echo(f"No stored token expires in an outage of up to {span(min(outages))}.")
    if budget is not None and calls > budget:
        click.echo("Refused: the rules cost more than the budget. Fix: a shorter margin, fewer targets, or more calls.")
        return False
    return True


def _life(renewals: Renewals, step: Step) -> float:
    from lookgate.settings.sync_rules import lives  # noqa: PLC0415 - for a plan alone

    known = lives(renewals.settings.sync, renewals.settings.tokens)
    return step.state.life or known.get(step.target.source, 0)


def report_text(report: RunReport) -> str:
    """Return what one run did, and the one thing to do about each failure."""
    ticks = [report.tick] if report.again is None else [report.tick, report.again]
    results = [result for tick in ticks for result in tick.results]
    lines = [
        f"  {result.target.attribute} for {result.target.label}: {result.outcome}"
        + (f" ({result.code}): {result.detail} {result.hint}".rstrip() if result.detail else "")
        + (f"; the service answers: {result.canary}" if result.canary else "")
        for result in results
        if not result.ok or len(results) <= 20  # noqa: PLR2004 - a screen
    ]
    lines += [f"  refused: {describe_conflict(conflict)}" for conflict in report.tick.plan.conflicts]
    lines += _problems(report.problems)
    renewed, calls = sum(tick.count("renewed") for tick in ticks), sum(tick.calls for tick in ticks)
    rest = len(report.tick.plan.waiting)
    lines.append(f"{renewed} renewed with {calls} API {'call' if calls == 1 else 'calls'}, {rest} needed nothing yet.")
    if not report.ok:
        lines.append("Not everything is as it should be. Next: mend what is told above, then: lookgate sync once")
    return _text(lines)


def _text(lines: Sequence[str]) -> str:
    return "\n".join(printable(line) for line in lines)


def _problems(problems: Sequence[Unfit]) -> list[str]:
    return [printable(f"  refused: rule '{each.rule}': {each.detail} Fix: {each.hint}") for each in problems]


async def calls_of_month(renewals: Renewals) -> int:
    """Return how many API calls renewals have cost this month."""
    world = renewals.world
    month = world.clock.now().strftime("%Y-%m")
    return await asyncio.to_thread(world.states.spend, renewals.client.base_url, month, 0)


def all_well(plan: Plan, problems: Sequence[Unfit]) -> bool:
    """Return whether nobody needs to do anything."""
    steps = [*plan.due, *plan.waiting, *plan.stopped]
    return not problems and not plan.conflicts and not any(step.why in _BAD or step.state.code for step in steps)


def status_text(renewals: Renewals, plan: Plan, problems: Sequence[Unfit], calls: int) -> str:
    """Return the state of each target, tab-separated, with a line of names above."""
    rows = [_COLUMNS, *(_row(step, plan) for step in _steps(plan))]
    lines = ["\t".join(row) for row in rows]
    return "\n".join([*lines, _text([*_problems(problems), _calls(renewals, calls)])])


def status_table(renewals: Renewals, plan: Plan, problems: Sequence[Unfit], calls: int) -> Table:
    """Return the same as a table for a terminal."""
    from rich.table import Table  # noqa: PLC0415 - only for a table on a terminal
    from rich.text import Text  # noqa: PLC0415 - likewise

    caption = _text([_calls(renewals, calls), *_problems(problems)])
    table = Table(*_COLUMNS, box=None, header_style="bold", caption=Text(caption), caption_justify="left")
    for step in _steps(plan):
        style = "red" if step.why in _BAD else "yellow" if step.state.code else ""
        table.add_row(*(Text(cell, style) for cell in _row(step, plan)))  # Text, not markup: Looker's names stand in it
    return table


def status_json(renewals: Renewals, plan: Plan, problems: Sequence[Unfit], calls: int) -> dict[str, Json]:
    """Return the same for programs."""
    targets: list[Json] = [_told(step, plan) for step in _steps(plan)]
    refused: list[Json] = [
        {"rule": each.rule, "code": each.code, "detail": each.detail, "hint": each.hint} for each in problems
    ]
    budget: dict[str, Json] = {"calls_this_month": calls, "calls_per_month": renewals.world.budget}
    return {"ok": all_well(plan, problems), "targets": targets, "problems": refused, "budget": budget}


def _steps(plan: Plan) -> list[Step]:
    return sorted([*plan.due, *plan.waiting, *plan.stopped], key=lambda step: (step.target.rule, step.target.label))


def _told(step: Step, plan: Plan) -> dict[str, Json]:
    state = step.state
    return {
        "rule": step.target.rule,
        "attribute": step.target.attribute,
        "for": step.target.label,
        "audience": step.target.audience,
        "renewed_at": _iso(state.renewed_at),
        "expires_at": _iso(state.expires_at),
        "life": state.life or None,
        "margin": step.target.margin,
        "renewals": state.generation,
        "failures": state.failures,
        "code": state.code,
        "detail": state.detail,
        "canary": state.canary,
        "state": step.why,
        "why": describe(step, plan),
        "next": _iso(step.at),
    }


def _row(step: Step, plan: Plan) -> tuple[str, ...]:
    state, now = step.state, plan.now
    age = span((now - state.renewed_at).total_seconds()) if state.renewed_at else "-"
    if state.expires_at is None:
        ends = "never" if state.renewed_at else "-"
    else:
        ends = span((state.expires_at - now).total_seconds()) if state.expires_at > now else "EXPIRED"
    last = state.code or ("ok" if state.renewed_at else "-")
    following = "now" if step in plan.due else f"in {span((step.at - now).total_seconds())}" if step.at else "-"
    service = step.target.audience or "-"
    cells = (step.target.attribute, step.target.label, service, age, ends, last, state.canary or "-", following)
    return tuple(printable(cell) for cell in cells)


def _calls(renewals: Renewals, calls: int) -> str:
    budget = renewals.world.budget
    return f"API calls of this month: {calls}" + (f" of {budget}" if budget else "")


def _iso(at: datetime | None) -> str | None:
    return at.isoformat(timespec="seconds") if at else None
