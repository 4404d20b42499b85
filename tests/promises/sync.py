"""Tokens stored in Looker never go stale."""

from __future__ import annotations

from promises import Promise, by

_STATES = "contract/test_renewal_states.py"

PROMISES = (
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
        ),
    ),
)
