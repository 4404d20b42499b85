"""Why a call was allowed or denied: what admins read and callers do not."""

from __future__ import annotations

from promises import Promise, by

PROMISES = (
    Promise(
        "A denial is told twice: in short to the caller, in full to whoever reads the audit log.",
        "SECURITY.md, Who attacks; SECURITY.md, rule 10",
        by(
            "actions/test_ask.py",
            "test_the_caller_is_told_what_the_rule_asks_for_and_the_admin_what_it_looked_at_and_where_it_stands",
            "test_an_attributes_values_are_for_the_admin_only",
            "test_an_outsider_learns_nothing_of_the_policy",
            "test_the_full_reason_is_what_the_audit_log_keeps_and_no_fact_is_stored_with_an_allowed_call",
        ),
    ),
    Promise(
        "Facts let in whom the policy means; without them nobody is let in.",
        "docs/concepts.md, Policy; SECURITY.md, rule 1",
        by(
            "actions/test_ask.py",
            "test_facts_let_in_whom_the_policy_means_and_without_them_nobody_is_let_in",
        ),
    ),
    Promise(
        "A policy that holds something else than rules stops the start.",
        "SECURITY.md, rule 2",
        by(
            "actions/test_ask.py",
            "test_a_list_that_holds_something_else_than_rules_stops_the_start",
        ),
    ),
    Promise(
        "lookgate explain shows every rule with what it looked at, the one that decided, and the fix, and "
        "writes nothing.",
        "docs/policies.md, See a decision before anybody clicks",
        by(
            "cli/test_explain.py",
            "test_every_rule_is_shown_with_what_it_looked_at",
            "test_a_denial_says_the_rule_and_the_fix_and_has_an_exit_code_of_its_own",
            "test_what_if_the_caller_were_known_less_strongly",
            "test_the_whole_tree_is_there_as_json",
            "test_a_service_is_explained_by_the_settings_alone",
            "test_a_question_that_cannot_be_answered_is_one_clear_error",
            "test_a_terminal_without_the_signs_gets_plain_ones",
            "test_explaining_writes_nothing_and_leaves_no_session",
            "test_without_an_instance_the_fix_is_named",
        ),
    ),
    Promise(
        "lookgate whoami says what a credential proves, and never shows it.",
        "docs/policies.md; SECURITY.md, rule 3",
        by(
            "cli/test_whoami.py",
            "test_a_handle_proves_its_user_with_groups_and_roles_of_now",
            "test_an_api_key_proves_a_service_and_no_person",
            "test_a_refusal_names_the_rule_and_the_fix_and_never_shows_the_credential",
            "test_a_credential_on_the_command_line_is_refused_and_not_repeated",
            "test_asking_makes_no_store",
        ),
    ),
    Promise(
        "Rules about roles and attributes decide as Looker's own data says, within the age limit, for the "
        "calls that are told.",
        "docs/policies.md, The rules",
        by(
            "flows/test_policies.py",
            "test_what_an_admin_changes_in_looker_decides_once_the_age_limit_is_over",
            "test_what_a_role_gives_counts_by_its_sets_as_they_are_now",
            "test_an_attribute_that_proves_nothing_lets_nobody_in_and_the_audit_log_says_why",
            "test_a_policy_costs_looker_the_calls_that_the_docs_say_and_a_second_call_none",
            "test_a_service_is_refused_by_every_rule_about_users_and_costs_looker_nothing",
            "test_when_looker_does_not_answer_a_policy_that_must_ask_refuses",
        ),
    ),
)
