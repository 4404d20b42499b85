"""The runs of one process: one at a time however many ask for it, each within its time, and how they went."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import msgspec

from lookgate.core.ports import Clock
from lookgate.core.renewal import Notes
from lookgate.errors import LookgateError, Unavailable
from lookgate.sync.failures import Failure, failures, sentence
from lookgate.sync.report import Result
from lookgate.sync.updater import RunReport, Updater

LIMIT = 150.0
"""Seconds that a run may take: less than a scheduler waits (Cloud Scheduler: 180 by default, Cloud Run: 300)."""
PROGRESS_EVERY = 10.0
"""Seconds between two words about a long run."""
By = Literal["request", "schedule"]
LAST = "sync last run"
"""The note that every process of a gateway may read."""


class Last(msgspec.Struct, frozen=True):
    """How the last run of any process went."""

    ok: bool
    by: str
    codes: tuple[str, ...] = ()


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
    outcome: RunReport | LookgateError
    """An error when nobody can say what was done."""

    @property
    def ok(self) -> bool:
        """Whether every target is as it should be."""
        return isinstance(self.outcome, RunReport) and self.outcome.ok

    @property
    def failures(self) -> tuple[Failure, ...]:
        """What is not as it should be."""
        if isinstance(self.outcome, LookgateError):
            return (Failure("the run", self.outcome.code, passes=True),)
        return () if self.outcome.ok else failures(self.outcome)

    @property
    def detail(self) -> str:
        """What is not as it should be, in a sentence."""
        if isinstance(self.outcome, LookgateError):
            return self.outcome.detail
        return sentence(self.failures) if self.failures else ""

    @property
    def results(self) -> tuple[Result, ...]:
        """What came of each step."""
        if isinstance(self.outcome, LookgateError):
            return ()
        return self.outcome.tick.results + (self.outcome.again.results if self.outcome.again else ())


class Runs:
    """Carries out runs, and tells whoever listens.

    Processes are kept apart by the leases of the targets; within one process, who asks while a run goes on is answered
    with that run's report.

    Args:
        clock: time.
        notes: where is kept how the last one went.
        limit: seconds that a run may take.
    """

    def __init__(self, clock: Clock, notes: Notes, *, limit: float = LIMIT) -> None:
        self.tell: list[Callable[[Progressed | Ended], None]] = []
        """Called in the event loop, so they must not wait."""
        self.renewed = self.failed = 0
        """Steps that ended so, in this process."""
        self._clock = clock
        self.notes = notes
        self._limit = limit
        self._running: dict[str, asyncio.Task[RunReport]] = {}
        self._closed = False

    async def run(self, updater: Updater, *, by: By, name: str = "") -> RunReport:
        """Run, or wait for the run of this name that goes on.

        A caller who goes away does not end the run.

        Args:
            updater: carries out the rules.
            by: who asks.
            name: tells runs of different rules apart.

        Raises:
            Unavailable: Looker or the store does not answer, so nothing was done; or the run took too long, and the
                rest is left to the next; or the gateway ends.
        """
        if self._closed:
            raise _ending()
        task = self._running.get(name)
        if task is None:
            task = self._running[name] = asyncio.create_task(self._run(updater, by))
            task.add_done_callback(lambda done: self._over(name, done))
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            if task.cancelled():  # by close, not by whoever asked
                raise _ending() from None
            raise

    async def close(self) -> None:
        """End what runs. What was begun is left to the leases' end, as if the process had been killed."""
        self._closed = True
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

        outcome: RunReport | LookgateError
        try:
            async with asyncio.timeout(self._limit):
                outcome = await updater.run(progress=progress)
        except TimeoutError:
            outcome = Unavailable(
                "sync_timeout",
                f"The run was ended after {self._limit:g} s, with {place[0]} of {place[1]} steps done.",
                "The next run goes on with the rest; raise sync.concurrency if it happens again.",
            )
        except LookgateError as error:
            outcome = error
        except Exception as error:  # noqa: BLE001 - told as a failed run; whoever asked has the cause
            outcome = LookgateError(
                "unexpected_error", f"The run failed with {type(error).__name__}.", "Look into the gateway's log."
            )
            outcome.__cause__ = error
        await self._end(Ended(at, by, self._clock.monotonic() - began, outcome))
        if isinstance(outcome, LookgateError):
            raise outcome
        return outcome

    async def _end(self, ended: Ended) -> None:
        codes = tuple(sorted({each.code for each in ended.failures}))
        text = msgspec.json.encode(Last(ended.ok, ended.by, codes)).decode()
        with contextlib.suppress(Unavailable):  # a store that is gone was told as the run's own failure
            await asyncio.to_thread(self.notes.remember, LAST, text, ended.at)
        self.renewed += sum(result.outcome == "renewed" for result in ended.results)
        self.failed += sum(result.outcome == "failed" for result in ended.results)
        self._say(ended)

    def _say(self, what: Progressed | Ended) -> None:
        for tell in self.tell:
            tell(what)


def _ending() -> Unavailable:
    return Unavailable(
        "gateway_ending", "The gateway ends, and the run with it.", "The next run goes on with the rest."
    )
