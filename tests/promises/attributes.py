"""User attributes as code: made from the settings, as narrow as the service, and never half."""

from __future__ import annotations

from promises import Promise, by

PROMISES = (
    Promise(
        "The attributes that sync rules and handles need are made from the settings: hidden, out of the users' reach.",
        "docs/attributes.md, The difference",
        by(
            "looker/test_attributes_plan.py",
            "test_an_attribute_that_is_missing_is_created_hidden_out_of_reach_and_for_its_service_only",
            "test_a_label_that_is_taken_is_not_asked_for",
            "test_two_new_attributes_do_not_ask_for_one_label",
        )
        + by(
            "flows/test_attributes.py",
            "test_what_the_plan_of_a_rule_asks_for_is_made_and_its_token_reaches_the_service_and_no_other",
            "test_handles_are_issued_into_the_attribute_that_was_made_for_them",
        ),
    ),
    Promise(
        "An allow-list is as narrow as the service; nothing that could be read as a pattern gets onto it.",
        "docs/attributes.md, What goes on the list",
        by(
            "looker/test_allow_list.py",
            "test_a_service_is_allowed_with_all_below_it_and_nothing_beside_it",
            "test_no_url_becomes_a_pattern_or_two_entries",
            "test_an_entry_covers_what_it_says_and_no_more",
            "test_what_goes_beyond_the_service_is_named",
            "test_an_empty_list_has_no_entries",
        )
        + by(
            "settings/test_wanted_attributes.py",
            "test_a_token_may_be_sent_to_its_service_only",
            "test_two_services_of_one_attribute_are_both_on_its_list_in_order",
            "test_one_unknown_service_leaves_the_whole_list_open_and_the_rule_is_named",
            "test_an_extensions_attribute_has_its_scoped_name",
            "test_handles_may_be_sent_to_the_gateway_only",
            "test_handles_are_wanted_once_the_gateways_url_is_known_or_the_settings_name_them",
            "test_handles_and_a_rule_never_share_an_attribute",
            "test_a_domain_that_is_no_url_of_a_service_is_refused_with_its_line",
        )
        + by(
            "looker/test_attributes_plan.py",
            "test_without_a_known_service_nothing_gets_an_allow_list",
            "test_an_attribute_named_twice_by_name_and_by_id_gets_the_services_of_both",
            "test_handles_and_tokens_never_share_an_attribute_because_one_is_named_by_its_id",
        ),
    ),
    Promise(
        "The difference is shown first, with what Looker will not let one change later; nothing else is touched.",
        "docs/attributes.md, The difference",
        by(
            "looker/test_attributes_plan.py",
            "test_an_attribute_that_is_as_it_should_be_is_left_alone",
            "test_only_what_differs_is_changed_and_what_follows_is_said",
            "test_by_its_id_an_attribute_is_only_checked",
        )
        + by(
            "cli/test_attributes.py",
            "test_the_plan_shows_each_difference_changes_nothing_and_makes_no_store",
            "test_a_pipeline_learns_of_a_difference_by_the_exit_code",
            "test_a_program_reads_the_plan_as_json",
            "test_a_person_is_asked_and_only_yes_is_a_yes",
            "test_where_nobody_can_be_asked_nothing_is_changed",
            "test_names_in_looker_cannot_steer_the_terminal",
            "test_the_gateways_url_is_that_of_the_handles",
            "test_without_anything_to_make_it_says_what_to_write",
            "test_help_imports_no_client",
        ),
    ),
    Promise(
        "What no call can mend is told with what is lost by making it anew, and then nothing is changed.",
        "docs/attributes.md, What Looker lets nobody change",
        by(
            "looker/test_attributes_plan.py",
            "test_what_no_call_can_mend_is_told_with_what_to_do_instead",
            "test_what_must_be_made_anew_is_told_with_what_is_lost",
            "test_a_list_that_is_wider_than_the_service_is_told_because_it_cannot_be_narrowed",
            "test_a_wildcard_that_covers_the_service_is_no_reason_to_make_the_attribute_anew",
        )
        + by("looker/test_attributes.py", "test_a_plan_with_something_impossible_is_not_begun")
        + by("cli/test_attributes.py", "test_when_one_cannot_be_done_none_is"),
    ),
    Promise(
        "One call to read and one for each change, audited; a failure midway says what was done, and a rerun finishes.",
        "docs/attributes.md, When it stops midway",
        by(
            "looker/test_attributes.py",
            "test_everything_is_one_call_to_read_and_one_for_each_change",
            "test_each_step_is_in_the_audit_log_before_and_after_it",
            "test_a_failure_midway_says_what_was_done_and_what_was_not",
            "test_looker_is_not_believed_when_its_answer_shows_another_attribute",
            "test_when_looker_goes_away_the_change_may_have_been_done",
        )
        + by(
            "cli/test_attributes.py",
            "test_it_is_applied_once_told_and_in_the_audit_log_and_a_second_time_there_is_nothing_to_do",
            "test_a_failure_midway_is_told_and_the_next_run_finishes",
            "test_an_unreachable_looker_is_one_error_and_changes_nothing",
        ),
    ),
)
