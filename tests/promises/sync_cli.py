"""``lookgate sync`` on the command line: plan, once, status and watch."""

from __future__ import annotations

from promises import Promise, by

PROMISES = (
    Promise(
        "The plan says what would be done, why, and what it costs; a budget that is too small is refused there.",
        "docs/keep-tokens-fresh.md, A rule",
        by(
            "cli/test_sync.py",
            "test_the_plan_says_what_would_be_done_why_and_what_it_costs_and_writes_nothing",
            "test_a_budget_that_the_rules_do_not_fit_in_is_refused_at_the_plan",
            "test_all_rules_that_lead_nowhere_are_refused_at_once_each_with_its_fix",
            "test_an_unreachable_looker_is_one_error_with_its_fix_and_never_a_success",
            "test_without_rules_it_says_what_to_write",
        ),
    ),
    Promise(
        "A run ends with exit code 1 unless every target is as it should be, and says which and why, as JSON too.",
        "docs/keep-tokens-fresh.md, A rule",
        by(
            "cli/test_sync.py",
            "test_a_run_renews_what_is_due_and_the_next_has_nothing_to_do",
            "test_a_program_reads_the_report_as_json_and_nothing_else_is_printed",
            "test_a_failure_is_exit_code_1_and_says_which_target_and_why",
            "test_of_many_targets_every_fiftieth_and_each_failure_is_told_as_it_comes",
            "test_one_rule_alone_is_run_and_a_rule_that_is_not_there_is_told_with_those_that_are",
            "test_the_status_tells_a_program_the_state_of_each_target",
            "test_the_status_of_a_target_that_fails_is_exit_code_1",
        ),
    ),
    Promise(
        "No token, no secret and no steering of the terminal is in anything that renewals print or keep.",
        "docs/sync.md, A renewal",
        by(
            "cli/test_sync.py",
            "test_no_token_and_no_secret_is_in_any_output_store_or_audit_event",
            "test_names_in_looker_cannot_steer_the_terminal_and_are_no_markup",
        ),
    ),
    Promise(
        "The live table follows what other processes renew, and Ctrl-C leaves no session in Looker.",
        "docs/keep-tokens-fresh.md, A rule",
        by(
            "cli/test_sync.py",
            "test_the_live_table_is_drawn_again_and_again_and_ctrl_c_leaves_no_session",
            "test_the_status_on_a_terminal_is_a_table",
        ),
    ),
)
