"""What an action is, and the straight line that runs one."""

from __future__ import annotations

from promises import Promise, by

PROMISES = (
    Promise(
        "An action is one file: its name, types and words come from its function.",
        "docs/add-an-action.md, Write it",
        by(
            "actions/test_base.py",
            "test_an_action_takes_its_name_types_and_words_from_its_function",
            "test_a_name_may_be_given",
            "test_two_actions_in_one_file_are_refused",
            "test_a_file_without_an_action_is_refused_unless_its_name_starts_with_an_underscore",
            "test_an_action_imported_from_a_neighbour_belongs_to_the_neighbour",
        )
        + by(
            "core/test_registry.py",
            "test_each_file_is_a_member_in_alphabetical_order_and_underscores_are_left_alone",
            "test_a_missing_folder_is_named",
        ),
    ),
    Promise(
        "What is found in the folder is inert until the settings name it; a wrong name is answered with the nearest.",
        "docs/add-an-action.md, Switch it on",
        by(
            "actions/test_base.py",
            "test_what_is_found_is_inert_until_it_is_enabled",
            "test_an_unknown_enabled_name_is_answered_with_the_nearest",
            "test_an_unknown_name_near_nothing_is_answered_with_the_list",
        )
        + by(
            "cli/test_check.py",
            "test_an_enabled_action_that_does_not_exist_is_an_error",
            "test_actions_are_listed_with_their_policy_and_whether_they_are_live",
        ),
    ),
    Promise(
        "The gateway refuses to start with an action that has no policy, enabled or not.",
        "SECURITY.md, rule 2",
        by(
            "actions/test_base.py",
            "test_an_action_without_a_policy_is_refused_even_when_it_is_not_enabled",
            "test_a_policy_that_is_no_list_of_rules_is_refused",
        )
        + by(
            "cli/test_check.py",
            "test_an_action_without_a_policy_stops_the_start",
        ),
    ),
    Promise(
        "Two actions of one name, a broken file, a wrong shape or an input that would drop fields stop the "
        "start, with name and fix.",
        "docs/add-an-action.md, Switch it on; CONTRIBUTING.md, One thing, one file, one test",
        by(
            "actions/test_base.py",
            "test_two_actions_of_one_name_are_refused",
            "test_a_name_that_cannot_stand_in_a_url_is_refused",
            "test_an_unknown_effect_is_refused",
            "test_a_local_effect_cannot_be_async",
            "test_a_handler_of_another_shape_is_refused_with_the_shape",
            "test_an_input_that_would_drop_unknown_fields_at_any_depth_is_refused",
            "test_a_plain_struct_as_input_is_refused",
            "test_an_input_that_contains_itself_is_accepted",
            "test_a_file_that_fails_while_imported_is_named",
        )
        + by(
            "core/test_registry.py",
            "test_two_members_of_one_name_are_an_error",
            "test_a_broken_file_is_named_with_what_is_wrong",
        )
        + by(
            "test_compose.py",
            "test_an_action_that_cannot_be_used_leaves_no_store_open_behind_it",
        ),
    ),
    Promise(
        "Unknown fields and wrong types are refused with a pointer to the field.",
        "docs/add-an-action.md, Call it; RFC 6901",
        by(
            "actions/test_decode.py",
            "test_what_is_no_integer_is_refused_at_its_field",
            "test_the_pointer_names_the_field",
            "test_the_sentence_for_a_wrong_type_says_what_was_expected_and_where",
            "test_what_is_no_json_is_refused",
        )
        + by(
            "contract/test_actions.py",
            "test_an_unknown_field_is_refused",
        )
        + by(
            "web/test_app.py",
            "test_a_refusal_is_a_problem_that_names_rule_fix_and_request",
        )
        + by(
            "examples/test_actions.py",
            "test_a_note_that_does_not_fit_is_refused_at_its_field",
        ),
    ),
    Promise(
        "Types are strict, except that 3.0 is an integer, because JSON has one kind of number.",
        "docs/add-an-action.md, What is decided for you",
        by(
            "actions/test_decode.py",
            "test_275_point_0_is_an_integer_as_json_schema_says",
            "test_an_integer_is_a_number",
            "test_a_date_is_read_from_its_text",
            "test_an_empty_body_is_an_empty_input",
        ),
    ),
    Promise(
        "Any body is read or refused, deep nesting and absurd numbers included, and never breaks the gateway.",
        "docs/add-an-action.md, What is decided for you",
        by(
            "actions/test_decode.py",
            "test_a_body_that_nests_too_deep_is_refused",
            "test_a_body_that_nests_to_the_limit_is_read",
            "test_a_wide_body_is_not_a_deep_one",
            "test_a_number_beyond_every_float_is_refused_and_does_not_become_infinite",
            "test_any_body_is_read_or_refused_and_never_breaks",
        ),
    ),
    Promise(
        "The policy is asked before the body is read; a refused caller learns nothing of the fields.",
        "docs/decisions/0010-policy-before-input.md",
        by(
            "actions/test_run.py",
            "test_a_denied_caller_never_reaches_the_handler_nor_learns_the_inputs_fields",
            "test_an_anonymous_caller_whom_the_policy_refuses_is_told_to_present_a_credential",
        )
        + by(
            "web/test_body.py",
            "test_the_body_of_a_caller_whom_the_policy_refuses_is_not_read",
        ),
    ),
    Promise(
        "An allowed call is audited with its caller; the handler knows who calls, when and as what.",
        "SECURITY.md, rule 10",
        by(
            "actions/test_run.py",
            "test_an_allowed_call_answers_and_is_audited_with_its_caller",
            "test_a_handler_knows_who_calls_when_and_as_what",
        ),
    ),
    Promise(
        "A denial is audited with who was refused and by which rule, also when the handler itself denies.",
        "SECURITY.md, rule 10",
        by(
            "actions/test_run.py",
            "test_a_handler_may_deny_and_is_audited_as_a_denial",
            "test_slow_handlers_do_not_hold_up_the_refusal_of_others",
        )
        + by(
            "flows/test_caller.py",
            "test_a_denied_action_changes_nothing_and_is_audited_with_who_was_refused_by_which_rule",
        ),
    ),
    Promise(
        "A local effect and its audit event commit together or not at all.",
        "SECURITY.md, rule 10; docs/concepts.md, Action",
        by(
            "actions/test_run.py",
            "test_a_local_effect_and_its_audit_event_are_stored_together",
            "test_a_local_effect_that_fails_leaves_nothing_but_its_audit",
            "test_a_local_effect_whose_answer_may_not_go_out_is_rolled_back",
            "test_records_are_read_only_without_a_local_effect",
        )
        + by(
            "contract/test_store.py",
            "test_a_record_and_its_event_commit_together",
            "test_an_exception_rolls_back_the_record_and_the_event",
        ),
    ),
    Promise(
        "Of a remote effect the intent is stored first and the outcome after, whatever happens in between.",
        "docs/concepts.md, Action; SECURITY.md, rule 10",
        by(
            "actions/test_run.py",
            "test_the_intent_of_a_remote_effect_is_stored_before_it_runs_and_its_outcome_after",
            "test_a_remote_effect_that_raises_is_stored_as_failed",
            "test_a_remote_effect_that_is_cancelled_still_gets_its_outcome",
            "test_a_plain_remote_effect_whose_caller_goes_away_is_stored_as_it_really_ended",
            "test_a_remote_effect_that_is_cancelled_before_it_began_gets_its_outcome_and_never_begins",
            "test_a_call_that_is_cancelled_while_its_intent_is_stored_gets_its_outcome",
            "test_a_call_that_is_cancelled_while_its_outcome_is_stored_has_that_one_outcome",
        )
        + by(
            "actions/test_journal.py",
            "test_an_intent_is_stored_in_a_thread_because_the_disk_is_waited_for",
        ),
    ),
    Promise(
        "A call goes on only when its own event is stored; events of one moment share a transaction, and the event "
        "loop never waits for the disk or for another writer.",
        "docs/concepts.md, Audit event",
        by(
            "actions/test_journal.py",
            "test_events_of_one_moment_share_one_transaction_on_the_loop_in_their_order",
            "test_a_call_goes_on_only_when_its_own_event_is_stored",
            "test_an_intent_is_stored_in_a_thread_because_the_disk_is_waited_for",
            "test_while_another_writes_the_loop_goes_on_and_the_events_are_stored_after",
            "test_every_call_learns_that_its_event_could_not_be_stored",
            "test_the_event_of_a_caller_who_goes_away_is_stored_and_so_are_the_others",
        )
        + by(
            "contract/test_store.py",
            "test_events_told_together_are_stored_together_in_their_order",
            "test_whoever_will_not_wait_for_another_writer_is_told_and_stores_nothing",
            "test_an_intent_is_never_stored_without_waiting_for_the_disk",
        )
        + by(
            "store/test_sqlite.py",
            "test_whoever_will_not_wait_is_not_held_up_by_another_process",
            "test_units_of_work_wait_for_the_disk",
            "test_an_event_that_was_stored_survives_a_killed_process",
            "test_the_write_ahead_log_is_folded_in_however_long_nobody_waits",
        ),
    ),
    Promise(
        "A call that cannot be audited is not answered.",
        "SECURITY.md, rules 7 and 10",
        by(
            "actions/test_run.py",
            "test_a_call_that_cannot_be_audited_is_not_answered",
        )
        + by(
            "actions/test_journal.py",
            "test_a_call_goes_on_only_when_its_own_event_is_stored",
            "test_every_call_learns_that_its_event_could_not_be_stored",
            "test_the_event_of_a_caller_who_goes_away_is_stored_and_so_are_the_others",
            "test_events_of_one_moment_share_one_transaction_on_the_loop_in_their_order",
            "test_while_another_writes_the_loop_goes_on_and_the_events_are_stored_after",
        )
        + by(
            "web/test_app.py",
            "test_a_store_that_fails_refuses_the_call",
        ),
    ),
    Promise(
        "An unexpected exception is a 500 that tells the caller nothing; the traceback is in the log, under "
        "the request id.",
        "docs/add-an-action.md, Refuse from within",
        by(
            "actions/test_run.py",
            "test_an_unexpected_exception_is_told_to_nobody_but_the_log",
        )
        + by(
            "web/test_app.py",
            "test_a_handlers_failure_tells_the_log_why_and_the_caller_only_that",
            "test_a_failure_of_the_gateway_itself_is_a_500_problem_without_a_word_of_why",
        ),
    ),
    Promise(
        "What a handler raises from lookgate reaches the caller with code, sentence and hint.",
        "docs/add-an-action.md, Refuse from within",
        by(
            "web/test_app.py",
            "test_a_handlers_own_refusal_reaches_the_caller",
        ),
    ),
    Promise(
        "The output is checked against its type and withheld when it does not fit.",
        "docs/add-an-action.md, What is decided for you",
        by(
            "actions/test_run.py",
            "test_an_output_of_another_type_is_withheld",
        ),
    ),
    Promise(
        "A plain handler runs in a thread and holds up nobody; a coroutine runs on the loop.",
        "docs/add-an-action.md, Choose its effect",
        by(
            "actions/test_run.py",
            "test_a_plain_handler_leaves_the_event_loop_free_and_a_coroutine_runs_on_it",
        )
        + by(
            "web/test_app.py",
            "test_a_slow_plain_handler_does_not_hold_up_the_others",
        ),
    ),
    Promise(
        "What callers sent is not copied into the audit log.",
        "SECURITY.md, rule 3",
        by(
            "actions/test_run.py",
            "test_an_input_that_does_not_fit_is_audited_without_its_words",
            "test_a_refusal_by_the_handler_that_carries_a_secret_is_withheld_and_not_stored",
        ),
    ),
    Promise(
        "A call that is refused at the door, before any action, is audited too.",
        "SECURITY.md, rule 10",
        by(
            "web/test_app.py",
            "test_a_call_that_is_refused_at_the_door_leaves_an_event_too",
        ),
    ),
    Promise(
        "Each refusal has its status, never a success, and the page on actions tells the truth about them.",
        "SECURITY.md, rule 7; docs/add-an-action.md, Refuse from within",
        by(
            "test_errors.py",
            "test_the_tree_in_the_docstring_names_every_error_with_its_status",
            "test_no_error_is_a_success",
            "test_the_page_on_actions_tells_the_refusals_that_an_action_may_raise",
            "test_a_refusal_from_within_an_action_reaches_the_caller_whole",
        ),
    ),
)
