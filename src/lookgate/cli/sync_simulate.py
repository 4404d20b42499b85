"""``lookgate sync simulate``: a month of renewals with faults, and what outages the tokens survive."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from math import inf, isnan
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from lookgate.cli.options import load_settings, settings_option
from lookgate.errors import LookgateError

if TYPE_CHECKING:
    from click._termui_impl import ProgressBar  # the only name that click has for its type

    from lookgate.core.renewal import RenewalStates
    from lookgate.sync.simulate.run import Progress, Scenario, SimulatedRule

_LIFE, _EVERY = 3600, 300
_DAY = 86_400
_LATE = 5.0
"""By how many seconds a scheduler starts a run late at most."""
_SHOWN_FROM = 3.0
"""Seconds of work from which on a bar is drawn."""
_YEAR = 31_536_000


class _Number(click.FloatRange):
    """A range that has no place for what is no number."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        number = float(super().convert(value, param, ctx))
        return self.fail(f"{value} is not a number.", param, ctx) if isnan(number) else number


_CHANCE = _Number(0, 1)
_SECONDS = click.IntRange(1, _YEAR)


@click.command(short_help="Live through weeks of renewals, with faults, in seconds.")
@settings_option
@click.option("--days", type=click.IntRange(1, 366), default=30, show_default=True, help="How long.")
@click.option("--seed", default="1", show_default=True, help="Of all that happens by chance: the same again.")
@click.option("--missed-ticks", type=_CHANCE, default=0.05, show_default=True, help="Of all runs, never started.")
@click.option("--api-errors", type=_CHANCE, default=0.05, show_default=True, help="Of all calls, failing for now.")
@click.option(
    "--restarts", type=_Number(0, 100), default=1, show_default=True, help="A day, each in a renewal's midst."
)
@click.option(
    "--outage",
    "outages",
    type=_SECONDS,
    multiple=True,
    metavar="S",
    help="One of S seconds at any time; may be given again.",
)
@click.option("--life", type=_SECONDS, metavar="S", help="Seconds that tokens live.  [default: as their sources say]")
@click.option(
    "--every", type=click.IntRange(10, 3600), metavar="S", help="Seconds between runs.  [default: sync.every]"
)
@click.option("--margin", type=click.IntRange(0, _YEAR), metavar="S", help="Seconds.  [default: the rules' own]")
@click.option("--targets", type=click.IntRange(1, 10_000), help="How many values.  [default: one for each rule]")
def simulate(  # noqa: PLR0913 - one for each option
    settings_file: Path | None,
    *,
    days: int,
    seed: str,
    missed_ticks: float,
    api_errors: float,
    restarts: float,
    outages: tuple[int, ...],
    life: int | None,
    every: int | None,
    margin: int | None,
    targets: int | None,
) -> None:
    """Live through weeks of renewals in seconds, with faults: is a stored token ever expired?

    The real plan and renewals, in simulated time, on the rules of lookgate.toml, or without it on one token of an hour.
    Nothing is called. Exit code 1 when a token was expired though no outage was longer than the rules survive.
    """
    from lookgate.cli import sync_simulate_text as text  # noqa: PLC0415 - not for --help
    from lookgate.sync.simulate.faults import Chances, outages_at_random  # noqa: PLC0415 - likewise
    from lookgate.sync.simulate.outages import at_every_tick, endure  # noqa: PLC0415 - likewise
    from lookgate.sync.simulate.run import Scenario, simulate_known_updater  # noqa: PLC0415 - likewise
    from lookgate.sync.simulate.run import simulate as live  # noqa: PLC0415 - likewise

    rules, between = _rules(settings_file, life, every, margin)
    seconds = float(days * _DAY)
    scenario = Scenario(
        rules=rules,
        every=between,
        seconds=seconds,
        seed=seed,
        targets=targets or 0,
        chances=Chances(missed_ticks, api_errors, restarts, min(_LATE, between / 60)),
        outages=outages_at_random(outages, seed, seconds),
    )
    click.echo(text.head(scenario))
    with _states() as states, _bar(scenario) as progress:
        ours = live(scenario, states, progress)
    theirs = simulate_known_updater(scenario)
    click.echo(text.faults(scenario, ours))
    click.echo(text.table(ours, theirs))
    kinds = {(rule.life, rule.margin, rule.fresh): rule for rule in rules}.values()
    tried = [rule for kind in kinds for rule in (kind, at_every_tick(kind, between))]
    found = [endure(rule, between, seed, _states) for rule in dict.fromkeys(tried)]
    click.echo(text.endurance(found))
    good, verdict = text.verdict(scenario, ours, found)
    click.echo(verdict)
    if not good:
        raise SystemExit(1)


def _rules(
    settings_file: Path | None, life: int | None, every: int | None, margin: int | None
) -> tuple[tuple[SimulatedRule, ...], float]:
    """Return what is kept fresh, and the seconds between runs: by the settings' rules, or one rule by default."""
    from lookgate.settings.sync_rules import METADATA_FRESH, lives, longest_margin, sync_rules  # noqa: PLC0415 - not for --help
    from lookgate.sync.margin import fits  # noqa: PLC0415 - likewise
    from lookgate.sync.simulate.run import SimulatedRule  # noqa: PLC0415 - likewise

    known: list[tuple[str, str, float, float | None]] = [("a token", "google", _LIFE, None)]
    between = float(every or _EVERY)
    if settings_file is not None or Path("lookgate.toml").exists():
        settings = load_settings(settings_file)
        if settings.sync.configured:
            between = float(every or settings.sync.every)
            each = lives(settings.sync, settings.tokens)
            read = zip(sync_rules(settings.sync, settings.tokens), settings.sync.rules, strict=True)
            known = [(rule.name, rule.source, each[rule.source], asked.margin) for rule, asked in read]
    made = []
    for name, source, lasts, asked_for in known:
        if not lasts:
            continue  # a secret without an end
        whole = life or lasts
        chosen = margin if margin is not None else asked_for
        kept = longest_margin(source, whole, between) if chosen is None else chosen
        if not fits(whole, kept, between):
            raise LookgateError(
                "margin_too_long",
                f"A token of {whole:g} s cannot keep a margin of {kept:g} s with a run every {between:g} s.",
                "Give a smaller --margin or --every, or a longer --life.",
            )
        fresh = METADATA_FRESH if source == "metadata" else inf
        made.append(SimulatedRule(name=name, life=whole, margin=kept, source=source, fresh=fresh))
    if not made:
        raise LookgateError(
            "nothing_expires", "The rules store secrets without an end.", "Simulate rules whose tokens end."
        )
    return tuple(made), between


@contextmanager
def _states() -> Iterator[RenewalStates]:
    """Open an empty store in memory."""
    from lookgate.store.memory import MemoryStore  # noqa: PLC0415 - not for --help

    store = MemoryStore()
    try:
        yield store.renewals
    finally:
        store.close()


@contextmanager
def _bar(scenario: Scenario) -> Iterator[Progress]:
    """Draw a bar on standard error, if it takes longer than a moment."""
    began = time.monotonic()
    bar: ProgressBar[int] | None = None
    waiting = 0
    with ExitStack() as open_:

        def told(ticks: int) -> None:
            nonlocal bar, waiting
            waiting += ticks
            if bar is None and time.monotonic() - began > _SHOWN_FROM:
                whole = int(scenario.seconds / scenario.every)
                bar = click.progressbar(length=whole, label="Simulating", file=sys.stderr)
                open_.enter_context(bar)
            if bar is not None:
                bar.update(waiting)
                waiting = 0

        yield told
