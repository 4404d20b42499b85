"""An app of one's own knows its callers: ASGI middleware, FastAPI dependency, function decorator."""

from __future__ import annotations

from promises import Promise, by

MIDDLEWARE, FUNCTIONS, FASTAPI = "web/test_middleware.py", "web/test_functions.py", "web/test_fastapi.py"
EXAMPLES = "examples/test_in_process.py"

PROMISES = (
    Promise(
        "The app is told who calls, by every credential that the gateway takes, and never sees the credential.",
        "docs/in-process.md, Any ASGI app; What it costs",
        by(
            MIDDLEWARE,
            "test_the_app_is_told_who_calls_and_not_what_proved_it",
            "test_a_scope_that_claims_a_principal_is_overwritten",
            "test_a_level_that_is_asked_for_counts",
            "test_cloud_runs_own_token_beside_the_callers_is_no_second_credential_and_not_for_the_app",
        )
        + by(FUNCTIONS, "test_the_function_is_told_who_calls_and_not_what_proved_it")
        + by(EXAMPLES, "test_the_user_in_the_group_comes_in_by_name_and_is_audited_so"),
    ),
    Promise(
        "Nobody comes in without proof unless public is written out, to no path and by no method.",
        "docs/in-process.md, Any ASGI app; SECURITY.md, rule 2",
        by(
            MIDDLEWARE,
            "test_nobody_comes_in_without_a_credential_unless_public_is_written_out",
            "test_the_policy_stands_before_every_path_known_or_not_and_every_method",
            "test_what_cannot_be_used_is_refused_at_the_start",
            "test_who_is_not_proven_now_does_not_come_in",
        )
        + by(
            FUNCTIONS,
            "test_nobody_comes_in_without_a_credential_unless_public_is_written_out",
            "test_a_policy_that_cannot_be_used_is_refused_at_the_start",
        )
        + by(
            EXAMPLES,
            "test_nobody_else_does_and_each_refusal_is_a_problem_and_audited",
            "test_a_disabled_user_is_refused_even_by_a_live_handle",
        ),
    ),
    Promise(
        "Hostile headers and tokens are refused at an app's own door as at the gateway's.",
        "SECURITY.md, rule 1; RFC 8725",
        by(MIDDLEWARE, "test_hostile_headers_are_refused_with_a_problem_and_audited", "test_websockets_are_refused")
        + by(FUNCTIONS, "test_hostile_headers_are_refused_with_a_problem_and_audited")
        + by(
            "contract/test_doors.py",
            "test_no_hostile_token_of_any_kind_is_let_in_at_any_door",
        ),
    ),
    Promise(
        "What came in as a secret never goes out of an app, and is taken in by no other door.",
        "SECURITY.md, rule 4; docs/in-process.md, What it costs",
        by(
            MIDDLEWARE,
            "test_a_secret_that_was_typed_into_a_body_or_url_is_not_taken_in",
            "test_a_body_within_the_limit_reaches_the_app_whole_and_no_longer_one_does",
            "test_what_the_app_leaks_of_the_secret_is_withheld",
            "test_an_answer_that_cannot_be_searched_does_not_go_out_to_who_presented_a_secret",
            "test_an_app_that_compresses_inside_answers_plainly_to_who_presented_a_secret",
            "test_no_encoding_of_the_secret_goes_out_not_even_over_many_pieces",
        )
        + by(
            FUNCTIONS,
            "test_a_secret_that_was_typed_into_a_body_or_url_is_not_taken_in_and_a_long_body_is_not_read",
            "test_what_leaks_or_cannot_be_searched_does_not_go_out",
            "test_whatever_flask_takes_goes_out",
        )
        + by(EXAMPLES, "test_a_secret_typed_into_a_field_is_neither_taken_in_nor_echoed"),
    ),
    Promise(
        "Each request leaves one outcome before its answer goes out, named by its route; an effect is announced first.",
        "docs/in-process.md, See who called",
        by(
            MIDDLEWARE,
            "test_each_request_leaves_one_outcome_named_by_its_route_and_an_effect_is_announced_first",
            "test_an_answer_whose_outcome_cannot_be_stored_does_not_go_out",
            "test_nothing_with_an_effect_begins_that_could_not_be_announced",
            "test_a_call_that_is_cancelled_is_written_down",
        ),
    ),
    Promise(
        "Failure is never a success, and tells the caller nothing of the app's inside.",
        "SECURITY.md, rule 7; docs/in-process.md, What it costs",
        by(
            MIDDLEWARE,
            "test_an_unexpected_failure_is_a_problem_for_the_caller_and_an_exception_for_the_servers_log",
            "test_an_app_that_answers_nothing_is_a_failure",
            "test_an_app_that_swallows_the_refusal_of_its_answer_gets_no_other_answer_out",
        )
        + by(FUNCTIONS, "test_no_failure_is_answered_with_success")
        + by(EXAMPLES, "test_the_function_answers_as_the_guide_says"),
    ),
    Promise(
        "The app keeps its own CORS, its start and stop, and what it does after its answer.",
        "docs/in-process.md, What it costs",
        by(
            MIDDLEWARE,
            "test_cors_outside_answers_preflights_and_dresses_refusals_and_inside_no_preflight_comes_through",
            "test_start_and_stop_reach_the_app_and_close_the_gateway_that_was_built_for_it",
            "test_a_gateway_that_was_handed_over_stays_open",
            "test_what_the_app_does_after_its_answer_still_happens",
        ),
    ),
    Promise(
        "Functions share one event loop, whoever does not use a framework does not import it, and the end closes all.",
        "docs/in-process.md, A function",
        by(
            FUNCTIONS,
            "test_many_callers_at_once_share_one_loop_and_each_is_told_apart",
            "test_the_process_closes_what_it_opened_when_it_ends",
            "test_neither_flask_nor_fastapi_is_imported_by_who_does_not_use_it",
        ),
    ),
    Promise(
        "A FastAPI route gets the caller by a dependency, with rules of its own that its OpenAPI shows.",
        "docs/in-process.md, FastAPI",
        by(
            FASTAPI,
            "test_a_route_gets_whoever_calls_or_only_whom_its_rules_allow",
            "test_the_audit_log_says_why_and_the_caller_is_told_only_the_rule",
            "test_the_apps_openapi_names_the_credentials_of_each_route",
            "test_a_rule_that_asks_looker_for_what_was_not_announced_lets_nobody_in",
            "test_without_the_middleware_nobody_comes_in",
            "test_a_requirement_without_a_rule_is_refused_where_it_is_written",
        )
        + by(
            EXAMPLES,
            "test_the_fastapi_apps_open_route_says_who_calls",
            "test_the_settings_beside_the_examples_are_those_of_an_instance",
        ),
    ),
)
