"""No stored token is expired for a second of a month with faults; and where one would be, the simulation says so."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lookgate.sync.margin import default_margin, fits
from lookgate.sync.simulate.faults import DAY, Chances, Outage
from lookgate.sync.simulate.run import Outcome, SimulatedRule, simulate, simulate_known_updater
from security_counts import Counted
from simulations import HOUR_LONG, PROMISED, empty_states, lived, scenario

MONTH = 30 * DAY


@pytest.mark.parametrize("seed", ["1", "2", "3"])
def test_a_month_with_missed_ticks_api_errors_and_a_restart_a_day_leaves_no_expired_second(
    seed: str, counted: Counted
) -> None:
    outcome = lived(seconds=MONTH, chances=PROMISED, seed=seed)
    assert outcome.missed > 300
    assert outcome.calls - outcome.answered > 50
    assert len(outcome.restarts) == 30
    counted("freshness", "a month with missed ticks, API errors and restarts", tried=int(MONTH), bad=int(outcome.total))
    assert (outcome.total, outcome.gaps) == (0, 0)


@settings(max_examples=30, deadline=None)
@given(
    st.text("0123456789", min_size=1, max_size=9),
    st.sampled_from([(3600, 300), (3600, 60), (3600, 120), (1800, 60), (14_400, 600)]),
    st.floats(0, 0.08),
    st.floats(0, 0.08),
    st.integers(0, 6),
    st.integers(1, 3),
)
def test_no_stored_token_is_expired_whatever_the_seed(
    seed: str, tokens: tuple[int, int], missed: float, errors: float, restarts: int, targets: int
) -> None:
    life, every = tokens
    rule = SimulatedRule(name="any", life=life, margin=default_margin(life, every))
    chances = Chances(missed, errors, restarts, every / 60)
    outcome = lived(rules=(rule,), every=every, seconds=1.5 * DAY, seed=seed, chances=chances, targets=targets)
    assert outcome.total == 0
    assert len(outcome.expired) == targets


@settings(max_examples=40, deadline=None)
@given(
    st.sampled_from(["looker", "gateway", "source"]),
    st.floats(0, 3 * 3600),
    st.floats(0, 1),
    st.integers(60, 1200),
    st.floats(0, 1),
)
def test_no_outage_that_is_no_longer_than_the_margin_leaves_an_expired_second(
    where: str, begins: float, length: float, every: int, part: float
) -> None:
    margin = part * 3600
    rule = replace(HOUR_LONG, margin=margin if fits(3600, margin, every) else default_margin(3600, every))
    outage = Outage(where, begins, length * rule.margin)  # type: ignore[arg-type] # one of the three
    assert lived(rules=(rule,), every=every, seconds=5 * 3600, outages=(outage,)).total == 0


@pytest.mark.parametrize("change", [{"every": 3600.0}, {"rules": (replace(HOUR_LONG, margin=0),)}])
def test_a_run_every_hour_or_a_margin_of_nothing_leaves_gaps_and_the_simulation_finds_them(
    change: dict[str, object],
) -> None:
    outcome = lived(**change, seconds=MONTH, chances=PROMISED)
    assert outcome.total > 60
    assert outcome.gaps > 5


def test_a_store_that_forgets_what_it_was_told_is_noticed_by_the_calls() -> None:
    class Forgetful:
        """Passes everything on, and never knows what was renewed."""

        def __init__(self, states: object) -> None:
            self._states = states

        def __getattr__(self, name: str) -> object:
            return getattr(self._states, name)

        def all(self) -> tuple[()]:
            return ()

    with empty_states() as states:
        outcome = simulate(scenario(), Forgetful(states))  # type: ignore[arg-type] # the rest is passed on
    assert outcome.renewals == 1  # nobody can lease what they do not know
    assert outcome.total == pytest.approx(DAY - 3600, abs=2)


def test_every_call_is_a_renewal_a_failure_or_the_last_of_a_process() -> None:
    outcome = lived(seconds=MONTH, chances=PROMISED)
    lost = outcome.restarts.count("after a write, before its record")
    assert lost > 0
    assert outcome.answered == outcome.renewals + lost


def test_a_healthy_month_costs_one_call_a_renewal_and_as_many_as_derived() -> None:
    outcome = lived(seconds=MONTH)
    assert outcome.calls == outcome.answered == outcome.renewals == 1728
    assert (outcome.failed, outcome.missed, outcome.longest_disturbed) == (0, 0, 0)


def test_every_failed_run_of_ours_says_so_and_none_of_the_known_updater_s() -> None:
    whole = scenario(seconds=MONTH, chances=PROMISED)
    ours, theirs = lived(seconds=MONTH, chances=PROMISED), simulate_known_updater(whole)
    assert ours.told == ours.failed > 0
    assert theirs.told == 0 < theirs.failed


def test_the_known_updater_leaves_hours_of_gaps_under_the_same_faults_and_calls_four_times_a_write() -> None:
    theirs = simulate_known_updater(scenario(seconds=MONTH, chances=PROMISED))
    assert theirs.total > 0.1 * MONTH
    assert theirs.answered >= 4 * theirs.renewals
    assert theirs.longest_gap > 3600


def test_the_known_updater_is_not_wronged_without_faults_it_leaves_only_the_length_of_its_own_run() -> None:
    theirs = simulate_known_updater(scenario(seconds=MONTH))
    assert (theirs.failed, theirs.renewals, theirs.calls) == (0, 720, 4 * 720)
    assert 0 < theirs.longest_gap < 4 * 0.5
    longer = (replace(HOUR_LONG, life=7200),)
    assert simulate_known_updater(scenario(seconds=MONTH, rules=longer)).total == 0


def test_the_same_seed_is_the_same_month_and_another_seed_is_another() -> None:
    def told(seed: str) -> Outcome:
        return lived(seed=seed, seconds=3 * DAY, chances=PROMISED, targets=3)

    assert told("1") == told("1")
    assert told("1").writes != told("2").writes


def test_a_source_that_keeps_its_token_until_its_last_minutes_is_asked_until_it_gives_another() -> None:
    rule = SimulatedRule(name="cached", life=3600, margin=180, source="metadata", fresh=300)
    outcome = lived(rules=(rule,), every=60, seconds=3 * DAY, chances=replace(PROMISED, missed_ticks=0.02, late=1))
    assert outcome.total == 0
    assert outcome.calls - outcome.answered <= outcome.calls - outcome.renewals
    assert outcome.renewals < 3 * 24 * 1.2  # once an hour, not at every run


def test_progress_is_told_as_the_ticks_go_by() -> None:
    told: list[int] = []
    with empty_states() as states:
        simulate(scenario(), states, told.append)
    assert told == [100, 100]  # of 288
