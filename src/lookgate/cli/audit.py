"""``lookgate audit tail``: the newest decisions."""

from __future__ import annotations

import json
import re
import sys
import time
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import click

from lookgate.cli.options import load_settings, settings_option
from lookgate.cli.printable import printable
from lookgate.errors import Unavailable

if TYPE_CHECKING:
    from lookgate.core.audit import StoredEvent
    from lookgate.core.ports import Store

_EVERY_SECONDS = 0.5
_UNPRINTABLE = re.compile(r"[^ -~]")
_COLUMNS = ("time", "outcome", "action", "who", "known by", "rule", "detail")


@click.group()
def command() -> None:
    """Read the audit log."""


@command.command()
@settings_option
@click.option("-n", "--number", type=click.IntRange(1, 100_000), default=20, show_default=True, help="How many events.")
@click.option("-f", "--follow", is_flag=True, help="Go on as events come in; Ctrl-C stops.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line, with every field.")
def tail(settings_file: Path | None, number: int, *, follow: bool, as_json: bool) -> None:
    """Show the newest events, oldest first."""
    from lookgate.compose import open_store  # noqa: PLC0415 - not for --help

    settings = load_settings(settings_file)
    store = open_store(settings, make=False)
    try:
        events = store.tail(limit=number)
        _show(events, as_json=as_json, table=not follow and sys.stdout.isatty() and find_spec("rich") is not None)
        last = events[-1].id if events else 0
        while follow:
            time.sleep(_EVERY_SECONDS)
            # The oldest unseen ones first, however many came in: nothing is skipped in a burst.
            while events := _more(store, last):
                _show(events, as_json=as_json, table=False)
                last = events[-1].id
    except KeyboardInterrupt:
        pass
    finally:
        store.close()


def _more(store: Store, last: int) -> Sequence[StoredEvent]:
    try:
        return store.tail(limit=100_000, after=last)
    except Unavailable as error:  # a server that restarts: what is stored meanwhile is shown afterwards
        click.echo(f"waiting: {error.detail}", err=True)
        return ()


def _show(events: Sequence[StoredEvent], *, as_json: bool, table: bool) -> None:
    if as_json:
        import msgspec  # noqa: PLC0415 - not for --help

        for stored in events:
            line = {"id": stored.id, **msgspec.to_builtins(stored.event, order="sorted")}
            click.echo(_UNPRINTABLE.sub(_escaped, msgspec.json.encode(line).decode()))
    elif table:
        _draw(events)
    else:
        for stored in events:
            click.echo("\t".join(_row(stored)))


def _escaped(found: re.Match[str]) -> str:
    """Write a character as JSON's escape: it means the same to a program, and nothing to a terminal."""
    return json.dumps(found[0])[1:-1] if found[0] != "\x7f" else "\\u007f"


def _draw(events: Sequence[StoredEvent]) -> None:
    from rich.console import Console  # noqa: PLC0415 - only for a table on a terminal
    from rich.table import Table  # noqa: PLC0415 - likewise
    from rich.text import Text  # noqa: PLC0415 - likewise

    styles = {"allowed": "green", "denied": "yellow", "failed": "red", "pending": "dim"}
    drawn = Table(*_COLUMNS, box=None, header_style="bold")
    for stored in events:
        # Text, not markup: an event must not be able to style the table.
        row = _row(stored)
        drawn.add_row(
            *(Text(cell, styles[stored.event.outcome] if place == 1 else "") for place, cell in enumerate(row))
        )
    Console().print(drawn)


def _row(stored: StoredEvent) -> list[str]:
    event = stored.event
    known_by = event.principal.authenticated_by or event.principal.assurance.label
    cells = [
        event.at.isoformat(timespec="milliseconds"),
        event.outcome,
        event.action,
        event.principal.label,
        known_by,
        event.rule or "-",
        event.detail or "-",
    ]
    # What callers send reaches this terminal: no control character may.
    return [printable(cell) for cell in cells]
