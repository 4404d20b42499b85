"""``lookgate sync``: tokens in Looker's user attributes, kept fresh."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Awaitable, Callable
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from lookgate.cli.options import load_settings, settings_option
from lookgate.cli.printable import printable
from lookgate.cli.sync_simulate import simulate
from lookgate.errors import LookgateError

if TYPE_CHECKING:
    from lookgate.compose_sync import Renewals
    from lookgate.sync.report import Result

T = TypeVar("T")
_EVERY_SECONDS = 1.0
_TELL_EVERY = 50


@click.group()
def command() -> None:
    """Keep tokens in Looker's user attributes fresh."""


command.add_command(simulate)


@command.command()
@settings_option
@click.option("--fresh", is_flag=True, help="Look every name up in Looker anew.")
def plan(settings_file: Path | None, *, fresh: bool) -> None:
    """Show what a run would do now, and why. Nothing is written to Looker; no secret is shown."""
    from lookgate.cli import sync_table  # noqa: PLC0415 - not for --help

    async def work(renewals: Renewals) -> bool:
        found, problems = await renewals.updater().plan(fresh=fresh)
        click.echo(sync_table.plan_text(found, problems))
        return sync_table.tell_budget(renewals, found) and not problems and not found.conflicts

    if not _with(settings_file, work):
        raise SystemExit(1)


@command.command()
@settings_option
@click.option("--rule", "rules", multiple=True, metavar="NAME", help="This rule alone; may be given again.")
@click.option("--json", "as_json", is_flag=True, help="The whole report as one JSON object.")
def once(settings_file: Path | None, rules: tuple[str, ...], *, as_json: bool) -> None:
    """Renew what is due now, and try again what failed. Exit code 1 unless every target is as it should be."""
    from lookgate.cli import sync_table  # noqa: PLC0415 - not for --help

    async def work(renewals: Renewals) -> bool:
        known = {rule.name for rule in renewals.rules}
        for name in rules:
            if name not in known:
                raise LookgateError(
                    "no_such_rule",
                    f"There is no rule '{name}' to run.",
                    f"Known: {', '.join(sorted(known)) or 'none'}.",
                )
        report = await renewals.updater().run(
            only=frozenset(rules) or None, retry=True, progress=None if as_json else _progress
        )
        click.echo(json.dumps(report.as_json(), indent=2) if as_json else sync_table.report_text(report))
        return report.ok

    if not _with(settings_file, work):
        raise SystemExit(1)


@command.command(short_help="Show each stored token: its age, its end, its next run.")
@settings_option
@click.option("--json", "as_json", is_flag=True, help="One JSON object, with every field.")
def status(settings_file: Path | None, *, as_json: bool) -> None:
    """Show each stored token: its age, its end, how the last renewal went, when the next comes."""
    from lookgate.cli import sync_table  # noqa: PLC0415 - not for --help

    async def work(renewals: Renewals) -> bool:
        found, problems = await renewals.updater().plan()
        calls = await sync_table.calls_of_month(renewals)
        if as_json:
            click.echo(json.dumps(sync_table.status_json(renewals, found, problems, calls), indent=2))
        elif sys.stdout.isatty() and find_spec("rich") is not None:
            from rich.console import Console  # noqa: PLC0415 - only for a table on a terminal

            Console().print(sync_table.status_table(renewals, found, problems, calls))
        else:
            click.echo(sync_table.status_text(renewals, found, problems, calls))
        return sync_table.all_well(found, problems)

    if not _with(settings_file, work):
        raise SystemExit(1)


@command.command()
@settings_option
def watch(settings_file: Path | None) -> None:
    """Show the same as a live table, until Ctrl-C. Only the store is asked."""
    from lookgate.cli import sync_table  # noqa: PLC0415 - not for --help

    if find_spec("rich") is None:
        raise LookgateError("extra_missing", "A live table needs rich.", "Install it: pip install 'lookgate[looker]'.")
    from rich.live import Live  # noqa: PLC0415 - only here
    from rich.text import Text  # noqa: PLC0415 - only here

    async def work(renewals: Renewals) -> None:
        with Live(Text("Reading the store …"), auto_refresh=False) as live:
            while True:
                found, problems = await renewals.updater().plan()
                calls = await sync_table.calls_of_month(renewals)
                live.update(sync_table.status_table(renewals, found, problems, calls), refresh=True)
                await asyncio.sleep(_EVERY_SECONDS)

    try:
        _with(settings_file, work)
    except KeyboardInterrupt:
        click.echo("Stopped watching; renewals go on wherever they run.")


def _with(settings_file: Path | None, work: Callable[[Renewals], Awaitable[T]]) -> T:
    """Open what renewals need, work, and leave nothing open: the session in Looker is ended."""
    from lookgate.compose import open_store  # noqa: PLC0415 - not for --help
    from lookgate.compose_sync import build_renewals  # noqa: PLC0415 - likewise

    settings = load_settings(settings_file)
    store = open_store(settings)

    async def whole() -> T:
        renewals = build_renewals(settings, store)
        try:
            return await work(renewals)
        finally:
            await renewals.close()

    try:
        return asyncio.run(whole())
    finally:
        store.close()


class _Progress:
    """Tells what comes of each step; of many, of every fiftieth and of each failure."""

    def __init__(self) -> None:
        self._began = time.monotonic()

    def __call__(self, done: int, of: int, result: Result) -> None:
        told = of <= _TELL_EVERY or done % _TELL_EVERY == 0 or done == of
        if told or not result.ok:
            seconds = time.monotonic() - self._began
            end = "" if result.ok else f": {result.detail}"
            line = f"{done}/{of}  {seconds:.1f} s  {result.outcome}  {result.target.label}{end}"
            click.echo(printable(line), err=True)


_progress = _Progress()
