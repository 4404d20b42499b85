"""Handles that a first claim brings, and when each was last used."""

from __future__ import annotations

from promises import Promise, by

PROMISES = (
    Promise(
        "Where the settings say so, a user without a live handle who proves themself by a claim is given one, with one "
        "write to Looker, and the audit log names the claim.",
        "docs/claims.md, Let the first claim bring a handle",
        by(
            "looker/test_first_handles.py",
            "test_a_first_claim_gives_a_handle_with_one_write_and_the_audit_log_names_the_claim",
            "test_a_user_with_a_live_handle_costs_no_call_of_looker_and_an_ended_handle_counts_for_none",
        )
        + by(
            "flows/test_first_handles.py",
            "test_a_user_without_a_handle_starts_by_a_claim_and_has_a_handle_from_then_on",
            "test_a_claim_at_an_action_gives_a_handle_too_and_the_next_claims_give_no_other",
        )
        + by(
            "settings/test_handle.py",
            "test_no_handle_is_issued_on_a_claim_until_the_settings_say_so",
            "test_what_cannot_work_is_told_with_its_fix",
        )
        + by("cli/test_check.py", "test_check_says_what_a_claim_brings"),
    ),
    Promise(
        "However many claims race, at however many gateways or processes, a user is given one handle.",
        "docs/claims.md, Let the first claim bring a handle",
        by(
            "looker/test_first_handles.py",
            "test_racing_claims_at_several_gateways_issue_one_handle",
            "test_racing_claims_in_several_processes_issue_one_handle",
            "test_no_moment_lets_two_gateways_try_at_once",
            "test_a_handle_that_another_gateway_finishes_meanwhile_is_enough",
        ),
    ),
    Promise(
        "The claim's own request neither waits for its handle nor fails with it; what fails is audited, leaves no "
        "handle and is tried again by a later claim; a gateway that stops leaves nothing running.",
        "docs/claims.md, Let the first claim bring a handle",
        by(
            "web/test_first_handles_beside.py",
            "test_the_answer_does_not_wait_for_looker",
            "test_a_failure_is_no_failure_of_the_request",
            "test_a_gateway_that_stops_meanwhile_leaves_nothing_running_and_no_handle",
        )
        + by(
            "looker/test_first_handles.py",
            "test_a_failure_of_looker_leaves_no_handle_is_audited_and_tried_again_but_not_at_once",
            "test_an_answer_that_never_comes_ends_with_the_gateway_and_leaves_nothing_behind",
            "test_a_handle_of_a_killed_process_ends_by_itself_and_the_next_claim_issues_another",
            "test_a_store_that_fails_hurts_nobody",
            "test_an_answer_that_takes_too_long_is_not_waited_for_and_a_later_claim_tries_again",
            "test_a_user_who_is_being_given_a_handle_is_not_waited_for_twice",
            "test_looker_is_asked_for_a_few_users_at_a_time",
            "test_a_flood_of_users_starts_no_more_attempts_than_may_wait",
        )
        + by(
            "core/test_tasks.py",
            "test_what_runs_is_ended_and_waited_for",
            "test_what_runs_in_another_loop_is_ended_there_and_holds_nobody_up",
        )
        + by(
            "test_compose_handles.py",
            "test_a_gateway_notes_uses_with_an_instance_and_issues_first_handles_if_it_is_told_to",
        ),
    ),
    Promise(
        "No handle is issued unasked while the attribute would not keep it, or to whom nobody signs in as: service "
        "accounts, the gateway's own user, API-only and embed users.",
        "docs/claims.md, Let the first claim bring a handle; SECURITY.md",
        by(
            "looker/test_first_handles.py",
            "test_nothing_is_written_while_the_attribute_is_unsafe_and_a_later_claim_tries_again",
            "test_a_shared_or_technical_user_is_given_none_and_asked_about_once_an_hour",
            "test_a_person_with_api_keys_who_also_signs_in_is_given_one",
        )
        + by("flows/test_first_handles.py", "test_the_gateways_own_api_user_is_given_no_handle")
        + by("web/test_first_handles_beside.py", "test_only_a_claim_that_was_believed_gives_a_handle"),
    ),
    Promise(
        "An admin sees when each handle was last used, to the hour, and finds the unused ones; no request waits for a "
        "write, and of each handle one use an hour is written at most.",
        "docs/tokens.md, Replace handles and keys",
        by(
            "cli/test_handles.py",
            "test_status_says_when_a_handle_was_last_used_and_finds_the_unused_ones",
            "test_of_two_live_handles_the_one_that_is_used_keeps_the_user_from_being_listed_as_unused",
            "test_a_handle_that_was_issued_today_or_is_no_more_is_not_listed_as_unused",
            "test_status_as_json_tells_each_live_handle_and_no_more_of_it_than_eight_digits",
        )
        + by(
            "verify/test_handle_uses.py",
            "test_the_first_use_is_written_soon_and_the_others_of_five_minutes_together",
            "test_a_handle_is_written_at_most_once_an_hour_however_often_it_is_used",
            "test_what_waits_is_written_when_the_gateway_stops_and_nothing_is_left_running",
            "test_a_store_that_does_not_answer_loses_no_use_and_hurts_nobody",
            "test_only_a_handle_that_proved_its_user_was_used",
            "test_every_store_keeps_the_latest_use",
            "test_a_use_in_the_gateway_is_in_the_store_once_it_has_stopped",
        )
        + by(
            "store/test_handle_migration.py",
            "test_an_older_sqlite_store_counts_its_handles_as_used_at_the_update",
            "test_an_older_postgres_store_counts_its_handles_as_used_at_the_update",
        ),
    ),
)
