"""``lookgate attributes``: the user attributes that sync rules and handles need, as code."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from lookgate.cli.options import load_settings, settings_option
from lookgate.cli.printable import printable
from lookgate.errors import LookgateError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from lookgate.core.ports import Json
    from lookgate.looker.attributes import Applied
    from lookgate.looker.attributes_plan import AttributesPlan, Change, Wanted
    from lookgate.looker.client import LookerClient
    from lookgate.settings import Settings

T = TypeVar("T")
_url_option = click.option(
    "--url",
    default="",
    metavar="URL",
    help="The gateway's own URL: the only place that handles may be sent to. [default: tokens.issuer]",
)


@click.group()
def command() -> None:
    """Create and correct the user attributes that sync rules and handles need.

    Each is of type string, hidden, out of the users' reach, and may be sent to its own service only.
    """


@command.command()
@settings_option
@_url_option
@click.option("--check", is_flag=True, help="Exit code 1 when anything is to be done: for a pipeline.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def plan(settings_file: Path | None, url: str, *, check: bool, as_json: bool) -> None:
    """Show what Looker has otherwise, what would be done, and what cannot be. Nothing is changed.

    Exit code 1 when something cannot be done; a difference alone is none, unless --check is given.
    """
    from lookgate.looker.attributes import read_plan  # noqa: PLC0415 - not for --help

    settings = load_settings(settings_file)
    wanted = _wanted(settings, url)
    found = _with_looker(settings, lambda client: read_plan(client, wanted))
    if as_json:
        import json  # noqa: PLC0415 - only here

        click.echo(json.dumps(_json(found), indent=2))
    else:
        click.echo(_text(found))
        _tell_left_out(settings, wanted)
    if found.impossible or (check and found.changes):
        raise SystemExit(1)


@command.command()
@settings_option
@_url_option
@click.option("--yes", is_flag=True, help="Do not ask.")
def apply(settings_file: Path | None, url: str, *, yes: bool) -> None:
    """Show the difference, ask, and make it so. When anything cannot be done, nothing is."""
    from lookgate.compose import SYSTEM_CLOCK, open_store  # noqa: PLC0415 - not for --help
    from lookgate.looker.attributes import AttributeMaker, read_plan  # noqa: PLC0415 - likewise

    settings = load_settings(settings_file)
    wanted = _wanted(settings, url)
    store = open_store(settings)

    async def work(client: LookerClient) -> Applied | None:
        found = await read_plan(client, wanted)
        click.echo(_text(found))
        _tell_left_out(settings, wanted)
        if found.impossible:
            count = len(found.impossible)
            raise LookgateError(
                "attributes_impossible",
                f"{count} of the attributes cannot be made what {'it' if count == 1 else 'they'} should be; "
                "nothing was changed.",
                "Mend what is told above, then run the same command again.",
            )
        if not found.changes:
            return None
        _ask(yes=yes)
        maker = AttributeMaker(client, store, clock=SYSTEM_CLOCK, random=os.urandom)
        return await maker.apply(found, _tell_done)

    try:
        applied = _with_looker(settings, work)
    finally:
        store.close()
    if applied is not None and applied.error is not None:
        _tell_stopped(applied)
        raise LookgateError(applied.error.code, applied.error.detail, applied.error.hint)


def _wanted(settings: Settings, url: str) -> Sequence[Wanted]:
    from lookgate.settings.rules import origin_problem  # noqa: PLC0415 - not for --help
    from lookgate.settings.wanted_attributes import wanted_attributes  # noqa: PLC0415 - likewise

    problem = origin_problem(url) if url else ""
    if problem:
        raise click.BadParameter(f"{problem}. Write it as 'https://gateway.example.com'.", param_hint="--url")
    wanted = wanted_attributes(settings, url)
    if not wanted:
        raise LookgateError(
            "no_attributes",
            "The settings need no user attribute: there are no sync rules, and the gateway's URL is not known.",
            "Add [[sync.rules]] to lookgate.toml; for handles write tokens.issuer or --url.",
        )
    return wanted


def _with_looker(settings: Settings, work: Callable[[LookerClient], Awaitable[T]]) -> T:
    """Work, and leave no session in Looker."""
    from lookgate.compose import connect  # noqa: PLC0415 - not for --help

    client = connect(settings)
    if client is None:
        raise LookgateError(
            "no_instance",
            "No Looker instance is set up.",
            "Add [instance] to lookgate.toml, or set LOOKERSDK_BASE_URL.",
        )

    async def whole() -> T:
        try:
            return await work(client)
        finally:
            await client.close()

    return asyncio.run(whole())


def _ask(*, yes: bool) -> None:
    """Ask a person; where there is none, only ``--yes`` is an answer."""
    if yes:
        return
    if not sys.stdin.isatty():
        raise LookgateError("not_asked", "Nobody is there to be asked; nothing was changed.", "Say so: --yes.")
    if not click.confirm("Change Looker?"):
        raise LookgateError("declined", "Nothing was changed.")


def _text(plan: AttributesPlan) -> str:
    lines: list[str] = []
    for change in plan.changes:
        used_by = ", ".join(change.wanted.used_by)
        lines.append(f"{change.name}: to be {'changed' if change.id else 'created'}, for {used_by}")
        for each in change.differences:
            before = f"{each.before} → " if change.id else ""
            lines.append(f"  {each.field}: {before}{each.after}")
        lines += [f"  note: {warning}" for warning in change.warnings]
    for kept in plan.kept:
        lines.append(f"{kept.name}: as it should be")
        lines += [f"  note: {warning}" for warning in kept.warnings]
    for each_impossible in plan.impossible:
        lines.append(f"{each_impossible.name}: cannot be done: {each_impossible.detail}")
        lines.append(f"  fix: {each_impossible.hint}")
    created = sum(not change.id for change in plan.changes)
    counts = f"{created} to create, {len(plan.changes) - created} to change, {len(plan.kept)} as it should be"
    lines.append(counts + (f", {len(plan.impossible)} impossible" if plan.impossible else ""))
    return "\n".join(printable(line) for line in lines)


def _json(plan: AttributesPlan) -> dict[str, Json]:
    changes: list[Json] = [
        {
            "attribute": change.name,
            "id": change.id,
            "used_by": list(change.wanted.used_by),
            "differences": [
                {"field": each.field, "before": each.before, "after": each.after} for each in change.differences
            ],
            "warnings": list(change.warnings),
        }
        for change in plan.changes
    ]
    kept: list[Json] = [{"attribute": each.name, "id": each.id, "warnings": list(each.warnings)} for each in plan.kept]
    impossible: list[Json] = [
        {"attribute": each.name, "code": each.code, "detail": each.detail, "hint": each.hint}
        for each in plan.impossible
    ]
    return {"changes": changes, "kept": kept, "impossible": impossible}


def _tell_left_out(settings: Settings, wanted: Sequence[Wanted]) -> None:
    """Handles without a known URL are no mistake, yet somebody may miss them."""
    if settings.actions.enabled and not any("handles" in one.used_by for one in wanted):
        name = settings.handle.attribute
        click.echo(f"Left out: {name}, for handles. Say the gateway's URL: --url, or tokens.issuer.", err=True)


def _tell_done(change: Change, number: str) -> None:
    click.echo(f"{'changed' if change.id else 'created'} {change.name} (id {printable(number)})")


def _tell_stopped(applied: Applied) -> None:
    if applied.failed is not None:
        click.echo(f"failed {applied.failed.name}", err=True)
    for change in applied.left:
        click.echo(f"not tried {change.name}", err=True)
