from __future__ import annotations

from copy import deepcopy
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lookgate.core.renewal import Target, TargetState
from lookgate.sync.describe import describe, describe_conflict, span
from lookgate.sync.margin import fits
from lookgate.sync.plan import DUE, Plan, Step, plan
from lower_rooms import START
from sync_town import EVERY, LIFE, LOOKER, target

ONE = target(1)


def after(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def stored(of: Target = ONE, **changes: object) -> TargetState:
    base = TargetState(of.key, of.fingerprint, 1, "d" * 64, START, after(LIFE), LIFE)
    return replace(base, **changes)  # type: ignore[arg-type] # the tests' own changes


def failed(of: Target = ONE, **changes: object) -> TargetState:
    told = {"failures": 1, "failed_at": START, "tried": of.fingerprint, "code": "looker_down", "detail": "No."}
    return stored(of, **(told | changes))


def at(seconds: float, *states: TargetState, of: tuple[Target, ...] = (ONE,), **options: object) -> Plan:
    return plan(of, states, after(seconds), every=EVERY, **options)  # type: ignore[arg-type] # the tests' own


def only(made: Plan) -> Step:
    (step,) = (*made.due, *made.waiting, *made.stopped)
    return step


def line(made: Plan) -> str:
    return describe(only(made), made)


# --- due and not due ------------------------------------------------------------------------------------------------


def test_what_was_never_stored_is_due() -> None:
    assert only(at(0)).why == "new"
    assert only(at(0, TargetState(ONE.key))).why == "new"
    assert line(at(0)) == "nothing of ours is stored there: due"


def test_a_token_is_due_when_its_margin_and_one_tick_are_all_that_is_left() -> None:
    assert only(at(0, stored())).why == "fresh"
    assert only(at(1469, stored())).why == "fresh"
    assert only(at(1470, stored())).why == "margin"  # 1800 + 300 + a tenth of a tick are left
    assert only(at(3599, stored())).why == "margin"
    assert only(at(3600, stored())).why == "expired"
    assert only(at(0, stored())).at == after(1470)


def test_each_line_says_why() -> None:
    assert line(at(0, stored())) == "expires in 1 h, margin 30 min + 5 min tick: renewed in 24 min"
    assert line(at(2280, stored())) == "expires in 22 min, margin 30 min + 5 min tick: due"
    assert line(at(3720, stored())) == "expired 2 min ago: due"
    assert line(at(0, stored(expires_at=None))) == (
        "the stored secret has no end and is the source's: renewed when that changes"
    )
    assert line(at(0, failed(failures=3, retry_at=after(40)))) == (
        "failed, 3 times: No (looker_down): tried again in 40 s"
    )
    assert line(at(0, failed(stopped=True))) == (
        "failed: No (looker_down); somebody has to mend it: tried again in 6 h"
    )
    assert line(at(1500, stored(paused_until=after(1600)))) == (
        f"{LOOKER} asked to be left alone: tried again in 1 min"
    )


def test_a_length_of_time_is_told_in_its_two_largest_units() -> None:
    told = {0: "0 s", -5: "0 s", 45: "45 s", 60: "1 min", 119: "1 min", 3600: "1 h", 3900: "1 h 5 min", 3605: "1 h"}
    told |= {86400: "1 d", 90000: "1 d 1 h"}
    assert {seconds: span(seconds) for seconds in told} == told


def test_a_changed_rule_is_due_at_once_whatever_it_waits_for() -> None:
    changed = target(1, fingerprint="another")
    for state in (stored(), failed(stopped=True), failed(retry_at=after(200))):
        assert only(at(10, state, of=(changed,))).why == "changed"


def test_a_margin_that_a_token_cannot_keep_gives_way_and_says_so() -> None:
    long = target(1, margin=3500.0)
    state = stored(long)
    assert only(at(0, state, of=(long,))).why == "fresh"
    assert only(at(1470, state, of=(long,))).why == "margin"
    assert "margin 30 min (the rule's 58 min is more than tokens of 1 h can keep)" in line(at(0, state, of=(long,)))


def test_a_secret_without_an_end_is_due_when_its_source_has_another() -> None:
    pair = (ONE.source, ONE.audience)
    state = stored(expires_at=None, life=0.0)
    assert only(at(10**9, state)).why == "endless"
    assert only(at(10**9, state, digests={pair: "d" * 64})).why == "endless"
    assert only(at(0, state, digests={pair: "e" * 64})).why == "rotated"
    assert only(at(0, state, digests={pair: ""})).why == "rotated"


# --- what is waited for ---------------------------------------------------------------------------------------------


def test_a_failure_waits_for_its_time_and_no_longer() -> None:
    state = failed(retry_at=after(2000))
    assert only(at(1999, state)).why == "backoff"
    assert only(at(2000, state)).why == "margin"


def test_a_permanent_failure_is_tried_again_after_six_hours() -> None:
    state = failed(stopped=True)
    assert only(at(6 * 3600 - 1, state)).why == "stopped"
    assert only(at(6 * 3600, state)).why == "expired"


def test_a_person_who_asks_has_failures_tried_at_once_but_an_instance_is_left_alone_all_the_same() -> None:
    assert only(at(1500, failed(stopped=True), retry=True)).why == "margin"
    assert only(at(1500, failed(retry_at=after(1600)), retry=True)).why == "margin"
    assert only(at(1500, failed(paused_until=after(1600)), retry=True)).why == "paused"


def test_an_instance_that_asked_to_be_left_alone_is_left_alone_for_all_its_targets() -> None:
    two, other = target(2), target(3, instance="https://other.example.com")
    states = [failed(ONE, paused_until=after(2000)), stored(two), stored(other)]
    made = at(1500, *states, of=(ONE, two, other))
    assert [step.target for step in made.due] == [other]
    assert {(step.target, step.why, step.at) for step in made.waiting} == {
        (ONE, "paused", after(2000)), (two, "paused", after(2000)),
    }  # fmt: skip
    assert len(at(2000, *states, of=(ONE, two, other)).due) == 3
    for early, late in ((1600, 1800), (1800, 1600)):
        both = [failed(ONE, paused_until=after(early)), failed(two, paused_until=after(late))]
        assert {step.at for step in at(1500, *both, of=(ONE, two)).waiting} == {after(1800)}


def test_an_exhausted_month_stops_what_can_wait_and_lets_no_token_die() -> None:
    spent: dict[str, Any] = {"exhausted": frozenset({LOOKER})}
    assert only(at(1500, stored(), **spent)).why == "budget"
    assert only(at(1500, stored(), **spent)).at == after(3600 - 900)
    assert only(at(2699, stored(), **spent)).why == "budget"
    assert only(at(2700, stored(), **spent)).why == "margin"
    assert only(at(3700, stored(), **spent)).why == "expired"
    assert only(at(0, **spent)).why == "new"
    assert only(at(0, stored(fingerprint="x"), **spent)).why == "changed"
    assert "the month's API calls are used up" in line(at(1500, stored(), **spent))


# --- clock steps ----------------------------------------------------------------------------------------------------


def test_a_clock_that_was_set_back_makes_due_what_was_renewed_after_now() -> None:
    assert only(at(-60, stored())).why == "fresh"  # two machines may differ by a minute
    assert only(at(-61, stored())).why == "clock"
    assert only(at(-5 * 3600, stored())).why == "clock"
    assert line(at(-61, stored())) == "renewed at a time that is still to come, before a clock was set back: due"


def test_a_clock_that_was_set_back_leaves_nobody_waiting_for_hours() -> None:
    hours = 5 * 3600.0
    assert only(at(-hours, failed(retry_at=after(60)))).why == "clock"
    assert only(at(-hours, failed(paused_until=after(60)))).why == "clock"
    assert only(at(-hours, failed(stopped=True))).why == "clock"


def test_a_clock_that_jumps_ahead_makes_everything_due() -> None:
    assert only(at(10**8, stored())).why == "expired"


# --- places ---------------------------------------------------------------------------------------------------------


def test_the_token_that_ends_first_is_renewed_first_and_what_is_missing_before_all() -> None:
    late, soon, missing = target(1), target(2), target(3)
    states = [stored(late, expires_at=after(3500)), stored(soon, expires_at=after(3400))]
    made = at(2000, *states, of=(late, soon, missing))
    assert [step.target for step in made.due] == [missing, soon, late]


def test_states_that_no_rule_names_are_orphans() -> None:
    assert at(0, stored(target(9)), stored(ONE)).orphans == (target(9).key,)


def test_two_rules_that_want_the_same_value_in_one_place_are_one_target_with_the_larger_margin() -> None:
    twin = replace(ONE, rule="twin", margin=2400.0)
    made = at(1000, stored(), of=(ONE, twin))
    assert made.conflicts == ()
    assert only(made).target == twin


def test_of_two_rules_that_want_different_values_only_the_one_whose_value_stands_there_is_kept_fresh() -> None:
    rival = replace(ONE, rule="rival", fingerprint="other")
    nothing = at(0, of=(ONE, rival))
    assert (nothing.due, nothing.waiting, nothing.stopped) == ((), (), ())
    assert [conflict.targets for conflict in nothing.conflicts] == [(ONE, rival)]
    assert describe_conflict(nothing.conflicts[0]) == (
        "orders_token for group 1: the rules rival, rule1 want different values there; leave one of them"
    )
    kept = at(1500, stored(rival), of=(ONE, rival))
    assert only(kept).target == rival
    assert len(kept.conflicts) == 1
    assert nothing.orphans == kept.orphans == ()


# --- properties -----------------------------------------------------------------------------------------------------

SECONDS = st.integers(-20_000, 20_000)
MOMENTS = st.none() | SECONDS.map(after)


@st.composite
def states(draw: st.DrawFn) -> TargetState:
    life = draw(st.integers(1, 10_000))
    renewed = draw(SECONDS)
    return TargetState(
        ONE.key,
        draw(st.sampled_from([ONE.fingerprint, "other"])),
        1,
        "d" * 64,
        after(renewed),
        draw(st.none() | st.just(after(renewed + life))),
        float(life),
        failures=draw(st.integers(0, 3)),
        failed_at=draw(MOMENTS),
        tried=draw(st.sampled_from([ONE.fingerprint, ""])),
        retry_at=draw(MOMENTS),
        paused_until=draw(MOMENTS),
        stopped=draw(st.booleans()),
    )


@given(states(), SECONDS, st.integers(0, 50_000), st.booleans())
def test_what_is_due_stays_due_until_it_is_renewed(state: TargetState, now: int, more: int, retry: bool) -> None:
    first = only(at(now, state, retry=retry))
    for moment in (state.renewed_at, state.failed_at, state.retry_at, state.paused_until):
        if moment is not None and moment > after(now + 60):
            return  # written by a clock that was set back: who waits for it is freed, and in time is no more
    if first.why in DUE:
        assert only(at(now + more, state, retry=retry)).why in DUE


@given(states(), SECONDS)
def test_a_plan_is_a_function_of_what_it_is_given(state: TargetState, now: int) -> None:
    before = deepcopy(state)
    assert at(now, state) == at(now, state)
    assert state == before


@given(states(), SECONDS, st.integers(2, 10_000).map(float), st.integers(0, 10_000).map(float))
def test_what_was_just_renewed_is_not_due(state: TargetState, now: int, life: float, margin: float) -> None:
    wanted = replace(ONE, margin=margin)
    assert only(at(now, state, of=(wanted,))).target == wanted
    fresh = stored(renewed_at=after(now), expires_at=after(now + life), life=life)
    assert only(at(now, fresh, of=(wanted,))).why == "fresh"


@given(
    st.integers(60, 100_000).map(float),
    st.integers(10, 3600).map(float),
    st.floats(0, 1),
    st.lists(st.floats(-0.05, 0.05), min_size=1, max_size=60),
)
def test_as_long_as_ticks_come_on_time_every_token_has_its_margin_left_at_every_moment(
    life: float, every: float, part: float, early_or_late: list[float]
) -> None:
    wanted = replace(ONE, margin=part * life)
    if not fits(life, wanted.margin, every):
        return
    state = TargetState(ONE.key)
    for number, off in enumerate(early_or_late):
        now = after((number + off) * every)
        if state.expires_at is not None:
            assert (state.expires_at - now).total_seconds() >= wanted.margin
        if plan([wanted], [state], now, every=every).due:
            state = stored(renewed_at=now, expires_at=now + timedelta(seconds=life), life=life)


@pytest.mark.parametrize("why", sorted(DUE))
def test_every_reason_has_its_sentence(why: str) -> None:
    step = Step(ONE, stored(), why, after(0))  # type: ignore[arg-type] # each of them
    assert describe(step, at(0)).endswith(": due")
