"""Running the local Looker and the local Google on this machine: sockets, the ready file, and the server."""

from __future__ import annotations

import asyncio
import errno
import ipaddress
import json
import os
import random
import secrets
import socket
import time
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

from lookgate.emulator.app import build_app
from lookgate.emulator.build import build_instance
from lookgate.emulator.faults import Fail, Switched
from lookgate.emulator.google.app import build_google_app
from lookgate.emulator.google.faults import CATALOGUE, LOOKER, Fault, Faults
from lookgate.emulator.google.scheduler import Scheduler
from lookgate.emulator.google.service import Google
from lookgate.emulator.google.world import GooglePart, mistakes_in
from lookgate.emulator.instance import Edition, Instance
from lookgate.emulator.reload import Reload
from lookgate.emulator.world import WorldError, load_world

SAMPLE_WORLD = Path(__file__).parent / "sample_world.toml"


class CannotListen(Exception):
    """The address is busy or not ours; the message says which option changes it."""


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
        google, scheduler = _google(part, f"http://{options.host}:{port}", options.faults)
        app = build_google_app(google, scheduler)
        _run(
            app, sockets, options.ready_file, lambda: ready_google(google), lambda: on_ready(google), _ticks(scheduler)
        )
    finally:
        for listener in sockets:
            listener.close()


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
            google, scheduler = _google(world.google, f"http://{options.host}:{google_port}", options.faults, both)
            app = _ByPort({google_port: build_google_app(google, scheduler)}, Switched(app, google.faults))

        def content() -> dict[str, Any]:
            return ready(instance) | ({"google": ready_google(google)} if google else {})

        ticks = _ticks(scheduler) if scheduler else None
        try:
            _run(app, sockets, options.ready_file, content, lambda: on_ready(instance, google), ticks)
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


def _google(
    part: GooglePart, base_url: str, faults: Mapping[str, float], catalogue: Mapping[str, Fault] = CATALOGUE
) -> tuple[Google, Scheduler]:
    from lookgate.emulator.google.call import send  # noqa: PLC0415 - aiohttp, which a local Looker alone does not need

    switches = Faults(random.random, asyncio.sleep, catalogue)
    switches.set(faults)
    google = Google(part, base_url, lambda: datetime.now(UTC), secrets.token_bytes, switches)
    return google, Scheduler(google, send)


def _ticks(scheduler: Scheduler) -> Callable[[], Coroutine[Any, Any, None]]:
    from lookgate.emulator.google.call import keep_ticking  # noqa: PLC0415 - as above

    return lambda: keep_ticking(scheduler, lambda: datetime.now(UTC))


def listen(host: str, port: int, *, option: str = "--port") -> tuple[list[socket.socket], int]:
    """Bind a loopback address and, for browsers that try it first for ``localhost``, ``::1`` on the same port.

    Args:
        host: the address.
        port: 0 picks a free one.
        option: what chooses another port, for the error.

    Raises:
        CannotListen: not a loopback address, or the port is busy.
    """
    try:
        loopback = ipaddress.IPv4Address(host).is_loopback
    except ValueError:
        loopback = False
    if not loopback:
        raise CannotListen(f"It gives out its keys and so listens on 127.x.x.x only, not on {host!r}.")
    attempts = 20 if port == 0 else 1
    for attempt in range(1, attempts + 1):
        first = _bind(socket.AF_INET, host, port, option)
        chosen: int = first.getsockname()[1]
        try:
            return [first, *_bind_others(host, chosen, option)], chosen
        except CannotListen:
            first.close()
            if attempt == attempts:
                raise
    raise AssertionError  # unreachable: the last attempt returns or raises


def _bind_others(host: str, port: int, option: str) -> list[socket.socket]:
    """``localhost`` must reach this process and nobody else's, under both of its addresses."""
    found: list[socket.socket] = []
    try:
        if host != "127.0.0.1":
            found.append(_bind(socket.AF_INET, "127.0.0.1", port, option))
        if socket.has_ipv6:
            try:
                found.append(_bind(socket.AF_INET6, "::1", port, option))
            except OSError as error:
                if error.errno not in {errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT}:
                    raise
    except BaseException:
        for listener in found:
            listener.close()
        raise
    return found


def _bind(family: socket.AddressFamily, host: str, port: int, option: str) -> socket.socket:
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        listener.bind((host, port))
        listener.listen(128)
        listener.setblocking(False)
    except OSError as error:
        listener.close()
        if error.errno in {errno.EADDRINUSE, errno.EACCES}:
            reason = "is busy" if error.errno == errno.EADDRINUSE else "may not be used"
            raise CannotListen(f"Port {port} {reason}. Choose another with {option}, or 0 for a free one.") from error
        raise
    return listener


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


def write_ready_file(path: Path, content: dict[str, Any]) -> None:
    """Write the file at once and for the owner only: it holds secrets."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    temporary.unlink(missing_ok=True)
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(content, file, indent=2)
    temporary.replace(path)


def _run(
    app: ASGIApp,
    sockets: list[socket.socket],
    ready_file: Path | None,
    content: Callable[[], dict[str, Any]],
    on_ready: Callable[[], None],
    beside: Callable[[], Coroutine[Any, Any, None]] | None,
) -> None:
    def announce() -> None:
        if ready_file:
            write_ready_file(ready_file, content())
        on_ready()

    config = uvicorn.Config(
        app,
        lifespan="off",
        ws="none",
        log_level="warning",
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_graceful_shutdown=2,
    )
    if ready_file:
        ready_file.unlink(missing_ok=True)  # an old one would send people to an instance that is gone
    try:
        _Server(config, announce, beside).run(sockets)
    finally:
        if ready_file:
            ready_file.unlink(missing_ok=True)


class _Server(uvicorn.Server):
    def __init__(
        self,
        config: uvicorn.Config,
        announce: Callable[[], None],
        beside: Callable[[], Coroutine[Any, Any, None]] | None,
    ) -> None:
        super().__init__(config)
        self.announce = announce
        self.beside = beside
        self._task: asyncio.Task[None] | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._task = asyncio.create_task(self.beside()) if self.beside else None
            self.announce()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        if self._task is not None:
            self._task.cancel()
        await super().shutdown(sockets)
