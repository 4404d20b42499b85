"""Tokens stored for a thousand groups and users: by our runner, and by a loop on the official client.

Looker is the local one, in a process of its own, each call 50 ms late; it counts the calls. Our runner keeps its states
in SQLite on disk, with lease, intent, outcome and audit event of each renewal. The loop keeps nothing. The loop is so
slow that it makes fewer writes, and its time is told a write; that favours it, because the client slows with each call.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import uvloop

from lookgate.core.renewal import Minted, Target
from lookgate.core.secret import Secret
from lookgate.looker.client import LookerClient
from lookgate.looker.values import ValueWriter
from lookgate.store.sqlite import SqliteStore
from lookgate.sync.run import Runner
from lookgate.sync.world import World

HERE = Path(__file__).parent
LATENCY_MS = 50
IN_FLIGHT = (8, 32, 64)
Found = dict[str, list[float]]


class WallClock:
    """``core.ports.Clock``."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()


class Tokens:
    """``core.renewal.TokenSource``: makes one at once, so that only the writing counts. As long as Google's."""

    async def mint(self, audience: str) -> Minted:  # noqa: ARG002 - the port's signature
        return Minted(Secret(os.urandom(450).hex()), datetime.now(UTC) + timedelta(hours=1))


def times(folder: Path, rounds: int, targets: int, loop_writes: int) -> Found:
    """Return seconds for a thousand writes, and API calls a write, round by round.

    By the names ``8 in flight``, ``32 in flight``, ``64 in flight``, ``cached`` and ``naive``, and the same with
    ``calls`` behind; the login and the logout are not among the calls.
    """
    found: Found = {}

    def note(name: str, seconds: float, writes: int, session: int) -> None:
        found.setdefault(name, []).append(seconds / writes * 1000)
        found.setdefault(f"{name} calls", []).append((calls_of(told) - session) / writes)

    with looker(targets) as told:
        calls_of(told)
        for turn in range(rounds):
            for flying in IN_FLIGHT:
                seconds = uvloop.run(_ours(folder / f"{turn}-{flying}.sqlite3", told, flying))
                note(f"{flying} in flight", seconds, targets, session=2)
            for kind in ("cached", "naive"):
                note(kind, _loop(kind, loop_writes, told), loop_writes, session=1)  # it never logs out
    return found


async def _ours(store_file: Path, told: dict[str, Any], flying: int) -> float:
    """Store a token for every holder; return the seconds, login included."""
    clock, store = WallClock(), SqliteStore(store_file)
    client = LookerClient(told["base_url"], Secret(told["client_id"]), Secret(told["client_secret"]), clock=clock)
    world = World(
        states=store.renewals,
        sources={"bench": Tokens()},
        writer=ValueWriter(client),
        clock=clock,
        random=os.urandom,
        sleep=asyncio.sleep,
        every=300,
        concurrency=flying,
    )
    targets = [*_targets(told, "group", told["groups"]), *_targets(told, "user", told["users"])]
    began = time.perf_counter()
    report = await Runner(world).tick(targets)
    seconds = time.perf_counter() - began
    if not (report.ok and report.count("renewed") == report.calls == len(targets)):
        raise RuntimeError(f"{report.count('renewed')} of {len(targets)} were renewed with {report.calls} calls")
    await client.close()
    store.close()
    return seconds


def _targets(told: dict[str, Any], holder: Any, holders: dict[str, str]) -> Iterator[Target]:
    for name, found in holders.items():
        yield Target(
            rule=f"token for {name}", instance=told["base_url"], attribute_id=told["attribute"],
            attribute="orders_token", holder=holder, holder_id=found, label=f"{holder} {name}", source="bench",
            audience="https://orders.example.com", margin=1800, fingerprint=name,
        )  # fmt: skip


def _loop(kind: str, writes: int, told: dict[str, Any]) -> float:
    command = [sys.executable, str(HERE / "peers" / "looker_sdk_loop.py"), kind, str(writes)]
    done = subprocess.run(command, input=json.dumps(told) + "\n", capture_output=True, text=True, check=True)
    return float(done.stdout)


@contextmanager
def looker(holders: int) -> Iterator[dict[str, Any]]:
    """Start it; yield what it tells of itself."""
    command = [sys.executable, str(HERE / "slow_looker.py"), str(holders), str(LATENCY_MS)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        told = json.loads(process.stdout.readline())
        _wait(told)
        yield told
    finally:
        process.terminate()
        process.wait(10)


def calls_of(told: dict[str, Any]) -> int:
    """Return how many API calls there were since this was last asked."""
    with urlopen(f"{told['base_url']}/calls", timeout=10) as answer:
        return int(answer.read())


def _wait(told: dict[str, Any]) -> None:
    for _ in range(100):
        try:
            calls_of(told)
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError("the local Looker does not answer")
