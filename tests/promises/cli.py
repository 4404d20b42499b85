"""The commands."""

from __future__ import annotations

from promises import Promise, by

PROMISES = (
    Promise(
        "A printed API key opens the served gateway, and the call is in the audit log.",
        "docs/add-an-action.md, Call it",
        by(
            "cli/test_serve.py",
            "test_a_printed_key_opens_the_served_gateway_and_the_call_is_in_the_audit_log",
        )
        + by(
            "cli/test_api_keys.py",
            "test_a_key_is_shown_once_with_the_lines_that_accept_it",
            "test_no_two_keys_are_alike",
            "test_what_would_break_the_settings_is_refused_before_a_key_is_made",
        ),
    ),
    Promise(
        "No text of Looker's or of anybody else's steers the terminal of whoever runs a command, errors included.",
        "SECURITY.md, Who attacks",
        by(
            "cli/test_terminal.py",
            "test_an_error_is_printed_without_what_a_terminal_takes_for_a_command",
            "test_what_is_wrong_with_a_rule_is_printed_likewise",
        ),
    ),
    Promise(
        "A busy port is named with the option that changes it; an unusable address or store has a fix.",
        "lookgate serve --help",
        by(
            "cli/test_serve.py",
            "test_a_busy_port_is_named_with_the_option_that_changes_it",
            "test_an_address_of_another_machine_is_an_error_with_a_fix",
            "test_a_store_that_cannot_be_opened_stops_the_start",
        ),
    ),
    Promise(
        "The gateway ends cleanly on a signal, and an earlier run's ready file is never taken for its own.",
        "lookgate serve --help; docs/quickstart.md, Handles, and a call",
        by(
            "cli/test_serve.py",
            "test_a_signal_ends_it_cleanly",
            "test_an_earlier_runs_ready_file_is_gone_before_anything_can_fail",
            "test_a_ready_file_that_cannot_be_written_stops_the_start",
        ),
    ),
    Promise(
        "audit tail shows the newest events one a line, as JSON if asked, and follows.",
        "lookgate audit tail --help; docs/concepts.md, Audit event",
        by(
            "cli/test_audit.py",
            "test_the_newest_events_are_shown_oldest_first_one_a_line",
            "test_json_has_every_field",
            "test_reading_makes_no_store_where_there_is_none",
            "test_an_empty_log_is_shown_as_nothing",
            "test_follow_shows_events_as_they_come_and_ends_quietly",
        ),
    ),
    Promise(
        "What callers sent cannot steer the terminal of who reads the audit log.",
        "SECURITY.md, Who attacks",
        by(
            "cli/test_audit.py",
            "test_what_callers_sent_cannot_steer_the_terminal",
            "test_json_cannot_steer_the_terminal_and_still_says_the_same",
        ),
    ),
    Promise(
        "check says what is set up, touches no state and shows no secret.",
        "lookgate check --help; SECURITY.md, rule 3",
        by(
            "cli/test_check.py",
            "test_check_says_what_is_set_up",
            "test_check_touches_no_state",
        ),
    ),
    Promise(
        "The gateway's first verified answer imports only what it needs.",
        "docs/performance.md, Method",
        by(
            "flows/test_first_answer.py",
            "test_the_first_verified_answer_imports_only_what_it_needs",
        ),
    ),
    Promise(
        "Help is quick and complete, and needs no settings.",
        "docs/performance.md, Method",
        by(
            "cli/test_main.py",
            "test_help_lists_every_command_with_what_it_does",
            "test_help_imports_nothing_heavy",
            "test_every_command_explains_itself_without_settings",
            "test_an_unknown_command_is_a_usage_error",
            "test_a_settings_file_is_named_by_option_or_variable",
        ),
    ),
    Promise(
        "Endless words, homes of nobody and full disks are told in words too.",
        "SECURITY.md, rule 7",
        by(
            "cli/test_main.py",
            "test_what_nobody_would_type_is_told_in_words_too",
            "test_a_full_disk_is_told_in_words",
        ),
    ),
)
