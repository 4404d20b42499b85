"""What a tick does when something fails: who is tried again, when, and what is told."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lookgate.core.renewal import Target
from lookgate.core.secret import Secret, sha256_hex
from lookgate.errors import Refused, Unavailable
from lookgate.sync.backoff import asked, pause, retry_at
from lookgate.sync.margin import survivable_outage
from lower_rooms import START, CountedBytes, run
from sync_town import EVERY, LIFE, LOOKER, MARGIN, Fixed, Town, target

DOWN = Unavailable("looker_down", "Looker does not answer.", "Start it.")
GONE = Refused("target_gone", "There is no group 1.", "Name another.")


def busy(seconds: float) -> Unavailable:
    return Unavailable("looker_busy", "Looker asks to come back later.", retry_after=seconds)


# --- within a tick --------------------------------------------------------------------------------------------------


def test_a_write_that_fails_by_chance_is_tried_again_in_the_same_tick() -> None:
    town = Town()
    town.looker.errors = [DOWN, DOWN]
    report = town.tick(target())
    assert report.ok
    assert (report.calls, len(town.waits)) == (3, 2)
    assert 0.25 <= town.waits[0] <= 0.5 <= town.waits[1] <= 1
    assert town.events() == [("sync.renew", "pending", ""), ("sync.renew", "allowed", "")]
    assert town.store.renewals.spend(LOOKER, "2026-07", 0) == 3


def test_a_write_whose_answer_is_lost_is_made_again_and_what_is_recorded_stands_there() -> None:
    town = Town()

    async def lose_the_answer(_: Target) -> None:
        raise DOWN

    town.looker.after = lose_the_answer
    town.looker.errors = []
    assert not town.tick(target()).ok  # all three were stored, and nobody knows
    assert town.state(target()).digest == ""
    town.looker.after = None
    town.clock.move(300)
    assert town.tick(target()).ok
    assert town.state(target()).digest == sha256_hex(Secret(town.looker.values[target().key]))
    assert town.state(target()).generation == 1


def test_a_mint_that_fails_by_chance_is_tried_again_in_the_same_tick() -> None:
    town = Town()
    town.tokens.errors = [DOWN]
    assert town.tick(target(1), target(2)).ok
    assert town.tokens.made == 1


def test_a_write_that_keeps_failing_is_told_and_tried_again_at_the_next_tick() -> None:
    town = Town()
    town.looker.errors = [DOWN] * 3
    report = town.tick(target())
    (result,) = report.results
    assert not report.ok
    assert (result.outcome, result.code, result.detail, result.hint) == (
        "failed", "looker_down", "Looker does not answer.", "Start it.",
    )  # fmt: skip
    state = town.state(target())
    assert (state.failures, state.code, state.stopped, state.generation) == (1, "looker_down", False, 0)
    assert town.events() == [("sync.renew", "pending", ""), ("sync.renew", "failed", "looker_down")]
    at_once = town.tick(target())  # a scheduler's own second try, seconds later
    assert not at_once.ok
    assert (at_once.calls, at_once.results) == (0, ())
    assert at_once.as_json()["waiting"]
    town.clock.move(300)
    assert town.tick(target()).ok
    assert (town.state(target()).failures, town.state(target()).code) == (0, "")


def test_one_target_s_failure_stops_no_other() -> None:
    town = Town(concurrency=1)
    town.looker.errors = [GONE, None, *[ValueError("token-x")] * 3, None]
    report = town.tick(*(target(number) for number in range(4)))
    assert [result.outcome for result in report.results] == ["failed", "renewed", "failed", "renewed"]
    assert [result.code for result in report.results] == ["target_gone", "", "unexpected_error", ""]


def test_short_waits_that_an_instance_asks_for_are_waited_for_by_all_its_writes() -> None:
    town, wanted = Town(concurrency=2), [target(number) for number in range(6)]
    town.looker.errors = [busy(5)]
    report = town.tick(*wanted)
    assert report.ok
    assert town.waits
    assert max(town.waits) == 5
    assert report.calls == 7


def test_a_long_wait_that_an_instance_asks_for_ends_the_tick_for_all_its_targets_and_for_no_other_instance() -> None:
    town = Town(concurrency=2)
    here = [target(number) for number in range(6)]
    there = target(9, instance="https://other.example.com")
    calls: list[str] = []

    async def refuse(wanted: Target) -> None:
        calls.append(wanted.instance)
        if wanted.instance == LOOKER:
            raise busy(400)

    town.looker.before = refuse
    report = town.tick(*here, there)
    assert calls.count(LOOKER) <= 2  # those that were in flight
    assert calls.count(there.instance) == 1
    assert {result.outcome for result in report.results if result.target in here} == {"failed", "paused"}
    assert not report.ok
    assert [result.outcome for result in report.results if result.target == there] == ["renewed"]
    town.clock.move(300)
    calls.clear()
    assert not town.tick(*here, there, retry=True).ok
    assert calls == []  # nor at the next tick, nor for a person who asks, before the time is over
    town.clock.move(200)
    town.looker.before = None
    assert town.tick(*here, there).ok


def test_a_wait_of_days_is_an_hour() -> None:
    town = Town()
    town.looker.errors = [busy(10**6)]
    town.tick(target())
    town.clock.move(3601)
    assert town.tick(target()).ok


def test_an_instance_that_answers_nobody_is_left_alone_for_the_rest_of_the_tick() -> None:
    town = Town(concurrency=2)
    town.looker.errors = [DOWN] * 1000
    report = town.tick(*(target(number) for number in range(300)))
    assert report.calls <= 6 + 1  # one was in flight
    assert report.count("paused") >= 300 - report.calls
    assert len(town.store.renewals.all()) <= 8  # no lease is taken for nothing
    town.looker.errors = []
    town.clock.move(300)
    assert town.tick(*(target(number) for number in range(300))).ok


def test_an_instance_that_fails_every_other_call_is_not_given_up() -> None:
    town = Town(concurrency=1)
    town.looker.errors = [DOWN, None] * 100
    assert town.tick(*(target(number) for number in range(100))).ok


def test_a_source_that_asks_to_be_left_alone_is_not_asked_again_in_the_tick_nor_before_its_time() -> None:
    town = Town()
    town.tokens.errors = [busy(400), DOWN]
    report = town.tick(target(1), target(2))
    assert [result.code for result in report.results] == ["looker_busy"] * 2
    assert town.tokens.errors == [DOWN]
    town.clock.move(300)
    assert [step.why for step in town.tick(target(1), target(2)).plan.waiting] == ["backoff"] * 2
    town.clock.move(141)
    assert town.tick(target(1), target(2)).ok


def test_an_error_that_holds_the_token_is_told_without_it() -> None:
    town = Town()
    token = "token-https://orders.example.com-1"
    town.looker.errors = [Refused("looker_refused", f"Looker said no to {token}.")]
    report = town.tick(target())
    assert town.looker.values == {}
    told = repr((report, report.as_json(), town.log(), list(town.store.renewals.all())))
    assert "Looker said no to Secret(" in told
    assert token not in told


def test_a_source_that_fails_is_asked_once_for_all_its_targets_and_stops_no_other_source() -> None:
    town = Town()
    town.tokens.errors = [Refused("no_account", "No such account.", "Make it.")] * 2
    town.sources["other"] = Fixed("other", START + timedelta(seconds=LIFE), START)
    report = town.tick(target(1), target(2), target(3, source="other"))
    assert sorted((result.target.rule, result.outcome, result.code) for result in report.results) == [
        ("rule1", "failed", "no_account"), ("rule2", "failed", "no_account"), ("rule3", "renewed", ""),
    ]  # fmt: skip
    assert len(town.tokens.errors) == 1


@pytest.mark.parametrize(
    ("source", "code"), [(Fixed(""), "token_empty"), (None, "source_unknown"), (Fixed("t", START), "token_expired")]
)
def test_a_source_that_is_no_use_is_told(source: Fixed | None, code: str) -> None:
    town = Town()
    del town.sources["google"]
    if source:
        town.sources["google"] = source
    report = town.tick(target())
    assert not report.ok
    assert report.results[0].code == town.state(target()).code == code


def test_an_expired_token_is_written_only_when_nothing_better_stands_there_and_never_twice() -> None:
    town = Town()
    town.sources["google"] = Fixed("old", START - timedelta(seconds=1), START - timedelta(hours=1))
    assert town.tick(target()).calls == 1
    town.clock.move(300)
    again = town.tick(target())
    assert (again.calls, again.results[0].outcome, again.results[0].code) == (0, "failed", "token_expired")
    town.sources["google"] = town.tokens
    town.clock.move(300)
    assert town.tick(target()).ok
    town.sources["google"] = Fixed("old", START - timedelta(seconds=1), START - timedelta(hours=1))
    town.clock.move(2000)
    assert town.tick(target()).calls == 0
    assert town.looker.values[target().key] != "old"


# --- permanent failures ---------------------------------------------------------------------------------------------


def test_a_permanent_failure_is_told_once_and_tried_again_quietly_every_six_hours() -> None:
    town = Town()
    town.looker.errors = [GONE] * 3
    first = town.tick(target())
    assert (first.ok, first.results[0].outcome) == (False, "failed")
    for _ in range(71):
        town.clock.move(300)
        report = town.tick(target())
        assert (report.ok, report.calls) == (True, 0)
        assert [step.why for step in report.plan.stopped] == ["stopped"]
    town.clock.move(300)
    quiet = town.tick(target())
    assert (quiet.ok, quiet.calls, quiet.results[0].outcome) == (True, 1, "stopped")
    loud = town.tick(target(), retry=True)
    assert (loud.ok, loud.calls, loud.results[0].outcome) == (False, 1, "failed")
    assert town.tick(target(), retry=True).ok
    assert town.state(target()).stopped is False


def test_a_permanent_failure_that_becomes_another_is_told_again() -> None:
    town = Town()
    town.looker.errors = [GONE, Refused("not_allowed", "No.", "Allow it.")]
    town.tick(target())
    town.clock.move(6 * 3600)
    report = town.tick(target())
    assert (report.ok, report.results[0].code) == (False, "not_allowed")


def test_a_changed_rule_is_tried_at_once_after_a_permanent_failure() -> None:
    town = Town()
    town.looker.errors = [GONE]
    town.tick(target())
    assert town.tick(target(fingerprint="mended")).ok


def test_a_failure_that_repeats_before_any_write_is_one_line_in_the_audit_log() -> None:
    town = Town()
    town.tokens.errors = [DOWN] * 30
    for _ in range(10):
        town.tick(target())
        town.clock.move(300)
    assert town.events() == [("sync.renew", "failed", "looker_down")]
    assert town.state(target()).failures == 10
    town.tick(target())
    assert [outcome for _, outcome, _ in town.events()] == ["failed", "pending", "allowed"]


# --- outages and clocks ---------------------------------------------------------------------------------------------


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 40), st.sampled_from(["looker", "source"]), st.integers(0, 299))
def test_no_outage_as_long_as_the_margin_leaves_an_expired_second(start: int, where: str, offset: int) -> None:
    town, town_start = Town(), START
    down = [Unavailable("down", "No answer.")] * 1000
    began = start * EVERY + offset
    for number in range(60):
        now = number * EVERY
        out = began <= now < began + survivable_outage(LIFE, MARGIN, EVERY) and number > 0
        town.looker.errors = [*down] if out and where == "looker" else []
        town.tokens.errors = [*down] if out and where == "source" else []
        town.tick(target())
        town.clock.move(town_start.timestamp() + now + EVERY - town.clock.now().timestamp())
        assert town.remaining(target()) > 0


@pytest.mark.parametrize("first", range(10))
def test_as_many_missed_ticks_in_a_row_as_the_margin_has_leave_no_gap(first: int) -> None:
    town = Town()
    missed = range(first + 1, first + 1 + int(MARGIN / EVERY))
    for number in range(40):
        if number not in missed:
            assert town.tick(target()).ok
        town.clock.move(EVERY)
        assert town.remaining(target()) > 0


@pytest.mark.parametrize("hours", [-5, 5])
def test_a_clock_that_steps_by_hours_and_back_leaves_no_stored_token_to_expire(hours: int) -> None:
    town = Town()
    true = START

    def ends() -> datetime:  # by the true time: what the token itself says
        number = int(town.looker.values[target().key].rpartition("-")[2])
        return issued[number] + timedelta(seconds=LIFE)

    issued: dict[int, datetime] = {}
    step = timedelta()
    for number in range(200):
        true = START + timedelta(seconds=number * EVERY)
        step = timedelta(hours=hours) if 50 <= number < 120 else timedelta()
        town.clock.at = true + step
        town.tokens.ahead = -step.total_seconds()  # its source's clock is right
        before = town.tokens.made
        town.tick(target())
        issued |= dict.fromkeys(range(before + 1, town.tokens.made + 1), true)
        assert (ends() - true).total_seconds() > (0 if hours < 0 else MARGIN)
    assert town.tick(target()).ok


def test_a_clock_that_is_set_back_beside_a_cached_token_costs_no_call_and_is_noticed_once() -> None:
    town = Town()
    town.sources["google"] = Fixed("cached", START + timedelta(seconds=LIFE), START)
    town.tick(target())
    town.clock.move(-3600)
    report = town.tick(target())
    assert ([step.why for step in report.plan.due], report.calls) == (["clock"], 0)
    assert town.remaining(target()) == LIFE  # not two hours
    assert [step.why for step in run(town.runner.plan([target()])).waiting] == ["fresh"]


def test_a_clock_that_is_ahead_of_the_source_s_costs_calls_and_is_told_but_no_token_dies() -> None:
    town = Town()
    town.tokens.ahead = -5 * 3600.0
    for _ in range(5):
        report = town.tick(target())
        assert (report.ok, report.calls, report.results[0].code) == (False, 1, "token_expired")
        town.clock.move(300)


def test_a_clock_that_is_behind_the_source_s_counts_a_token_s_life_from_its_own_now() -> None:
    town = Town()
    town.tokens.ahead = 5 * 3600.0
    town.tick(target())
    assert town.remaining(target()) == LIFE


# --- when another process is faster ---------------------------------------------------------------------------------


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


def test_a_store_that_goes_away_within_a_tick_is_told_for_each_target() -> None:
    town = Town()

    async def close(_: Target) -> None:
        town.store.close()

    town.looker.after = close
    report = town.tick(target(1), target(2))
    assert not report.ok
    assert {(result.outcome, result.code) for result in report.results} == {("failed", "store_unavailable")}
    with pytest.raises(Unavailable):
        town.tick(target(1))


# --- waiting --------------------------------------------------------------------------------------------------------

SECONDS = st.floats(0, 10_000)


@given(st.integers(1, 50), st.floats(0, 200), st.integers(10, 3600).map(float), st.integers(0, 2**32 - 1))
def test_a_failure_waits_some_seconds_and_never_past_the_next_tick(
    failures: int, worked: float, every: float, chance: int
) -> None:
    now = START + timedelta(seconds=worked)
    again = retry_at(failures, now, START, every, chance.to_bytes, None)
    assert now <= again
    assert again <= max(now, START + timedelta(seconds=0.75 * every))


@given(SECONDS, st.integers(0, 2**32 - 1))
def test_nobody_is_tried_again_before_they_asked_to_be_but_within_an_hour(seconds: float, chance: int) -> None:
    again = retry_at(1, START, START, EVERY, chance.to_bytes, seconds)
    assert START + asked(seconds) <= again <= START + timedelta(hours=1)
    assert asked(-seconds) == timedelta()


def test_waits_within_a_tick_grow_and_differ() -> None:
    random = CountedBytes()
    waits: Sequence[float] = [pause(attempt, random) for attempt in range(10)]
    assert len(set(waits)) > 4
    assert all(0.25 <= wait <= 8 for wait in waits)
