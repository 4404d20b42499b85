"""``lookgate api-keys new``: a key, shown once, and the lines that make the gateway accept it."""

from __future__ import annotations

import os
import re
from datetime import UTC, datetime

import click

_NAME = re.compile(r"[a-z][a-z0-9_-]{0,63}")
_SCOPE = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]+")  # RFC 6749, section 3.3


@click.group()
def command() -> None:
    """Make API keys."""


@command.command()
@click.argument("name")
@click.option(
    "--scope", "scopes", multiple=True, metavar="SCOPE", help="What the key may do; may be given several times."
)
@click.option("--expires", type=click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M:%SZ"]), help="When it ends, in UTC.")
def new(name: str, scopes: tuple[str, ...], expires: datetime | None) -> None:
    """Make a key for the caller NAME. It is shown here once and kept nowhere.

    To replace a key, make a second one of the same name, keep both in lookgate.toml until the caller has changed over,
    then remove the first.
    """
    if not _NAME.fullmatch(name):
        raise click.BadParameter("use lower-case letters, digits, '-' and '_', with a letter first", param_hint="NAME")
    for scope in scopes:
        if not _SCOPE.fullmatch(scope):
            raise click.BadParameter("a scope has no spaces, quotes or backslashes", param_hint="--scope")
    if expires is not None and expires.replace(tzinfo=UTC) <= datetime.now(UTC):
        raise click.BadParameter("this lies in the past", param_hint="--expires")
    from lookgate.core.secret import sha256_hex  # noqa: PLC0415 - not for --help
    from lookgate.verify.api_key import new_key  # noqa: PLC0415 - likewise

    key = new_key(os.urandom)
    click.echo("The key. It is not shown again:\n", err=True)
    click.echo(key.reveal())
    click.echo("\nPut this into lookgate.toml and restart the gateway:\n", err=True)
    click.echo(f'[[api_keys]]\nname = "{name}"\nsha256 = "{sha256_hex(key)}"')
    if scopes:
        click.echo("scopes = [" + ", ".join(f'"{scope}"' for scope in scopes) + "]")
    if expires is not None:
        click.echo(f"expires = {expires:%Y-%m-%dT%H:%M:%SZ}")
