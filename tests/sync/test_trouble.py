"""What a tick does when something fails: who is tried again, when, and what is told."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lookgate.core.renewal import Target
from lookgate.core.secret import Secret, sha256_hex
from lookgate.errors import Refused, Unavailable
from lookgate.sync.backoff import asked, pause, retry_at
from lower_rooms import START, CountedBytes
from sync_town import DOWN, EVERY, GONE, LIFE, LOOKER, MARGIN, Fixed, Town, busy, target

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


def test_a_permanent_failure_that_nobody_mends_in_time_fails_every_run_until_somebody_does() -> None:
    town = Town()
    assert town.tick(target()).ok
    town.clock.move(LIFE - MARGIN)
    town.looker.errors = [GONE] * 3
    assert not town.tick(target()).ok
    said: list[tuple[float, bool, str]] = []
    for _ in range(80):
        town.clock.move(300)
        report = town.tick(target())
        assert bool(report.stale) is not report.ok
        said.append((town.remaining(target()), report.ok, ",".join(each.outcome for each in report.results)))
    assert [ok for left, ok, _ in said] == [left > MARGIN / 2 for left, _, _ in said]
    assert [outcome for _, _, outcome in said if outcome] == ["stopped"]  # tried again quietly, and no success
    town.looker.errors = []
    assert town.tick(target(), retry=True).ok
    assert town.tick(target()).ok


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
