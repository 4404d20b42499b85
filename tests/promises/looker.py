"""The gateway's own calls to Looker: addresses, sessions, directory, handles."""

from __future__ import annotations

from promises import Promise, by

PROMISES = (
    Promise(
        "The gateway calls only the host that its settings name, and follows no redirect.",
        "SECURITY.md, rule 6; a predecessor's defect: a caller's base URL was fetched",
        by(
            "looker/test_client.py",
            "test_a_redirect_is_never_followed",
            "test_an_id_cannot_reach_another_operation",
        ),
    ),
    Promise(
        "The resolved address is checked before it is dialled: metadata and link-local never, private only "
        "when the settings say so.",
        "SECURITY.md, rule 6; a predecessor's defect: an open relay to 169.254.169.254",
        by(
            "net/test_address.py",
            "test_a_metadata_or_link_local_address_is_never_dialled",
            "test_a_private_address_is_dialled_only_when_the_settings_say_so",
            "test_a_public_address_is_dialled",
            "test_only_this_machine_is_this_machine",
            "test_one_bad_address_among_good_ones_refuses_the_name",
            "test_a_name_that_leads_to_this_machine_is_called_only_when_the_settings_allow_it",
            "test_an_address_in_disguise_is_not_called",
        ),
    ),
    Promise(
        "One session with Looker serves all calls, is renewed in time, and is logged out at the end.",
        "a predecessor's defect: each call left a live admin token behind",
        by(
            "looker/test_client.py",
            "test_one_login_serves_many_calls_made_at_once",
            "test_as_many_calls_are_in_flight_as_the_settings_may_ask_for",
            "test_closing_logs_out_so_that_no_live_token_stays_behind",
            "test_closing_a_client_that_never_called_calls_nothing",
            "test_a_token_is_no_longer_used_in_its_last_minute",
            "test_a_session_that_looker_has_forgotten_is_renewed_once",
            "test_a_second_401_is_an_error_and_not_a_loop",
        ),
    ),
    Promise(
        "No credential of the service user stands in a URL or an error.",
        "SECURITY.md, rule 3",
        by(
            "looker/test_client.py",
            "test_no_credential_ever_stands_in_a_url",
            "test_a_refused_login_says_so_and_is_not_repeated_with_every_request",
        ),
    ),
    Promise(
        "Whatever Looker answers, or does not, becomes a clear error with a fix, and nothing is sent twice.",
        "SECURITY.md, rule 7",
        by(
            "looker/test_client.py",
            "test_an_error_is_told_with_a_fix_and_nothing_is_sent_twice",
            "test_an_answer_that_is_not_json_is_unavailable",
            "test_a_login_answer_of_another_form_is_unavailable",
            "test_looker_that_does_not_answer_in_time_is_unavailable",
            "test_looker_that_hangs_up_is_unavailable",
            "test_looker_that_is_not_there_is_unavailable",
            "test_bytes_that_are_no_text_are_unavailable_and_not_a_failure_inside",
            "test_a_session_token_that_does_not_fit_a_header_is_unavailable",
            "test_a_long_list_is_read_to_its_end",
        )
        + by(
            "looker/test_directory.py",
            "test_wrong_api_credentials_do_not_look_like_a_missing_user",
        ),
    ),
    Promise(
        "A caller's groups cost few API calls: one question for many requests, names once for many users.",
        "docs/quickstart.md, With a real instance",
        by(
            "looker/test_directory.py",
            "test_many_requests_of_one_user_share_one_question",
            "test_names_are_asked_for_once_for_many_users",
            "test_a_group_that_has_gone_is_not_looked_for_with_every_call",
        ),
    ),
    Promise(
        "A user of whom Looker tells too little, or another than the one asked for, is not let in.",
        "SECURITY.md, rule 9",
        by(
            "looker/test_directory.py",
            "test_a_public_subset_of_a_user_is_not_enough_to_let_them_in",
            "test_another_user_than_the_one_asked_for_is_not_let_in",
        ),
    ),
    Promise(
        "A handle is random, goes to Looker, and only its hash stays here; a new one ends the old ones.",
        "docs/concepts.md, Handle; SECURITY.md, rule 8",
        by(
            "looker/test_handles.py",
            "test_the_value_goes_to_looker_and_only_its_hash_stays_here",
            "test_a_new_handle_ends_the_old_ones_once_it_is_in_looker",
            "test_when_looker_refuses_the_value_the_old_handle_lives_on_alone",
            "test_when_nobody_knows_whether_looker_took_the_value_both_are_accepted_until_the_next_issue",
        )
        + by(
            "store/test_sqlite.py",
            "test_no_handle_is_ever_in_the_file_only_its_digest",
        ),
    ),
    Promise(
        "A revoked handle ends here at once, even when Looker does not answer.",
        "docs/concepts.md, Handle",
        by(
            "looker/test_handles.py",
            "test_a_revoked_handle_ends_here_even_when_looker_does_not_answer",
            "test_revoking_clears_the_value_and_may_be_repeated",
        ),
    ),
    Promise(
        "Handles go only into an attribute that keeps them: hidden, unseen, not editable, with an "
        "allow-list of its own.",
        "docs/quickstart.md, A Looker to try it on; SECURITY.md, Who attacks",
        by(
            "looker/test_handles.py",
            "test_an_attribute_that_would_not_keep_the_secret_is_refused_with_the_fix",
            "test_an_attribute_that_keeps_the_secret_is_found_by_its_exact_name",
        )
        + by(
            "cli/test_handles.py",
            "test_an_unsafe_attribute_is_refused_before_anything_is_written",
        ),
    ),
    Promise(
        "Users and groups are found by exact id and name; nobody else gets a handle by a pattern.",
        'a predecessor\'s defect: "%" wrote to All Users',
        by(
            "looker/test_handles.py",
            "test_a_group_is_found_by_its_exact_name_and_never_by_pattern",
            "test_an_unknown_user_is_an_error_and_not_an_empty_list",
        ),
    ),
    Promise(
        "Handles are issued for everyone, one group or one user, shown, revoked, and never printed.",
        "lookgate handles issue --help; docs/quickstart.md, Handles, and a call",
        by(
            "cli/test_handles.py",
            "test_everyone_enabled_gets_a_handle_and_no_session_stays_behind",
            "test_one_user_or_the_members_of_one_group_get_a_handle",
            "test_a_revoked_handle_is_gone_on_both_sides",
            "test_one_failure_is_told_and_does_not_keep_the_others_from_it",
            "test_whose_handles_are_meant_is_said_exactly_once",
            "test_without_an_instance_the_fix_is_named",
        ),
    ),
    Promise(
        "What rules ask of Looker costs few calls, and groups and roles none beyond who the user is.",
        "docs/quickstart.md, With a real instance",
        by(
            "looker/test_directory_facts.py",
            "test_a_policy_of_groups_and_roles_costs_no_call_beyond_who_the_user_is",
            "test_models_and_permissions_cost_no_call_of_their_own",
            "test_what_roles_give_is_not_even_fetched_unless_some_policy_needs_it",
            "test_all_attributes_of_all_policies_cost_one_call_per_user_and_one_for_the_definitions",
            "test_the_facts_are_what_looker_says",
        ),
    ),
    Promise(
        "A fact is no older than the age limit, is never made of half an answer, and is looked up for "
        "proven users only.",
        "docs/concepts.md, Policy; SECURITY.md, rule 9",
        by(
            "looker/test_directory_facts.py",
            "test_a_change_is_seen_once_the_age_limit_is_over_and_not_before",
            "test_nothing_is_looked_up_for_anybody_but_an_enabled_proven_user_of_this_instance",
            "test_a_role_that_gives_everything_and_one_that_gives_nothing_are_told_apart",
            "test_an_answer_that_lacks_what_it_must_say_is_an_error_and_never_a_fact",
            "test_an_attribute_whose_id_is_a_path_reaches_no_other_operation",
            "test_when_looker_fails_nothing_old_is_used_and_the_failure_is_not_remembered",
            "test_an_address_names_one_user_and_is_never_a_pattern",
        ),
    ),
    Promise(
        "What Looker answered is remembered up to the age limit, for so many users at most; a failure never is.",
        "docs/policies.md, What is not known denies",
        by(
            "looker/test_aged.py",
            "test_an_answer_is_kept_until_the_age_limit_and_one_question_serves_all_who_wait",
            "test_a_failure_is_told_to_all_who_wait_and_is_not_kept",
            "test_an_age_limit_of_nothing_keeps_nothing",
            "test_of_too_many_the_oldest_answer_is_forgotten_first",
        ),
    ),
)
