"""The verifier of claims."""

from __future__ import annotations

from promises import Promise, by

PROMISES = (
    Promise(
        "A claim proves the Looker user as the directory knows them now; a disabled or deleted one is refused.",
        "docs/concepts.md, Verifier; a predecessor's auth server",
        by(
            "verify/test_claim.py",
            "test_the_principal_is_the_looker_user_as_the_directory_knows_them_now",
            "test_other_credentials_are_not_its_own",
            "test_a_disabled_or_deleted_user_s_claim_is_refused",
            "test_another_instance_s_claim_is_refused",
        ),
    ),
    Promise(
        "No hostile, forged, over-long or ambiguous claim is accepted, and no error repeats one.",
        "SECURITY.md, rules 3 and 9; RFC 8725, section 2",
        by(
            "contract/test_claim_tokens.py",
            "test_a_hostile_claim_is_refused_before_and_after_an_honest_one",
            "test_the_count_of_hostile_claims_accepted_is_zero",
        )
        + by(
            "verify/test_claim.py",
            "test_a_forged_claim_is_refused",
            "test_a_claim_that_lives_longer_than_five_minutes_is_refused_however_well_it_is_signed",
            "test_times_are_whole_seconds",
            "test_the_subject_and_the_nonce_are_plain_words",
            "test_a_claim_that_says_less_or_more_is_refused",
            "test_clocks_may_differ_by_thirty_seconds_and_no_more",
            "test_a_key_of_another_algorithm_verifies_no_claim",
            "test_no_error_repeats_the_claim_or_a_key",
        ),
    ),
    Promise(
        "A claim is used once: of a thousand who present it exactly one is let in, also after a restart.",
        "RFC 7519, section 4.1.7; a predecessor's defect: the same claim gave token after token",
        by(
            "verify/test_claim.py",
            "test_of_a_thousand_who_present_one_claim_exactly_one_is_let_in",
            "test_nobody_can_use_up_another_user_s_nonce",
            "test_a_claim_about_which_nothing_could_be_decided_is_not_used_up",
            "test_a_used_claim_stays_used_after_a_restart_of_the_gateway",
            "test_defect_of_the_script_runner_the_same_claim_gave_token_after_token",
        ),
    ),
    Promise(
        "The defects of the known script runner do not come back: unit of expiry, audience, block size, "
        "joined strings.",
        "a predecessor's defect: expired claims passed, aud was never checked, a 32-byte block, joined strings",
        by(
            "verify/test_claim.py",
            "test_defect_of_the_script_runner_an_expired_claim_passed_because_of_its_unit_and_direction",
            "test_defect_of_the_script_runner_the_audience_was_never_checked",
            "test_defect_of_the_script_runner_a_mac_over_32_byte_blocks_is_not_hmac",
            "test_defect_of_the_script_runner_claims_were_built_by_joining_strings",
        ),
    ),
    Promise(
        "Keys rotate under load and end when they say; an outage of the warehouse loses no claim of a known "
        "key and prolongs none.",
        "SECURITY.md, rules 7 and 9",
        by(
            "verify/test_claim.py",
            "test_rotation_under_load_loses_no_request",
            "test_a_retired_key_stops_verifying_at_the_time_it_says",
            "test_keys_minted_in_the_warehouse_are_read_once_and_remembered",
            "test_a_key_that_was_just_minted_is_found_and_a_flood_of_unknown_names_is_not_a_flood_of_queries",
            "test_an_outage_of_the_warehouse_loses_no_claim_of_a_known_key_and_never_prolongs_one",
            "test_a_key_that_the_table_ends_early_ends_early",
            "test_concurrent_claims_read_the_keys_once",
        ),
    ),
)
