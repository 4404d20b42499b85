"""``lookgate serve``: the gateway behind uvicorn."""

from __future__ import annotations

import errno
import gc
import json
import os
import signal
import socket
from pathlib import Path
from typing import TYPE_CHECKING

import click

from lookgate.cli.options import load_settings, settings_option
from lookgate.errors import LookgateError

if TYPE_CHECKING:
    from lookgate.compose import Gateway
    from lookgate.compose_sync import Renewals
    from lookgate.settings.sync import Sync

MAX_CONNECTIONS = 900
"""Beyond it callers get a 503; below the thousand or so open files that systems commonly allow a process."""
GRACE_SECONDS = 10
"""How long running requests may take to end once the gateway is told to stop."""


@click.command()
@settings_option
@click.option("--host", help="Address to listen on. [default: web.host]")
@click.option("--port", type=click.IntRange(0, 65535), help="Port to listen on; 0 picks one. [default: web.port]")
@click.option(
    "--ready-file",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help='Write {"base_url": …} here once the gateway answers.',
)
@click.option("--with-scheduler", is_flag=True, help="Renew tokens by sync.schedule, without anybody calling for it.")
def command(
    settings_file: Path | None, host: str | None, port: int | None, ready_file: Path | None, *, with_scheduler: bool
) -> None:
    """Run the gateway."""
    gc.disable()  # until it serves: what is imported and built stays, and looking through it costs a tenth of the start
    settings = load_settings(settings_file)
    if with_scheduler:
        _refuse_idle(settings.sync)
    if ready_file is not None:
        _prepare(ready_file)
    listener = listen(host or settings.web.host, settings.web.port if port is None else port)
    with listener:
        from lookgate.compose import build  # noqa: PLC0415 - after the cheap ways to fail

        gateway, renewals = build(settings), None
        if settings.sync.writes:
            from lookgate.compose_sync import build_renewals  # noqa: PLC0415 - only what is set up is imported

            renewals = build_renewals(settings, gateway.store)
        serve(gateway, listener, ready_file, renewals, scheduled=with_scheduler)


def _refuse_idle(sync: Sync) -> None:
    """Refuse a scheduler that would have nothing to do.

    Raises:
        LookgateError: ``no_sync_rules``.
    """
    if not sync.rules:
        raise LookgateError(
            "no_sync_rules",
            "There is nothing to keep fresh: lookgate.toml has no [[sync.rules]].",
            "Add a rule of five lines (docs/sync.md), or leave --with-scheduler out.",
        )
    if all(rule.source == "scheduler" for rule in sync.rules):
        raise LookgateError(
            "no_sync_rules",
            "Every rule stores the token of a scheduler that calls; there is nothing to do without it.",
            'Give a rule another source, such as "google", or leave --with-scheduler out.',
        )


def listen(host: str, port: int) -> socket.socket:
    """Return a bound socket, so that a busy port is known before anything else is built.

    Raises:
        LookgateError: ``port_busy`` or ``address_unusable``.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listener = socket.socket(family, kind, protocol)
    except (OSError, UnicodeError) as error:  # a label too long for a name is refused by the codec
        raise LookgateError(
            "address_unusable", f"'{host}' is no address of this machine.", "Give another with --host or web.host."
        ) from error
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(2048)  # now, so that of two gateways that start at once the second learns it here
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            raise LookgateError(
                "port_busy",
                f"Port {port} on {host} is in use by another program.",
                "Choose another with --port or web.port; --port 0 picks a free one.",
            ) from error
        raise LookgateError(
            "address_unusable",
            f"The gateway cannot listen on {host} port {port}: {error.strerror}.",
            "Give others with --host and --port.",
        ) from error
    return listener


def serve(
    gateway: Gateway,
    listener: socket.socket,
    ready_file: Path | None,
    renewals: Renewals | None = None,
    *,
    scheduled: bool = False,
) -> None:
    """Answer requests until SIGINT or SIGTERM, then let running ones end and close the gateway.

    Args:
        gateway: what answers.
        listener: where.
        ready_file: written once it answers.
        renewals: what schedulers start; closed in the end.
        scheduled: whether renewals are run at their times as well.
    """
    import asyncio  # noqa: PLC0415 - not for --help

    import uvicorn  # noqa: PLC0415 - likewise

    from lookgate.compose import close  # noqa: PLC0415 - likewise
    from lookgate.web.app import build_app  # noqa: PLC0415 - likewise
    from lookgate.web.protocol import BoundedProtocol  # noqa: PLC0415 - likewise

    class Server(uvicorn.Server):
        """uvicorn, saying where it answers."""

        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            if self.started:
                _announce(base_url, ready_file)
                if scheduled and renewals is not None:
                    tasks.append(asyncio.create_task(_scheduled(gateway, renewals)))

        async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
            # First of all: a run may take minutes, and a platform gives the process ten seconds to log out of Looker.
            if renewals is not None:
                await renewals.runs.close()
            await super().shutdown(sockets)

    tasks: list[asyncio.Task[None]] = []
    host, port = listener.getsockname()[:2]
    base_url = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
    config = uvicorn.Config(
        build_app(gateway, renewals=renewals),
        loop="uvloop" if os.name == "posix" else "asyncio",
        http=BoundedProtocol,
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,  # who calls is known by credentials; a forwarded address proves nothing
        limit_concurrency=MAX_CONNECTIONS,
        timeout_keep_alive=75,  # longer than the idle time of common load balancers
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    server = Server(config)
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)
    gc.enable()

    async def run() -> None:
        try:
            await server.serve([listener])
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            if renewals is not None:
                await renewals.close()
            await close(gateway)

    # uvicorn raises the signal again when it has stopped; here stopping is the end of the work, not of the process.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: None)
    with asyncio.Runner(loop_factory=config.get_loop_factory()) as runner:
        runner.run(run())


async def _scheduled(gateway: Gateway, renewals: Renewals) -> None:
    """Renew at the times that the settings say, until cancelled."""
    import asyncio  # noqa: PLC0415 - not for --help

    from lookgate.sync.schedule import keep_running  # noqa: PLC0415 - only where it is wanted

    sync, updater = gateway.settings.sync, renewals.updater()
    await keep_running(
        lambda: renewals.runs.run(updater, by="schedule"),
        every=sync.every,
        schedule=sync.schedule,
        clock=gateway.clock,
        sleep=asyncio.sleep,
    )


def _announce(base_url: str, ready_file: Path | None) -> None:
    click.echo(f"Lookgate answers at {base_url} (Ctrl-C stops it)", err=True)
    if ready_file is not None:
        # Renamed into place, so that nobody reads half a file.
        partial = _partial(ready_file)
        partial.write_text(json.dumps({"base_url": base_url}) + "\n", encoding="utf-8")
        partial.replace(ready_file)


def _prepare(ready_file: Path) -> None:
    """Remove what an earlier run left, and learn now whether the file can be written."""
    try:
        ready_file.unlink(missing_ok=True)
        _partial(ready_file).touch()
    except OSError as error:
        raise LookgateError(
            "ready_file_unusable",
            f"The ready file {ready_file} cannot be written: {error.strerror}.",
            "Name a file in a folder that exists and is writable.",
        ) from error


def _partial(ready_file: Path) -> Path:
    return ready_file.with_name(ready_file.name + ".partial")
