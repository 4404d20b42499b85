"""A month of renewals, simulated: no stored token is expired, and the simulation would notice."""

from __future__ import annotations

from promises import Promise, by

_MONTH, _OBSERVER, _ENDURANCE = (f"sync/simulate/test_{name}.py" for name in ("month", "observer", "endurance"))
_CLI = "cli/test_sync_simulate.py"

PROMISES = (
    Promise(
        "Over a month with one tick in twenty missed, one call in twenty failing and a restart a day in a renewal's "
        "midst, no stored token is expired for a second, at one API call a renewal.",
        "docs/sync.md, Simulate it",
        by(
            _MONTH,
            "test_a_month_with_missed_ticks_api_errors_and_a_restart_a_day_leaves_no_expired_second",
            "test_no_stored_token_is_expired_whatever_the_seed",
            "test_every_call_is_a_renewal_a_failure_or_the_last_of_a_process",
            "test_a_healthy_month_costs_one_call_a_renewal_and_as_many_as_derived",
            "test_every_failed_run_of_ours_says_so_and_none_of_the_known_updater_s",
            "test_a_source_that_keeps_its_token_until_its_last_minutes_is_asked_until_it_gives_another",
        ),
    ),
    Promise(
        "No outage of Looker, the gateway or the token source that is no longer than the margin leaves an expired "
        "second; what is survived is derived, tried, and not a tick more; no token outlives its own life.",
        "docs/sync.md, Simulate it",
        by(_MONTH, "test_no_outage_that_is_no_longer_than_the_margin_leaves_an_expired_second")
        + by(
            _ENDURANCE,
            "test_an_outage_as_long_as_derived_leaves_no_gap_and_a_tick_more_leaves_one",
            "test_no_margin_lets_an_hour_long_token_outlive_its_own_hour",
            "test_a_token_that_its_source_keeps_until_its_last_minutes_survives_minutes",
            "test_tokens_that_live_for_very_many_runs_are_derived_and_not_tried",
            "test_an_endurance_does_not_hold_when_a_survivable_outage_left_a_gap",
        ),
    ),
    Promise(
        "The simulation is no flattery: who counts sees only what stands in Looker, and a schedule or a margin that "
        "leaves gaps is found to leave them.",
        "docs/sync.md, Simulate it",
        by(
            _OBSERVER,
            "test_expired_seconds_are_counted_as_somebody_would_who_looks_every_second",
            "test_a_month_of_waiting_takes_no_time_and_is_a_month_on_the_clock",
            "test_who_waits_for_what_never_comes_is_told_so",
        )
        + by(
            _MONTH,
            "test_a_run_every_hour_or_a_margin_of_nothing_leaves_gaps_and_the_simulation_finds_them",
            "test_a_store_that_forgets_what_it_was_told_is_noticed_by_the_calls",
        )
        + by(
            _ENDURANCE,
            "test_outages_at_random_have_the_lengths_they_were_given_and_lie_within_the_time",
            "test_the_longest_disturbance_is_the_longest_run_of_disturbed_ticks",
        ),
    ),
    Promise(
        "The known updater is shown under the same faults, and not wronged.",
        "docs/sync.md, Simulate it; the known updater",
        by(
            _MONTH,
            "test_the_known_updater_leaves_hours_of_gaps_under_the_same_faults_and_calls_four_times_a_write",
            "test_the_known_updater_is_not_wronged_without_faults_it_leaves_only_the_length_of_its_own_run",
        ),
    ),
    Promise(
        "The same seed is the same to the letter; the settings' own rules are simulated, and the exit code says "
        "whether they keep their word.",
        "docs/sync.md, Simulate it",
        by(
            _MONTH,
            "test_the_same_seed_is_the_same_month_and_another_seed_is_another",
            "test_progress_is_told_as_the_ticks_go_by",
        )
        + by(
            _CLI,
            "test_a_week_with_a_seed_is_told_to_the_letter",
            "test_another_seed_is_another_week",
            "test_the_rules_of_the_settings_are_simulated_and_secrets_without_an_end_are_left_out",
            "test_options_change_the_rules_of_the_settings",
            "test_rules_whose_secrets_never_end_have_nothing_to_simulate",
            "test_help_for_sync_imports_nothing_that_only_a_simulation_needs",
            "test_the_last_line_and_the_exit_code_follow_from_what_was_seen",
            "test_an_expired_second_that_no_outage_explains_is_exit_code_1",
            "test_an_outage_longer_than_the_rules_survive_is_told_and_no_failure",
            "test_what_cannot_be_simulated_is_refused_in_words",
        ),
    ),
)
