"""The local Looker: people and the way in."""

from __future__ import annotations

from promises import Promise, by

PROMISES = (
    Promise(
        "Looker's own Python and TypeScript clients work unchanged against the local Looker: success, 401, "
        "403, 404, 422.",
        "docs/local-looker.md, Use the API; docs/fidelity.md; docs/fidelity/content.md",
        by(
            "emulator/test_official_python_client.py",
            "test_the_table_of_calls_covers_every_operation",
            "test_nobody_without_a_token_gets_anything",
            "test_what_is_for_admins_is_forbidden_to_others",
            "test_an_id_that_does_not_exist_is_not_found",
            "test_every_operation_succeeds",
            "test_what_does_not_fit_fails_validation",
        )
        + by(
            "emulator/test_official_python_client_content.py",
            "test_nobody_without_a_token_gets_anything_but_the_versions",
            "test_a_viewer_is_forbidden_what_is_for_others",
            "test_to_a_viewer_what_is_others_does_not_exist",
            "test_an_id_that_does_not_exist_is_not_found",
            "test_a_body_that_does_not_fit_is_a_validation_error_with_its_field",
            "test_every_operation_with_a_body_is_among_the_wrong_ones",
        )
        + by(
            "emulator/test_official_python_client_story.py",
            "test_every_operation_succeeds",
        )
        + by(
            "emulator/test_official_typescript_client.py",
            "test_the_typescript_client_works_unchanged_for_people",
            "test_the_typescript_client_works_unchanged_for_all_else",
            "test_the_typescript_client_is_refused_in_every_way_that_applies",
        ),
    ),
    Promise(
        "No operation of the local Looker works without a token, and none answers nonsense with a crash.",
        "docs/fidelity/people.md",
        by(
            "contract/test_looker_operations.py",
            "test_an_operation_without_a_token_is_refused_unless_it_is_public",
            "test_a_body_that_makes_no_sense_is_a_clear_refusal",
            "test_a_query_that_makes_no_sense_is_a_clear_refusal",
            "test_no_two_operations_share_an_id",
        )
        + by(
            "emulator/api/test_hostile_input.py",
            "test_whatever_is_sent_the_answer_is_never_a_500",
        ),
    ),
    Promise(
        "Tokens come from API keys in a form, JSON or query, live an hour, and end by logout.",
        "docs/fidelity/people.md",
        by(
            "emulator/api/test_auth.py",
            "test_a_key_in_a_form_in_json_or_in_the_query_gives_a_token",
            "test_a_bad_login_is_not_found",
            "test_the_secret_of_another_key_does_not_fit",
            "test_a_disabled_user_or_key_does_not_log_in",
            "test_a_deleted_key_does_not_log_in_any_more",
            "test_a_token_lives_an_hour",
            "test_logout_revokes_that_token_and_no_other",
        )
        + by(
            "emulator/api/test_http.py",
            "test_both_words_before_a_token_are_understood",
            "test_anything_else_is_no_token",
            "test_a_token_in_the_query_is_no_token",
            "test_logout_works_with_and_without_a_version",
        ),
    ),
    Promise(
        "An admin may act as somebody else; edition core refuses that as Looker (Google Cloud core) does.",
        "docs/fidelity/people.md; docs/local-looker.md, Options",
        by(
            "emulator/api/test_auth.py",
            "test_an_admin_gets_a_token_of_somebody_else_and_the_session_says_so",
            "test_sudo_is_for_admins_and_towards_enabled_users_that_exist",
            "test_the_core_edition_refuses_sudo_as_the_real_one_does",
            "test_the_core_edition_refuses_email_credentials",
            "test_the_dev_workspace_is_for_those_who_may_develop",
        )
        + by(
            "emulator/api/test_user_search.py",
            "test_the_core_edition_does_not_look_up_emails",
        )
        + by(
            "emulator/test_serve.py",
            "test_both_editions_are_served",
        ),
    ),
    Promise(
        "Hidden values are told to nobody, admins included; hiding and the allow-list are for good.",
        "docs/fidelity/people.md; docs/local-looker.md, What it enforces",
        by(
            "emulator/api/test_user_attributes.py",
            "test_hidden_values_are_told_to_nobody_in_any_answer",
            "test_writing_a_hidden_value_does_not_read_it_back",
            "test_a_hidden_value_stays_hidden",
            "test_an_allow_list_cannot_be_changed_or_taken_away_once_it_is_set",
            "test_an_allow_list_is_set_once_together_with_hiding_or_after",
        )
        + by(
            "emulator/pages/test_site.py",
            "test_hidden_values_are_on_no_page_for_anybody",
        )
        + by(
            "emulator/pages/test_admin.py",
            "test_a_hidden_value_can_be_set_and_stays_unseen",
        ),
    ),
    Promise(
        "A user's own value beats the group's, which beats the default; among groups the lowest rank wins.",
        "docs/fidelity/people.md",
        by(
            "emulator/api/test_attribute_values.py",
            "test_the_users_own_value_beats_the_groups_which_beats_the_default",
            "test_a_group_inside_a_group_gives_its_value_to_the_inner_ones_members",
            "test_among_groups_the_lowest_rank_wins_however_the_list_was_sent",
            "test_a_single_group_value_keeps_its_rank_or_comes_last",
            "test_all_values_lists_what_lost_too_and_unset_ones_only_when_asked",
        ),
    ),
    Promise(
        "Posting group values replaces all of them, or none if one does not fit.",
        "docs/fidelity/people.md",
        by(
            "emulator/api/test_attribute_values.py",
            "test_posting_group_values_replaces_all_of_them",
            "test_group_values_that_do_not_fit_leave_the_old_ones_alone",
            "test_a_value_is_a_string",
        ),
    ),
    Promise(
        "A user cannot set their own handle, nor anything that an attribute does not let them.",
        "SECURITY.md, Who attacks; docs/fidelity/people.md",
        by(
            "emulator/api/test_attribute_values.py",
            "test_users_change_only_their_own_values_and_only_where_the_attribute_lets_them",
            "test_a_users_handle_cannot_be_set_by_the_user",
        )
        + by(
            "emulator/pages/test_admin.py",
            "test_users_edit_what_they_may_of_their_own_and_nothing_else",
            "test_the_account_shows_only_attributes_that_users_may_view",
        ),
    ),
    Promise(
        "A definition that does not fit is a 422 that names field and reason, duplicates included, and "
        "changes nothing.",
        "docs/fidelity/people.md",
        by(
            "emulator/api/test_user_attributes.py",
            "test_a_definition_that_does_not_fit_says_which_field_and_why",
            "test_a_refused_change_changes_nothing",
            "test_system_attributes_are_not_edited_or_deleted",
            "test_others_do_not_learn_of_attributes_they_may_not_view_nor_of_defaults",
            "test_a_deleted_attribute_takes_its_values_with_it",
            "test_the_list_of_attributes_has_no_paging",
        ),
    ),
    Promise(
        "A disabled or deleted user is signed out at once, and the last admin stays.",
        "docs/fidelity/people.md",
        by(
            "emulator/api/test_users.py",
            "test_a_disabled_user_is_signed_out_at_once",
            "test_a_disabled_user_that_is_enabled_again_needs_a_new_login",
            "test_a_deleted_user_leaves_no_value_no_token_and_no_membership",
            "test_nobody_deletes_themselves",
            "test_the_last_admin_stays_enabled_and_nothing_else_of_the_change_happens",
        )
        + by(
            "emulator/api/test_groups.py",
            "test_the_last_admin_cannot_lose_the_group_that_makes_them_one",
            "test_a_deleted_group_leaves_nothing_behind",
        )
        + by(
            "emulator/api/test_roles.py",
            "test_the_last_admin_keeps_the_role",
            "test_a_deleted_role_is_taken_from_users_and_groups",
        ),
    ),
    Promise(
        "Others than admins see a colleague as a name and nothing else.",
        "docs/fidelity/people.md",
        by(
            "emulator/api/test_users.py",
            "test_a_colleague_is_a_name_and_nothing_else",
            "test_a_user_sees_themselves_whole",
            "test_no_answer_about_users_carries_an_api_secret",
            "test_the_url_of_a_session_does_not_give_the_cookie_away",
            "test_a_field_of_the_wrong_type_is_named",
            "test_a_new_user_is_in_the_group_of_everyone_and_cannot_do_anything",
            "test_the_email_of_a_user_cannot_be_written_past_the_credentials",
            "test_the_same_world_gives_the_same_ids",
        )
        + by(
            "emulator/api/test_groups.py",
            "test_others_see_a_groups_name_and_whether_they_are_in_it",
        )
        + by(
            "emulator/api/test_roles.py",
            "test_others_see_only_their_own_roles",
        ),
    ),
    Promise(
        "Lists can be filtered, sorted and cut, and fields chosen, as the specification says.",
        "docs/fidelity/people.md",
        by(
            "emulator/api/test_users.py",
            "test_fields_choose_what_comes_back_at_any_depth",
        )
        + by(
            "emulator/api/test_user_search.py",
            "test_search_follows_the_specification",
            "test_names_are_searched_in_first_name_last_name_and_email",
            "test_a_query_that_cannot_be_read_is_refused",
            "test_a_credential_is_compared_exactly",
        )
        + by(
            "emulator/api/test_listing.py",
            "test_like_means_what_sql_means",
            "test_the_examples_of_the_specification_match",
            "test_a_pattern_of_many_wildcards_is_not_slow",
        ),
    ),
    Promise(
        "Search is a pattern, so a name is compared again; and it tells others nothing about details.",
        "docs/fidelity/people.md; a predecessor's defect: a group was found by LIKE",
        by(
            "emulator/api/test_groups.py",
            "test_search_by_name_is_a_pattern_so_the_first_hit_is_not_the_group",
            "test_names_differ_by_more_than_case",
        )
        + by(
            "emulator/api/test_user_search.py",
            "test_a_search_by_others_tells_nothing_about_details",
        ),
    ),
    Promise(
        "Groups hold groups, never in a circle, and everyone stays in the group of everyone.",
        "docs/fidelity/people.md",
        by(
            "emulator/api/test_groups.py",
            "test_a_group_counts_the_members_of_groups_inside_it",
            "test_everyone_stays_in_the_group_of_everyone",
            "test_no_group_ends_up_inside_itself",
            "test_a_member_that_does_not_exist_is_not_found",
        ),
    ),
    Promise(
        "Roles are made of sets that exist; the built-in ones are not changed, and no second admin set can be made.",
        "docs/fidelity/people.md",
        by(
            "emulator/api/test_roles.py",
            "test_the_built_in_role_and_sets_are_not_changed",
            "test_a_set_that_a_role_uses_is_not_deleted",
            "test_nobody_can_make_a_second_admin_permission_set",
            "test_a_role_needs_sets_that_exist",
            "test_roles_through_groups_count_unless_direct_ones_are_asked_for",
            "test_a_list_of_ids_with_one_that_does_not_exist_changes_nothing",
        ),
    ),
    Promise(
        "HTTP details are Looker's: content type ignored, 404 for unknown paths, CORS by the allow-list, on "
        "errors too.",
        "docs/fidelity/people.md",
        by(
            "emulator/api/test_http.py",
            "test_the_content_type_is_ignored",
            "test_an_unknown_path_is_not_found",
            "test_an_unknown_path_tells_nothing_to_those_without_a_token",
            "test_a_percent_encoded_slash_stays_inside_its_segment",
            "test_head_is_get_without_its_body",
            "test_options_says_which_methods_there_are",
            "test_an_allowed_origin_may_read_answers_and_errors",
            "test_any_other_origin_may_not",
            "test_the_allow_list_can_be_changed_through_the_api",
            "test_a_body_that_is_too_long_is_refused",
            "test_no_answer_is_kept_by_a_cache",
            "test_a_handler_that_fails_is_a_500_in_lookers_shape_and_a_log_line",
            "test_two_operations_in_one_place_are_an_error",
            "test_the_extension_host_can_ask_which_operation_a_call_is",
        ),
    ),
    Promise(
        "The local Looker answers to its two host names only, and the sandbox's origin has no API and no pages.",
        "docs/fidelity/people.md, Other origin",
        by(
            "emulator/test_app.py",
            "test_a_request_for_another_host_gets_nothing",
            "test_two_host_headers_are_refused",
            "test_the_sandbox_origin_has_no_api_and_no_pages",
            "test_the_name_of_the_host_may_be_written_in_capitals",
        )
        + by(
            "cli/test_looker.py",
            "test_localhost_is_another_origin_on_the_same_port",
        ),
    ),
    Promise(
        "The small print holds: ids as numbers or texts, fields that are ignored, empty 204s, tokens of deleted keys.",
        "docs/fidelity/people.md",
        by(
            "emulator/api/test_small_print.py",
            "test_ids_are_sent_as_numbers_or_texts_and_answered_as_texts",
            "test_unknown_and_read_only_fields_are_ignored_because_clients_send_whole_objects_back",
            "test_what_answers_204_has_no_body",
            "test_tokens_of_a_deleted_key_live_until_they_expire_or_their_user_ends",
            "test_deleting_a_value_that_is_not_set_is_a_404",
            "test_the_rank_in_the_body_of_a_single_group_value_is_ignored",
            "test_permissions_other_than_being_an_admin_open_nothing_of_this_part",
        ),
    ),
)
