"""What outages tokens survive: as derived, as tried, and not a tick more."""

from __future__ import annotations

import pytest

from lookgate.sync.margin import default_margin, longest_outage
from lookgate.sync.simulate.faults import POINTS, WHERE, Chances, Faults, outages_at_random
from lookgate.sync.simulate.outages import AT_RANDOM, at_every_tick, endure
from lookgate.sync.simulate.run import SimulatedRule
from security_counts import Counted
from simulations import HOUR_LONG, empty_states

TOKENS = [(3600, 300), (3600, 60), (600, 60), (3600, 900), (7200, 450)]


@pytest.mark.parametrize(("life", "every"), TOKENS)
def test_an_outage_as_long_as_derived_leaves_no_gap_and_a_tick_more_leaves_one(
    life: float, every: float, counted: Counted
) -> None:
    default = SimulatedRule(name="one", life=life, margin=default_margin(life, every))
    for rule in (default, at_every_tick(default, every)):
        found = endure(rule, every, "1", empty_states)
        assert found.holds
        assert rule.margin <= found.derived
        survived = [trial for trial in found.trials if trial.lasts <= found.derived]
        for trial in survived:
            assert trial.times == len(WHERE) * (1 + AT_RANDOM)
            seconds = int(trial.lasts) * trial.times
            counted("freshness", "outages no longer than derived", tried=seconds, bad=int(trial.expired))
        assert all(trial.expired > 0 for trial in found.trials if trial.lasts > found.derived)
        assert {trial.lasts for trial in found.trials} >= {found.derived, found.derived + every, life}


def test_no_margin_lets_an_hour_long_token_outlive_its_own_hour() -> None:
    largest = at_every_tick(HOUR_LONG, 300)
    found = endure(largest, 300, "1", empty_states)
    assert found.is_largest
    assert found.derived == longest_outage(3600, 300) == 3000
    assert next(trial for trial in found.trials if trial.lasts == 3600).expired > 0


def test_a_token_that_its_source_keeps_until_its_last_minutes_survives_minutes() -> None:
    rule = SimulatedRule(name="cached", life=3600, margin=180, source="metadata", fresh=300)
    found = endure(rule, 60, "1", empty_states)
    assert found.is_largest
    assert found.derived == 180
    assert found.holds
    assert 0 < found.trials[2].expired < 1
    assert found.trials[2].lasts == 240


def test_tokens_that_live_for_very_many_runs_are_derived_and_not_tried() -> None:
    rule = SimulatedRule(name="long", life=31_536_000, margin=15_768_000)
    found = endure(rule, 300, "1", empty_states)
    assert (found.trials, found.derived) == ((), 15_768_000)


def test_an_endurance_does_not_hold_when_a_survivable_outage_left_a_gap() -> None:
    found = endure(HOUR_LONG, 300, "1", empty_states)
    broken = type(found)(found.life, found.margin, 300, found.derived + 300, found.trials, is_largest=False)
    assert found.holds
    assert not broken.holds


def test_outages_at_random_have_the_lengths_they_were_given_and_lie_within_the_time() -> None:
    found = outages_at_random((100, 2000), "1", 10_000)
    assert [outage.lasts for outage in found] == [100, 2000]
    assert all(0 <= outage.begins <= 10_000 - outage.lasts for outage in found)
    assert found == outages_at_random((100, 2000), "1", 10_000) != outages_at_random((100, 2000), "2", 10_000)
    assert {each.where for seed in range(40) for each in outages_at_random((1,), str(seed), 9)} == set(WHERE)


def test_the_longest_disturbance_is_the_longest_run_of_disturbed_ticks() -> None:
    faults = Faults(Chances(), (), "1", 300)
    assert faults.longest_disturbed == 0
    faults.disturbed |= {1, 2, 7, 8, 9, 20}
    assert faults.longest_disturbed == 3
    assert len(POINTS) == 3
