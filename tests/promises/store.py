"""The gateway's own state."""

from __future__ import annotations

from promises import Promise, by

PROMISES = (
    Promise(
        "The audit log and the records are append-only: the database itself refuses to change or delete a row.",
        "docs/concepts.md, Audit event",
        by(
            "store/test_sqlite.py",
            "test_the_database_itself_refuses_to_change_or_delete_history",
            "test_a_row_cannot_be_replaced_by_inserting_over_it",
        )
        + by(
            "store/test_opening.py",
            "test_history_stays_guarded_after_a_migration",
        ),
    ),
    Promise(
        "What was stored comes back as it went in, newest or oldest first as asked.",
        "docs/concepts.md, Audit event",
        by(
            "contract/test_store.py",
            "test_an_event_comes_back_as_it_went_in",
            "test_events_told_together_are_stored_together_in_their_order",
            "test_the_tail_is_the_newest_events_oldest_first",
            "test_rows_are_listed_newest_first_by_key_and_limited",
            "test_a_handle_is_found_by_its_digest_until_it_is_removed",
        ),
    ),
    Promise(
        "Values are values and never SQL.",
        "SECURITY.md, Who attacks",
        by(
            "contract/test_store.py",
            "test_values_are_values_and_never_sql",
        ),
    ),
    Promise(
        "A transaction is seen whole or not at all, by threads and by processes.",
        "docs/decisions/0001-sqlite-by-stdlib.md",
        by(
            "contract/test_store.py",
            "test_nobody_else_sees_a_transaction_before_it_commits",
            "test_a_row_outside_a_transaction_is_refused",
            "test_a_transaction_within_a_transaction_is_refused_and_spoils_nothing",
            "test_many_threads_lose_nothing",
            "test_two_processes_that_write_at_once_lose_nothing",
            "test_processes_that_start_at_once_share_one_new_store",
            "test_a_process_killed_between_write_and_commit_leaves_nothing_half_written",
        ),
    ),
    Promise(
        "What was stored survives a restart, and a process that is killed.",
        "docs/decisions/0001-sqlite-by-stdlib.md",
        by(
            "store/test_sqlite.py",
            "test_what_was_written_is_there_after_a_restart",
            "test_an_event_that_was_stored_survives_a_killed_process",
            "test_units_of_work_wait_for_the_disk",
            "test_the_write_ahead_log_is_folded_in_however_long_nobody_waits",
        )
        + by(
            "contract/test_store.py",
            "test_an_intent_is_never_stored_without_waiting_for_the_disk",
        ),
    ),
    Promise(
        "A full disk, a locked, removed or damaged file is an error with a fix and loses nothing.",
        "SECURITY.md, rule 7",
        by(
            "store/test_sqlite.py",
            "test_a_file_that_is_no_store_is_refused_with_its_name_and_a_fix",
            "test_a_folder_that_cannot_be_made_is_an_error_with_a_fix",
            "test_a_check_notices_that_the_file_is_gone",
            "test_a_check_notices_that_the_file_can_no_longer_be_written",
            "test_nothing_is_written_into_a_file_that_was_removed_or_replaced",
            "test_a_writer_that_waits_too_long_for_another_is_told_so",
            "test_whoever_will_not_wait_is_not_held_up_by_another_process",
            "test_a_full_disk_fails_the_transaction_and_not_the_store",
        )
        + by(
            "contract/test_store.py",
            "test_whoever_will_not_wait_for_another_writer_is_told_and_stores_nothing",
            "test_a_check_passes_on_a_sound_store_and_leaves_no_trace",
            "test_a_closed_store_is_unavailable_and_may_be_closed_again",
        ),
    ),
    Promise(
        "The store's file is its owner's alone, and a database of another program is left as it was.",
        "SECURITY.md, Who attacks",
        by(
            "store/test_sqlite.py",
            "test_the_file_can_be_read_by_its_owner_alone",
            "test_a_database_of_another_program_is_left_as_it_was",
        ),
    ),
    Promise(
        "An older store is brought up to date or left alone, never half.",
        "docs/decisions/0001-sqlite-by-stdlib.md",
        by(
            "store/test_opening.py",
            "test_an_older_store_gets_what_it_lacks_and_keeps_what_it_has",
            "test_a_migration_that_fails_half_way_leaves_the_store_at_its_old_version",
            "test_an_older_program_leaves_a_newer_store_alone",
        ),
    ),
    Promise(
        "What may be used once is used up by one atomic operation: of a thousand racers exactly one wins.",
        "RFC 7519, section 4.1.7; a predecessor's defect: the same claim gave token after token",
        by(
            "contract/test_consumed.py",
            "test_of_a_thousand_racers_exactly_one_wins",
            "test_a_value_is_used_up_only_in_its_own_namespace",
            "test_a_value_is_remembered_past_its_end_and_forgotten_a_day_later",
            "test_two_processes_share_what_is_used_up",
            "test_of_a_thousand_racers_in_two_processes_exactly_one_wins",
            "test_what_was_used_up_stays_used_up_after_a_restart",
        ),
    ),
    Promise(
        "Whoever reads the gateway's files or stored rows finds hashes and no handle.",
        "SECURITY.md, rule 8; SECURITY.md, Who attacks",
        by(
            "flows/test_caller.py",
            "test_whoever_reads_the_gateways_files_finds_no_handle",
        ),
    ),
)
