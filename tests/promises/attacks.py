"""What an attacker tried, and what went wrong in the systems that Lookgate replaces."""

from __future__ import annotations

from promises import Promise, by

PROMISES = (
    Promise(
        "No defect of the predecessors comes back: each has a test named after it.",
        "defects of the predecessors",
        by(
            "contract/test_predecessor_defects.py",
            "test_a_header_is_found_however_its_name_is_written",
            "test_the_allow_list_is_checked_before_anything_is_written",
            "test_no_route_that_tells_or_does_anything_is_open_by_itself",
            "test_no_failure_is_answered_with_success",
            "test_a_value_that_looker_does_not_delete_is_not_reported_as_deleted",
            "test_a_group_is_never_found_by_pattern",
            "test_a_callers_base_url_and_credentials_lead_nowhere",
            "test_no_admin_session_stays_behind",
            "test_a_write_costs_one_call",
            "test_the_health_routes_are_there",
            "test_a_value_stored_with_its_scheme_is_recognised_and_never_stored_so",
            "test_a_validation_error_does_not_echo_the_secret",
            "test_an_allow_list_of_origins_breaks_no_request",
            "test_an_origin_that_only_resembles_an_allowed_one_is_not_allowed",
            "test_the_gateway_is_no_relay",
            "test_what_is_not_found_upstream_is_no_success_here",
            "test_a_request_without_a_body_is_no_failure",
            "test_no_secret_travels_in_a_url",
            "test_an_expired_key_is_refused_and_a_live_one_is_not",
            "test_secrets_are_made_of_the_randomness_that_is_passed_in_all_256_bits_of_it",
            "test_who_calls_is_not_taken_from_what_the_caller_says",
        ),
    ),
    Promise(
        "A secret that Looker puts where no secret belongs is neither told nor taken in.",
        "SECURITY.md, rule 4",
        (
            *by(
                "verify/test_tag.py",
                "test_a_secret_that_looker_put_inside_another_tag_is_not_told_as_the_name_of_an_attribute",
                "test_the_names_that_people_give_attributes_are_told",
            ),
            *by(
                "web/test_reflection.py",
                "test_a_signed_token_of_another_attribute_typed_into_a_field_is_refused",
                "test_what_only_begins_like_a_signed_token_passes",
                "test_a_megabyte_of_beginnings_is_searched_in_linear_time",
            ),
        ),
    ),
    Promise(
        "A call that is refused at the door is audited like any other, and no event can steer a terminal.",
        "SECURITY.md, rule 10",
        (
            "web/test_app.py::test_a_call_that_is_refused_at_the_door_leaves_an_event_too",
            "actions/test_run.py::test_whatever_a_handler_raises_the_call_fails_and_is_audited",
            "cli/test_audit.py::test_json_cannot_steer_the_terminal_and_still_says_the_same",
        ),
    ),
    Promise(
        "What Looker knows is no older than the age limit, names included; a revoked handle ends at once.",
        "docs/concepts.md, Policy",
        (
            "verify/test_handle.py::test_a_handle_that_is_revoked_while_looker_is_asked_is_refused",
            *by(
                "looker/test_directory.py",
                "test_a_groups_name_is_no_older_than_the_age_limit_even_when_the_user_was_asked_for_later",
                "test_a_group_that_has_gone_is_not_looked_for_with_every_call",
            ),
        ),
    ),
    Promise(
        "Whatever Looker answers, and whatever happens to the store's file, a failure is a 503 and loses nothing.",
        "SECURITY.md, rule 7",
        (
            "looker/test_handles.py::test_what_is_no_list_of_looker_is_an_error_in_words",
            "store/test_sqlite.py::test_nothing_is_written_into_a_file_that_was_removed_or_replaced",
            *by(
                "looker/test_client.py",
                "test_bytes_that_are_no_text_are_unavailable_and_not_a_failure_inside",
                "test_a_session_token_that_does_not_fit_a_header_is_unavailable",
            ),
            "actions/test_decode.py::test_a_number_beyond_every_float_is_refused_and_does_not_become_infinite",
        ),
    ),
    Promise(
        "The command line answers bad input in words.",
        "SECURITY.md, rule 7",
        by(
            "cli/test_main.py",
            "test_what_nobody_would_type_is_told_in_words_too",
            "test_a_full_disk_is_told_in_words",
        ),
    ),
)
