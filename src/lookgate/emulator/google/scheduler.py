"""Jobs that call a URI at their times, as Cloud Scheduler does, with a fresh OIDC token.

Sources: Google, Cloud Scheduler API (Job, HttpTarget, RetryConfig) and "Retry jobs". Time is passed in: ``tick`` runs
what is due, and whoever owns the clock calls it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from lookgate.emulator.google.cron import Cron, zone
from lookgate.emulator.google.service import Google
from lookgate.emulator.google.world import JobPart

_KEPT = 50
"""Attempts that are remembered for each job."""


@dataclass(frozen=True, slots=True)
class HttpCall:
    """One request to a job's target."""

    method: str
    uri: str
    headers: dict[str, str]
    body: bytes
    seconds: float
    """The attempt's deadline."""


Send = Callable[[HttpCall], Awaitable[int]]
"""Sends a call; returns the status, 0 when there was no answer in time."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt of a job."""

    job: str
    at: datetime
    schedule_time: datetime
    retry: int
    """0 for the first attempt."""
    status: int
    """Of the answer; 0 when there was none."""

    @property
    def succeeded(self) -> bool:
        """Whether the target acknowledged it."""
        return 200 <= self.status <= 299  # noqa: PLR2004 - the successes of HTTP


@dataclass(slots=True)
class Job:
    """A job and where it stands."""

    part: JobPart
    cron: Cron | None
    next_at: datetime
    """UTC."""
    retry_at: datetime | None = None
    """When the execution in progress is tried again."""
    schedule_time: datetime | None = None
    started_at: datetime | None = None
    retries: int = 0
    is_running: bool = False
    missed: int = 0
    """Times that a fault swallowed."""
    attempts: list[Attempt] = field(default_factory=list)


class Scheduler:
    """The jobs of a world.

    Args:
        google: signs the tokens; its faults apply.
        send: carries out a call.
    """

    def __init__(self, google: Google, send: Send) -> None:
        self._google = google
        self._send = send
        now = google.clock()
        self.jobs: dict[str, Job] = {}
        for part in google.world.jobs:
            cron = Cron(part.schedule) if part.schedule else None
            self.jobs[part.name] = Job(part, cron, _next(part, cron, now))

    async def tick(self, now: datetime) -> list[Attempt]:
        """Run what is due at ``now`` (aware, UTC), each job once at most; return the attempts made."""
        free = [job for job in self.jobs.values() if not job.is_running]
        for job in free:
            job.is_running = True
        made = await asyncio.gather(*(self._run(job, now) for job in free))
        return [attempt for attempts in made for attempt in attempts]

    async def _run(self, job: Job, now: datetime) -> list[Attempt]:
        try:
            return await self._run_if_due(job, now)
        finally:
            job.is_running = False

    async def _run_if_due(self, job: Job, now: datetime) -> list[Attempt]:
        due, retried = job.next_at, job.retry_at
        if due <= now:
            job.next_at = _next(job.part, job.cron, now)
        if retried is not None:
            # The time that comes while an execution is still being retried is skipped.
            return await self._attempt(job, now) if retried <= now else []
        if due > now:
            return []
        if self._google.faults.strikes("scheduler_missed"):
            job.missed += 1
            return []
        return await self._start(job, due, now)

    def next_due(self) -> datetime | None:
        """Return when something is due next."""
        times = [job.retry_at or job.next_at for job in self.jobs.values() if not job.is_running]
        return min(times, default=None)

    async def run_now(self, name: str) -> list[Attempt]:
        """Run a job now, whatever its schedule says.

        Raises:
            KeyError: there is no such job.
        """
        job, now = self.jobs[name], self._google.clock()
        return await self._start(job, now, now)

    async def _start(self, job: Job, due: datetime, now: datetime) -> list[Attempt]:
        job.schedule_time, job.started_at, job.retries, job.retry_at = due, now, 0, None
        made = await self._attempt(job, now)
        if self._google.faults.strikes("scheduler_twice"):
            made += [await self._call(job, now)]
        return made

    async def _attempt(self, job: Job, now: datetime) -> list[Attempt]:
        attempt = await self._call(job, now)
        part, started = job.part, job.started_at or now
        wait = timedelta(seconds=backoff(part, job.retries))
        in_time = now - started < timedelta(seconds=part.max_retry_duration)
        if attempt.succeeded or not (job.retries < part.max_retry_attempts or in_time):
            job.retry_at = None
        else:
            job.retries += 1
            job.retry_at = now + wait
        return [attempt]

    async def _call(self, job: Job, now: datetime) -> Attempt:
        due = job.schedule_time or now
        status = await self._send(self._request(job.part, due))
        attempt = Attempt(job.part.name, now, due, job.retries, status)
        job.attempts = [*job.attempts[1 - _KEPT :], attempt]
        return attempt

    def _request(self, part: JobPart, due: datetime) -> HttpCall:
        local = due.astimezone(zone(part.time_zone))
        headers = {name: value for name, value in part.headers.items() if not _is_reserved(name)}
        if part.body and not any(name.lower() == "content-type" for name in headers):
            headers["Content-Type"] = "application/octet-stream"
        headers |= {
            "User-Agent": "Google-Cloud-Scheduler",
            "X-CloudScheduler": "true",
            "X-CloudScheduler-JobName": part.name,
            "X-CloudScheduler-ScheduleTime": local.isoformat(timespec="seconds"),
        }
        account = self._google.account(part.account) if part.account else None
        if account is not None:
            token = self._google.id_token(account, part.audience or part.uri, email=True)
            headers = {name: value for name, value in headers.items() if name.lower() != "authorization"}
            headers["Authorization"] = f"Bearer {token}"
        return HttpCall(part.method, part.uri, headers, part.body.encode(), part.attempt_deadline)

    def state(self) -> list[dict[str, Any]]:
        """Return where each job stands, for people; no token."""
        return [
            {
                "name": job.part.name,
                "uri": job.part.uri,
                "schedule": job.part.schedule or f"every {job.part.every:g} s",
                "next": _text(job.next_at),
                "retry": _text(job.retry_at) if job.retry_at else None,
                "missed": job.missed,
                "attempts": [
                    {"at": _text(one.at), "retry": one.retry, "status": one.status} for one in reversed(job.attempts)
                ],
            }
            for job in self.jobs.values()
        ]


def backoff(part: JobPart, retries: int) -> float:
    """Return the seconds before a retry, after so many: doubling first, then growing by the same step, then at most.

    With 10, 300 and three doublings: 10, 20, 40, 80, 160, 240, 300, 300.
    """
    doubled = min(retries, part.max_doublings)
    linear = max(1, retries - part.max_doublings + 1)
    return float(min(part.min_backoff * 2**doubled * linear, part.max_backoff))


def _next(part: JobPart, cron: Cron | None, now: datetime) -> datetime:
    if cron is None:
        return now + timedelta(seconds=part.every or 0)
    here = zone(part.time_zone)
    local = cron.next_after(now.astimezone(here).replace(tzinfo=None))
    found = local.replace(tzinfo=here).astimezone(now.tzinfo)
    # In the hour that clocks are set back, local time runs twice: the first is over by the second.
    return found if found > now else local.replace(tzinfo=here, fold=1).astimezone(now.tzinfo)


def _is_reserved(name: str) -> bool:
    low = name.lower()
    return low in {"host", "content-length", "user-agent"} or low.startswith(
        ("x-google-", "x-appengine-", "x-cloudscheduler")
    )


def _text(when: datetime) -> str:
    return when.isoformat(timespec="seconds")
