"""Ending what runs in the background."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from typing import Any


async def end(tasks: Collection[asyncio.Task[Any]]) -> None:
    """Cancel tasks and wait until they have ended.

    A task of another event loop is only told to end: its loop may be blocked, or may not run any more.
    """
    here = asyncio.get_running_loop()
    ours: list[asyncio.Task[Any]] = []
    for task in tasks:
        loop = task.get_loop()
        if loop is here:
            task.cancel()
            ours.append(task)
        elif not loop.is_closed():
            loop.call_soon_threadsafe(task.cancel)
    if ours:
        await asyncio.wait(ours)
