"""The HTTP surface of the gateway."""

from __future__ import annotations

from promises import Promise, by

PROMISES = (
    Promise(
        "A secret that came in by substitution does not go out, in any encoding, inside a JWT either.",
        "SECURITY.md, rule 4",
        by(
            "web/test_reflection.py",
            "test_a_secret_is_found_in_every_encoding_and_surroundings",
            "test_a_secret_inside_a_longer_base64_text_is_found_at_every_offset",
            "test_a_secret_inside_a_jwt_is_found",
            "test_an_answer_that_carries_the_secret_is_withheld_and_its_effect_undone",
            "test_an_answer_that_carries_the_secret_inside_a_jwt_is_withheld",
            "test_a_page_that_carries_the_readers_secret_is_withheld_and_audited_once",
            "test_what_is_withheld_is_said_without_the_secret",
        ),
    ),
    Promise(
        "The gateway speaks ASGI by itself: every answer says its length; another application can mount it.",
        "RFC 9110, section 8.6",
        by(
            "web/test_app.py",
            "test_every_answer_says_how_long_it_is",
            "test_a_gateway_mounted_below_another_application_answers_by_the_rest_of_the_path",
            "test_an_instance_starts_and_stops_by_the_lifespan_protocol",
        ),
    ),
    Promise(
        "The guard withholds nothing else.",
        "SECURITY.md, rule 4",
        by(
            "web/test_reflection.py",
            "test_what_does_not_hold_the_secret_passes",
            "test_a_part_of_a_secret_passes",
            "test_broken_escapes_break_nothing",
            "test_without_a_secret_nothing_is_refused_on_the_way_out",
        )
        + by(
            "web/test_canary.py",
            "test_a_word_presented_as_a_credential_does_not_turn_answers_into_failures",
        ),
    ),
    Promise(
        "A body or URL that carries a secret is refused, so that it cannot be stored for somebody else to read back.",
        "SECURITY.md, rule 4",
        by(
            "web/test_reflection.py",
            "test_our_own_secrets_are_refused_in_any_request_whoever_sends_them",
            "test_a_secret_typed_into_a_field_is_refused_before_anything_is_stored",
            "test_a_secret_in_the_url_is_refused",
            "test_a_signed_token_of_another_attribute_typed_into_a_field_is_refused",
            "test_what_only_begins_like_a_signed_token_passes",
            "test_a_megabyte_of_beginnings_is_searched_in_linear_time",
        )
        + by(
            "web/test_body.py",
            "test_a_secret_is_found_in_a_long_body_too",
        )
        + by(
            "flows/test_caller.py",
            "test_a_tag_typed_into_a_field_is_refused_before_the_handle_in_it_is_stored",
        ),
    ),
    Promise(
        "Planted secrets are found in no answer, header, log line, audit row or metric, however verification ends.",
        "SECURITY.md, rules 3 and 4",
        by(
            "web/test_canary.py",
            "test_no_secret_leaves_by_any_route_however_its_verification_ends",
            "test_a_secret_that_became_somebodys_name_is_withheld_from_the_log",
            "test_a_secret_in_a_traceback_is_withheld_from_the_log",
        ),
    ),
    Promise(
        "A refusal is an RFC 9457 problem that names the rule, the one fix and the request.",
        "docs/add-an-action.md, Call it; RFC 9457, section 3",
        by(
            "web/test_app.py",
            "test_a_refusal_is_a_problem_that_names_rule_fix_and_request",
            "test_an_unknown_path_is_a_404_problem",
            "test_a_wrong_method_is_a_405_that_names_the_right_one",
            "test_an_unknown_action_is_a_404_that_leaves_no_audit_row",
        )
        + by(
            "web/test_openapi.py",
            "test_real_refusals_fit_the_problem_schema",
        ),
    ),
    Promise(
        "Names that strangers make up leave no audit row and open no metric.",
        "SECURITY.md, rule 10",
        by(
            "web/test_app.py",
            "test_an_unknown_action_is_a_404_that_leaves_no_audit_row",
            "test_a_made_up_path_below_the_actions_leaves_no_audit_row",
        )
        + by(
            "web/test_metrics.py",
            "test_what_strangers_make_up_opens_no_new_series",
            "test_a_handler_that_makes_up_rules_opens_a_bounded_number_of_series",
        ),
    ),
    Promise(
        "Only pages of the configured Looker origins may call, and they can read every answer, refusals included.",
        "docs/quickstart.md, With a real instance; Fetch standard, CORS protocol",
        by(
            "web/test_cors.py",
            "test_an_allowed_page_can_read_every_answer_refusals_and_failures_included",
            "test_an_allowed_page_is_told_before_it_calls_what_it_may_send",
            "test_a_foreign_page_is_refused_before_its_credential_is_looked_at",
            "test_a_foreign_page_that_asks_first_is_refused",
            "test_two_origins_are_refused",
            "test_a_call_without_an_origin_as_serverproxy_sends_it_is_answered",
        ),
    ),
    Promise(
        "No page may send a handle or an API key: only Looker's server has them.",
        "docs/concepts.md, Handle",
        by(
            "web/test_cors.py",
            "test_no_page_may_send_a_handle_or_an_api_key_because_only_lookers_server_has_them",
        ),
    ),
    Promise(
        "Bodies and headers are limited, uncompressed and JSON; nothing that never ends is waited for.",
        "SECURITY.md, Who attacks",
        by(
            "web/test_body.py",
            "test_a_body_that_announces_too_much_is_refused_unread",
            "test_an_absurd_length_is_refused_as_well",
            "test_a_body_that_grows_past_the_limit_is_refused_whatever_it_announced",
            "test_a_body_of_exactly_the_limit_in_pieces_is_read",
            "test_a_body_of_another_type_is_refused",
            "test_a_body_without_a_type_or_with_two_is_refused",
            "test_json_in_utf8_is_read_however_it_is_spelt",
            "test_a_compressed_body_is_refused",
            "test_an_empty_body_is_an_empty_input_whatever_its_type",
            "test_a_caller_who_goes_away_half_way_is_audited_and_breaks_nothing",
            "test_a_body_that_never_ends_is_not_waited_for",
            "test_a_body_that_nests_without_end_is_refused",
        )
        + by(
            "web/test_app.py",
            "test_too_many_or_too_long_headers_are_refused",
        ),
    ),
    Promise(
        "healthz and readyz are open, leave no trace, and say nothing but what is missing.",
        "docs/decisions/0011-readiness-asks-looker-once.md",
        by(
            "web/test_app.py",
            "test_health_is_open_and_leaves_no_trace_in_the_audit",
        )
        + by(
            "web/test_readiness.py",
            "test_a_store_that_fails_makes_the_gateway_unready_without_saying_why",
            "test_without_an_instance_only_the_store_counts",
        ),
    ),
    Promise(
        "Readiness spends no quota: Looker is asked until it has answered once, and again only while unready.",
        "docs/decisions/0011-readiness-asks-looker-once.md",
        by(
            "web/test_readiness.py",
            "test_a_directory_that_answered_once_is_not_asked_again_because_calls_are_counted",
            "test_a_directory_that_does_not_answer_is_named_and_asked_again_later",
            "test_a_handle_that_could_not_be_verified_makes_the_gateway_unready_until_one_can",
            "test_many_strangers_at_once_cost_one_look",
            "test_the_store_is_not_asked_for_every_stranger_who_asks",
        ),
    ),
    Promise(
        "Docs, OpenAPI and metrics are for credentials with their scope unless the settings make them "
        "public; each look is audited.",
        "SECURITY.md, Who attacks",
        by(
            "web/test_app.py",
            "test_a_page_is_for_credentials_with_its_scope_and_each_look_is_audited",
            "test_a_page_is_public_only_when_the_settings_name_it",
            "test_pages_are_only_read",
        ),
    ),
    Promise(
        "Metrics count requests, durations, verifications and denials, in Prometheus' format.",
        "CHANGELOG.md",
        by(
            "web/test_metrics.py",
            "test_requests_are_counted_by_action_outcome_and_status",
            "test_durations_fall_into_buckets_that_add_up",
            "test_verifications_are_counted_by_verifier_and_result",
            "test_denials_are_counted_by_the_rule_that_refused",
        ),
    ),
    Promise(
        "Logs are one JSON line per request, with its id, and nothing that a caller could forge.",
        "SECURITY.md, rule 3; CHANGELOG.md",
        by(
            "web/test_log.py",
            "test_each_request_is_one_line_that_tells_who_what_and_how_it_ended",
            "test_a_refusal_is_logged_with_its_rule",
            "test_the_path_itself_is_never_logged",
            "test_a_line_cannot_be_forged_from_what_a_caller_sends",
            "test_a_log_that_cannot_be_written_costs_no_answer",
        ),
    ),
    Promise(
        "Every answer carries security headers and a request id of the gateway's own.",
        "SECURITY.md, Who attacks",
        by(
            "web/test_app.py",
            "test_every_answer_carries_the_security_headers_and_its_own_request_id",
            "test_the_callers_request_id_is_kept_beside_ours_and_never_becomes_it",
            "test_a_request_id_of_another_shape_is_dropped",
        ),
    ),
    Promise(
        "The origin of a call is kept with its audit event, if it can be read.",
        "SECURITY.md, rule 10",
        by(
            "web/test_app.py",
            "test_an_origin_is_kept_with_the_audit_event",
        )
        + by(
            "web/test_cors.py",
            "test_an_odd_origin_is_not_copied_into_audit_or_log",
        ),
    ),
    Promise(
        "The OpenAPI document is valid 3.1, lists every enabled action with its policy, and is the same for "
        "the same actions.",
        "README.md, How it works; OpenAPI 3.1",
        by(
            "web/test_openapi.py",
            "test_the_document_is_openapi_3_1_by_its_own_schema",
            "test_the_same_actions_give_the_same_bytes_in_whatever_order_they_come",
            "test_every_enabled_action_stands_there_with_its_policy_in_words",
            "test_only_an_action_that_lets_strangers_in_may_be_called_without_a_credential",
            "test_inputs_refuse_unknown_fields_in_the_document_as_well",
            "test_two_files_may_use_the_same_type_names",
            "test_without_actions_the_document_is_still_valid",
        )
        + by(
            "contract/test_actions.py",
            "test_all_together_make_a_valid_document",
            "test_it_says_what_it_does_and_its_example_is_accepted",
        ),
    ),
    Promise(
        "The gateway answers as its OpenAPI document says, for requests that fit and for those that do not.",
        "docs/add-an-action.md, Write it",
        by(
            "web/test_schemathesis.py",
            "test_every_request_gets_an_answer_that_the_document_promises",
        ),
    ),
    Promise(
        "The docs page shows each action with policy and fields, and examples that work.",
        "docs/add-an-action.md, Write it",
        by(
            "web/test_docs_page.py",
            "test_each_action_is_shown_with_its_policy_and_fields",
            "test_the_curl_example_holds_an_input_the_action_accepts",
            "test_the_curl_example_presents_a_credential_that_the_policy_lets_in",
            "test_the_fields_of_inner_structs_are_shown_with_the_path_to_them",
            "test_a_struct_that_holds_itself_is_shown_to_a_bounded_depth",
            "test_the_extension_example_names_the_attribute_that_the_settings_name",
            "test_an_input_without_fields_says_so",
            "test_without_actions_the_page_says_so",
            "test_a_field_without_limits_is_said_in_one_word",
        ),
    ),
    Promise(
        "The docs page fetches and runs nothing, and no word of an action becomes markup.",
        "SECURITY.md, Who attacks",
        by(
            "web/test_docs_page.py",
            "test_the_page_fetches_nothing_and_runs_nothing",
            "test_the_policy_lets_in_exactly_the_stylesheet_by_its_hash",
            "test_words_of_an_action_cannot_become_markup",
        ),
    ),
    Promise(
        "An action is called by its name with JSON; the gateway speaks plain ASGI and no WebSocket.",
        "docs/add-an-action.md, Call it",
        by(
            "web/test_app.py",
            "test_an_action_is_called_by_its_name_with_json",
            "test_a_websocket_is_closed",
            "test_an_instance_starts_and_stops_by_the_lifespan_protocol",
            "test_a_caller_who_is_gone_when_the_answer_comes_is_still_counted_and_logged",
        ),
    ),
    Promise(
        "What one connection may take is bounded: its head, its time; what two servers could read in two "
        "ways is refused.",
        "SECURITY.md, Who attacks; RFC 9112, sections 6.1 and 11.2",
        by(
            "web/test_protocol.py",
            "test_a_head_that_never_ends_is_cut_off_before_it_fills_the_memory",
            "test_a_url_or_a_header_that_never_ends_is_cut_off",
            "test_a_request_that_stays_unfinished_is_hung_up_on",
            "test_a_connection_that_says_nothing_is_closed_like_an_idle_one",
            "test_a_credential_in_a_trailer_is_no_credential",
            "test_a_body_beside_an_upgrade_is_refused_and_not_dropped",
            "test_an_upgrade_that_is_not_offered_is_ignored_where_nothing_is_lost",
            "test_several_requests_on_one_connection_are_answered_in_turn_and_in_any_pieces",
            "test_what_two_servers_could_read_in_two_ways_is_refused",
        ),
    ),
)
