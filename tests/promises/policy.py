"""Who may: small rules that compose."""

from __future__ import annotations

from promises import Promise, by

PROMISES = (
    Promise(
        "An empty list of policies denies everyone; public must be written out.",
        "docs/concepts.md, Policy; SECURITY.md, rule 2",
        by(
            "core/test_policy.py",
            "test_an_empty_list_denies_everyone",
            "test_public_lets_everyone_in",
        )
        + by(
            "actions/test_run.py",
            "test_an_action_that_lost_its_policy_denies_everyone",
        ),
    ),
    Promise(
        "A policy can ask for a level of assurance, and a level includes the higher ones.",
        "docs/concepts.md, Assurance",
        by(
            "core/test_policy.py",
            "test_a_level_includes_the_higher_ones_and_excludes_the_lower_ones",
            "test_a_denied_level_says_which_one_was_asked_for_and_which_one_was_there",
        ),
    ),
    Promise(
        "Groups, roles and scopes are compared exactly, never by pattern.",
        "docs/concepts.md, Policy; a predecessor's defect: a group was found by LIKE",
        by(
            "core/test_policy.py",
            "test_a_group_is_compared_exactly",
            "test_one_of_several_groups_is_enough",
            "test_a_role_and_a_scope_are_compared_exactly",
            "test_a_rule_about_nobody_cannot_be_written",
        ),
    ),
    Promise(
        "Policies compose, decide and speak: each denial says which rule refused.",
        "docs/concepts.md, Policy",
        by(
            "core/test_policy.py",
            "test_all_of_gives_the_first_denial",
            "test_any_of_gives_the_first_denial_when_none_allows",
            "test_not_turns_a_rule_round",
            "test_every_composition_decides_and_speaks",
            "test_all_and_any_agree_with_their_names",
        ),
    ),
    Promise(
        "A closed action refuses strangers, the wrong user and foreign pages, says the rule and audits it, "
        "whoever wrote the action.",
        "SECURITY.md, rules 2 and 10",
        by(
            "contract/test_actions.py",
            "test_a_caller_without_a_credential_is_refused_and_audited",
            "test_a_caller_whom_the_policy_refuses_is_refused_with_its_rule_and_audited",
            "test_any_known_caller_may_call_only_what_must_go_on_while_looker_is_down",
            "test_a_page_of_a_foreign_origin_is_refused_whoever_calls",
            "test_there_are_actions_to_hold_to_this",
        )
        + by(
            "web/test_app.py",
            "test_the_wrong_user_is_refused_with_the_rule",
        ),
    ),
    Promise(
        "Nothing turns an empty list into a yes, and not_ lets in nobody of whom nothing is known.",
        "docs/concepts.md, Policy; SECURITY.md, rule 1",
        by(
            "core/test_policy.py",
            "test_nothing_turns_an_empty_list_into_a_yes",
            "test_not_lets_in_nobody_of_whom_nothing_is_known",
            "test_not_lets_in_a_known_caller_who_is_plainly_another",
            "test_a_rule_and_its_opposite_never_both_allow",
            "test_what_is_allowed_stays_allowed_whatever_else_becomes_known",
        ),
    ),
    Promise(
        "What is no rule is recognised before it can let anybody in; a rule of one's own needs only to "
        "decide and to speak.",
        "docs/concepts.md, Policy; SECURITY.md, rule 2",
        by(
            "core/test_policy.py",
            "test_what_is_no_rule_is_recognised_wherever_it_stands",
            "test_a_rule_of_ones_own_needs_only_to_decide_and_to_speak",
        )
        + by(
            "core/test_policy_facts.py",
            "test_a_rule_about_nothing_cannot_be_written",
        ),
    ),
    Promise(
        "Only a proven user satisfies a rule about users, whatever else is claimed, and what was not looked up denies.",
        "docs/concepts.md, Policy; SECURITY.md, rule 1",
        by(
            "core/test_policy_facts.py",
            "test_only_a_proven_user_satisfies_a_rule_about_users_whatever_else_is_claimed",
            "test_what_was_not_looked_up_denies",
            "test_a_composition_needs_what_its_parts_need_and_groups_need_nothing",
        )
        + by(
            "core/test_policy.py",
            "test_a_policy_without_needs_decides_the_same_without_facts",
        ),
    ),
    Promise(
        "Models, permissions, attribute values and access grants are compared as exactly as Looker does.",
        "docs/concepts.md, Policy",
        by(
            "core/test_policy_facts.py",
            "test_a_model_counts_only_with_the_permission_to_query_it",
            "test_a_permission_counts_on_the_model_of_the_same_role_only",
            "test_an_attribute_is_compared_exactly",
            "test_an_access_grant_looks_at_each_value_of_the_list_as_lookml_does",
        ),
    ),
    Promise(
        "A value that users can write, or that nobody can read, carries no rule, not even turned round.",
        "docs/concepts.md, Policy; SECURITY.md, rule 1",
        by(
            "core/test_policy_facts.py",
            "test_a_value_that_proves_nothing_denies_even_turned_round_and_says_why",
            "test_an_attribute_that_everybody_writes_about_themselves_cannot_carry_a_rule",
        )
        + by(
            "looker/test_directory_facts.py",
            "test_an_attribute_that_users_may_now_edit_or_that_is_now_hidden_is_distrusted_within_one_age_limit",
            "test_only_a_value_that_is_plainly_readable_and_not_the_users_own_choice_counts",
            "test_a_row_that_is_not_plainly_this_users_value_of_this_attribute_does_not_count",
        ),
    ),
    Promise(
        "A denied caller learns what is asked for, and nothing of what is known of them or of other values.",
        "SECURITY.md, Who attacks",
        by(
            "core/test_policy_facts.py",
            "test_a_denied_caller_learns_what_is_asked_for_and_nothing_of_what_is_known_or_of_other_values",
        ),
    ),
    Promise(
        "The explanation that admins read agrees with the decision at every rule, and cannot disturb a terminal.",
        "SECURITY.md, rule 10",
        by(
            "core/test_policy_explain.py",
            "test_the_explanation_agrees_with_the_decision_at_every_rule",
            "test_nothing_that_is_shown_could_disturb_a_terminal_or_fill_a_log",
            "test_each_rule_says_what_it_looked_at",
            "test_the_deciding_rule_is_the_first_that_denied",
            "test_a_caller_who_is_no_user_is_not_described_as_one",
            "test_long_lists_and_strange_names_are_shown_short_and_clean",
        ),
    ),
)
