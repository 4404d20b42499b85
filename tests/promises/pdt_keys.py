"""Keys that are minted in persistent derived tables, and the incremental tables of the local Looker."""

from __future__ import annotations

from promises import Promise, by

PROMISES = (
    Promise(
        "An incremental table is built whole at first, then step by step as Looker documents it, and anew when its "
        "LookML changes.",
        "docs/fidelity/lookml.md, Known and done",
        by(
            "emulator/lookml/test_increments.py",
            "test_the_first_build_is_whole_and_the_next_ones_replace_the_newest_period_only",
            "test_the_offset_goes_back_that_many_periods_from_the_newest_row",
            "test_weeks_begin_where_the_model_says",
            "test_a_table_without_rows_is_filled_by_the_next_step",
            "test_a_change_of_its_lookml_builds_the_table_anew",
            "test_another_field_or_another_trigger_keeps_the_rows",
            "test_by_hand_a_step_is_built_and_on_request_the_whole",
            "test_a_step_that_fails_changes_nothing_and_is_tried_again",
            "test_readers_never_see_a_half_built_step",
            "test_what_cannot_be_built_step_by_step_is_a_problem_of_the_project",
            "test_the_tag_stands_only_in_an_incremental_table",
        )
        + by("emulator/api/test_derived_tables.py", "test_a_forced_build_is_one_step_and_a_full_one_begins_anew"),
    ),
    Promise(
        "A published table has a database view of a lasting name, and no query fails because a table is replaced.",
        "docs/fidelity/lookml.md, Known and done",
        by(
            "emulator/lookml/test_increments.py",
            "test_a_published_table_has_a_view_of_a_lasting_name",
            "test_a_table_that_was_built_before_it_was_published_gets_its_view_with_the_next_build",
            "test_queries_that_race_with_whole_builds_are_answered",
            "test_a_query_whose_table_is_replaced_before_it_runs_is_answered_from_the_new_one",
        ),
    ),
    Promise(
        "Of keys that are minted in SQL the one before the newest outlives each rebuild, a key signs nothing that "
        "outlives it, and there are never more than two.",
        "docs/claims.md, If the gateway may not write to the warehouse",
        by(
            "claims/test_minted_keys.py",
            "test_after_a_rebuild_the_newest_key_signs_and_the_one_before_still_verifies",
            "test_over_many_rotations_no_claim_is_refused_in_its_life_and_there_are_two_rows",
            "test_a_key_retires_when_its_table_is_due_and_signs_nothing_that_outlives_it",
            "test_a_table_that_is_rebuilt_by_hand_leaves_the_other_s_key_to_verify",
            "test_looker_s_own_check_believes_the_key_before_as_long_as_it_lives",
            "test_another_audience_or_lifetime_in_the_lookml_keeps_the_keys",
            "test_a_new_process_of_looker_finds_the_keys_again",
            "test_one_incremental_table_would_lose_the_key_that_signed_last",
            "test_the_statement_that_joins_both_tables_runs_in_every_engine",
            "test_a_key_that_has_not_begun_signs_only_where_it_may_and_only_while_there_is_no_other",
        )
        + by("claims/test_mint.py", "test_each_table_s_key_retires_when_its_trigger_says_that_it_is_due"),
    ),
    Promise(
        "A rebuild of the keys loses no claim, and a gateway that has just started believes what the key before "
        "signed.",
        "docs/claims.md, If the gateway may not write to the warehouse",
        by(
            "claims/test_minted_keys.py",
            "test_claims_that_race_with_rebuilds_are_signed_and_believed",
            "test_a_claim_whose_table_is_replaced_before_its_query_runs_is_signed_and_believed",
        )
        + by(
            "flows/test_minted_claims.py",
            "test_a_claim_of_the_key_before_is_believed_after_the_rebuild_by_an_old_gateway_and_a_new_one",
            "test_a_claim_that_is_on_its_way_while_its_table_is_rebuilt_is_believed",
            "test_after_a_key_retired_its_claims_are_refused",
            "test_a_gateway_whose_tables_are_not_published_yet_says_so_and_recovers",
            "test_a_session_that_the_warehouse_ended_is_opened_again",
        ),
    ),
    Promise(
        "Who replaces both tables ends a key that leaked: it is believed until the last claim that it signed ended, "
        "and no longer; the other keys are not touched by rows that are no keys.",
        "docs/claims.md, If the gateway may not write to the warehouse",
        by(
            "claims/test_minted_keys.py",
            "test_a_key_of_a_table_that_was_replaced_is_believed_until_its_last_claim_ended_and_no_longer",
        )
        + by(
            "verify/test_claim_keys.py",
            "test_a_key_that_left_the_table_is_believed_as_long_as_a_claim_of_it_may_be_on_its_way",
            "test_a_key_that_comes_back_lives_as_long_as_its_row_says",
            "test_a_row_that_is_no_key_is_none_and_spoils_no_other",
            "test_a_number_is_read_in_whatever_type_the_driver_gives_it",
        ),
    ),
    Promise(
        "A warehouse that hangs holds up claims of unknown keys for seconds, and claims of known keys not at all.",
        "docs/claims.md, If the gateway may not write to the warehouse",
        by(
            "verify/test_claim_keys.py",
            "test_a_warehouse_that_hangs_keeps_nobody_longer_than_the_patience_and_known_keys_not_at_all",
        ),
    ),
    Promise(
        "A malformed name of a connection, issuer, audience, attribute, table, page or folder is one clear error, and "
        "nothing is written.",
        "docs/claims.md, Write the LookML",
        by(
            "cli/test_claims_input.py",
            "test_a_name_that_is_malformed_is_one_clear_error_and_an_earlier_project_stays_as_it_is",
            "test_a_key_table_that_is_no_plain_name_is_refused",
            "test_the_first_of_several_mistakes_is_told_and_nothing_is_written",
            "test_a_project_that_has_a_file_of_that_name_already_is_left_alone",
            "test_a_folder_that_is_a_file_is_one_clear_error",
            "test_the_settings_refuse_a_table_whose_published_views_would_have_no_allowed_name",
        ),
    ),
)
