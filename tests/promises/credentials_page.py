"""The demo's page Credentials, and what actions may tell of stored tokens."""

from __future__ import annotations

from promises import Promise, by

PROMISES = (
    Promise(
        "The demo's tokens of a minute are renewed in front of whoever looks, each before its margin is used.",
        "README.md, What you see; examples/flights/README.md",
        by(
            "browser/test_demo_credentials.py",
            "test_each_value_has_a_bar_that_moves_and_is_renewed_before_its_margin_is_used",
            "test_the_page_is_used_by_keyboard_alone",
            "test_a_page_that_was_left_asks_no_more_and_the_console_stays_silent",
        ),
    ),
    Promise(
        "An outage is told with its reason, survived for the margin, red beyond it, and over when it is mended.",
        "README.md, What you see; docs/sync.md, When something fails",
        by(
            "browser/test_demo_credentials.py",
            "test_an_outage_is_told_survived_for_the_margin_shown_in_red_beyond_it_and_over_when_it_is_mended",
        )
        + by("examples/test_credentials.py", "test_tokens_are_told_of_and_faults_mended_while_looker_is_down"),
    ),
    Promise(
        "The stored token reaches the private service through Looker, only that service, and never the browser.",
        "examples/flights/README.md",
        by(
            "browser/test_demo_credentials.py",
            "test_the_stored_token_reaches_the_private_service_through_looker",
            "test_no_token_ever_reaches_the_browser",
        )
        + by(
            "examples/test_credentials.py",
            "test_each_user_s_own_token_reaches_the_service_and_only_that",
            "test_the_service_knows_nobody_by_a_handle_or_a_key_of_the_gateway",
            "test_the_page_s_data_are_read_with_the_shared_key_and_hold_no_token",
        ),
    ),
    Promise(
        "Only a Looker admin lets something go wrong; anyone may mend it; and it concerns this machine alone.",
        "examples/flights/README.md",
        by(
            "browser/test_demo_credentials.py",
            "test_who_is_no_admin_may_let_nothing_go_wrong_and_is_told_the_rule",
            "test_anyone_may_mend_what_an_admin_let_go_wrong",
        )
        + by(
            "examples/test_credentials.py",
            "test_only_an_admin_lets_something_go_wrong_and_anyone_mends_it",
            "test_every_box_of_the_page_switches_a_fault_of_the_local_google_on_and_off",
            "test_the_control_of_the_local_google_is_on_this_machine_or_nowhere",
        ),
    ),
    Promise(
        "An action may tell of stored tokens: their ends, renewals and failures, also while Looker is down; no token.",
        "docs/sync.md, Telling of it",
        by(
            "actions/test_stored_tokens.py",
            "test_an_action_tells_what_the_gateway_knows_of_its_tokens",
            "test_a_gateway_that_keeps_no_tokens_fresh_says_so_and_what_to_do",
        )
        + by(
            "flows/test_stored_tokens.py",
            "test_before_the_first_run_nothing_is_stored_and_all_is_due",
            "test_a_renewed_token_is_told_with_its_life_its_margin_and_what_comes_next",
            "test_a_failure_is_told_with_its_code_and_no_token_is",
            "test_looker_is_not_asked_for_what_is_known",
            "test_a_rule_that_leads_nowhere_is_told_too",
        ),
    ),
)
