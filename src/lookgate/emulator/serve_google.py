"""Running the local Google on this machine, alone or beside a local Looker."""

from __future__ import annotations

import asyncio
import random
import secrets
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from lookgate.emulator.google.app import build_google_app
from lookgate.emulator.google.faults import CATALOGUE, Fault, Faults
from lookgate.emulator.google.scheduler import Scheduler
from lookgate.emulator.google.service import Google
from lookgate.emulator.google.world import GooglePart, mistakes_in
from lookgate.emulator.listen import listen
from lookgate.emulator.run import run
from lookgate.emulator.world import WorldError, load_world


@dataclass(frozen=True, slots=True)
class GoogleOptions:
    """What ``lookgate google`` was asked for."""

    host: str = "127.0.0.1"
    port: int = 9998
    world: Path | None = None
    """None: the default accounts and no jobs."""
    faults: Mapping[str, float] = field(default_factory=dict)
    ready_file: Path | None = None


def serve_google(options: GoogleOptions, on_ready: Callable[[Google], None]) -> None:
    """Run a local Google alone, until interrupted.

    Raises:
        WorldError: the world cannot be used.
        CannotListen: the address cannot be used.
        UnknownFault: a fault makes no sense.
    """
    part = load_world(options.world).google if options.world else GooglePart()
    if mistakes := mistakes_in(part):
        raise WorldError("The world does not hold together:\n  " + "\n  ".join(mistakes))
    sockets, port = listen(options.host, options.port)
    try:
        google, scheduler = start_google(part, f"http://{options.host}:{port}", options.faults)
        app = build_google_app(google, scheduler)
        run(app, sockets, options.ready_file, lambda: ready_google(google), lambda: on_ready(google), ticks(scheduler))
    finally:
        for listener in sockets:
            listener.close()


def start_google(
    part: GooglePart, base_url: str, faults: Mapping[str, float], catalogue: Mapping[str, Fault] = CATALOGUE
) -> tuple[Google, Scheduler]:
    """Make a local Google with the machine's time and randomness, and its scheduler.

    Raises:
        UnknownFault: a fault makes no sense.
    """
    from lookgate.emulator.google.call import send  # noqa: PLC0415 - aiohttp, which a local Looker alone does not need

    switches = Faults(random.random, asyncio.sleep, catalogue)
    switches.set(faults)
    google = Google(part, base_url, lambda: datetime.now(UTC), secrets.token_bytes, switches)
    return google, Scheduler(google, send)


def ticks(scheduler: Scheduler) -> Callable[[], Coroutine[Any, Any, None]]:
    """Return what keeps the scheduler going."""
    from lookgate.emulator.google.call import keep_ticking  # noqa: PLC0415 - as above

    return lambda: keep_ticking(scheduler, lambda: datetime.now(UTC))


def ready_google(google: Google) -> dict[str, Any]:
    """Return what the ready file says of a local Google: addresses, accounts, and the clients' secrets."""
    base = google.base_url
    return {
        "base_url": base,
        "issuer": google.issuer,
        "metadata_host": base.removeprefix("http://"),
        "certs_url": f"{base}/oauth2/v3/certs",
        "token_url": f"{base}/token",
        "generic_token_url": f"{base}/oauth2/generic/token",
        "accounts": [account.email for account in google.accounts.values()],
        "clients": [{"client_id": name, "client_secret": secret} for name, secret in google.client_secrets.items()],
    }
