"""Claims from end to end: LookML, keys in the warehouse, the command line."""

from __future__ import annotations

from promises import Promise, by

PROMISES = (
    Promise(
        "The generated LookML signs only for the user who runs it, shows no key, and holds only allow-listed words.",
        "docs/claims.md",
        by(
            "claims/test_lookml.py",
            "test_the_explore_s_claim_is_verified_as_the_user_who_ran_it",
            "test_a_second_use_another_audience_another_instance_and_an_old_claim_are_refused",
            "test_a_user_cannot_get_another_user_s_claim",
            "test_the_independent_library_agrees",
            "test_looker_and_the_sql_both_keep_anything_but_words_out_of_the_nonce",
            "test_a_user_id_that_is_no_word_gives_no_claim_though_looker_would_let_it_through",
            "test_the_only_field_is_the_claim_and_the_keys_can_be_selected_by_nobody",
            "test_the_explore_is_hidden_joins_nothing_and_is_never_cached",
            "test_with_an_access_attribute_only_its_holders_get_a_claim",
            "test_the_consent_tile_links_to_the_gateway_with_claim_and_state_in_the_fragment",
            "test_a_state_that_is_no_word_reaches_no_link",
            "test_every_dialect_s_project_is_free_of_problems_and_written_the_same_each_time",
            "test_the_keys_stand_in_two_tables_that_no_field_or_explore_shows",
            "test_a_key_minted_in_a_pdt_of_the_local_looker_signs_a_claim",
            "test_no_argument_can_write_anything_but_itself_into_the_files",
            "test_an_argument_beyond_its_allow_list_is_refused",
            "test_files_are_replaced_only_if_they_are_ours_and_all_or_none",
            "test_the_reviewer_is_told_who_must_be_trusted",
        ),
    ),
    Promise(
        "Keys minted in SQL are standard HMAC keys of a cryptographic generator; a warehouse without one mints none.",
        "docs/claims.md; a predecessor's defect: RAND() as the secret",
        by(
            "claims/test_mint.py",
            "test_a_minted_key_has_the_blocks_of_one_standard_hmac_key",
            "test_no_two_minted_keys_are_alike",
            "test_what_a_minted_key_signs_is_a_claim_that_verifies",
            "test_a_warehouse_without_a_cryptographic_generator_mints_nothing_and_says_what_to_do",
            "test_defect_of_the_script_runner_rand_was_the_secret",
            "test_the_signing_statement_can_read_any_table_expression",
        ),
    ),
    Promise(
        "Only HMAC's two blocks reach the warehouse, only as added rows, and installing twice adds nothing.",
        "docs/claims.md, Bring the keys to the warehouse",
        by(
            "claims/test_install.py",
            "test_what_is_installed_signs_and_the_key_itself_is_not_there",
            "test_installing_again_adds_nothing",
            "test_a_key_that_ends_earlier_than_its_row_says_is_ended_by_a_second_row",
            "test_a_key_that_the_ring_does_not_have_is_ended",
            "test_a_failed_installation_adds_nothing_and_the_next_one_finishes",
            "test_a_key_whose_end_is_no_time_gets_one",
            "test_a_row_that_somebody_else_wrote_under_the_name_of_our_key_is_found_out",
        ),
    ),
    Promise(
        "Values never become part of a statement to a warehouse; its errors are sentences without a password.",
        "SECURITY.md, rule 3",
        by(
            "warehouse/test_connection.py",
            "test_values_are_bound_whatever_they_contain",
            "test_a_literal_with_colons_and_percent_signs_is_only_a_literal",
            "test_several_rows_are_added_together_or_not_at_all",
            "test_a_statement_that_fails_is_one_sentence_and_the_connection_goes_on",
            "test_duckdb_reaches_neither_files_nor_the_network",
            "test_a_url_that_cannot_be_used_is_one_clear_error_that_does_not_repeat_it",
            "test_a_password_is_in_no_error",
            "test_whatever_a_driver_fails_with_is_one_error_without_a_secret_of_the_url",
            "test_a_secret_of_the_url_is_struck_out_of_an_error_however_it_is_spelt",
            "test_a_password_of_one_letter_is_not_told_by_what_is_struck_out",
            "test_a_duckdb_file_that_is_none_is_one_clear_error",
            "test_a_duckdb_file_that_is_made_here_is_its_owners_alone_and_others_stay_as_they_are",
        ),
    ),
    Promise(
        "Keys are rotated, listed and retired from the command line, and no secret is shown.",
        "docs/claims.md, Rotate",
        by(
            "cli/test_keys.py",
            "test_the_first_key_signs_at_once_and_the_second_after_a_minute",
            "test_a_retired_key_is_listed_as_retired_and_the_last_one_is_kept",
            "test_each_ring_is_its_own_and_tokens_are_signed_es256",
            "test_with_an_encryption_key_the_file_holds_no_secret",
            "test_a_damaged_key_file_is_one_clear_error",
        ),
    ),
    Promise(
        "Claims are set up, installed and tested from the command line; what may not stand in LookML is refused whole.",
        "docs/claims.md",
        by(
            "cli/test_claims.py",
            "test_rotating_brings_the_key_to_the_warehouse_which_then_signs_with_it",
            "test_retiring_ends_the_key_in_the_warehouse_too",
            "test_a_table_that_somebody_else_may_have_made_first_is_not_given_the_keys",
            "test_a_warehouse_that_refuses_leaves_the_ring_rotated_and_says_so",
            "test_the_probe_asks_the_warehouse_or_prints_its_question",
            "test_lookml_is_printed_or_written_and_written_again_unchanged",
            "test_what_may_not_stand_in_lookml_is_refused_and_nothing_is_written",
            "test_without_a_warehouse_install_says_what_to_add",
            "test_check_says_how_claims_are_set_up_and_warns_of_keys_that_are_not_encrypted",
            "test_half_a_set_up_of_claims_names_every_missing_part",
        ),
    ),
    Promise(
        "From Looker's explore to the gateway each user is known by their claim; old, used and foreign ones are "
        "refused, and audited.",
        "docs/claims.md",
        by(
            "flows/test_claims.py",
            "test_the_gateway_knows_each_user_by_the_claim_that_the_warehouse_signed",
            "test_a_gateway_that_only_reads_the_warehouses_keys_believes_the_same_claims",
            "test_a_second_use_is_refused_and_audited",
            "test_an_old_claim_and_one_for_another_audience_are_refused_and_audited",
            "test_a_disabled_user_s_claim_is_refused",
            "test_a_rotation_and_a_retirement_are_seen_without_a_restart",
            "test_no_user_can_run_the_explore_without_the_role",
        ),
    ),
    Promise(
        "[claims] and [keys] are set up whole or not at all; each mistake names its place and its fix, and no secret.",
        "docs/claims.md, Set it up",
        by(
            "settings/test_claims.py",
            "test_without_a_word_no_claim_is_accepted",
            "test_what_is_set_up_whole_is_taken_as_it_is",
            "test_every_mistake_is_named_with_its_place_and_fix",
            "test_minted_keys_are_read_from_a_table_that_nobody_can_put_another_one_before",
        )
        + by(
            "verify/test_claim.py",
            "test_a_ring_that_cannot_be_read_is_told_without_its_place",
        ),
    ),
)
