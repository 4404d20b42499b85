"""The repository as a whole."""

from __future__ import annotations

from promises import Promise, by

PROMISES = (
    Promise(
        "Every code block of README and docs runs and shows what it says.",
        "README.md, Where to go next",
        by(
            "docs/test_pages.py",
            "test_every_code_block_of_the_page_runs_and_shows_what_it_says",
            "test_a_page_that_waits_for_what_never_comes_fails_and_tells_what_went_wrong_behind_it",
        ),
    ),
    Promise(
        "Every link between pages leads somewhere, and every page of docs is reached from the README.",
        "README.md, Where to go next",
        by(
            "test_house.py",
            "test_every_link_between_pages_leads_somewhere",
            "test_every_page_of_docs_is_reached_from_the_readme",
        ),
    ),
    Promise(
        "The papers are there: README, licence, changelog, security, contributing.",
        "README.md, Where to go next",
        by(
            "test_house.py",
            "test_the_papers_of_the_house_are_there",
        ),
    ),
    Promise(
        "Adding a file adds a member; a duplicate name or a broken file stops the start with its name and the fix.",
        "CONTRIBUTING.md, One thing, one file, one test",
        by(
            "core/test_registry.py",
            "test_each_file_is_a_member_in_alphabetical_order_and_underscores_are_left_alone",
            "test_two_members_of_one_name_are_an_error",
            "test_a_broken_file_is_named_with_what_is_wrong",
            "test_a_missing_folder_is_named",
        ),
    ),
    Promise(
        "Imports point down only; the local Looker shares nothing with the gateway; the core needs the "
        "standard library alone.",
        "CONTRIBUTING.md, Where things stand; docs/decisions/0002-cli-above-web.md",
        by(
            "test_house.py",
            "test_imports_point_down_and_the_local_looker_shares_nothing_with_the_gateway",
            "test_the_core_needs_nothing_but_the_standard_library",
        ),
    ),
    Promise(
        "Files are short, each has a name of its own, and nothing is left unfinished.",
        "CONTRIBUTING.md, One thing, one file, one test",
        by(
            "test_house.py",
            "test_files_are_short",
            "test_nothing_stands_in_drawers_without_a_name_of_their_own",
            "test_nothing_is_left_unfinished",
        ),
    ),
    Promise(
        "Time, randomness, network and environment are passed in; tests patch nothing and never sleep.",
        "CONTRIBUTING.md, Promises",
        by(
            "test_house.py",
            "test_time_randomness_and_environment_are_taken_at_the_edge_only",
            "test_tests_patch_nothing_and_never_sleep",
        ),
    ),
    Promise(
        "Every dependency is locked by version and hash, and no file names a package registry or somebody's machine.",
        "CONTRIBUTING.md, Dependencies",
        by(
            "test_house.py",
            "test_every_python_package_is_locked_by_version_and_hash_and_no_lock_names_a_host",
            "test_every_node_package_is_locked_by_hash_and_the_lock_names_no_host_to_fetch_from",
            "test_no_file_names_a_path_of_somebodys_machine",
            "test_no_file_names_a_package_registry",
        ),
    ),
    Promise(
        "The image runs as an ordinary user with compiled bytecode.",
        "docs/performance.md, Method",
        by(
            "test_house.py",
            "test_the_image_runs_as_an_ordinary_user_with_compiled_bytecode",
            "test_the_image_is_built_from_files_that_are_there",
        ),
    ),
    Promise(
        "make help lists every target; what must pass before a change lands is what make offers.",
        "CONTRIBUTING.md",
        by(
            "test_house.py",
            "test_make_help_lists_every_target",
            "test_what_must_pass_before_a_change_lands_is_what_make_offers",
        ),
    ),
    Promise(
        "The TypeScript client for extensions keeps its own promises, and the demo's extension fits its types.",
        "docs/quickstart.md, Handles, and a call",
        by(
            "clients/test_extension_client.py",
            "test_the_client_keeps_every_promise_of_its_own_tests",
            "test_the_demos_extension_fits_the_clients_types",
        )
        + by(
            "test_house.py",
            "test_the_client_for_extensions_is_strict_and_needs_nothing_at_run_time_but_lookers_own_sdk",
        ),
    ),
    Promise(
        "What cannot be installed is said with its fix; only the tests that need it are skipped, visibly.",
        "README.md; CONTRIBUTING.md",
        by(
            "scripts/test_setup_scripts.py",
            "test_a_browser_that_cannot_be_installed_is_said_and_does_not_stop_the_rest",
            "test_a_failed_installation_is_shown_and_skips_visibly",
            "test_a_browser_that_can_be_installed_is_installed_and_one_that_is_there_is_left",
            "test_a_python_that_is_too_old_is_refused_with_the_option_that_names_another",
            "test_a_node_that_is_missing_or_too_old_is_refused_with_the_fix",
            "test_every_script_can_be_run",
        ),
    ),
)
