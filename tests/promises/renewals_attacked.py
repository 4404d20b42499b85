"""What attacks on renewals must not achieve."""

from __future__ import annotations

from promises import Promise, by

PROMISES = (
    Promise(
        "A source or a service that hangs holds up its own targets, and no other's.",
        "docs/sync.md, When something fails",
        by(
            "sync/test_hanging.py",
            "test_a_source_that_hangs_holds_up_no_other_source_however_many_and_urgent_its_targets_are",
            "test_a_source_that_hangs_is_asked_for_a_few_tokens_at_a_time",
            "test_a_service_that_hangs_holds_up_the_trials_of_its_own_rule_and_no_renewal",
            "test_one_trial_of_a_rules_token_tells_for_all_of_its_targets",
            "test_of_several_sources_the_most_urgent_targets_are_written_first_all_the_same",
            "test_a_secret_on_a_mount_that_hangs_is_told_and_costs_one_thread",
            "test_who_gives_up_waiting_for_a_turn_takes_nobodys_place",
        ),
    ),
    Promise(
        "No login at Looker outlives the process, not even one that is under way when it ends.",
        "docs/sync.md, The built-in scheduler",
        by(
            "looker/test_client.py",
            "test_a_login_whose_caller_goes_away_is_logged_out_all_the_same",
            "test_a_looker_that_answers_no_logout_does_not_hold_up_the_end",
        ),
    ),
    Promise(
        "A signal ends a run at once, tells whoever waits for it, and logs out before a platform kills the process.",
        "docs/sync.md, The built-in scheduler",
        by(
            "flows/test_ending.py",
            "test_a_signal_ends_the_run_that_a_scheduler_waits_for_and_logs_out_in_time",
        ),
    ),
    Promise(
        "A token that claims to live for years is made anew within a day.",
        "docs/sync.md, Sources",
        by("google/test_id_token.py", "test_a_token_that_says_it_lives_for_years_is_believed_for_a_day"),
    ),
    Promise(
        "A stored token that Looker may send to the gateway opens none of the known updater's routes.",
        "docs/sync.md, Coming from the known updater",
        by(
            "flows/test_known_updater.py",
            "test_a_stored_token_that_looker_may_send_to_the_gateway_stores_nothing",
            "test_the_audience_that_starts_runs_is_no_services",
        ),
    ),
    Promise(
        "Where Cloud Run's word stands for a signature, a token that it did not look at starts nothing.",
        "docs/sync.md, On Cloud Run",
        by(
            "flows/test_trigger.py",
            "test_a_token_that_cloud_run_did_not_look_at_starts_nothing_beside_one_that_it_did",
        ),
    ),
)
