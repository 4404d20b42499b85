"""What starts renewals, who may, and what is told about it."""

from __future__ import annotations

from promises import Promise, by

PROMISES = (
    Promise(
        "A scheduler starts a run by a token of its own, is answered 200 only when nothing fails or waits, "
        "and told what does; a failure for good fails the run that finds it.",
        "docs/sync.md, The trigger",
        by(
            "flows/test_trigger.py",
            "test_the_schedulers_job_renews_what_is_due_and_is_answered_200",
            "test_a_success_tells_every_target_and_no_secret",
            "test_a_failure_is_never_2xx_and_says_which_target_and_why",
            "test_what_failed_for_good_fails_one_run_and_stands_in_the_report_of_the_next",
            "test_a_rule_that_leads_nowhere_is_a_failure_that_names_it",
            "test_a_looker_that_is_gone_is_a_503_and_the_next_run_is_well",
            "test_only_a_post_starts_a_run",
            "test_without_an_audience_there_is_no_such_route",
        ),
    ),
    Promise(
        "The scheduler's door and the gateway's others are strangers: no token, key or handle opens both.",
        "docs/sync.md, The trigger",
        by(
            "flows/test_trigger.py",
            "test_a_token_that_is_not_the_schedulers_starts_nothing",
            "test_no_credential_and_two_credentials_start_nothing",
            "test_a_key_of_the_gateways_own_starts_nothing",
            "test_the_schedulers_token_opens_nothing_else",
        )
        + by(
            "contract/test_sync_doors.py",
            "test_no_hostile_token_is_let_in_where_a_scheduler_is",
            "test_what_opens_any_other_door_opens_none_of_a_schedulers",
            "test_a_service_presents_its_own_token_and_azp_is_its_number_or_its_address",
        ),
    ),
    Promise(
        "Runs of one process are shared, end in time, and are told however they end.",
        "docs/sync.md, The trigger",
        by("flows/test_trigger.py", "test_requests_at_once_share_one_run")
        + by(
            "sync/test_runs.py",
            "test_who_asks_while_a_run_goes_on_is_answered_with_its_report",
            "test_runs_of_different_rules_do_not_wait_for_each_other",
            "test_a_caller_who_goes_away_does_not_end_the_run",
            "test_a_run_is_ended_before_the_scheduler_gives_up_and_says_how_far_it_came",
            "test_a_run_that_breaks_is_told_by_its_code_and_raised",
            "test_nobody_need_wait_for_a_run_that_breaks",
            "test_closing_ends_what_runs",
            "test_a_failure_says_where_why_and_whether_another_try_is_worth_it",
            "test_the_first_few_failures_are_named_and_the_others_counted",
            "test_a_target_that_waits_after_a_failure_is_one",
            "test_rules_that_want_different_values_are_a_failure_that_names_them",
            "test_a_long_run_says_how_far_it_is",
        ),
    ),
    Promise(
        "The scheduler's own verified token is stored bare, by its audience's rules alone, if enough of it is left.",
        "docs/sync.md, The trigger",
        by(
            "flows/test_trigger.py",
            "test_a_rule_may_store_the_schedulers_own_token_bare",
            "test_of_several_audiences_only_the_rules_of_the_tokens_own_are_carried_out",
            "test_a_token_that_ends_too_soon_is_not_stored",
        ),
    ),
    Promise(
        "A token without its signature proves nothing, but to a trigger that the scheduler alone may call.",
        "docs/sync.md, On Cloud Run",
        by(
            "flows/test_trigger.py",
            "test_behind_cloud_run_the_platforms_token_stands_beside_the_schedulers",
            "test_where_cloud_run_lets_in_the_scheduler_alone_its_check_starts_a_run",
            "test_cloud_runs_check_is_believed_on_cloud_run_only_and_by_the_trigger_only",
            "test_a_token_that_cloud_run_did_not_look_at_starts_nothing_beside_one_that_it_did",
        ),
    ),
    Promise(
        "A gateway renews by itself: at its start and at its times, once for all that was missed, whatever fails.",
        "docs/sync.md, The built-in scheduler",
        by(
            "sync/test_schedule.py",
            "test_the_first_run_is_at_the_start_and_then_one_comes_every_so_many_seconds",
            "test_a_cron_schedule_is_kept_and_the_first_run_is_at_the_start_all_the_same",
            "test_what_was_missed_during_a_long_run_is_made_up_for_once",
            "test_what_was_missed_while_the_machine_slept_is_made_up_for_once",
            "test_a_clock_that_was_set_back_makes_nobody_wait_for_longer_than_one_time",
            "test_a_run_that_fails_ends_no_schedule",
            "test_the_longest_wait_of_a_schedule_is_found_wherever_it_is",
            "test_the_next_time_is_after_now_never_now",
        )
        + by(
            "flows/test_scheduled.py",
            "test_an_outage_ends_no_schedule_and_leaves_no_expired_token",
            "test_a_looker_that_is_gone_at_the_start_keeps_no_gateway_from_starting",
            "test_a_scheduler_with_nothing_to_do_is_refused_with_one_error",
            "test_a_schedule_that_leaves_longer_waits_than_margins_are_kept_for_is_a_mistake",
        ),
    ),
    Promise(
        "Of several gateways on one store, SQLite or Postgres, each due renewal is made by exactly one.",
        "docs/sync.md, The built-in scheduler",
        by(
            "flows/test_scheduled.py",
            "test_two_gateways_on_one_store_make_each_due_renewal_once",
            "test_when_one_of_two_gateways_is_gone_the_other_does_all",
            "test_two_processes_that_start_at_once_store_each_token_once_and_log_out",
        ),
    ),
    Promise(
        "The page of metrics and the log tell when the last run was, how it went, and what is about to end.",
        "docs/sync.md, What to alert on",
        by(
            "flows/test_scheduled.py",
            "test_the_page_of_metrics_tells_what_an_admin_alerts_on",
            "test_another_process_tells_the_same_of_the_tokens",
            "test_a_failed_run_is_one_line_at_level_error_with_its_codes",
        ),
    ),
    Promise(
        "Jobs of the known updater find its routes, where the settings say so; what sync rules own is left to them.",
        "docs/sync.md, Coming from the known updater",
        by(
            "flows/test_known_updater.py",
            "test_the_routes_are_not_there_unless_the_settings_say_so",
            "test_the_schedulers_own_token_is_stored_as_the_known_updater_would",
            "test_every_target_that_the_known_updater_has_is_written_and_cleared",
            "test_nothing_is_written_where_a_sync_rule_writes",
            "test_the_attribute_that_carries_handles_is_never_written",
            "test_an_attribute_that_was_made_anew_is_found_under_its_new_id",
            "test_a_token_that_is_about_to_end_is_not_put_over_a_fresh_one",
            "test_only_tokens_of_listed_accounts_for_listed_services_are_stored",
            "test_the_audience_that_starts_runs_is_no_services",
            "test_a_body_that_sends_a_value_with_its_token_or_the_token_itself_is_refused",
            "test_each_write_counts_among_the_months_calls",
            "test_the_routes_need_no_sync_rule_and_no_action",
        ),
    ),
    Promise(
        "None of the known updater's defects comes back, in its routes or in renewals.",
        "a predecessor's defect: each one that the updater has, by its name",
        by(
            "contract/test_predecessor_updater.py",
            "test_authorization_compared_with_lower_case_names_so_identity_token_always_fails",
            "test_writes_before_it_checks_the_allow_list",
            "test_an_instance_that_the_environments_allow_list_does_not_name_is_never_called",
            "test_no_authentication_on_any_route",
            "test_every_failure_is_http_200_so_the_scheduler_never_retries",
            "test_what_looker_refuses_is_http_200",
            "test_delete_of_a_default_value_does_nothing_and_reports_success",
            "test_a_group_is_found_by_like_and_the_first_hit_is_taken",
            "test_a_callers_base_url_with_credentials_is_fetched_and_its_error_body_returned",
            "test_each_call_leaves_a_live_admin_token_behind",
            "test_four_or_five_api_calls_per_write",
            "test_the_health_route_is_404",
            "test_binds_127_0_0_1_by_default_where_nobody_can_reach_it",
            "test_host_and_port_of_the_known_updater_count_where_its_routes_are",
            "test_stores_bearer_or_basic_with_its_prefix",
            "test_a_validation_error_echoes_the_secret",
            "test_hourly_renewal_of_one_hour_tokens_leaves_a_gap_every_hour",
            "test_a_missed_run_leaves_an_hour_without_a_token",
        ),
    ),
)
