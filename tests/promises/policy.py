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
            "test_a_page_of_a_foreign_origin_is_refused_whoever_calls",
            "test_there_are_actions_to_hold_to_this",
        )
        + by(
            "web/test_app.py",
            "test_the_wrong_user_is_refused_with_the_rule",
        ),
    ),
)
