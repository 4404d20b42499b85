"""From names in settings to tokens in Looker."""

from __future__ import annotations

from promises import Promise, by

PROMISES = (
    Promise(
        "A rule stores its source's token where it says: default, group, user, every user of a group.",
        "docs/keep-tokens-fresh.md, A rule",
        by(
            "flows/test_sync.py",
            "test_a_token_of_googles_is_stored_where_five_lines_say",
            "test_users_and_groups_are_named_by_id_and_by_external_id_as_well",
            "test_an_attribute_is_named_by_its_id",
            "test_a_token_may_be_made_for_another_account",
            "test_the_metadata_servers_own_token_is_stored_bare",
            "test_a_static_secret_is_stored_once_and_again_when_it_changes",
            "test_without_rules_there_is_nothing_to_run",
        )
        + by(
            "looker/test_values.py",
            "test_each_kind_of_value_has_an_operation_of_its_own",
            "test_a_value_is_written_bare_with_one_call",
            "test_an_id_that_is_none_reaches_no_other_operation",
        ),
    ),
    Promise(
        "A renewal in steady state costs exactly one API call; logins are shared; no live session is left behind.",
        "docs/keep-tokens-fresh.md, What it costs",
        by(
            "flows/test_sync.py",
            "test_a_renewal_costs_one_call_once_the_names_are_known",
            "test_a_process_that_goes_on_logs_in_once_an_hour_and_not_for_each_renewal",
            "test_no_live_session_of_the_api_user_is_left_behind",
        )
        + by(
            "looker/test_targets.py",
            "test_what_was_found_is_kept_and_looker_is_not_asked_again",
            "test_a_thousand_rules_ask_for_attributes_and_groups_once",
            "test_members_are_read_again_after_an_hour_and_never_a_disabled_one",
        )
        + by("looker/test_values.py", "test_a_session_that_looker_forgot_is_renewed_once_and_then_refused"),
    ),
    Promise(
        "What is gone in Looker is found again under its new id, or told; members who left are renewed no more.",
        "docs/keep-tokens-fresh.md, When something is gone",
        by(
            "flows/test_sync.py",
            "test_a_user_who_is_gone_is_found_again_or_told",
            "test_an_attribute_that_was_made_anew_is_found_under_its_new_id",
            "test_members_who_leave_a_group_are_renewed_no_more",
        ),
    ),
    Promise(
        "A rule that leads nowhere, to an ambiguous name or to a place that keeps no secret is refused at the plan.",
        "docs/keep-tokens-fresh.md, A rule",
        by(
            "flows/test_sync.py",
            "test_a_rule_that_leads_nowhere_is_refused_with_its_fix_and_nothing_is_written",
            "test_all_rules_that_lead_nowhere_are_told_at_once_and_the_others_are_carried_out",
            "test_a_token_for_a_service_that_its_attribute_is_not_sent_to_is_written_when_the_rule_says_where",
        )
        + by(
            "looker/test_targets.py",
            "test_two_groups_of_one_name_are_told_apart_by_their_ids",
            "test_a_name_is_compared_exactly_and_the_nearest_one_is_offered",
            "test_a_token_is_stored_where_looker_sends_it_to_its_service_and_nowhere_else",
            "test_when_looker_does_not_answer_nobody_can_say_and_nothing_is_kept",
        ),
    ),
    Promise(
        "404 and 403 are permanent and told once; 429 and 5xx are tried again, never before the time Looker asks for.",
        "docs/sync.md, When something fails",
        by(
            "flows/test_sync.py",
            "test_what_looker_refuses_for_good_is_not_tried_again_at_the_next_tick",
            "test_looker_is_left_alone_for_as_long_as_it_asks",
            "test_an_account_that_we_may_not_act_as_is_told_once_with_the_role_that_is_missing",
        )
        + by(
            "looker/test_values.py",
            "test_what_needs_somebody_is_refused_for_good_without_the_value",
            "test_what_may_pass_is_tried_again",
            "test_how_long_looker_asks_to_be_left_alone_is_read",
        ),
    ),
)
