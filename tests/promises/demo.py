"""The demo: its command, its check, its extension, its actions."""

from __future__ import annotations

from promises import Promise, by

PROMISES = (
    Promise(
        "make demo says where to go, who the users are and what to try.",
        "README.md, What you see; examples/flights/README.md, What to try",
        by(
            "cli/test_demo.py",
            "test_it_says_where_to_go_who_the_users_are_and_what_to_try",
        ),
    ),
    Promise(
        "Ctrl-C ends everything that it started, at any moment; the death of one server ends the other.",
        "lookgate demo --help",
        by(
            "cli/test_demo.py",
            "test_a_signal_ends_everything_the_demo_started",
            "test_a_signal_that_comes_while_a_server_is_being_started_waits_until_it_can_be_ended",
            "test_a_signal_during_the_start_leaves_nothing_running",
            "test_the_death_of_a_server_is_noticed_and_ends_the_other",
        ),
    ),
    Promise(
        "A second start loads nothing again, and keeps the notes until asked for a fresh one.",
        "README.md; examples/flights/README.md",
        by(
            "cli/test_demo.py",
            "test_a_second_start_loads_nothing_and_keeps_the_notes_until_asked_for_a_fresh_one",
            "test_the_flights_are_loaded_once_and_a_damaged_file_is_replaced",
        ),
    ),
    Promise(
        "A busy port is named with its option before anything starts; a second demo in one folder is refused.",
        "lookgate demo --help",
        by(
            "cli/test_demo.py",
            "test_a_busy_port_is_named_with_its_option_before_anything_starts",
            "test_both_servers_cannot_have_one_port",
            "test_a_second_demo_in_the_same_folder_is_refused",
            "test_a_missing_bundle_is_told_with_the_command_that_builds_it",
            "test_a_folder_that_cannot_be_used_is_named",
        ),
    ),
    Promise(
        "The check walks the story without a browser, leaves nothing behind, and touches nobody's real instance.",
        "README.md, What you see; lookgate demo --help",
        by(
            "cli/test_demo.py",
            "test_the_check_holds_and_leaves_nothing_behind",
            "test_the_check_holds_in_a_demo_that_runs",
            "test_the_check_says_that_no_demo_runs",
            "test_the_check_needs_users_to_compare",
            "test_running_goes_with_check",
        ),
    ),
    Promise(
        "The check fails when a handle is altered or swapped, when no handle is verified, and when nothing answers.",
        "README.md, What you see",
        by(
            "cli/test_demo.py",
            "test_the_check_fails_when_a_users_handle_is_altered",
            "test_the_check_fails_when_one_user_has_anothers_handle",
            "test_the_check_fails_when_the_gateway_verifies_no_handles",
            "test_the_check_fails_without_a_traceback_when_nothing_answers",
        ),
    ),
    Promise(
        "What the demo keeps is its owner's alone where it is secret, and the audit command that it names works.",
        "SECURITY.md, rule 8",
        by(
            "cli/test_demo.py",
            "test_the_audit_command_that_it_names_works_as_it_is_written",
            "test_what_the_demo_keeps_is_readable_by_its_owner_only_where_it_is_secret",
        ),
    ),
    Promise(
        "Who am I: each user sees themselves and how they were proven; without the handle, nobody.",
        "README.md, What you see",
        by(
            "browser/test_demo.py",
            "test_each_user_sees_themselves",
            "test_without_the_handle_the_gateway_knows_nobody",
            "test_switching_the_user_switches_who_the_gateway_sees",
        )
        + by(
            "examples/test_actions.py",
            "test_whoami_tells_strangers_that_nothing_is_known",
            "test_only_whoami_answers_strangers",
        ),
    ),
    Promise(
        "Delays: a bootstrap in Python over real flights, drawn as a chart and told in words.",
        "README.md, What you see",
        by(
            "browser/test_demo.py",
            "test_delays_draws_an_interval_for_every_airline_and_tells_it_in_words",
            "test_delays_answers_another_question",
            "test_the_dashboards_tile_follows_its_filter",
        )
        + by(
            "examples/test_actions.py",
            "test_delays_are_estimated_for_every_grouping",
            "test_delays_agree_with_what_sql_can_compute",
            "test_a_question_outside_its_bounds_is_refused",
            "test_an_airline_that_never_flew_has_no_intervals",
        )
        + by(
            "examples/test_bootstrap.py",
            "test_the_interval_of_a_mean_is_as_wide_as_theory_says",
            "test_each_statistic_is_the_one_it_is_called",
            "test_more_confidence_asks_for_a_wider_interval",
            "test_flights_that_are_all_alike_leave_no_doubt",
            "test_the_seed_depends_on_every_part_of_the_question",
        ),
    ),
    Promise(
        "Notes: a write-back stored with the acting user, read by others with its author, and a mistake "
        "told at its field.",
        "README.md, What you see",
        by(
            "browser/test_demo.py",
            "test_a_note_is_written_by_keyboard_alone_and_carries_its_author",
            "test_somebody_else_reads_the_note_with_its_author",
            "test_a_mistake_is_told_at_its_field",
            "test_pressing_enter_often_writes_one_note",
        )
        + by(
            "examples/test_actions.py",
            "test_a_note_is_stored_under_whoever_wrote_it",
            "test_a_refused_note_is_not_stored",
            "test_the_settings_name_every_action_of_the_folder",
        ),
    ),
    Promise(
        "Refused: a user of another group gets the rule, the reason and the fix, and nothing is stored; "
        "being an admin does not help.",
        "README.md, What you see; examples/flights/README.md",
        by(
            "browser/test_demo.py",
            "test_a_user_of_another_group_cannot_write",
            "test_a_refusal_names_its_rule_and_the_fix",
            "test_a_user_who_may_is_told_whom_to_switch_to",
        )
        + by(
            "examples/test_actions.py",
            "test_the_two_that_write_are_for_the_planners_group",
            "test_only_a_month_can_be_approved",
            "test_being_an_admin_does_not_help",
        ),
    ),
    Promise(
        "Claim: an extension runs the generated explore as the user, and the gateway knows who that is, by the claim "
        "alone; one claim is exchanged for a token.",
        "docs/claims.md, Use it; examples/flights/README.md, What to try",
        by(
            "browser/test_demo_claims.py",
            "test_each_user_is_known_by_the_claim_that_the_warehouse_signed",
            "test_the_claim_is_shown_decoded_and_without_its_signature",
            "test_a_new_claim_is_signed_for_each_use",
            "test_a_rotation_beside_the_running_demo_is_seen_in_the_next_claim",
            "test_no_key_and_no_block_of_one_ever_reaches_the_browser",
            "test_the_claim_travels_once_and_one_is_exchanged_for_a_token",
            "test_a_user_who_may_not_run_the_explore_gets_no_claim_and_is_told",
        ),
    ),
    Promise(
        "Claim: a second use, an old claim, another audience, another user and another Looker are refused, each by its "
        "rule, with a fix, and in the audit log.",
        "docs/claims.md, Use it; SECURITY.md, rules 9 and 10",
        by(
            "browser/test_demo_claims.py",
            "test_misuse_is_refused_by_its_rule_with_a_fix_and_audited",
            "test_an_old_claim_is_refused_by_its_rule_with_a_fix_and_audited",
            "test_misuse_is_tried_by_keyboard_alone",
            "test_waiting_for_an_old_claim_shows_how_long_it_still_takes",
        ),
    ),
    Promise(
        "The demo's pages work by history and deep link, on a phone, in light and dark, without an error in "
        "the console.",
        "README.md, What you see",
        by(
            "browser/test_demo.py",
            "test_back_forward_reload_and_deep_links_work",
            "test_a_phone_shows_every_page_without_scrolling_sideways_in_light_and_dark",
            "test_nothing_is_reported_to_the_console",
        ),
    ),
    Promise(
        "The demo's extension may reach the gateway, run a query and nothing else; every tile of its dashboard has "
        "rows and follows filters.",
        "README.md, What you see",
        by(
            "examples/test_lookml.py",
            "test_the_extension_may_call_the_gateway_and_one_service_read_an_address_run_a_query_and_nothing_else",
            "test_the_tiles_of_the_dashboard_do_not_overlap",
            "test_every_tile_has_rows_for_a_viewer",
            "test_every_tile_follows_the_dashboards_filters",
            "test_poor_visibility_costs_time",
        ),
    ),
    Promise(
        "The number of flights in the README is the number that the demo computes.",
        "README.md, What you see",
        by(
            "examples/test_actions.py",
            "test_the_readme_tells_how_many_arrivals_the_bootstrap_is_over",
        ),
    ),
)
