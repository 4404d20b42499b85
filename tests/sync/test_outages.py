"""Outages, missed ticks and clocks that step: no stored token expires, and nobody waits for a time that was undone."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lookgate.errors import Unavailable
from lookgate.sync.margin import survivable_outage
from lower_rooms import START, run
from sync_town import EVERY, LIFE, MARGIN, Fixed, Town, target


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
