"""``lookgate store``: the gateway's own state."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from lookgate.cli.options import load_settings, settings_option
from lookgate.errors import LookgateError

if TYPE_CHECKING:
    from lookgate.core.ports import Store


@click.group()
def command() -> None:
    """Bring the gateway's state up to date, and say who may use it."""


@command.command()
@settings_option
@click.option("--grant", "roles", multiple=True, metavar="ROLE", help="Let this Postgres role run a gateway, no more.")
def migrate(settings_file: Path | None, roles: tuple[str, ...]) -> None:
    """Make the store, or bring it up to this version. With Postgres: as the owner of its tables."""
    settings = load_settings(settings_file)
    if roles and not settings.store.url:
        raise LookgateError(
            "store_grant", "There are no roles in a SQLite file.", "Leave out --grant, or set store.url."
        )
    from lookgate.compose import open_store  # noqa: PLC0415 - not for --help

    store = open_store(settings)
    try:
        if roles:
            _grant(store, roles)
    finally:
        store.close()
    click.echo(f"The store is up to date: {settings.store.place}.")


def _grant(store: Store, roles: tuple[str, ...]) -> None:
    from lookgate.store.postgres import PostgresStore  # noqa: PLC0415 - only several machines have roles

    if isinstance(store, PostgresStore):
        for role in roles:
            store.grant(role)
            click.echo(f"The role {role} may run a gateway.")
