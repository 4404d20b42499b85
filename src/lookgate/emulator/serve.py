"""Running the local Looker on this machine, and a local Google beside it if asked for."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from starlette.types import ASGIApp, Receive, Scope, Send

from lookgate.emulator.app import build_app
from lookgate.emulator.build import build_instance
from lookgate.emulator.faults import Fail, Switched
from lookgate.emulator.google.app import build_google_app
from lookgate.emulator.google.faults import CATALOGUE, LOOKER
from lookgate.emulator.google.scheduler import Scheduler
from lookgate.emulator.google.service import Google
from lookgate.emulator.instance import Edition, Instance
from lookgate.emulator.listen import listen
from lookgate.emulator.reload import Reload
from lookgate.emulator.run import run
from lookgate.emulator.serve_google import ready_google, start_google, ticks
from lookgate.emulator.world import load_world

SAMPLE_WORLD = Path(__file__).parent / "sample_world.toml"


@dataclass(frozen=True, slots=True)
class Options:
    """What ``lookgate looker`` was asked for."""

    host: str = "127.0.0.1"
    port: int = 9999
    world: Path = SAMPLE_WORLD
    projects: Sequence[Path] = ()
    edition: Edition = "original"
    latency_ms: int = 0
    fail: Fail | None = None
    ready_file: Path | None = None
    google_port: int | None = None
    """Where a local Google runs beside it; None: nowhere."""
    faults: Mapping[str, float] = field(default_factory=dict)
    """Of that local Google, by name."""


def serve(
    options: Options,
    on_ready: Callable[[Instance, Google | None], None],
    complain: Callable[[Sequence[str]], None] = lambda _: None,
) -> None:
    """Run a local Looker, and a local Google beside it if asked for, until interrupted.

    Args:
        options: See ``Options``.
        on_ready: Called once the server answers.
        complain: Given what is wrong with the projects, a line each: at the start, and what a live edit has brought.

    Raises:
        WorldError: the world cannot be used.
        CannotListen: the address cannot be used.
        UnknownFault: a fault makes no sense.
    """
    world = load_world(options.world)
    sockets, port = listen(options.host, options.port)
    google: Google | None = None
    scheduler: Scheduler | None = None
    try:
        instance = build_instance(
            world,
            options.world.resolve().parent,
            options.projects,
            base_url=f"http://{options.host}:{port}",
            sandbox_url=f"http://localhost:{port}",
            edition=options.edition,
            clock=lambda: datetime.now(UTC),
            random_bytes=secrets.token_bytes,
        )
        if lines := [line for project in instance.projects.values() for line in project.complaints()]:
            complain(lines)
        refresh = Reload(instance, time.monotonic, complain=complain)
        app = build_app(instance, latency_ms=options.latency_ms, fail=options.fail, refresh=refresh)
        if options.google_port is not None:
            more, google_port = listen(options.host, options.google_port, option="--google-port")
            sockets += more
            both = CATALOGUE | LOOKER
            google, scheduler = start_google(world.google, f"http://{options.host}:{google_port}", options.faults, both)
            app = _ByPort({google_port: build_google_app(google, scheduler)}, Switched(app, google.faults))

        def content() -> dict[str, Any]:
            return ready(instance) | ({"google": ready_google(google)} if google else {})

        beside = ticks(scheduler) if scheduler else None
        try:
            run(app, sockets, options.ready_file, content, lambda: on_ready(instance, google), beside)
        finally:
            for connection in instance.connections.values():
                connection.close()
    finally:
        for listener in sockets:
            listener.close()


class _ByPort:
    """Sends what arrives at a port to its application, and everything else to the other one."""

    def __init__(self, apps: Mapping[int, ASGIApp], other: ASGIApp) -> None:
        self.apps = apps
        self.other = other

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        server = scope.get("server")
        await self.apps.get(server[1] if server else 0, self.other)(scope, receive, send)


def ready(instance: Instance) -> dict[str, Any]:
    """Return what the ready file says: where the instance is, and everybody's API keys."""
    people = [
        {
            "id": user.id,
            "name": user.display_name,
            "email": user.email,
            "groups": sorted(instance.groups[group].name for group in instance.group_ids_of(user)),
            "client_id": user.api3[0].client_id,
            "client_secret": user.api3[0].client_secret,
        }
        for user in instance.users.values()
    ]
    admin = next(user for user in instance.users.values() if instance.is_admin(user) and not user.is_disabled)
    keys = {"client_id": admin.api3[0].client_id, "client_secret": admin.api3[0].client_secret}
    return {"base_url": instance.base_url, "admin": keys, "users": people}
