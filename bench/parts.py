"""What one verified call consists of, measured in process without a socket: CPU time, eight calls at once.

The parts are what the gateway does for every call and the peers do not; they are written down so that the ratios of the
table can be judged.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import uvloop

from lookgate.actions.journal import Journal
from lookgate.compose import build, close
from lookgate.core.audit import AuditEvent
from lookgate.core.identity import Assurance, Principal
from lookgate.settings import load
from lookgate.web.app import build_app
from lookgate.web.exchange import Exchange
from lookgate.web.log import Log
from lookgate.web.reflection import Guard

AT_ONCE = 8
COUNT = 2000


def parts(settings_file: Path, token: str, body: bytes, rounds: int) -> dict[str, float]:
    """Return microseconds of CPU a call: ``whole``, and ``audit``, ``log`` and ``guard`` of it."""
    with Path(os.devnull).open("w", encoding="ascii") as nowhere:
        return uvloop.run(_parts(settings_file, token, body, rounds, Log(nowhere)))


async def _parts(settings_file: Path, token: str, body: bytes, rounds: int, log: Log) -> dict[str, float]:
    gateway = build(load(settings_file, {}))
    app = build_app(gateway, log)
    journal = Journal(gateway.store)
    event = _event()
    guard = Guard([f"Bearer {token}", token])
    exchange = Exchange("POST", "/actions/verified", {}, 0.0, event, guard, route="/actions/{name}", status=200)

    async def whole() -> None:
        await app(_scope(token, body), _receiver(body), _send)

    async def audit() -> None:
        await journal.write(event)

    async def line() -> None:
        log.write(exchange, 0.001, None)

    async def search() -> None:
        found = Guard([f"Bearer {token}", token])
        found.refuse_in(b"/actions/verified?", "url")
        found.refuse_in(body, "body")
        found.refuse_out(body)

    measured = {"whole": whole, "audit": audit, "log": line, "guard": search}
    try:
        found: dict[str, list[float]] = {name: [] for name in measured}
        for _ in range(rounds):
            for name, work in measured.items():
                found[name].append(await _cpu(work))
    finally:
        await close(gateway)
    return {name: statistics.median(values) for name, values in found.items()}


async def _cpu(work: Callable[[], Awaitable[None]]) -> float:
    async def some() -> None:
        for _ in range(COUNT // AT_ONCE):
            await work()

    before = time.process_time_ns()
    await asyncio.gather(*(some() for _ in range(AT_ONCE)))
    return (time.process_time_ns() - before) / COUNT / 1000


def _event() -> AuditEvent:
    caller = Principal("https://accounts.google.com", "service-1", "service", Assurance.WORKLOAD, "google")
    return AuditEvent(datetime.now(UTC), "0" * 24, "verified", caller, "allowed")


def _scope(token: str, body: bytes) -> dict[str, Any]:
    return {
        "type": "http",
        "method": "POST",
        "path": "/actions/verified",
        "raw_path": b"/actions/verified",
        "query_string": b"",
        "headers": [
            (b"host", b"gateway.example"),
            (b"content-type", b"application/json"),
            (b"authorization", f"Bearer {token}".encode()),
            (b"content-length", str(len(body)).encode()),
        ],
    }


def _receiver(body: bytes) -> Callable[[], Awaitable[dict[str, Any]]]:
    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    return receive


async def _send(message: Any) -> None:
    if message.get("status", 200) != 200:
        raise RuntimeError(f"the gateway answered {message['status']}")
