"""What is counted: how often each attack was tried, and that nothing came of it."""

from __future__ import annotations

from promises import Promise, by

PROMISES = (
    Promise(
        "A run of the tests ends with one table of what was attacked; it tells what ran, and fails when anything got "
        "through or, in a full run, was not tried.",
        "docs/security/README.md; docs/security/counts.md",
        by(
            "test_security_counts.py",
            "test_what_was_counted_stands_in_one_table_with_its_total",
            "test_a_full_run_without_a_row_fails_and_names_it",
            "test_a_full_run_that_counts_nothing_at_all_fails",
            "test_a_part_of_the_suite_prints_the_rows_it_has_seen",
            "test_anything_that_got_through_fails_the_run_even_if_the_test_hides_it",
            "test_each_case_of_a_marked_test_is_one_attempt_and_one_that_is_skipped_is_none",
            "test_inputs_that_are_made_up_are_counted_as_they_run",
            "test_the_page_is_written_by_a_whole_run_in_which_nothing_got_through",
            "test_what_is_no_count_is_an_error",
            "test_the_page_that_is_kept_has_every_row_and_nothing_got_through",
        ),
    ),
    Promise(
        "The pages about security explain every row that is counted, and each recommendation of a standard names the "
        "test that shows it.",
        "docs/security/README.md, The rows; docs/security/standards.md; RFC 8725; RFC 9700; OWASP ASVS 5.0",
        by(
            "docs/test_security_pages.py",
            "test_every_test_that_the_checklists_name_is_there",
            "test_every_row_is_explained",
        ),
    ),
    Promise(
        "Whatever comes in, be it a token, a header, an origin, a secret tag, a body, a table's name or a key file, is "
        "refused in words or is what it says, and breaks nothing.",
        "SECURITY.md, rules 7 and 9",
        by(
            "contract/test_fuzzing.py",
            "test_a_claim_that_says_anything_else_proves_nobody_else",
            "test_a_token_of_our_own_that_says_anything_else_proves_nobody_else",
            "test_no_header_of_a_token_makes_up_for_its_signature",
            "test_no_header_value_lets_anybody_in_or_breaks_the_gateway",
            "test_no_body_of_an_exchange_gets_a_token_unless_it_asks_for_what_is_offered",
            "test_an_origin_is_allowed_only_if_it_is_exactly_one_that_is_listed",
            "test_a_secret_tag_is_told_from_a_credential_and_only_plain_names_are_repeated",
            "test_a_name_of_a_table_is_an_identifier_or_is_refused",
            "test_a_key_file_is_a_ring_or_is_told_to_be_none_and_is_left_as_it_is",
        ),
    ),
    Promise(
        "A clock that jumps makes nothing end late and lets nothing be used twice.",
        "SECURITY.md, rules 5 and 9",
        by(
            "contract/test_clock_jumps.py",
            "test_a_claim_that_was_used_stays_used_whatever_the_clock_does",
            "test_a_remembered_token_ends_when_the_wall_clock_says_so_though_no_time_has_passed",
        ),
    ),
    Promise(
        "No credential, key or block of a key is found in what the product answers, logs, audits, counts, keeps or "
        "prints, in whatever form it is written, nor in the error of a warehouse into which a key does not fit.",
        "SECURITY.md, rules 3 and 8",
        by(
            "contract/test_canaries.py",
            "test_no_credential_and_no_key_is_found_in_anything_said_logged_counted_or_kept",
            "test_the_search_itself_finds_what_is_there",
            "test_a_key_table_that_does_not_fit_gets_no_block_repeated_in_its_error",
            "test_no_command_prints_a_key_a_block_or_a_client_secret",
        )
        + by(
            "contract/test_renewal_canaries.py",
            "test_a_renewed_token_is_found_in_no_state_event_report_or_store",
        ),
    ),
    Promise(
        "Every route but the four that anybody may read refuses everybody who may not call it, a page of a foreign "
        "origin included, and says so in the audit log.",
        "SECURITY.md, rules 9 and 10",
        by(
            "contract/test_refusals.py",
            "test_every_page_that_the_gateway_can_have_is_looked_at_here",
            "test_every_route_refuses_everybody_who_may_not_call_it_and_says_so_in_the_audit_log",
            "test_a_page_of_a_foreign_origin_is_told_no_before_it_calls_and_can_read_no_answer",
            "test_what_anybody_may_read_tells_no_more_than_it_must",
            "test_an_apps_own_door_refuses_everybody_who_may_not_come_in_and_says_so_in_the_audit_log",
        ),
    ),
    Promise(
        "No hostile token of any family and kind is let in at any door, and none that stands in a header that is not "
        "for it.",
        "SECURITY.md, rules 1 and 9; docs/in-process.md",
        by(
            "contract/test_doors.py",
            "test_no_hostile_token_of_any_kind_is_let_in_at_any_door",
            "test_a_token_in_a_header_that_is_not_for_it_lets_nobody_in_hostile_or_not",
            "test_a_made_up_looker_token_lets_nobody_in_at_any_door",
        ),
    ),
    Promise(
        "What the gateway dates by its own clock ends at that very moment: an API key, a replaced handle, the memory "
        "of whose a Looker token is.",
        "docs/verifiers.md",
        by(
            "contract/test_exact_ends.py",
            "test_an_api_key_ends_at_the_moment_it_says",
            "test_a_handle_that_was_replaced_ends_at_the_moment_it_was_given",
            "test_a_looker_token_that_was_logged_out_is_remembered_for_a_minute_and_no_more",
        ),
    ),
)
