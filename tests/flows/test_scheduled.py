"""Several gateways on one store, each with the built-in scheduler: every due renewal once, and what an admin sees."""

from __future__ import annotations

import asyncio
import json
import signal
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from gateway_cli import Shell
from local_google import claims_of
from lookgate.sync.schedule import keep_running
from lower_rooms import run
from postgres import postgres_url  # noqa: F401 - a fixture
from store_places import new_place
from sync_site import SERVICE
from trigger_site import Served, TriggerSite, trigger_site

RULES: tuple[dict[str, Any], ...] = (
    {"target": "members:East"},
    {"target": "default"},
    {"target": "group:West", "attribute": "other_token", "audience": f"{SERVICE}/other"},
)


@pytest.fixture
def site(tmp_path: Path) -> Iterator[TriggerSite]:
    with trigger_site(tmp_path) as site:
        yield site


@pytest.fixture(params=["sqlite", "postgres"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return new_place(request.param, request, tmp_path)


class Metronome:
    """Wakes all schedulers at one moment, once all of them sleep."""

    def __init__(self, site: TriggerSite, number: int) -> None:
        self.site = site
        self.number = number
        self.asleep = 0
        self.changed = asyncio.Condition()
        self.beats = 0

    async def sleep(self, _: float) -> None:
        async with self.changed:
            self.asleep += 1
            self.changed.notify_all()
            beat = self.beats
            await self.changed.wait_for(lambda: self.beats > beat)

    async def rest(self) -> None:
        """Wait until everybody sleeps."""
        async with self.changed:
            await self.changed.wait_for(lambda: self.asleep == self.number)

    async def beat(self, seconds: float = 300) -> None:
        """Let time pass and wake everybody; return when all sleep again."""
        await self.rest()
        async with self.changed:
            self.site.later(seconds)
            self.asleep, self.beats = 0, self.beats + 1
            self.changed.notify_all()
        await self.rest()

    def start(self, served: Served) -> asyncio.Task[None]:
        """Start a gateway's scheduler, as ``lookgate serve --with-scheduler`` does."""
        renewals, sync = served.renewals, served.gateway.settings.sync
        updater = renewals.updater()
        return asyncio.create_task(
            keep_running(
                lambda: renewals.runs.run(updater, by="schedule"),
                every=sync.every,
                schedule=sync.schedule,
                clock=renewals.world.clock,
                sleep=self.sleep,
            )
        )


async def ended(*tasks: asyncio.Task[None]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def test_two_gateways_on_one_store_make_each_due_renewal_once(site: TriggerSite, place: str) -> None:
    async def story() -> None:
        metronome = Metronome(site, 2)
        async with site.served(*RULES, place=place) as one, site.served(*RULES, place=place) as other:
            tasks = [metronome.start(one), metronome.start(other)]
            for _ in range(24):
                await metronome.beat()
            await ended(*tasks)
            written = Counter(site.wire.writes)
            # Two hours of one-hour tokens, each renewed after 25 minutes: at 0, 25, 50, 75 and 100.
            assert set(written.values()) == {5}, written
            states = one.gateway.store.renewals.all()
            assert len(written) == len(states)
            assert {state.generation for state in states} == {5}
            events = [each.event for each in one.gateway.store.tail(limit=1000)]
            told = [each.request_id for each in events if each.action == "sync.renew" and each.outcome == "allowed"]
            assert len(told) == len(set(told)) == 5 * len(states)
            assert all(line["level"] == "info" for line in (*one.lines(), *other.lines()))
            assert sum(line["renewed"] for line in (*one.lines(), *other.lines())) == 5 * len(states)

    run(story())


def test_when_one_of_two_gateways_is_gone_the_other_does_all(site: TriggerSite, place: str) -> None:
    async def story() -> None:
        metronome = Metronome(site, 2)
        async with site.served(*RULES, place=place) as one, site.served(*RULES, place=place) as other:
            first, second = metronome.start(one), metronome.start(other)
            await metronome.beat()
            await ended(first)
            metronome.number = metronome.asleep = 1
            for _ in range(10):
                await metronome.beat()
            await ended(second)
            assert set(Counter(site.wire.writes).values()) == {3}  # at 0, 25 and 50 minutes

    run(story())


def test_an_outage_ends_no_schedule_and_leaves_no_expired_token(site: TriggerSite) -> None:
    async def story() -> None:
        metronome = Metronome(site, 1)
        async with site.served(sync='schedule = "*/5 * * * *"') as served:
            task = metronome.start(served)
            lives: list[float] = []
            for number in range(24):
                site.wire.statuses = [503] * 100 if 4 <= number < 10 else []  # from when it is due, the margin long
                await metronome.beat()
                lives.append(claims_of(site.stored())["exp"] - site.clock.now().timestamp())
            await ended(task)
            assert min(lives) > 0
            levels = [line["level"] for line in served.lines()]
            assert levels.count("error") == 6
            assert levels[-1] == "info"

    run(story())


def test_the_page_of_metrics_tells_what_an_admin_alerts_on(site: TriggerSite) -> None:
    async def story() -> None:
        async with site.served(more='[web]\npublic_pages = ["metrics"]') as served:

            async def told() -> dict[str, float]:
                text = (await served.post(path="/metrics", method="GET")).text
                rows = [line.rpartition(" ") for line in text.splitlines() if line.startswith("lookgate_sync_")]
                return {name.partition("{")[0]: float(value) for name, _, value in rows}

            before = await told()
            assert before == {
                "lookgate_sync_renewals_total": 0,
                "lookgate_sync_failures_total": 0,
                "lookgate_sync_failing_targets": 0,
                "lookgate_sync_api_calls_this_month": 0,
            }
            await served.post(site.token())
            site.later(60)
            well = await told()
            assert well["lookgate_sync_first_expiry_seconds"] == 3540
            assert well["lookgate_sync_last_run_timestamp_seconds"] == site.clock.now().timestamp() - 60
            assert (well["lookgate_sync_last_run_success"], well["lookgate_sync_renewals_total"]) == (1, 1)
            assert well["lookgate_sync_api_calls_this_month"] == 1
            site.later(3600)
            site.wire.statuses = [403]
            await served.post(site.token())
            ill = await told()
            assert ill["lookgate_sync_first_expiry_seconds"] == -60
            assert (ill["lookgate_sync_last_run_success"], ill["lookgate_sync_failures_total"]) == (0, 1)
            assert ill["lookgate_sync_failing_targets"] == 1
            assert ill["lookgate_sync_api_calls_this_month"] == 2

    run(story())


def test_another_process_tells_the_same_of_the_tokens(site: TriggerSite, place: str) -> None:
    async def story() -> None:
        more = '[web]\npublic_pages = ["metrics"]'
        async with site.served(more=more, place=place) as one, site.served(more=more, place=place) as other:
            await one.post(site.token())
            pages = [(await each.post(path="/metrics", method="GET")).text.splitlines() for each in (one, other)]
            shared = [[line for line in page if "_last_run" in line or "_first_expiry" in line] for page in pages]
            assert shared[0] == shared[1]
            assert len(shared[0]) == 9

    run(story())


class Program:
    """``lookgate serve --with-scheduler`` in a process of its own."""

    def __init__(self, shell: Shell, **environ: str) -> None:
        self.process = shell.start("serve", "--port", "0", "--with-scheduler", **environ)
        self._guard = threading.Timer(30, self.process.kill)
        self._guard.start()

    def until_run(self) -> dict[str, Any]:
        """Wait for the first run, and return its line."""
        assert self.process.stderr
        for line in self.process.stderr:
            if line.startswith("{") and json.loads(line)["event"] == "sync":
                told: dict[str, Any] = json.loads(line)
                return told
        raise AssertionError("it ended without a run")

    def end(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        self.process.communicate()
        self._guard.cancel()
        return self.process.returncode


@contextmanager
def programs(number: int, shell: Shell, **environ: str) -> Iterator[list[Program]]:
    started = [Program(shell, **environ) for _ in range(number)]
    try:
        yield started
    finally:
        for each in started:
            if each.process.poll() is None:
                each.process.kill()
                each.process.communicate()
            each._guard.cancel()  # noqa: SLF001 - ours


def prepared(
    site: TriggerSite, *rules: dict[str, Any], place: str = "", sync: str = ""
) -> tuple[Shell, dict[str, str]]:
    """Write settings for programs, whose clock is the machine's."""
    site.google.clock.now = site.looker.clock.now = datetime.now(UTC)
    site.settings(*rules, more=site.tables(sync, place=place))
    key = site.looker.user("Gus").api3[0]
    return Shell(site.folder), {"ID": key.client_id, "SECRET": key.client_secret}


def test_two_processes_that_start_at_once_store_each_token_once_and_log_out(site: TriggerSite, place: str) -> None:
    shell, environ = prepared(site, *RULES, place=place)
    with programs(2, shell, **environ) as both:
        lines = [each.until_run() for each in both]
        assert [each.end() for each in both] == [0, 0]
    assert [line["level"] for line in lines] == ["info", "info"], lines
    written = Counter(site.wire.writes)
    assert set(written.values()) == {1}
    assert sum(line["renewed"] for line in lines) == len(written) >= 3
    assert site.wire.calls.count("DELETE /logout") == site.wire.calls.count("POST /login") <= 2


def test_a_failed_run_is_one_line_at_level_error_with_its_codes(site: TriggerSite) -> None:
    shell, environ = prepared(site, {"target": "group:Nowhere"}, {"audience": f"{SERVICE}/other"})
    with programs(1, shell, **environ) as (only,):
        told = only.until_run()
        assert only.end() == 0
    assert told["level"] == "error"
    assert told["codes"] == "group_unknown"
    assert "the rule orders_token for group:Nowhere (group_unknown)" in told["detail"]
    assert told["renewed"] == 1


def test_a_looker_that_is_gone_at_the_start_keeps_no_gateway_from_starting(site: TriggerSite) -> None:
    shell, environ = prepared(site)
    text = (site.folder / "lookgate.toml").read_text()
    (site.folder / "lookgate.toml").write_text(text.replace(site.looker.instance.base_url, "http://127.0.0.1:9"))
    with programs(1, shell, **environ) as (only,):
        told = only.until_run()
        assert only.end() == 0
    assert (told["level"], told["codes"]) == ("error", "looker_unreachable")


@pytest.mark.parametrize(
    ("rules", "says"),
    [
        ("", "lookgate.toml has no [[sync.rules]]"),
        ('source = "scheduler"', "Every rule stores the token of a scheduler that calls"),
    ],
)
def test_a_scheduler_with_nothing_to_do_is_refused_with_one_error(site: TriggerSite, rules: str, says: str) -> None:
    shell, environ = prepared(site, {"source": "scheduler"})
    if not rules:
        shell.write("lookgate.toml", "")
    said = shell.run("serve", "--with-scheduler", "--port", "0", **environ)
    assert said.code == 1
    assert says in said.err
    assert said.err.count("Error") <= 1
    assert not (site.folder / "store.sqlite3").exists()


def test_a_schedule_that_leaves_longer_waits_than_margins_are_kept_for_is_a_mistake(site: TriggerSite) -> None:
    shell, environ = prepared(site)
    text = (site.folder / "lookgate.toml").read_text()
    for schedule, fix in (("0 * * * *", "Write every = 3600."), ("0 9 * * *", "Write one that comes every hour")):
        shell.write("lookgate.toml", text.replace("[sync]\n", f'[sync]\nschedule = "{schedule}"\n'))
        said = shell.run("serve", "--with-scheduler", "--port", "0", **environ)
        assert said.code == 1
        assert "margins are kept for one every 300 s" in said.err
        assert fix in said.err
