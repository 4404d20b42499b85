"""Two processes and one target: whoever is held up writes nothing twice, and leaves no older token than is recorded."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from lookgate.core.renewal import Target
from lookgate.core.secret import Secret, sha256_hex
from lower_rooms import run
from sync_town import DOWN, EVERY, GONE, LOOKER, MARGIN, Town, busy, target


def test_a_process_that_slept_past_its_lease_never_leaves_an_older_token_than_is_recorded() -> None:
    town = Town()
    rival = town.runner

    async def sleep_through(wanted: Target) -> None:
        town.looker.before = None
        town.clock.move(200)  # suspended, with the call on its way; meanwhile another process renews
        await rival.tick([wanted])

    town.looker.before = sleep_through
    report = town.tick(target())
    assert report.ok
    assert [result.outcome for result in report.results] == ["renewed"]
    state, stands = town.state(target()), Secret(town.looker.values[target().key])
    assert state.digest[:8] == stands.fingerprint()
    assert state.generation == 2
    told = [each.event.request_id for each in town.log() if each.event.outcome == "allowed"]
    assert len(told) == len(set(told)) == 2


@pytest.mark.parametrize("error", [None, DOWN, GONE])
def test_a_process_that_could_not_mend_what_it_may_have_overwritten_leaves_it_due(error: Exception | None) -> None:
    town = Town()
    rival = town.runner

    async def sleep_through(wanted: Target) -> None:
        town.looker.before = None
        town.clock.move(200)
        await rival.tick([wanted])
        town.looker.errors = [error, busy(1000)]

    town.looker.before = sleep_through
    report = town.tick(target())
    assert not report.ok
    assert report.results[0].code == "looker_busy"
    state = town.state(target())
    assert (state.generation, state.fingerprint) == (1, "")
    town.looker.errors = []
    town.clock.move(1001)
    assert town.remaining(target()) > MARGIN + 2 * EVERY  # as far as anybody knows
    assert [result.outcome for result in town.tick(target()).results] == ["renewed"]
    assert town.state(target()).digest == sha256_hex(Secret(town.looker.values[target().key]))


def test_a_process_waits_for_whoever_overtook_it_before_it_mends_what_it_may_have_overwritten() -> None:
    town = Town()
    states = town.store.renewals

    async def sleep_through(wanted: Target) -> None:
        town.looker.before = None
        town.clock.move(100)
        now = town.clock.now()
        assert states.lease(wanted.key, 0, "rival", now=now, until=now + timedelta(seconds=90))  # and it dies

    town.looker.before = sleep_through
    report = town.tick(target())
    assert [result.outcome for result in report.results] == ["renewed"]
    assert town.waits == [30, 30, 30]
    assert town.state(target()).digest == sha256_hex(Secret(town.looker.values[target().key]))
    assert town.tokens.made == 2  # not the token that was old already


def test_a_process_that_lost_its_lease_before_the_write_does_not_write() -> None:
    town = Town()
    rival = town.runner

    class Slow:
        async def mint(self, audience: str) -> Any:
            town.sources["google"] = town.tokens
            town.clock.move(100)
            await rival.tick([target()])
            return await town.tokens.mint(audience)

    first = Town(clock=town.clock, store=town.store, looker=town.looker)
    first.sources["google"] = Slow()
    report = first.tick(target())
    assert [result.outcome for result in report.results] == ["elsewhere"]
    assert report.ok
    assert len(town.looker.writes) == 1


def test_a_tick_that_is_cancelled_leaves_no_task_no_count_and_no_lease_longer_than_its_time() -> None:
    town, wanted = Town(), [target(number) for number in range(20)]

    async def cancelled() -> int:
        reached = asyncio.Event()

        async def hang(_: Target) -> None:
            reached.set()
            await asyncio.Event().wait()

        town.looker.before = hang
        tick = asyncio.create_task(town.runner.tick(wanted))
        await reached.wait()
        tick.cancel()
        with pytest.raises(asyncio.CancelledError):
            await tick
        return len(asyncio.all_tasks())

    assert run(cancelled()) == 1
    assert 0 <= town.store.renewals.spend(LOOKER, "2026-07", 0) - len(town.looker.writes) <= 10 + 8
    town.looker.before = None
    assert {result.outcome for result in town.tick(*wanted).results} == {"elsewhere", "renewed"}
    town.clock.move(91)
    assert town.tick(*wanted).ok
    assert len(town.looker.values) == 20
