"""``lookgate claims``: the LookML that signs, and the keys it signs with."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click
from click.core import ParameterSource

from lookgate.cli.options import load_settings, settings_option
from lookgate.errors import LookgateError

if TYPE_CHECKING:
    from lookgate.settings import Settings
    from lookgate.warehouse.connection import Connection

_dialect_option = click.option("--dialect", "dialect_name", required=True, metavar="NAME", help="The warehouse's SQL.")


def _not_empty(context: click.Context, option: click.Parameter, value: str) -> str:
    """Refuse an empty text that was given: an unset variable must not leave out an access rule."""
    if not value and context.get_parameter_source(str(option.name)) is not ParameterSource.DEFAULT:
        raise click.BadParameter("it is empty; leave the option out, or name something.", context, option)
    return value


@click.group()
def command() -> None:
    """Write the LookML whose claims the warehouse signs, and bring it the keys."""


@command.command()
@_dialect_option
@click.option("--connection", required=True, metavar="NAME", help="Looker's name of the connection.")
@click.option("--issuer", required=True, metavar="WORD", help="The claims' 'iss', as in lookgate.toml.")
@click.option("--audience", "audiences", required=True, multiple=True, metavar="WORD", help="May be given again.")
@click.option(
    "--source",
    type=click.Choice(["gateway", "pdt"]),
    default="gateway",
    show_default=True,
    help="Where keys are minted: in the gateway, or in SQL for a warehouse that it may not write to.",
)
@click.option("--table", default="lookgate_claim_keys", show_default=True, help="The key table (source gateway).")
@click.option("--lifetime", type=click.IntRange(1, 300), default=300, show_default=True, metavar="SECONDS")
@click.option(
    "--rotate-every", type=click.IntRange(1, 720), default=24, show_default=True, metavar="HOURS", help="Source pdt."
)
@click.option(
    "--access-attribute",
    default="",
    callback=_not_empty,
    metavar="NAME",
    help="Only users whose attribute NAME is 'yes'.",
)
@click.option(
    "--check-attribute",
    default="",
    callback=_not_empty,
    metavar="NAME",
    help="Also write what checks claims through Looker.",
)
@click.option(
    "--consent-url",
    default="",
    callback=_not_empty,
    metavar="URL",
    help="Also write a dashboard whose link leads there.",
)
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), help="The folder. [default: print the files]")
def lookml(  # noqa: PLR0913, PLR0917 - one parameter for each option
    dialect_name: str,
    connection: str,
    issuer: str,
    audiences: tuple[str, ...],
    source: Literal["gateway", "pdt"],
    table: str,
    lifetime: int,
    rotate_every: int,
    access_attribute: str,
    check_attribute: str,
    consent_url: str,
    out: Path | None,
) -> None:
    """Write model, views, explore and, on request, a consent dashboard."""
    from lookgate.claims.dialect import dialect_named  # noqa: PLC0415 - not for --help
    from lookgate.claims.lookml import Plan, write  # noqa: PLC0415 - likewise
    from lookgate.claims.sql import Claim  # noqa: PLC0415 - likewise
    from lookgate.claims.write import write_files  # noqa: PLC0415 - likewise

    dialect = dialect_named(dialect_name)
    try:
        plan = Plan(
            dialect=dialect,
            connection=connection,
            claim=Claim(table, issuer, audiences, lifetime),
            source=source,
            access_attribute=access_attribute,
            check_attribute=check_attribute,
            consent_url=consent_url,
            rotate_every=rotate_every * 3600,
        )
    except ValueError as error:
        raise click.UsageError(f"{str(error)[:1].upper()}{str(error)[1:]}.") from error
    files = write(plan)
    if out is None:
        click.echo("\n".join(f"# {name}\n{text}" for name, text in files.items()), nl=False)
        return
    changed = write_files(out, files)
    for name in files:
        click.echo(f"{out / name}\t{'written' if out / name in changed else 'unchanged'}")


@command.command()
@settings_option
@click.option("--create", is_flag=True, help="Make the key table first; refused where there is one.")
def install(settings_file: Path | None, *, create: bool) -> None:
    """Bring the keys to the warehouse: only HMAC's two blocks, only by adding rows. May be run again at any time."""
    settings = load_settings(settings_file)
    bring_keys(settings, create=create)


@command.command()
@click.option("--dialect", "dialect_name", metavar="NAME", help="Print the question for this SQL.")
@settings_option
def probe(settings_file: Path | None, dialect_name: str | None) -> None:
    """Ask the warehouse for HMACs whose values are known (RFC 4231). With --dialect: print the question instead.

    Where claims are verified by Looker, Looker is asked first whether its check explore answers.
    """
    from lookgate.claims.dialect import dialect_named  # noqa: PLC0415 - not for --help
    from lookgate.claims.probe import VECTORS, probe_sql, wrong_answers  # noqa: PLC0415 - likewise

    if dialect_name is not None:
        click.echo(probe_sql(dialect_named(dialect_name)))
        for vector in VECTORS:
            click.echo(f"-- {vector.number}: {vector.mac}{'…' if len(vector.mac) < 64 else ''}")  # noqa: PLR2004 - hex digits of a MAC
        return
    settings = load_settings(settings_file)
    if settings.claims.verify == "looker":
        _probe_looker(settings)
        if not settings.claims.warehouse:
            return
    with _warehouse(settings) as connection:
        rows = connection.query(probe_sql(dialect_named(settings.claims.dialect)))
    wrong = wrong_answers([(int(str(number)), str(mac)) for number, mac in rows])
    if wrong:
        raise LookgateError(
            "warehouse_hmac",
            f"The warehouse computes another HMAC for the RFC 4231 vectors {', '.join(map(str, wrong))}.",
            "Do not use claims with it; check claims.dialect.",
        )
    click.echo(f"All {len(VECTORS)} vectors of RFC 4231 come out right.")


def bring_keys(settings: Settings, *, create: bool = False) -> None:
    """Add to the warehouse what its key table lacks, and say so.

    Raises:
        LookgateError: claims are not set up, or the warehouse refuses.
    """
    from lookgate.claims.dialect import dialect_named  # noqa: PLC0415 - not for --help
    from lookgate.claims.install import SigningKey, install  # noqa: PLC0415 - likewise
    from lookgate.claims.install import create as create_table  # noqa: PLC0415 - likewise
    from lookgate.compose import SYSTEM_CLOCK, open_rings  # noqa: PLC0415 - likewise

    if settings.claims.source == "pdt":
        raise LookgateError("keys_elsewhere", "These keys are minted in SQL.", "Nothing is to be installed.")
    now = SYSTEM_CLOCK.now()
    ring = open_rings(settings).load("claims")
    keys = [SigningKey(key.kid, key.raw, key.not_before, key.retire_after) for key in ring.verifying(now)]
    table = settings.claims.table
    with _warehouse(settings) as connection:
        dialect = dialect_named(settings.claims.dialect)
        if create and not create_table(connection, dialect, table):
            # Whoever may make tables could have been there first, to be given the keys.
            raise LookgateError(
                "key_table_exists",
                f"There is a table {table} already, and whoever owns it can read what is installed there.",
                "Look whose it is. If it is yours: lookgate claims install, without --create.",
            )
        added = install(connection, dialect, table, keys, now=now)
    click.echo(f"{table}\t{added} row{'' if added == 1 else 's'} added, {len(keys)} live key{'s'[: len(keys) != 1]}")


def _probe_looker(settings: Settings) -> None:
    import asyncio  # noqa: PLC0415 - not for --help

    from lookgate.compose import connect  # noqa: PLC0415 - likewise
    from lookgate.looker.claim_check import LookerSignatures  # noqa: PLC0415 - likewise

    client = connect(settings)
    if client is None:
        raise LookgateError("no_instance", "No instance is set up.", "Add [instance] to lookgate.toml.")

    async def in_session() -> None:
        try:
            await LookerSignatures(client, settings.claims.check_model).probe()
        finally:
            await client.close()

    asyncio.run(in_session())
    click.echo("Looker's check explore answers the gateway.")


@contextmanager
def _warehouse(settings: Settings) -> Iterator[Connection]:
    if not settings.claims.configured or not settings.claims.warehouse:
        raise LookgateError(
            "no_warehouse", "No warehouse is set up for claims.", "Add [claims] with 'warehouse' to lookgate.toml."
        )
    from lookgate.warehouse.connection import connect  # noqa: PLC0415 - not for --help

    connection = connect(settings.claims.warehouse)
    try:
        yield connection
    finally:
        connection.close()
