"""Runs at their times, inside a gateway that nobody calls for it.

Several processes of one gateway may all do so: each run looks at the same states, and a target's lease names the
generation that it makes, so of all processes one makes it. There is no lease on the run itself: a process that held one
and died would take the run with it, while so another does what it left.
"""

from __future__ import annotations

import contextlib
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from lookgate.core.ports import Clock
from lookgate.sync.world import Sleep

STEP = 15.0
"""The longest sleep, in seconds: then the clock is looked at again, which may have been set, or stood still."""


async def keep_running(
    run: Callable[[], Awaitable[object]], *, every: float, schedule: str, clock: Clock, sleep: Sleep
) -> None:
    """Run at once, and then at each time, until cancelled.

    Times that were missed, because a run took long or the machine slept, are made up for by one run.

    Args:
        run: which tells by itself how it went; whatever it raises, the next comes.
        every: seconds between two runs, where there is no schedule.
        schedule: five cron fields (UTC), or empty.
        clock: time.
        sleep: waits.
    """
    while True:
        due = _next(clock.now(), every, schedule)
        with contextlib.suppress(Exception):
            await run()
        while (now := clock.now()) < due:
            due = min(due, _next(now, every, schedule))  # the clock was set back: nobody waits for a time of before
            await sleep(min(STEP, (due - now).total_seconds()))


def _next(after: datetime, every: float, schedule: str) -> datetime:
    if not schedule:
        return after + timedelta(seconds=every)
    from lookgate.sync.cron import next_time  # noqa: PLC0415 - only for those who write one

    return next_time(schedule, after)
