"""``lookgate google``: a local Google identity service."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import TYPE_CHECKING

import click

from lookgate.errors import LookgateError

if TYPE_CHECKING:
    from lookgate.emulator.google.service import Google

_FILE = click.Path(path_type=Path, dir_okay=False)


def _faults(ctx: click.Context, param: click.Parameter, values: tuple[str, ...]) -> dict[str, float]:
    found: dict[str, float] = {}
    for text in values:
        name, equals, value = text.partition("=")
        try:
            found[name] = float(value) if equals else 1.0
        except ValueError as error:
            raise click.BadParameter(f"{text!r} is not NAME=VALUE, such as iam_429=0.1.", ctx, param) from error
    return found


fault_option = click.option(
    "--fault",
    "faults",
    multiple=True,
    callback=_faults,
    metavar="NAME=VALUE",
    help="Let the local Google fail: iam_429=0.1 is every tenth call, clock_off=-40 seconds. May be given again.",
)


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Loopback address to listen on.")
@click.option("--port", type=click.IntRange(0, 65535), default=9998, show_default=True, help="0 picks a free one.")
@click.option("--world", type=_FILE, help="Its [google] section: accounts, grants, clients, jobs.")
@fault_option
@click.option("--ready-file", type=_FILE, metavar="FILE", help="Written once it answers: addresses, accounts, secrets.")
def command(host: str, port: int, world: Path | None, faults: dict[str, float], ready_file: Path | None) -> None:
    """Run a local Google: metadata server, IAM Credentials, certificates, token endpoints and a scheduler."""
    from lookgate.emulator.google.faults import UnknownFault  # noqa: PLC0415 - not for --help
    from lookgate.emulator.listen import CannotListen  # noqa: PLC0415 - likewise
    from lookgate.emulator.serve_google import GoogleOptions, serve_google  # noqa: PLC0415 - likewise
    from lookgate.emulator.world import WorldError  # noqa: PLC0415 - likewise

    signal.signal(signal.SIGTERM, signal.default_int_handler)  # ends it as Ctrl-C does: quietly, and tidied up
    try:
        serve_google(GoogleOptions(host, port, world, faults, ready_file), announce_google)
    except KeyboardInterrupt:
        pass
    except WorldError as error:
        raise LookgateError("world_invalid", str(error)) from error
    except CannotListen as error:
        raise LookgateError("cannot_listen", str(error)) from error
    except UnknownFault as error:
        raise click.BadParameter(str(error), param_hint="--fault") from error


def announce_google(google: Google) -> None:
    """Say where it is and who is there."""
    click.echo(f"Local Google: {google.base_url} (issuer {google.issuer}). Ctrl-C ends it.")
    for account in google.accounts.values():
        click.echo(f"  {account.email}")
    for job in google.world.jobs:
        click.echo(f"  job {job.name}: {job.schedule or f'every {job.every:g} s'} → {job.uri}")
