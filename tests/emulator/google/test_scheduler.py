from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest

from local_google import SCHEDULER, LocalGoogle, claims_of, google_part, make_google
from local_looker import Clock
from lookgate.emulator.google.scheduler import HttpCall, backoff
from lookgate.emulator.google.world import JobPart

URI = "http://127.0.0.1:8000/api/sync-attributes"


def with_job(clock: Clock | None = None, **keys: Any) -> LocalGoogle:
    job = {"name": "renew", "uri": URI, "schedule": "0 * * * *", "account": "scheduler"} | keys
    return make_google(google_part(jobs=[{name: value for name, value in job.items() if value}]), clock=clock)


def test_a_job_calls_at_its_time_and_not_before_and_once() -> None:
    local = with_job()
    assert local.tick(minutes=59, seconds=59) == []
    assert local.tick(seconds=1) == [200]
    assert local.tick(seconds=30) == []
    assert local.tick(hours=5) == [200]  # what passed while nobody ticked is made up for once, not five times
    assert local.tick(seconds=1) == []


def test_a_call_carries_a_fresh_token_and_the_headers_of_cloud_scheduler() -> None:
    local = with_job(body='{"a": 1}', headers={"X-Mine": "1", "User-Agent": "me", "X-CloudScheduler": "no"})
    local.tick(hours=1)
    sent = local.calls[0]
    assert (sent.method, sent.uri, sent.body) == ("POST", URI, b'{"a": 1}')
    token = sent.headers.pop("Authorization").removeprefix("Bearer ")
    assert sent.headers == {
        "X-Mine": "1",
        "Content-Type": "application/octet-stream",
        "User-Agent": "Google-Cloud-Scheduler",
        "X-CloudScheduler": "true",
        "X-CloudScheduler-JobName": "renew",
        "X-CloudScheduler-ScheduleTime": "2026-01-05T13:00:00+00:00",
    }
    claims = claims_of(token)
    assert (claims["aud"], claims["email"], claims["email_verified"]) == (URI, SCHEDULER, True)
    assert claims["azp"] == claims["sub"]
    assert claims["iat"] == local.clock().timestamp()


def test_the_audience_may_be_another_and_a_job_without_an_account_sends_no_token() -> None:
    local = with_job(audience="https://service.example")
    local.tick(hours=1)
    assert (
        claims_of(local.calls[0].headers["Authorization"].removeprefix("Bearer "))["aud"] == "https://service.example"
    )
    local = with_job(account="")
    local.tick(hours=1)
    assert "Authorization" not in local.calls[0].headers


@pytest.mark.parametrize("status", [0, 199, 301, 401, 429, 500, 503])
def test_whatever_is_not_a_success_is_retried_and_a_success_ends_it(status: int) -> None:
    local = with_job(max_retry_attempts=3)
    local.statuses = [status, status]
    assert local.tick(hours=1) == [status]
    assert local.tick(seconds=4) == []
    assert local.tick(seconds=1) == [status]
    assert local.tick(seconds=9) == []
    assert local.tick(seconds=1) == [200]
    assert local.tick(minutes=30) == []
    assert {call.headers["X-CloudScheduler-ScheduleTime"] for call in local.calls} == {"2026-01-05T13:00:00+00:00"}


def test_every_retry_has_a_token_of_its_own_age() -> None:
    local = with_job(max_retry_attempts=1)
    local.statuses = [500]
    local.tick(hours=1)
    local.tick(minutes=5)
    issued = [claims_of(call.headers["Authorization"].removeprefix("Bearer "))["iat"] for call in local.calls]
    assert issued[1] - issued[0] == 300


def test_without_retries_a_failure_waits_for_the_next_time() -> None:
    local = with_job()
    local.statuses = [500, 500]
    assert local.tick(hours=1) == [500]
    assert local.tick(minutes=59) == []
    assert local.tick(minutes=1) == [500]


def test_retries_end_with_their_number_and_the_next_time_comes_as_ever() -> None:
    local = with_job(max_retry_attempts=2)
    local.statuses = [500] * 9
    assert local.tick(hours=1) == [500]
    assert [local.tick(minutes=1), local.tick(minutes=1), local.tick(minutes=1)] == [[500], [500], []]
    assert local.tick(minutes=57) == [500]


def test_a_duration_alone_limits_retries_by_time() -> None:
    local = with_job(max_retry_duration=30, min_backoff=10, max_doublings=0, max_backoff=10)
    local.statuses = [500] * 9
    made = [local.tick(hours=1), *(local.tick(seconds=10) for _ in range(6))]
    assert made == [[500], [500], [500], [500], [], [], []]


def test_a_time_that_comes_while_the_last_is_still_retried_is_skipped() -> None:
    local = with_job(max_retry_attempts=1, min_backoff=3600, max_backoff=3600)
    local.statuses = [500]
    assert local.tick(hours=1) == [500]
    assert local.tick(minutes=59) == []
    assert local.tick(minutes=1) == [200]
    assert len(local.calls) == 2
    assert local.tick(minutes=59) == []
    assert local.tick(minutes=1) == [200]


def test_waits_double_then_grow_evenly_then_stay() -> None:
    part = JobPart("x", URI, min_backoff=10, max_backoff=300, max_doublings=3)
    assert [backoff(part, retries) for retries in range(8)] == [10, 20, 40, 80, 160, 240, 300, 300]


def test_a_schedule_is_read_in_its_time_zone_across_the_change_of_clocks() -> None:
    clock = Clock(datetime(2026, 3, 28, 12, tzinfo=UTC))
    local = with_job(clock, schedule="0 3 * * *", time_zone="Europe/Berlin")
    assert local.scheduler.next_due() == datetime(2026, 3, 29, 1, tzinfo=UTC)  # 03:00 is the first hour of summer time
    local.tick(hours=13)
    assert local.calls[0].headers["X-CloudScheduler-ScheduleTime"] == "2026-03-29T03:00:00+02:00"
    clock = Clock(datetime(2026, 10, 25, 0, 30, tzinfo=UTC))
    local = with_job(clock, schedule="30 2 * * *", time_zone="Europe/Berlin")
    due = local.scheduler.next_due()
    assert due is not None
    assert due > clock()


def test_every_so_many_seconds_is_there_for_shortened_lives() -> None:
    local = with_job(schedule="", every=10)
    assert [local.tick(seconds=5) for _ in range(4)] == [[], [200], [], [200]]


def test_a_job_runs_now_when_told_to() -> None:
    local = with_job()
    assert local.control("jobs/renew/run") == {"attempts": [{"retry": 0, "status": 200}]}
    assert len(local.calls) == 1
    answer = local.ask("POST", "/local/jobs/nothing/run", b"{}", headers={"content-type": "application/json"})
    assert answer.status == 404


def test_a_missed_time_is_missed_and_counted_and_a_doubled_one_comes_twice() -> None:
    local = with_job()
    local.control("faults", {"scheduler_missed": 1})
    assert local.tick(hours=1) == []
    assert local.scheduler.jobs["renew"].missed == 1
    local.control("faults", {"scheduler_missed": 0, "scheduler_twice": 1})
    assert local.tick(hours=1) == [200, 200]
    assert (
        local.calls[0].headers["X-CloudScheduler-ScheduleTime"]
        == local.calls[1].headers["X-CloudScheduler-ScheduleTime"]
    )


def test_a_job_that_takes_long_holds_up_no_other_and_is_not_started_again() -> None:
    async def run() -> list[str]:
        free, both, started = asyncio.Event(), asyncio.Event(), list[str]()

        async def send(call: HttpCall) -> int:
            started.append(call.uri)
            if len(started) == len(jobs):
                both.set()
            if call.uri.endswith("slow"):
                await free.wait()
            return 200

        jobs = [
            {"name": name, "uri": f"http://127.0.0.1:1/{name}", "schedule": "* * * * *"} for name in ("slow", "quick")
        ]
        local = make_google(google_part(jobs=jobs), send=send)
        local.clock.forward(minutes=1)
        first = asyncio.create_task(local.scheduler.tick(local.clock()))
        await both.wait()
        local.clock.forward(minutes=1)
        await local.scheduler.tick(local.clock())
        free.set()
        await first
        return [uri.rpartition("/")[2] for uri in started]

    assert asyncio.run(run()) == ["slow", "quick", "quick"]


@pytest.mark.parametrize(
    ("keys", "word"),
    [
        ({"uri": "https://example.com/x"}, "not on this machine"),
        ({"uri": "http://127.0.0.1.example.com/"}, "not on this machine"),
        ({"uri": "http://169.254.169.254/"}, "not on this machine"),
        ({"uri": "http://[::1"}, "not on this machine"),
        ({"schedule": "sometimes"}, "five fields"),
        ({"schedule": "0 0 30 2 *"}, "Bad day-of-month"),
        ({"schedule": ""}, "either a schedule or every"),
        ({"every": 5}, "either a schedule or every"),
        ({"account": "nobody"}, "no account 'nobody'"),
        ({"time_zone": "Mars/Olympus"}, "time zone"),
        ({"method": "GET", "body": "x"}, "body"),
    ],
)
def test_a_job_that_makes_no_sense_is_told(keys: dict[str, Any], word: str) -> None:
    from lookgate.emulator.google.world import mistakes_in  # noqa: PLC0415 - beside what it is for

    job = {"name": "renew", "uri": URI, "schedule": "0 * * * *"} | keys
    mistakes = mistakes_in(google_part(jobs=[job]))
    assert any(word in mistake and "'renew'" in mistake for mistake in mistakes), mistakes
