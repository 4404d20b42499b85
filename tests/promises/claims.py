"""Claims: JWTs that the warehouse signs by SQL for the user who runs the explore."""

from __future__ import annotations

from promises import Promise, by

PROMISES = (
    Promise(
        "One statement signs a standard HS256 JWT in every dialect; the gateway and independent libraries believe it.",
        "RFC 7515; RFC 7519; a predecessor's defect: the MAC used a 32-byte block, so it was not HMAC-SHA256",
        by(
            "claims/test_sql.py",
            "test_the_claim_is_a_standard_jwt_for_independent_libraries",
            "test_each_claim_of_a_user_has_another_jti",
            "test_every_plain_word_is_signed_as_it_is",
            "test_every_dialect_is_one_statement_of_its_grammar",
            "test_defect_of_the_script_runner_rand_is_used_for_nothing",
        )
        + by(
            "claims/test_believed.py",
            "test_the_gateway_knows_the_user_for_whom_the_engine_signed_once_and_nobody_else",
        )
        + by(
            "claims/test_probe.py",
            "test_the_vectors_are_those_of_rfc_4231",
            "test_two_hashes_over_the_blocks_are_the_hmac",
            "test_the_engine_computes_every_vector_of_rfc_4231",
            "test_the_question_is_sql_of_its_dialect",
            "test_translated_for_duckdb_every_dialect_computes_every_vector",
            "test_a_warehouse_that_answers_wrongly_or_not_at_all_is_found_out",
            "test_defect_of_the_script_runner_a_block_of_32_bytes_is_refused",
        ),
    ),
    Promise(
        "No input that is not a plain listed word is ever signed, and none changes the shape of the statement.",
        "SECURITY.md, Who attacks; a predecessor's defect: claims were built by joining strings",
        by(
            "claims/test_sql.py",
            "test_an_input_that_is_no_plain_word_gives_no_claim",
            "test_no_quoted_input_changes_the_shape_of_the_statement",
            "test_an_audience_that_is_a_word_but_not_listed_gives_no_claim",
            "test_a_table_name_beyond_the_allow_list_is_refused",
            "test_bigquery_tables_have_a_project_and_a_dataset_inside_quotes_that_no_name_can_end",
            "test_the_constant_part_is_words_and_at_most_five_minutes",
        ),
    ),
    Promise(
        "The newest live key signs; a claim never outlives its key; an ended key stays ended; blocks do not "
        "show themselves.",
        'SECURITY.md, rule 3; a predecessor\'s "future": more frequent rotation',
        by(
            "claims/test_sql.py",
            "test_the_newest_key_whose_time_has_come_signs",
            "test_without_a_live_key_there_is_no_row",
            "test_a_claim_never_outlives_its_key",
            "test_a_second_row_ends_a_key_and_none_prolongs_it",
        )
        + by(
            "claims/test_probe.py",
            "test_the_blocks_do_not_show_themselves",
        ),
    ),
)
