"""Running an application until it is interrupted, with a ready file and what runs beside it."""

from __future__ import annotations

import asyncio
import json
import os
import socket
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import uvicorn
from starlette.types import ASGIApp


def write_ready_file(path: Path, content: dict[str, Any]) -> None:
    """Write the file at once and for the owner only: it holds secrets."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    temporary.unlink(missing_ok=True)
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(content, file, indent=2)
    temporary.replace(path)


def run(
    app: ASGIApp,
    sockets: list[socket.socket],
    ready_file: Path | None,
    content: Callable[[], dict[str, Any]],
    on_ready: Callable[[], None],
    beside: Callable[[], Coroutine[Any, Any, None]] | None = None,
) -> None:
    """Serve on sockets until interrupted.

    Args:
        app: what is served.
        sockets: where, bound and listening.
        ready_file: written once it answers, with ``content``, and gone at the end.
        content: of the ready file.
        on_ready: called once it answers.
        beside: what runs in the same event loop meanwhile.
    """

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
