"""Tests that notice: what mutation testing found missing, and the page that explains what no test can notice."""

from __future__ import annotations

from promises import Promise, by

PROMISES = (
    Promise(
        "Every mutant that no test notices is explained, by code that is still there; every error has a code that a "
        "test expects, a sentence and a fix.",
        "docs/security/mutants.md",
        by(
            "docs/test_mutants.py",
            "test_every_explained_mutant_is_of_code_that_is_still_there",
            "test_every_part_is_counted_and_as_many_mutants_are_explained_as_survived",
            "test_every_row_of_survivors_is_read",
            "test_every_function_that_the_tool_leaves_alone_is_named",
            "test_every_code_of_an_error_is_expected_by_a_test_and_comes_with_a_sentence_and_a_fix",
        ),
    ),
    Promise(
        "A token has one exact form, and what binds it to its handle is the same on each gateway and in each release.",
        "docs/tokens.md; RFC 7515, section 3.1",
        by(
            "keys/test_token.py",
            "test_a_token_is_compact_says_exactly_this_and_has_a_number_of_128_bits",
            "test_what_binds_a_token_to_its_handle_stays_the_same_for_every_gateway_and_release",
            "test_the_key_that_signs_is_the_one_whose_time_has_come",
            "test_another_kind_of_token_says_which_it_is",
            "test_a_ring_that_cannot_be_read_is_told_without_its_place_and_one_without_a_key_with_the_command",
        ),
    ),
    Promise(
        "A denial, and a rule that cannot be written, name exactly the rule, its groups, roles and models.",
        "docs/policies.md",
        by(
            "core/test_policy.py",
            "test_a_denial_names_one_group_or_role_as_one_and_several_as_several",
            "test_not_lets_in_nobody_when_one_of_several_rules_could_not_tell",
        )
        + by("core/test_policy_facts.py", "test_a_rule_of_the_wrong_thing_says_which_rule_it_is")
        + by(
            "core/test_policy_explain.py",
            "test_what_is_not_known_or_proves_nothing_is_named_and_not_shown",
            "test_an_allowed_call_has_neither_code_nor_hint_and_a_rule_that_looks_at_nothing_looked_at_the_caller",
        ),
    ),
    Promise(
        "The keys of claims are at hand: never an old one, and never a wait for what is known.",
        "docs/claims.md",
        by(
            "verify/test_claim_keys.py",
            "test_a_ring_that_was_replaced_is_believed_even_where_a_key_has_the_name_of_another_one",
            "test_keys_that_cannot_be_read_name_the_command_that_shows_why_and_keep_the_cause_to_the_log",
            "test_those_who_waited_for_a_slow_answer_do_not_ask_again",
            "test_a_known_key_does_not_wait_while_an_unknown_one_is_asked_for",
        ),
    ),
    Promise(
        "A token is taken apart in one way, up to its longest length.",
        "docs/verifiers.md; RFC 7519",
        by(
            "verify/test_jwt.py",
            "test_the_jti_of_a_verified_token_is_its_own",
            "test_a_token_of_the_longest_length_is_read_and_one_character_more_is_not",
            "test_a_token_has_three_parts",
            "test_the_part_that_cannot_be_read_is_named",
            "test_a_signature_is_read_whatever_it_ends_with",
        )
        + by(
            "verify/test_exact_refusals.py",
            "test_a_claim_of_the_longest_length_is_read_and_a_longer_one_is_not",
            "test_a_token_of_ours_has_one_header",
            "test_a_header_that_asks_for_something_unusual_is_refused_by_its_name",
            "test_an_unsubstituted_tag_that_is_no_plain_name_is_told_without_it",
            "test_a_time_is_a_whole_second_between_1970_and_2242_and_a_life_is_longer_than_nothing",
            "test_a_life_of_one_second_is_one_and_the_longest_is_not_too_long",
            "test_a_life_longer_than_the_longest_is_refused",
            "test_a_time_of_an_id_token_is_a_whole_second_between_1970_and_2242",
            "test_a_subject_has_one_to_255_characters",
            "test_an_address_has_at_most_320_characters_and_a_name_255",
            "test_a_key_set_from_a_file_is_never_due",
            "test_a_used_claim_is_remembered_as_long_as_it_would_be_believed",
            "test_an_ed25519_key_is_read_whichever_sign_its_x_has",
            "test_a_point_is_written_with_the_least_x_and_in_no_other_way",
            "test_what_is_nobodys_is_told_what_this_gateway_verifies",
            "test_the_configuration_is_asked_for_under_the_issuers_whole_path",
            "test_each_withdrawal_of_a_key_is_counted",
            "test_an_id_token_before_or_after_its_time_is_told_which",
            "test_a_key_of_another_kind_hides_no_key_that_stands_after_it",
            "test_what_is_no_key_set_is_called_that",
            "test_a_refused_algorithm_is_told_with_those_that_are_accepted",
            "test_a_token_for_another_providers_audience_is_left_to_that_provider",
            "test_a_token_that_names_another_algorithm_than_its_keys_is_refused",
            "test_an_rsa_key_has_2048_to_16384_bits_and_an_odd_exponent_from_3_to_64_bits",
            "test_of_google_only_the_listed_addresses_or_the_one_domain_are_let_in",
            "test_a_google_token_without_a_presenter_was_presented_by_whom_it_is_for",
        ),
    ),
    Promise(
        "Of several audiences of one provider, each token opens its own and nothing else.",
        "docs/verifiers.md; RFC 7519, section 4.1.3",
        by(
            "verify/test_by_audience.py",
            "test_a_token_says_who_presents_it_and_for_which_audience",
            "test_a_token_for_any_other_audience_opens_nothing_and_is_told_the_first",
            "test_nothing_and_what_is_no_token_of_this_provider_are_refused_by_their_codes",
        ),
    ),
    Promise(
        "A new key or handle is its prefix and 256 random bits.",
        "docs/verifiers.md",
        by("verify/test_api_key.py", "test_a_new_key_is_the_prefix_and_32_bytes_in_base64url")
        + by("verify/test_handle.py", "test_a_new_handle_is_the_prefix_and_32_bytes_in_base64url"),
    ),
    Promise(
        "Questions that wait for Looker count towards the flood, and what is forgotten first is the oldest.",
        "docs/verifiers.md",
        by(
            "verify/test_looker_token.py",
            "test_questions_that_wait_for_looker_count_as_if_they_were_in_vain",
            "test_what_is_forgotten_first_is_the_oldest",
        ),
    ),
    Promise(
        "What is generated is to the letter what was reviewed; files are written all or none, only over our own, and "
        "an unknown dialect is told the known ones.",
        "docs/claims.md",
        by(
            "claims/test_install.py",
            "test_a_row_that_ends_a_key_holds_nothing_to_sign_with",
            "test_a_key_that_the_ring_does_not_have_and_that_ends_now_needs_no_row",
            "test_a_row_never_prolongs_a_key",
        )
        + by("claims/test_probe.py", "test_a_key_of_any_length_has_the_blocks_of_the_standard")
        + by(
            "claims/test_letter.py",
            "test_every_text_is_to_the_letter_what_was_reviewed",
            "test_rotations_and_lives_are_accepted_up_to_their_limits",
            "test_a_key_table_is_looked_at_where_there_is_one",
            "test_a_consent_page_is_a_plain_url_with_a_possible_port",
            "test_a_comment_has_lines_of_112_characters_at_most",
        )
        + by(
            "claims/test_write.py",
            "test_files_are_written_into_a_new_folder_and_nothing_else_is_left_there",
            "test_a_file_that_would_be_the_same_is_not_touched",
            "test_somebody_elses_file_stops_everything_before_anything_is_written",
            "test_a_folder_that_cannot_be_written_to_is_one_clear_error_and_nothing_is_half_written",
            "test_an_unknown_dialect_is_answered_with_the_known_ones",
        ),
    ),
    Promise(
        "The use of a handle is known to the hour, and written when five minutes are over, not sooner or later.",
        "docs/tokens.md",
        by(
            "verify/test_handle_uses.py",
            "test_a_use_is_known_to_the_hour_and_no_more",
            "test_a_write_waits_for_exactly_what_is_left_of_its_five_minutes",
        ),
    ),
)
