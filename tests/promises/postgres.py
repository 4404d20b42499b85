"""The gateway's state in Postgres, for several machines."""

from __future__ import annotations

from promises import Promise, by

PROMISES = (
    Promise(
        "On Postgres too history is append-only, and a gateway's role has no right beyond what it needs.",
        "docs/store.md, What a gateway's role may do",
        by(
            "store/test_postgres_schema.py",
            "test_the_database_itself_refuses_to_change_or_delete_history",
            "test_a_granted_role_can_do_all_that_a_gateway_does_and_nothing_else",
            "test_a_role_without_rights_is_told_which_it_lacks_and_how_to_get_them",
            "test_the_page_shows_the_grants_that_are_made",
            "test_whoever_only_reads_the_log_needs_no_more_than_that",
            "test_no_value_that_was_used_up_stands_in_the_database",
        )
        + by(
            "cli/test_store.py",
            "test_the_owner_makes_the_store_and_lets_a_role_use_it",
            "test_a_file_has_no_roles",
        ),
    ),
    Promise(
        "Tables on Postgres are brought up to date once, or left alone: never half, never another program's.",
        "docs/store.md, Run on several machines: Postgres",
        by(
            "store/test_postgres_schema.py",
            "test_an_older_store_gets_what_it_lacks_and_keeps_what_it_has",
            "test_a_migration_that_fails_half_way_leaves_the_store_at_its_old_version",
            "test_processes_that_migrate_at_once_migrate_once",
            "test_an_older_program_leaves_a_newer_store_alone",
            "test_a_schema_of_another_program_is_left_as_it_was",
            "test_a_reader_makes_no_store_where_there_is_none",
        )
        + by("cli/test_store.py", "test_reading_makes_no_store_where_there_is_none"),
    ),
    Promise(
        "Whoever follows the audit log of several machines misses nothing, in whatever order transactions commit.",
        "docs/decisions/0030-postgres-by-psycopg.md",
        by(
            "store/test_postgres_schema.py",
            "test_whoever_reads_by_number_misses_nothing_though_transactions_end_in_another_order",
            "test_a_reader_waits_for_a_smaller_number_that_has_not_committed_yet",
        )
        + by("cli/test_store.py", "test_whoever_follows_sees_what_other_machines_store_and_outlasts_a_restart"),
    ),
    Promise(
        "A server that fails loses nothing half-way: 503 while it is away, and the next call works.",
        "docs/store.md, What to know when it runs",
        by(
            "store/test_postgres.py",
            "test_a_server_that_was_killed_is_unavailable_until_it_is_back_and_then_all_goes_on",
            "test_a_server_killed_in_the_middle_of_a_commit_keeps_nothing_of_it",
            "test_what_was_told_as_stored_is_there_after_the_server_was_killed_and_nothing_is_half_there",
            "test_a_call_during_an_outage_is_answered_503_and_the_next_one_works",
            "test_a_statement_that_waits_too_long_is_given_up",
            "test_a_server_that_accepts_and_then_says_nothing_is_given_up",
            "test_a_handler_that_hides_a_failed_row_does_not_get_a_commit",
            "test_a_character_that_postgres_cannot_hold_loses_no_event",
            "test_a_key_may_be_longer_than_an_index_takes",
            "test_a_check_notices_that_the_store_can_no_longer_be_written",
        ),
    ),
    Promise(
        "Connections to Postgres are few, and what was used up is forgotten a bounded number at a time.",
        "docs/store.md, What to know when it runs",
        by(
            "store/test_postgres.py",
            "test_connections_are_few_however_many_threads_ask",
            "test_a_thread_that_finds_no_free_connection_is_told_so",
            "test_what_was_used_up_long_ago_is_forgotten_a_bounded_number_at_a_time",
        )
        + by("cli/test_store.py", "test_a_gateway_with_a_file_imports_nothing_of_postgres"),
    ),
    Promise(
        "The store's password is in no error, message or setting shown, and never goes in the clear by omission.",
        "docs/store.md, Run on several machines: Postgres; SECURITY.md, rule 3",
        by(
            "store/test_postgres.py",
            "test_a_password_is_in_no_error_whatever_is_wrong",
        )
        + by(
            "store/test_postgres_schema.py",
            "test_the_place_is_told_without_the_password",
        )
        + by(
            "store/test_url.py",
            "test_a_url_is_shown_as_its_place_without_what_opens_it",
            "test_a_password_that_would_be_read_as_something_else_is_refused_and_not_shown",
            "test_a_server_elsewhere_is_never_reached_in_the_clear_by_omission",
        )
        + by(
            "store/test_postgres_tls.py",
            "test_a_server_whose_certificate_fits_is_spoken_to_in_secret",
            "test_a_server_whose_certificate_does_not_fit_is_not_spoken_to",
            "test_a_server_that_offers_no_tls_is_not_spoken_to_in_the_clear",
        )
        + by(
            "settings/test_store.py",
            "test_the_url_of_a_store_is_a_secret_of_which_the_place_may_be_told",
            "test_a_url_itself_in_the_file_is_refused_and_not_repeated",
            "test_a_store_has_one_place",
            "test_a_url_that_would_leak_or_go_in_the_clear_is_refused_with_its_line_and_the_fix",
        )
        + by(
            "cli/test_store.py",
            "test_check_says_which_store_is_meant_without_its_password",
            "test_a_password_is_in_no_message_of_the_command_line",
        ),
    ),
)
