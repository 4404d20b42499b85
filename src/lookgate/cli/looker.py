"""``lookgate looker``: a local Looker."""

from __future__ import annotations

import signal
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from lookgate.cli.google import announce_google, fault_option
from lookgate.errors import LookgateError

if TYPE_CHECKING:
    from lookgate.emulator.google.service import Google
    from lookgate.emulator.instance import Instance

_FILE = click.Path(path_type=Path, dir_okay=False)
_FOLDER = click.Path(path_type=Path, file_okay=False, exists=True)


def _fail(ctx: click.Context, param: click.Parameter, value: str | None) -> tuple[int, float] | None:
    if value is None:
        return None
    status, _, rate = value.partition(":")
    try:
        found = int(status), float(rate)
    except ValueError:
        found = 0, 0.0
    if not (400 <= found[0] <= 599 and 0 < found[1] <= 1):  # noqa: PLR2004 - the failing statuses of HTTP
        text = f"{value!r} is not STATUS:RATE, such as 429:0.1 (a status from 400, a rate up to 1)."
        raise click.BadParameter(text, ctx, param)
    return found


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Loopback address to listen on.")
@click.option("--port", type=click.IntRange(0, 65535), default=9999, show_default=True, help="0 picks a free one.")
@click.option("--world", type=_FILE, help="What the instance contains. [default: the sample world]")
@click.option("--project", "projects", type=_FOLDER, multiple=True, help="A LookML project; may be given again.")
@click.option("--edition", type=click.Choice(["original", "core"]), default="original", show_default=True)
@click.option("--latency", type=click.IntRange(0, 60_000), default=0, metavar="MS", help="Slow down each API call.")
@click.option("--fail", callback=_fail, metavar="STATUS:RATE", help="Let API calls fail: 429:0.1 is every tenth.")
@click.option("--google-port", type=click.IntRange(0, 65535), metavar="PORT", help="Run a local Google beside it.")
@fault_option
@click.option("--ready-file", type=_FILE, metavar="FILE", help="Written once it answers: address, users, API keys.")
def command(  # noqa: PLR0913, PLR0917 - one for each option
    host: str,
    port: int,
    world: Path | None,
    projects: tuple[Path, ...],
    edition: Literal["original", "core"],
    latency: int,
    fail: tuple[int, float] | None,
    google_port: int | None,
    faults: dict[str, float],
    ready_file: Path | None,
) -> None:
    """Run a local Looker: API, pages and extension host, on this machine only."""
    from lookgate.emulator.google.faults import UnknownFault  # noqa: PLC0415 - not for --help
    from lookgate.emulator.listen import CannotListen  # noqa: PLC0415 - likewise
    from lookgate.emulator.serve import SAMPLE_WORLD, Options, serve  # noqa: PLC0415 - likewise
    from lookgate.emulator.world import WorldError  # noqa: PLC0415 - likewise

    if faults and google_port is None:
        raise click.BadParameter("It is for the local Google: add --google-port.", param_hint="--fault")
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # ends it as Ctrl-C does: quietly, and tidied up
    options = Options(
        host, port, world or SAMPLE_WORLD, projects, edition, latency, fail, ready_file, google_port, faults
    )
    try:
        serve(options, _announce, _complain)
    except KeyboardInterrupt:
        pass
    except WorldError as error:
        raise LookgateError("world_invalid", str(error)) from error
    except CannotListen as error:
        raise LookgateError("cannot_listen", str(error)) from error
    except UnknownFault as error:
        raise click.BadParameter(str(error), param_hint="--fault") from error


def _complain(lines: Sequence[str]) -> None:
    for line in lines:
        click.echo(line, err=True)


def _announce(instance: Instance, google: Google | None) -> None:
    click.echo(f"Local Looker: {instance.base_url} (edition {instance.edition}). Ctrl-C ends it.")
    for user in instance.users.values():
        click.echo(f"  {user.display_name:<20} {user.about}".rstrip())
    if google is not None:
        announce_google(google)
