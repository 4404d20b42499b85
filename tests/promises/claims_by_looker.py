"""Claims that Looker checks, for a gateway without keys and without a warehouse."""

from __future__ import annotations

from promises import Promise, by

PROMISES = (
    Promise(
        "A gateway that holds no key and reaches no warehouse knows the user by their claim, for one API call each.",
        "docs/claims.md, If the gateway may not even read the warehouse",
        by(
            "flows/test_claims_by_looker.py",
            "test_a_gateway_without_a_key_knows_each_user_by_their_claim",
            "test_each_claim_costs_exactly_one_call_that_no_cache_answers",
            "test_what_can_be_refused_without_looker_costs_no_call",
            "test_a_disabled_user_s_claim_is_refused",
        )
        + by(
            "looker/test_claim_check.py",
            "test_a_claim_is_asked_about_in_one_call_with_words_and_the_fingerprint_alone",
            "test_a_claim_that_the_warehouse_cannot_have_written_costs_no_call",
        ),
    ),
    Promise(
        "It refuses what the verifier in memory refuses: hostile, forged, changed, used, retired, somebody else's.",
        "SECURITY.md, rules 3 and 9; RFC 8725, section 2",
        by(
            "contract/test_claim_tokens_by_looker.py",
            "test_a_hostile_claim_is_refused_and_an_honest_one_let_in_after_it",
            "test_only_what_could_be_a_claim_is_asked_about",
        )
        + by(
            "flows/test_claims_by_looker.py",
            "test_nobody_gets_another_user_s_claim_by_changing_their_own",
            "test_a_second_use_is_refused",
            "test_a_key_that_the_warehouse_retires_stops_verifying",
            "test_the_gateway_s_user_gets_no_claim_of_somebody_else_either",
        )
        + by(
            "looker/test_claim_check.py",
            "test_no_is_a_refusal",
            "test_of_fifty_who_present_one_claim_exactly_one_is_let_in",
        ),
    ),
    Promise(
        "Whatever Looker says but a verdict on this very claim lets nobody in, is a 503, and uses up no claim.",
        "SECURITY.md, rule 7",
        by(
            "flows/test_claims_by_looker.py",
            "test_while_looker_does_not_answer_nobody_is_let_in_and_no_claim_is_used_up",
        )
        + by(
            "looker/test_claim_check.py",
            "test_any_other_answer_is_no_answer",
            "test_a_yes_beside_anything_else_is_no_answer",
            "test_a_refusal_of_looker_s_is_unavailable_whatever_its_body_says",
            "test_a_looker_that_answers_something_else_than_json_is_unavailable",
            "test_a_looker_that_does_not_answer_in_time_is_unavailable",
            "test_only_so_many_are_checked_at_a_time_and_a_flood_is_turned_away_at_once",
            "test_nobody_waits_longer_for_their_turn_than_it_says",
            "test_a_gateway_that_knows_no_key_yet_loses_nothing_of_a_first_rush",
            "test_the_probe_says_what_is_missing",
        ),
    ),
    Promise(
        "Who makes up claims for keys that they have to guess spends ten queries and one in six seconds, and is in "
        "nobody's way.",
        "docs/claims.md, If the gateway may not even read the warehouse",
        by(
            "looker/test_claim_check.py",
            "test_who_makes_up_claims_spends_little_of_the_quota_and_is_in_nobody_s_way",
            "test_a_key_that_retired_is_in_doubt_again",
        ),
    ),
    Promise(
        "Only the gateway's user may ask; the answer is yes or no, and neither question nor record holds a claim.",
        "docs/claims.md, If the gateway may not even read the warehouse; docs/decisions/0036-looker-says-whether.md",
        by(
            "flows/test_claims_by_looker.py",
            "test_nobody_but_the_gateway_s_user_may_ask_not_even_an_admin",
            "test_what_looker_records_of_a_check_is_no_claim",
        )
        + by(
            "claims/test_check_lookml.py",
            "test_without_the_attribute_s_name_nothing_of_it_is_written",
            "test_the_explore_is_hidden_joins_nothing_is_never_cached_and_needs_the_grant",
            "test_who_may_make_claims_needs_no_right_to_check_them_and_the_reverse",
            "test_nobody_without_the_attribute_gets_a_verdict",
            "test_the_only_field_is_the_verdict",
            "test_what_is_written_is_to_the_letter_what_was_reviewed",
            "test_the_reviewer_is_told_what_it_is_and_who_must_be_trusted",
        )
        + by(
            "claims/test_check.py",
            "test_no_answer_holds_a_mac_or_a_key",
            "test_the_question_holds_no_claim_that_could_be_used",
        )
        + by("looker/test_claim_check.py", "test_no_error_of_a_check_repeats_the_claim_or_its_parts"),
    ),
    Promise(
        "The command line writes the check explore on request and says, as the gateway would be told, what it lacks; "
        "settings that do not fit together are refused.",
        "docs/claims.md, If the gateway may not even read the warehouse",
        by(
            "cli/test_claims_by_looker.py",
            "test_the_probe_asks_looker_as_the_gateway_does",
            "test_the_probe_says_what_is_missing_for_a_user_without_the_attribute",
            "test_the_probe_says_when_the_query_does_not_run_and_when_the_model_is_another",
            "test_with_a_warehouse_the_probe_asks_both",
            "test_check_says_who_verifies_and_asks_for_no_key",
            "test_the_lookml_of_the_check_is_written_on_request_and_is_the_same_each_time",
        )
        + by(
            "settings/test_claims.py",
            "test_a_gateway_that_lets_looker_verify_needs_neither_warehouse_nor_key",
            "test_every_mistake_is_named_with_its_place_and_fix",
        ),
    ),
    Promise(
        "Each engine tells what it signed from everything else, and no input is more than a value.",
        "SECURITY.md, rule 9",
        by(
            "claims/test_check.py",
            "test_what_the_engine_signed_fits_and_the_answer_names_the_question",
            "test_a_key_that_only_waits_verifies_already",
            "test_whatever_is_changed_does_not_fit",
            "test_a_key_that_is_not_there_or_retired_is_unknown",
            "test_the_name_of_a_key_in_other_letters_is_another_key",
            "test_a_row_without_whole_blocks_is_no_key_that_everybody_knows",
            "test_no_input_is_more_than_a_value",
            "test_no_quoted_input_changes_the_shape_of_the_question",
        )
        + by(
            "claims/test_check_lookml.py",
            "test_looker_and_the_sql_both_keep_anything_but_words_out_of_every_input",
            "test_every_dialect_s_project_is_free_of_problems_and_checks_the_table_that_signs",
            "test_no_attribute_s_name_writes_anything_but_itself",
        ),
    ),
)
