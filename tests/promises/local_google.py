"""lookgate google: the local Google identity service."""

from __future__ import annotations

from promises import Promise, by

_HERE = "emulator/google/test_"
_PAGE = "docs/local-google.md"
_FIDELITY = "docs/fidelity/google.md, Known and done"

PROMISES = (
    Promise(
        "The metadata server answers to the flavour header alone, in bare text, and to nothing that came by a proxy.",
        _FIDELITY,
        by(
            f"{_HERE}metadata.py",
            "test_without_the_flavour_header_there_is_no_answer",
            "test_what_came_through_a_proxy_gets_nothing",
            "test_every_answer_says_that_it_is_google_even_a_refusal",
            "test_values_are_bare_text",
            "test_an_account_is_told_as_json_when_asked_recursively",
            "test_an_identity_without_an_audience_is_a_400",
            "test_an_unknown_format_is_a_400",
            "test_an_instance_has_its_own_account_and_no_other",
            "test_without_an_enabled_account_there_is_no_token",
            "test_a_browser_at_the_root_is_shown_the_way_and_a_client_finds_a_metadata_server",
        ),
    ),
    Promise(
        "Identity tokens are Google's to the claim, in both formats.",
        _FIDELITY,
        by(
            f"{_HERE}metadata.py",
            "test_a_standard_identity_names_no_address_and_no_instance",
            "test_a_full_identity_names_address_and_instance_and_licences_only_when_asked",
        )
        + by(f"{_HERE}certs.py", "test_a_token_of_an_issuer_at_this_address_says_so"),
    ),
    Promise(
        "The metadata server keeps tokens until the last twelfth of their life.",
        f"{_PAGE}, Tokens on an instance",
        by(
            f"{_HERE}metadata.py",
            "test_an_identity_comes_from_the_cache_until_five_minutes_of_its_hour_are_left",
            "test_with_shorter_lives_the_cache_is_shorter_too_and_it_can_be_switched_off",
            "test_a_clock_that_is_set_back_does_not_keep_a_token_of_the_future",
            "test_what_a_withdrawn_key_signed_is_not_given_again_but_what_a_rotated_one_signed_is",
            "test_an_access_token_tells_the_life_it_has_left",
        ),
    ),
    Promise(
        "IAM Credentials makes tokens for those alone who have the role, step by step, and refuses in Google's words.",
        _FIDELITY,
        by(
            f"{_HERE}iam.py",
            "test_one_account_gets_an_id_token_of_another_that_lets_it",
            "test_the_address_stands_in_it_only_when_asked_for",
            "test_without_the_role_it_is_denied_with_the_permission_even_on_oneself",
            "test_the_role_for_id_tokens_gives_no_access_tokens_and_no_signatures",
            "test_to_act_as_an_account_is_no_right_to_make_its_tokens",
            "test_an_account_that_is_not_there_or_disabled_is_not_found",
            "test_without_a_live_access_token_nobody_is_known",
            "test_an_access_token_ends_with_its_life_and_needs_the_scope",
            "test_a_body_that_does_not_fit_is_an_invalid_argument",
            "test_an_access_token_lives_an_hour_at_most",
            "test_an_access_token_of_another_account_acts_as_it",
            "test_each_step_of_a_chain_of_delegates_needs_the_role",
            "test_there_is_no_other_method_and_no_other_project",
        ),
    ),
    Promise(
        "Keys are published as a set and as certificates, rotate with an overlap, and can be withdrawn.",
        f"{_FIDELITY}; RFC 7517; {_PAGE}, A bad day",
        by(
            f"{_HERE}certs.py",
            "test_tokens_verify_with_what_is_published_as_a_key_set_and_as_certificates",
            "test_answers_may_be_kept_for_as_long_as_the_world_says",
            "test_after_a_rotation_old_and_new_tokens_verify_and_after_two_the_oldest_no_more",
            "test_after_a_withdrawal_no_earlier_token_verifies",
            "test_an_empty_and_a_stale_key_set_lack_the_newest_key",
            "test_the_configuration_names_the_issuer_and_the_keys",
        ),
    ),
    Promise(
        "An account's own key is exchanged for tokens, and nothing else is.",
        f"{_FIDELITY}; RFC 7523, section 2.1",
        by(
            f"{_HERE}tokens.py",
            "test_an_accounts_key_gets_an_id_token_that_names_its_address",
            "test_an_accounts_key_gets_an_access_token_for_a_scope",
            "test_an_assertion_that_does_not_hold_gets_no_token",
            "test_a_signature_by_another_key_or_none_gets_no_token",
            "test_another_grant_is_not_supported",
        ),
    ),
    Promise(
        "The generic provider gives tokens for client credentials as the standard says, and refuses as it says.",
        f"{_PAGE}, Any other provider; RFC 6749, section 4.4; RFC 9068",
        by(
            f"{_HERE}tokens.py",
            "test_a_client_authenticates_by_header_or_in_the_body",
            "test_a_wrong_request_is_refused_as_the_standard_says",
            "test_a_body_that_is_no_form_or_says_things_twice_is_refused",
            "test_a_client_with_an_audience_gets_signed_tokens_for_it",
            "test_a_secret_that_the_world_leaves_out_is_drawn",
        ),
    ),
    Promise(
        "Jobs call at their times with a fresh token, and are retried as Cloud Scheduler retries.",
        f"{_PAGE}, Scheduler",
        by(
            f"{_HERE}scheduler.py",
            "test_a_job_calls_at_its_time_and_not_before_and_once",
            "test_a_call_carries_a_fresh_token_and_the_headers_of_cloud_scheduler",
            "test_the_audience_may_be_another_and_a_job_without_an_account_sends_no_token",
            "test_whatever_is_not_a_success_is_retried_and_a_success_ends_it",
            "test_every_retry_has_a_token_of_its_own_age",
            "test_without_retries_a_failure_waits_for_the_next_time",
            "test_retries_end_with_their_number_and_the_next_time_comes_as_ever",
            "test_a_duration_alone_limits_retries_by_time",
            "test_a_time_that_comes_while_the_last_is_still_retried_is_skipped",
            "test_waits_double_then_grow_evenly_then_stay",
            "test_every_so_many_seconds_is_there_for_shortened_lives",
            "test_a_job_runs_now_when_told_to",
            "test_a_job_that_takes_long_holds_up_no_other_and_is_not_started_again",
        )
        + by("cli/test_google.py", "test_its_scheduler_calls_by_itself_and_again_after_a_failure"),
    ),
    Promise(
        "Schedules are unix-cron, in a time zone, across the change of clocks.",
        _FIDELITY,
        by(
            f"{_HERE}cron.py",
            "test_a_schedule_names_the_next_minute_it_fires_in",
            "test_what_is_no_schedule_is_refused",
            "test_a_day_that_never_comes_is_refused",
            "test_a_time_zone_that_is_none_is_refused",
        )
        + by(f"{_HERE}scheduler.py", "test_a_schedule_is_read_in_its_time_zone_across_the_change_of_clocks"),
    ),
    Promise(
        "Each fault does what its name says and touches nothing else; one that makes no sense is refused.",
        f"{_PAGE}, A bad day",
        by(
            f"{_HERE}faults.py",
            "test_iam_fails_in_googles_words_and_nothing_else_does",
            "test_metadata_and_certificates_go_down_on_their_own",
            "test_what_is_slow_waits_for_its_seconds_and_then_answers",
            "test_the_token_endpoints_fail_as_json",
            "test_a_clock_that_is_off_shows_in_every_token",
            "test_a_rate_says_how_often_a_fault_comes",
            "test_a_fault_that_makes_no_sense_is_refused_and_nothing_is_set",
            "test_all_faults_go_off_at_once",
        )
        + by(
            f"{_HERE}scheduler.py",
            "test_a_missed_time_is_missed_and_counted_and_a_doubled_one_comes_twice",
        )
        + by(
            "emulator/test_app.py",
            "test_a_fault_that_is_switched_on_meets_the_api_until_it_is_switched_off",
        ),
    ),
    Promise(
        "A page has a box for each fault and buttons for keys and jobs, without scripts.",
        f"{_PAGE}, Start it",
        by(
            f"{_HERE}page.py",
            "test_a_ticked_box_is_a_fault_and_an_unticked_one_is_none",
            "test_a_rate_set_elsewhere_stays_with_its_box",
            "test_buttons_rotate_withdraw_and_run",
            "test_what_makes_no_sense_changes_nothing_and_says_so",
            "test_the_page_loads_its_own_style_and_nothing_else",
        )
        + by(
            "browser/test_local_google_page.py",
            "test_one_ticks_a_fault_rotates_a_key_and_runs_a_job_on_a_phone_without_scripts",
            "test_the_page_fits_a_phone_and_boxes_are_reached_with_the_keyboard",
        ),
    ),
    Promise(
        "Other hosts, other origins and other sites' forms get nothing; no answer is a 500; the state tells no secret.",
        f"{_PAGE}, A bad day",
        by(
            f"{_HERE}app.py",
            "test_a_request_for_another_host_gets_nothing",
            "test_a_page_of_another_origin_gets_nothing_and_cannot_switch_faults",
            "test_the_state_tells_no_secret",
            "test_bytes_of_any_kind_are_answered_and_never_a_500",
        )
        + by(f"{_HERE}page.py", "test_a_page_of_another_origin_cannot_press_a_button"),
    ),
    Promise(
        "Google's own library fetches, impersonates, exchanges and verifies with it.",
        "docs/fidelity/google.md",
        by(
            f"{_HERE}official_client.py",
            "test_on_an_instance_it_fetches_id_tokens_and_verifies_them_with_either_form_of_the_keys",
            "test_it_does_not_verify_what_a_withdrawn_key_signed",
            "test_it_impersonates_another_account",
            "test_its_call_for_the_id_token_of_another_account_is_understood",
            "test_a_refusal_reaches_its_user_in_googles_words",
            "test_it_exchanges_an_accounts_key_for_id_and_access_tokens",
        ),
    ),
    Promise(
        "Google's command line prints identities and impersonates with it, where it is installed.",
        f"{_PAGE}, Tokens for another account",
        by(
            f"{_HERE}gcloud.py",
            "test_it_prints_the_identity_of_the_instance",
            "test_it_impersonates_whom_it_may",
        ),
    ),
    Promise(
        "The gateway's verifier takes its tokens for Google's, and stands its bad days.",
        "docs/fidelity/google.md; docs/verifiers.md",
        by(
            "flows/test_google_tokens.py",
            "test_a_token_of_the_metadata_server_of_iam_and_of_the_scheduler_proves_its_account",
            "test_a_token_that_names_no_address_or_another_audience_proves_nothing",
            "test_a_new_key_is_found_when_it_is_first_used_and_the_old_one_still_holds",
            "test_what_a_withdrawn_key_signed_is_refused_once_its_absence_was_seen",
            "test_while_the_keys_are_down_known_ones_serve_for_a_while_and_then_nothing_is_verified",
            "test_a_key_set_without_the_key_lets_nobody_in",
            "test_a_clock_that_is_off_is_forgiven_half_a_minute_and_no_more",
        ),
    ),
    Promise(
        "It runs alone or beside a local Looker, says where it is, and ends quietly; mistakes are told at the start.",
        f"{_PAGE}, Start it; docs/local-looker.md, Options; lookgate google --help",
        by(
            "cli/test_google.py",
            "test_it_starts_gives_tokens_and_ends_quietly",
            "test_beside_a_local_looker_both_answer_and_one_ready_file_tells_of_both",
            "test_an_option_that_makes_no_sense_is_refused_with_a_sentence",
            "test_a_busy_port_is_named_with_the_option_that_changes_it",
            "test_a_world_that_does_not_hold_together_is_told_at_once",
        )
        + by(f"{_HERE}app.py", "test_a_world_tells_all_its_mistakes_at_once")
        + by(f"{_HERE}scheduler.py", "test_a_job_that_makes_no_sense_is_told"),
    ),
)
