"""``lookgate demo``: a local Looker with a real extension, and a gateway that knows who is calling."""

from __future__ import annotations

import signal
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from lookgate.cli.demo.pair import Pair

STATE = Path(".lookgate/demo")
_PORT = click.IntRange(1, 65535)


@click.command()
@click.option("--port", type=_PORT, default=8700, show_default=True, help="Port of the local Looker.")
@click.option("--gateway-port", type=_PORT, default=8701, show_default=True, help="Port of the gateway.")
@click.option("--check", is_flag=True, help="Walk the story without a browser, on free ports, and say what held.")
@click.option("--running", is_flag=True, help="With --check: walk it in the demo that runs already. It writes a note.")
@click.option("--fresh", is_flag=True, help="Forget notes, audit and data of earlier runs.")
@click.option(
    "--state",
    type=click.Path(path_type=Path, file_okay=False),
    default=STATE,
    show_default=True,
    metavar="FOLDER",
    help="Where the demo keeps its state.",
)
def command(port: int, gateway_port: int, state: Path, *, check: bool, running: bool, fresh: bool) -> None:
    """Run the demo: a local Looker, an extension and a gateway. Ctrl-C ends everything it started."""
    if running and not check:
        raise click.UsageError("--running goes with --check.")
    try:
        with _ended_by_signals():
            if check:
                sys.exit(_check_running(state) if running else _check_apart())
            _show(state, port, gateway_port, fresh=fresh)
    except _Ended as ended:
        click.echo("\nStopped.", err=True)
        sys.exit(ended.exit_code if check else 0)
    except OSError as error:
        place = error.filename or "The state folder"
        raise click.ClickException(f"{place}: {error.strerror}. Choose another folder with --state.") from error


def _show(state: Path, port: int, gateway_port: int, *, fresh: bool) -> None:
    from lookgate.cli.demo.pair import need_alone, need_free  # noqa: PLC0415 - not for --help
    from lookgate.cli.demo.pair import running as run_pair  # noqa: PLC0415 - likewise
    from lookgate.cli.demo.stage import Stage, find_example  # noqa: PLC0415 - likewise

    if port == gateway_port:
        raise click.ClickException(f"Both servers would use port {port}. Choose another with --gateway-port.")
    stage = Stage(state.resolve(), find_example(), port, gateway_port)
    need_alone(stage)  # first: its ports are busy too, and would be the lesser half of the truth
    need_free(port)
    need_free(gateway_port)
    with run_pair(stage, _say, fresh=fresh) as pair:
        _welcome(pair)
        pair.watch()


def _check_apart() -> int:
    """Walk the story with servers and state of its own, and leave nothing behind."""
    from lookgate.cli.demo.check import report, walk  # noqa: PLC0415 - not for --help
    from lookgate.cli.demo.pair import running as run_pair  # noqa: PLC0415 - likewise
    from lookgate.cli.demo.stage import Stage, find_example, free_port  # noqa: PLC0415 - likewise

    with tempfile.TemporaryDirectory(prefix="lookgate-demo-") as folder:
        stage = Stage(Path(folder), find_example(), free_port(), free_port())
        with run_pair(stage, _say) as pair:
            return report(walk(stage, pair.ready), click.echo)


def _check_running(state: Path) -> int:
    import json  # noqa: PLC0415 - not for --help
    from urllib.parse import urlsplit  # noqa: PLC0415 - likewise

    from lookgate.cli.demo.check import report, walk  # noqa: PLC0415 - likewise
    from lookgate.cli.demo.stage import Stage, find_example  # noqa: PLC0415 - likewise

    try:
        ready, gateway = (json.loads((state / name).read_text("utf-8")) for name in ("looker.json", "gateway.json"))
        ports = [urlsplit(found["base_url"]).port or 0 for found in (ready, gateway)]
    except (OSError, ValueError, KeyError) as error:
        raise click.ClickException(f"No demo is running in {state}. Start it with: lookgate demo") from error
    return report(walk(Stage(state.resolve(), find_example(), *ports), ready), click.echo)


def _welcome(pair: Pair) -> None:
    import tomllib  # noqa: PLC0415 - not for --help

    url = f"{pair.stage.looker_url}/extensions/flights::delays"
    click.echo()
    click.secho(f"  Open {url}", bold=True)
    click.echo("\n  Choose a user, then switch to another and see what changes:\n")
    for user in tomllib.loads((pair.stage.folder / "world.toml").read_text(encoding="utf-8"))["users"]:
        click.echo(f"    {user['first_name'] + ' ' + user['last_name']:<14} {user['about']}")
    click.echo("\n  Try: Who am I, then Notes as Noor, then Refused as Chris, then Claim, then Credentials as Ada.")
    audit = f"{own_command(sys.argv[0])} audit tail --settings {_short(pair.stage.settings)}"
    click.echo(f"  The gateway: {pair.stage.gateway_url}/docs   Its audit log: {audit}")
    click.echo(f"  The local Google, with more that can go wrong: {pair.stage.google_url}/local")
    click.echo("  Ctrl-C ends everything.\n")


def own_command(started_as: str) -> str:
    """Return what to type for ``lookgate`` in this folder, also where no virtual environment is active."""
    path = Path(started_as).absolute()
    is_near = path.name == "lookgate" and path.is_relative_to(Path.cwd())
    return str(path.relative_to(Path.cwd())) if is_near else "lookgate"


def _short(path: Path) -> str:
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(path)


def _say(text: str) -> None:
    click.echo(text, err=True)


class _Ended(BaseException):
    """A signal asked the demo to end."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.exit_code = 128 + number


@contextmanager
def _ended_by_signals() -> Iterator[None]:
    """Raise ``_Ended`` on the first SIGINT, SIGTERM or SIGHUP, and let the clean-up run undisturbed."""
    from lookgate.cli.demo.child import STOPS  # noqa: PLC0415 - not for --help

    told: list[int] = []

    def end(number: int, _: FrameType | None) -> None:
        told.append(number)
        for each in STOPS:
            signal.signal(each, signal.SIG_IGN)
        raise _Ended(number)

    before: list[tuple[signal.Signals, Callable[[int, FrameType | None], object] | int | None]] = [
        (number, signal.signal(number, end)) for number in STOPS
    ]
    try:
        yield
    except Exception:
        if told:  # a library that was interrupted has made an error of its own out of it, as DuckDB does
            raise _Ended(told[0]) from None
        raise
    finally:
        for number, handler in before:
            signal.signal(number, handler)
