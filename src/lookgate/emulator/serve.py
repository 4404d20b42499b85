"""Running the local Looker on this machine: sockets, the ready file, and the server."""

from __future__ import annotations

import errno
import ipaddress
import json
import os
import secrets
import socket
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import uvicorn

from lookgate.emulator.app import build_app
from lookgate.emulator.build import build_instance
from lookgate.emulator.faults import Fail
from lookgate.emulator.instance import Edition, Instance
from lookgate.emulator.reload import Reload
from lookgate.emulator.world import load_world

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


def serve(
    options: Options, on_ready: Callable[[Instance], None], complain: Callable[[Sequence[str]], None] = lambda _: None
) -> None:
    """Run until interrupted.

    Args:
        options: See ``Options``.
        on_ready: Called once the server answers.
        complain: Given what is wrong with the projects, a line each: at the start, and what a live edit has brought.

    Raises:
        WorldError: the world cannot be used.
        CannotListen: the address cannot be used.
    """
    world = load_world(options.world)
    sockets, port = listen(options.host, options.port)
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
        try:
            _run(app, sockets, instance, options.ready_file, on_ready)
        finally:
            for connection in instance.connections.values():
                connection.close()
    finally:
        for listener in sockets:
            listener.close()


def listen(host: str, port: int) -> tuple[list[socket.socket], int]:
    """Bind a loopback address and, for browsers that try it first for ``localhost``, ``::1`` on the same port.

    Raises:
        CannotListen: not a loopback address, or the port is busy.
    """
    try:
        loopback = ipaddress.IPv4Address(host).is_loopback
    except ValueError:
        loopback = False
    if not loopback:
        raise CannotListen(f"The local Looker gives out its keys and listens on 127.x.x.x only, not on {host!r}.")
    attempts = 20 if port == 0 else 1
    for attempt in range(1, attempts + 1):
        first = _bind(socket.AF_INET, host, port)
        chosen: int = first.getsockname()[1]
        try:
            return [first, *_bind_others(host, chosen)], chosen
        except CannotListen:
            first.close()
            if attempt == attempts:
                raise
    raise AssertionError  # unreachable: the last attempt returns or raises


def _bind_others(host: str, port: int) -> list[socket.socket]:
    """``localhost`` must reach this process and nobody else's, under both of its addresses."""
    found: list[socket.socket] = []
    try:
        if host != "127.0.0.1":
            found.append(_bind(socket.AF_INET, "127.0.0.1", port))
        if socket.has_ipv6:
            try:
                found.append(_bind(socket.AF_INET6, "::1", port))
            except OSError as error:
                if error.errno not in {errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT}:
                    raise
    except BaseException:
        for listener in found:
            listener.close()
        raise
    return found


def _bind(family: socket.AddressFamily, host: str, port: int) -> socket.socket:
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
            raise CannotListen(f"Port {port} {reason}. Choose another with --port, or 0 for a free one.") from error
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


def write_ready_file(path: Path, content: dict[str, Any]) -> None:
    """Write the file at once and for the owner only: it holds secrets."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    temporary.unlink(missing_ok=True)
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(content, file, indent=2)
    temporary.replace(path)


def _run(
    app: Any,
    sockets: list[socket.socket],
    instance: Instance,
    ready_file: Path | None,
    on_ready: Callable[[Instance], None],
) -> None:
    def announce() -> None:
        if ready_file:
            write_ready_file(ready_file, ready(instance))
        on_ready(instance)

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
        _Server(config, announce).run(sockets)
    finally:
        if ready_file:
            ready_file.unlink(missing_ok=True)


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, announce: Callable[[], None]) -> None:
        super().__init__(config)
        self.announce = announce

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self.announce()
