"""The defects of the two systems that Lookgate replaces, each held not to come back."""

from __future__ import annotations

from promises import Promise, by

PROMISES = (
    Promise(
        "Headers are found however written, checks come before writes, failures are failures, names are "
        "never patterns.",
        "a predecessor's defect: the updater's headers, order, status codes and searches",
        by(
            "contract/test_predecessor_defects.py",
            "test_a_header_is_found_however_its_name_is_written",
            "test_the_allow_list_is_checked_before_anything_is_written",
            "test_no_failure_is_answered_with_success",
            "test_a_value_that_looker_does_not_delete_is_not_reported_as_deleted",
            "test_a_group_is_never_found_by_pattern",
            "test_what_is_not_found_upstream_is_no_success_here",
        ),
    ),
    Promise(
        "Nothing is open by itself, nothing is a relay, and a caller's URL and credentials lead nowhere.",
        "a predecessor's defect: no authentication, server-side request forgery, an open relay",
        by(
            "contract/test_predecessor_defects.py",
            "test_no_route_that_tells_or_does_anything_is_open_by_itself",
            "test_a_callers_base_url_and_credentials_lead_nowhere",
            "test_the_gateway_is_no_relay",
            "test_an_allow_list_of_origins_breaks_no_request",
            "test_an_origin_that_only_resembles_an_allowed_one_is_not_allowed",
            "test_who_calls_is_not_taken_from_what_the_caller_says",
        ),
    ),
    Promise(
        "Sessions end, writes are cheap, health answers, prefixes are recognised, secrets are not echoed "
        "nor put in a URL.",
        "a predecessor's defect: live admin tokens, many calls, a missing health route, echoed secrets",
        by(
            "contract/test_predecessor_defects.py",
            "test_no_admin_session_stays_behind",
            "test_a_write_costs_one_call",
            "test_the_health_routes_are_there",
            "test_a_value_stored_with_its_scheme_is_recognised_and_never_stored_so",
            "test_a_validation_error_does_not_echo_the_secret",
            "test_a_request_without_a_body_is_no_failure",
            "test_no_secret_travels_in_a_url",
        ),
    ),
    Promise(
        "Expiry is compared in the right unit and direction, and secrets are made of real randomness.",
        "a predecessor's defect: expired claims passed; RAND() as the secret",
        by(
            "contract/test_predecessor_defects.py",
            "test_an_expired_key_is_refused_and_a_live_one_is_not",
            "test_secrets_are_made_of_the_randomness_that_is_passed_in_all_256_bits_of_it",
        ),
    ),
    Promise(
        "The updater's defects about headers and tokens do not come back at any door: the case of a name, a stored "
        "scheme, an echoed token, an open route.",
        "a predecessor's defect: 'Authorization' was looked for among lower-cased names, so it always failed; values "
        "were stored with their prefix; validation errors echoed the secret",
        by(
            "contract/test_predecessor_claims.py",
            "test_defect_of_the_updater_authorization_was_looked_for_among_lower_cased_names",
            "test_defect_of_the_updater_other_headers_are_found_however_their_name_is_written",
            "test_defect_of_the_updater_a_token_was_stored_with_its_scheme",
            "test_defect_of_the_updater_a_validation_error_echoed_the_token",
            "test_defect_of_the_updater_no_route_that_makes_tokens_is_open_and_no_refusal_is_a_success",
        ),
    ),
    Promise(
        "The script runner's defects about claims and tokens do not come back at any door, whatever the kind of token.",
        "a predecessor's defect: the unit and direction of expiry, token after token for one claim, aud, the 32-byte "
        "block, RAND(), joined strings, a token in the URL",
        by(
            "contract/test_predecessor_claims.py",
            "test_defect_of_the_script_runner_expiry_was_compared_in_the_wrong_unit_and_direction",
            "test_defect_of_the_script_runner_the_same_claim_gave_token_after_token",
            "test_defect_of_the_script_runner_a_claim_at_the_exchange_gives_one_token",
            "test_defect_of_the_script_runner_aud_was_never_checked",
            "test_defect_of_the_script_runner_the_mac_used_a_32_byte_block",
            "test_defect_of_the_script_runner_a_key_is_256_bits_of_the_operating_systems_generator",
            "test_defect_of_the_script_runner_claims_were_built_by_joining_strings",
            "test_defect_of_the_script_runner_the_token_stood_in_the_url",
        )
        + by("claims/test_mint.py", "test_defect_of_the_script_runner_rand_was_the_secret")
        + by("claims/test_sql.py", "test_defect_of_the_script_runner_rand_is_used_for_nothing")
        + by("claims/test_probe.py", "test_defect_of_the_script_runner_a_block_of_32_bytes_is_refused")
        + by(
            "claims/test_lookml.py",
            "test_the_consent_tile_links_to_the_gateway_with_claim_and_state_in_the_fragment",
        ),
    ),
)
