"""lookgate looker: its options and files."""

from __future__ import annotations

from promises import Promise, by

PROMISES = (
    Promise(
        "It starts, says where, and ends quietly on a signal.",
        "lookgate looker --help; docs/local-looker.md, Start it on your project",
        by(
            "cli/test_looker.py",
            "test_it_starts_answers_with_the_keys_of_its_ready_file_and_ends_quietly",
        ),
    ),
    Promise(
        "The ready file is its owner's alone and has base_url, admin and users with their keys; it is gone at the end.",
        "docs/local-looker.md, Options",
        by(
            "emulator/test_serve.py",
            "test_the_ready_file_is_for_its_owner_and_has_exactly_these_parts",
        )
        + by(
            "cli/test_looker.py",
            "test_it_starts_answers_with_the_keys_of_its_ready_file_and_ends_quietly",
        ),
    ),
    Promise(
        "Port 0 picks a free port, the same on both addresses; a busy one is named with its option; nothing "
        "but loopback.",
        "docs/local-looker.md, Options",
        by(
            "emulator/test_serve.py",
            "test_a_free_port_is_the_same_on_both_addresses_of_localhost",
            "test_nothing_but_loopback_is_listened_on",
            "test_a_busy_port_is_named_with_the_option_that_changes_it",
        )
        + by(
            "cli/test_looker.py",
            "test_a_busy_port_is_a_sentence_with_the_option",
        ),
    ),
    Promise(
        "--latency slows each API call down, and nothing else.",
        "docs/local-looker.md, Options",
        by(
            "emulator/test_app.py",
            "test_latency_is_waited_before_each_api_call_and_nowhere_else",
        )
        + by(
            "cli/test_looker.py",
            "test_latency_is_waited_for_at_each_call_of_the_api",
        ),
    ),
    Promise(
        "--fail lets API calls fail at its rate, and a failed call did nothing.",
        "docs/local-looker.md, Options",
        by(
            "emulator/test_app.py",
            "test_a_failure_on_purpose_comes_at_its_rate_and_only_on_the_api",
            "test_a_failed_call_did_nothing",
        )
        + by(
            "cli/test_looker.py",
            "test_a_core_edition_that_always_fails_does_both",
        ),
    ),
    Promise(
        "A world's mistakes are told all at once, and the sample world has somebody of each kind.",
        "docs/local-looker.md, Options",
        by(
            "emulator/test_build.py",
            "test_the_sample_world_builds_and_has_somebody_of_each_kind",
            "test_every_name_that_refers_to_nothing_is_told_at_once",
            "test_a_name_that_is_given_twice_is_told",
            "test_a_world_without_an_enabled_admin_is_refused",
            "test_a_project_folder_that_is_missing_is_told",
            "test_two_projects_of_one_name_are_refused",
            "test_the_permissions_form_a_tree",
        )
        + by(
            "cli/test_looker.py",
            "test_a_world_that_does_not_hold_together_is_told_at_once",
            "test_an_option_that_makes_no_sense_is_refused_with_a_sentence",
        ),
    ),
)
