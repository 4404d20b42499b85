"""The runs of one process: one at a time however many ask for it, each within its time, and how they went."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from lookgate.core.ports import Clock
from lookgate.errors import LookgateError, Unavailable
from lookgate.sync.failures import Failure, failures
from lookgate.sync.report import Result
from lookgate.sync.updater import RunReport, Updater

LIMIT = 150.0
"""Seconds that a run may take: less than a scheduler waits (Cloud Scheduler: 180 by default, Cloud Run: 300)."""
PROGRESS_EVERY = 10.0
"""Seconds between two words about a long run."""
By = Literal["request", "schedule"]


@dataclass(frozen=True, slots=True)
class Progressed:
    """A run that goes on."""

    at: datetime
    by: By
    done: int
    of: int


@dataclass(frozen=True, slots=True)
class Ended:
    """A run that is over."""

    at: datetime
    by: By
    """Who asked for it first."""
    seconds: float
    report: RunReport | None
    error: LookgateError | None
    """Why there is no report."""

    @property
    def ok(self) -> bool:
        """Whether every target is as it should be."""
        return self.report is not None and self.report.ok

    @property
    def failures(self) -> tuple[Failure, ...]:
        """What is not as it should be."""
        if self.report is None:
            return (Failure("the run", self.error.code if self.error else "unexpected_error", passes=True),)
        return () if self.report.ok else failures(self.report)

    @property
    def results(self) -> tuple[Result, ...]:
        """What came of each step."""
        if self.report is None:
            return ()
        return self.report.tick.results + (self.report.again.results if self.report.again else ())


class Runs:
    """Carries out runs, and tells whoever listens.

    Processes are kept apart by the leases of the targets; within one process, who asks while a run goes on is answered
    with that run's report.

    Args:
        clock: time.
        limit: seconds that a run may take.
    """

    def __init__(self, clock: Clock, *, limit: float = LIMIT) -> None:
        self.tell: list[Callable[[Progressed | Ended], None]] = []
        """Called in the event loop, so they must not wait."""
        self.last: Ended | None = None
        self.renewed = self.failed = 0
        """Steps that ended so, in this process."""
        self._clock = clock
        self._limit = limit
        self._running: dict[str, asyncio.Task[RunReport]] = {}

    async def run(self, updater: Updater, *, by: By, name: str = "") -> RunReport:
        """Run, or wait for the run of this name that goes on.

        A caller who goes away does not end the run.

        Args:
            updater: carries out the rules.
            by: who asks.
            name: tells runs of different rules apart.

        Raises:
            Unavailable: Looker or the store does not answer, so nothing was done; or the run took too long, and the
                rest is left to the next.
        """
        task = self._running.get(name)
        if task is None:
            task = self._running[name] = asyncio.create_task(self._run(updater, by))
            task.add_done_callback(lambda done: self._over(name, done))
        return await asyncio.shield(task)

    async def close(self) -> None:
        """End what runs. What was begun is left to the leases' end, as if the process had been killed."""
        running = list(self._running.values())
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)

    def _over(self, name: str, task: asyncio.Task[RunReport]) -> None:
        del self._running[name]
        if not task.cancelled():
            task.exception()  # looked at, should nobody wait any more; it has been told

    async def _run(self, updater: Updater, by: By) -> RunReport:
        at, began = self._clock.now(), self._clock.monotonic()
        told, place = began, (0, 0)

        def progress(done: int, of: int, result: Result) -> None:  # noqa: ARG001 - sync.report.Progress
            nonlocal told, place
            place, now = (done, of), self._clock.monotonic()
            if now - told >= PROGRESS_EVERY:
                told = now
                self._say(Progressed(self._clock.now(), by, done, of))

        report: RunReport | None = None
        error: LookgateError | None = None
        try:
            async with asyncio.timeout(self._limit):
                report = await updater.run(progress=progress)
        except TimeoutError:
            error = Unavailable(
                "sync_timeout",
                f"The run was ended after {self._limit:g} s, with {place[0]} of {place[1]} steps done.",
                "The next run goes on with the rest; raise sync.concurrency if it happens again.",
            )
            raise error from None
        except LookgateError as raised:
            error = raised
            raise
        except Exception as raised:
            error = LookgateError("unexpected_error", f"The run failed with {type(raised).__name__}.")
            raise
        finally:
            if report is not None or error is not None:  # else it was cancelled: the process ends
                self._end(Ended(at, by, self._clock.monotonic() - began, report, error))
        return report

    def _end(self, ended: Ended) -> None:
        self.last = ended
        self.renewed += sum(result.outcome == "renewed" for result in ended.results)
        self.failed += sum(result.outcome == "failed" for result in ended.results)
        self._say(ended)

    def _say(self, what: Progressed | Ended) -> None:
        for tell in self.tell:
            tell(what)
