"""Carrying out a job's call over HTTP, and the task that keeps the scheduler going."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime

import aiohttp

from lookgate.emulator.google.scheduler import HttpCall, Scheduler

_STEP_SECONDS = 0.25


async def send(call: HttpCall) -> int:
    """Carry out a call; return the status, 0 when there is no answer in time. Redirects are not followed."""
    try:
        async with (
            aiohttp.ClientSession(
                timeout=aiohttp.ClientTimeout(total=call.seconds), cookie_jar=aiohttp.DummyCookieJar(), trust_env=False
            ) as session,
            session.request(
                call.method, call.uri, headers=call.headers, data=call.body or None, allow_redirects=False
            ) as answer,
        ):
            return answer.status
    except (aiohttp.ClientError, TimeoutError, OSError, ValueError):
        return 0


async def keep_ticking(scheduler: Scheduler, clock: Callable[[], datetime]) -> None:
    """Tick until cancelled. A job that takes long holds up no other."""
    async with asyncio.TaskGroup() as running:
        while True:
            now, due = clock(), scheduler.next_due()
            if due is not None and due <= now:
                running.create_task(scheduler.tick(now))
            await asyncio.sleep(_STEP_SECONDS)
