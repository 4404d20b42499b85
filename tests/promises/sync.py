"""Tokens stored in Looker never go stale."""

from __future__ import annotations

from promises import Promise, by

_STATES = "contract/test_renewal_states.py"
_MARGIN, _PLAN, _RUN = (f"sync/test_{name}.py" for name in ("margin", "plan", "run"))
_OUTAGES, _RIVALS, _TROUBLE = (f"sync/test_{name}.py" for name in ("outages", "rivals", "trouble"))

PROMISES = (
    Promise(
        "As long as ticks come on time every stored token has its margin left at every moment, and no outage as long "
        "as the margin leaves an expired second.",
        "docs/sync.md, The margin",
        by(
            _MARGIN,
            "test_a_one_hour_token_keeps_half_an_hour_and_costs_two_calls_an_hour_or_less",
            "test_the_page_s_table_is_what_the_functions_say",
            "test_a_default_margin_gives_way_to_few_ticks",
            "test_a_default_margin_is_half_the_life_or_the_most_that_fits",
            "test_no_outage_as_long_as_a_margin_that_fits_leaves_an_expired_second",
            "test_a_new_token_is_never_due_at_once_and_an_old_one_always_is",
            "test_a_larger_margin_never_costs_fewer_calls",
        )
        + by(
            _PLAN,
            "test_a_token_is_due_when_its_margin_and_one_tick_are_all_that_is_left",
            "test_as_long_as_ticks_come_on_time_every_token_has_its_margin_left_at_every_moment",
        )
        + by(
            _RUN,
            "test_in_a_steady_day_no_stored_token_has_less_than_its_margin_and_a_renewal_costs_one_call",
        )
        + by(
            _OUTAGES,
            "test_no_outage_as_long_as_the_margin_leaves_an_expired_second",
            "test_as_many_missed_ticks_in_a_row_as_the_margin_has_leave_no_gap",
        ),
    ),
    Promise(
        "A token that cannot keep its rule's margin is written, told, and kept as fresh as it can be.",
        "docs/sync.md, The margin",
        by(_PLAN, "test_a_margin_that_a_token_cannot_keep_gives_way_and_says_so")
        + by(
            _RUN,
            "test_a_token_that_is_too_short_for_its_margin_is_written_told_and_kept_as_fresh_as_it_can_be",
        ),
    ),
    Promise(
        "A plan is a function of targets, states and time: what is due stays due, nothing is due twice without a "
        "reason, and every line says why.",
        "docs/sync.md, The plan",
        by(
            _PLAN,
            "test_what_was_never_stored_is_due",
            "test_each_line_says_why",
            "test_a_length_of_time_is_told_in_its_two_largest_units",
            "test_a_changed_rule_is_due_at_once_whatever_it_waits_for",
            "test_the_token_that_ends_first_is_renewed_first_and_what_is_missing_before_all",
            "test_states_that_no_rule_names_are_orphans",
            "test_what_is_due_stays_due_until_it_is_renewed",
            "test_a_plan_is_a_function_of_what_it_is_given",
            "test_what_was_just_renewed_is_not_due",
            "test_every_reason_has_its_sentence",
        )
        + by(_RUN, "test_a_plan_does_nothing"),
    ),
    Promise(
        "Two rules for one place are told; what stands there is kept fresh, and nothing else is written.",
        "docs/sync.md, The plan",
        by(
            _PLAN,
            "test_two_rules_that_want_the_same_value_in_one_place_are_one_target_with_the_larger_margin",
            "test_of_two_rules_that_want_different_values_only_the_one_whose_value_stands_there_is_kept_fresh",
        ),
    ),
    Promise(
        "A renewal costs one API call and one mint for all targets of a source and audience; the most urgent comes "
        "first, no more at once than the settings allow.",
        "docs/sync.md, A renewal",
        by(
            _RUN,
            "test_a_first_tick_stores_a_token_in_every_place_with_one_call_each_and_one_mint_for_all",
            "test_each_pair_of_source_and_audience_has_a_token_of_its_own",
            "test_a_tick_with_nothing_due_calls_nobody",
            "test_no_more_writes_are_in_flight_than_the_settings_allow_and_each_is_told_as_it_ends",
            "test_the_most_urgent_is_written_first",
            "test_two_processes_that_tick_at_once_renew_each_target_once",
            "test_states_of_targets_that_are_gone_are_forgotten_but_not_when_the_list_may_be_short",
            "test_a_cached_token_that_ends_no_later_than_the_stored_one_is_not_written_again",
            "test_what_stands_there_is_written_again_when_its_rule_changes",
        ),
    ),
    Promise(
        "A static secret is written once, and again when its source has another.",
        "docs/sync.md, Sources",
        by(_PLAN, "test_a_secret_without_an_end_is_due_when_its_source_has_another")
        + by(_RUN, "test_a_static_secret_is_written_once_and_again_when_it_changes"),
    ),
    Promise(
        "An intent is audited before the write and its outcome after it, under the renewal's own key; never a token.",
        "docs/sync.md, A renewal; SECURITY.md",
        by(
            _RUN,
            "test_what_is_known_is_recorded_with_the_intent_and_the_outcome_and_never_the_token",
            "test_a_report_as_json_names_each_target_and_no_secret",
        )
        + by(
            _TROUBLE,
            "test_a_failure_that_repeats_before_any_write_is_one_line_in_the_audit_log",
            "test_an_error_that_holds_the_token_is_told_without_it",
        ),
    ),
    Promise(
        "A stored token is tried, and told once when it does not work.",
        "docs/sync.md, The canary",
        by(
            _RUN,
            "test_a_stored_token_is_tried_and_what_came_of_it_is_kept",
            "test_a_stored_token_that_does_not_work_is_told_once_and_is_no_success",
            "test_a_rule_without_a_canary_leaves_no_result",
        ),
    ),
    Promise(
        "When the month's API calls are used up, what can wait waits, and no token dies for it.",
        "docs/sync.md, The budget",
        by(_PLAN, "test_an_exhausted_month_stops_what_can_wait_and_lets_no_token_die")
        + by(
            _RUN,
            "test_when_the_month_s_calls_are_used_up_what_can_wait_waits_and_no_token_dies",
            "test_a_budget_that_ends_within_a_tick_saves_the_rest_of_it_and_says_so",
            "test_a_new_month_has_calls_of_its_own",
        ),
    ),
    Promise(
        "Failures are tried again with jitter, never before anybody asked, never past the next tick by themselves; "
        "one target's or source's failure stops no other.",
        "docs/sync.md, When something fails",
        by(
            _PLAN,
            "test_a_failure_waits_for_its_time_and_no_longer",
            "test_a_person_who_asks_has_failures_tried_at_once_but_an_instance_is_left_alone_all_the_same",
            "test_an_instance_that_asked_to_be_left_alone_is_left_alone_for_all_its_targets",
        )
        + by(
            _TROUBLE,
            "test_a_write_that_fails_by_chance_is_tried_again_in_the_same_tick",
            "test_a_write_whose_answer_is_lost_is_made_again_and_what_is_recorded_stands_there",
            "test_a_mint_that_fails_by_chance_is_tried_again_in_the_same_tick",
            "test_a_write_that_keeps_failing_is_told_and_tried_again_at_the_next_tick",
            "test_one_target_s_failure_stops_no_other",
            "test_short_waits_that_an_instance_asks_for_are_waited_for_by_all_its_writes",
            "test_a_long_wait_that_an_instance_asks_for_ends_the_tick_for_all_its_targets_and_for_no_other_instance",
            "test_a_wait_of_days_is_an_hour",
            "test_an_instance_that_answers_nobody_is_left_alone_for_the_rest_of_the_tick",
            "test_an_instance_that_fails_every_other_call_is_not_given_up",
            "test_a_source_that_asks_to_be_left_alone_is_not_asked_again_in_the_tick_nor_before_its_time",
            "test_a_source_that_fails_is_asked_once_for_all_its_targets_and_stops_no_other_source",
            "test_a_source_that_is_no_use_is_told",
            "test_an_expired_token_is_written_only_when_nothing_better_stands_there_and_never_twice",
            "test_a_store_that_goes_away_within_a_tick_is_told_for_each_target",
            "test_a_failure_waits_some_seconds_and_never_past_the_next_tick",
            "test_nobody_is_tried_again_before_they_asked_to_be_but_within_an_hour",
            "test_waits_within_a_tick_grow_and_differ",
        ),
    ),
    Promise(
        "A permanent failure is told once, and tried again quietly every six hours, or at once when its rule changes; "
        "one that leaves a token to die fails every run until it is mended.",
        "docs/sync.md, When something fails",
        by(_PLAN, "test_a_permanent_failure_is_tried_again_after_six_hours")
        + by(
            _TROUBLE,
            "test_a_permanent_failure_is_told_once_and_tried_again_quietly_every_six_hours",
            "test_a_permanent_failure_that_becomes_another_is_told_again",
            "test_a_permanent_failure_that_nobody_mends_in_time_fails_every_run_until_somebody_does",
            "test_a_changed_rule_is_tried_at_once_after_a_permanent_failure",
        ),
    ),
    Promise(
        "A clock that steps by hours, or differs from the source's, leaves nobody waiting and no token to die.",
        "docs/sync.md, Clocks",
        by(
            _PLAN,
            "test_a_clock_that_was_set_back_makes_due_what_was_renewed_after_now",
            "test_a_clock_that_was_set_back_leaves_nobody_waiting_for_hours",
            "test_a_clock_that_jumps_ahead_makes_everything_due",
        )
        + by(
            _OUTAGES,
            "test_a_clock_that_steps_by_hours_and_back_leaves_no_stored_token_to_expire",
            "test_a_clock_that_is_set_back_beside_a_cached_token_costs_no_call_and_is_noticed_once",
            "test_a_clock_that_is_ahead_of_the_source_s_costs_calls_and_is_told_but_no_token_dies",
            "test_a_clock_that_is_behind_the_source_s_counts_a_token_s_life_from_its_own_now",
        )
        + by(_STATES, "test_a_lease_from_a_clock_that_was_set_back_holds_nobody_up"),
    ),
    Promise(
        "A process that is held up, cancelled or overtaken writes nothing twice and never leaves an older token than "
        "is recorded.",
        "docs/sync.md, Several processes",
        by(
            _RIVALS,
            "test_a_process_that_slept_past_its_lease_never_leaves_an_older_token_than_is_recorded",
            "test_a_process_that_could_not_mend_what_it_may_have_overwritten_leaves_it_due",
            "test_a_process_waits_for_whoever_overtook_it_before_it_mends_what_it_may_have_overwritten",
            "test_a_process_that_lost_its_lease_before_the_write_does_not_write",
            "test_a_tick_that_is_cancelled_leaves_no_task_no_count_and_no_lease_longer_than_its_time",
        ),
    ),
    Promise(
        "Of any number of processes exactly one renews a generation of a target, and no generation is told twice.",
        "docs/sync.md, Several processes",
        by(
            _STATES,
            "test_a_lease_is_held_by_one_until_it_is_given_back_or_has_ended",
            "test_nobody_can_lease_a_generation_that_is_no_longer_the_last",
            "test_only_its_holder_extends_a_lease_and_with_it_says_what_is_about_to_happen",
            "test_a_lease_that_ended_and_that_nobody_took_is_still_its_holder_s",
            "test_no_generation_is_told_twice",
            "test_a_failure_keeps_the_generation",
            "test_a_canary_takes_no_lease_away",
            "test_of_many_threads_exactly_one_wins_each_lease_and_no_call_is_lost",
            "test_of_two_processes_that_race_for_1000_renewals_exactly_one_wins_each",
        )
        + by(
            "contract/test_renewal_kills.py",
            "test_two_processes_that_tick_at_once_over_200_targets_write_each_value_once",
        ),
    ),
    Promise(
        "A process may be killed at any point of a renewal: its lease runs out, another renews, and no token is left "
        "in the store.",
        "docs/sync.md, Several processes",
        by(
            "contract/test_renewal_kills.py",
            "test_a_process_killed_at_any_point_of_a_renewal_loses_nothing_and_repeats_nothing",
            "test_the_process_of_these_tests_ends_by_itself_when_nobody_kills_it",
        ),
    ),
    Promise(
        "What is remembered of a renewal is the same in every store, and holds no token.",
        "docs/store.md",
        by(
            _STATES,
            "test_what_is_known_of_a_target_comes_back_as_it_went_in",
            "test_states_are_listed_by_their_key",
            "test_a_state_that_was_forgotten_is_leased_only_as_a_new_one",
            "test_an_event_that_cannot_be_stored_leaves_the_renewal_unrecorded",
            "test_a_canary_s_result_is_kept_unless_the_target_has_been_renewed_since",
            "test_calls_are_counted_by_instance_and_month",
            "test_a_note_is_kept_until_another_takes_its_place",
            "test_keys_and_texts_are_values_and_never_sql",
            "test_a_store_that_is_closed_says_so",
            "test_a_store_made_before_there_were_renewals_gets_them_and_keeps_what_it_has",
        ),
    ),
)
