"""The local Looker: the page around an extension, and its server side."""

from __future__ import annotations

from promises import Promise, by

PROMISES = (
    Promise(
        "The starter of the extension SDK's documentation runs unchanged, by its own configuration and manifest.",
        "docs/local-looker.md, Start it on your project",
        by(
            "browser/test_starter_extension.py",
            "test_the_starter_of_the_documentation_greets_whoever_is_signed_in",
        ),
    ),
    Promise(
        "Extensions start from a file, as a module, split into chunks, or from a URL, and run once.",
        "docs/fidelity/extension-host.md, Known and done",
        by(
            "browser/test_extension_host.py",
            "test_classic_module_and_remote_bundles_start_and_run_once",
            "test_a_split_bundle_finds_its_chunk",
            "test_initialize_says_where_the_extension_is",
        )
        + by(
            "browser/test_extension_start.py",
            "test_an_extension_that_does_not_answer_is_given_up_after_thirty_seconds",
            "test_a_bundle_that_is_not_there_is_named",
            "test_an_extension_that_needs_another_looker_says_so",
            "test_a_bundle_that_never_calls_the_sdk_is_told_after_some_seconds",
            "test_the_error_of_a_bundle_that_breaks_is_told",
            "test_a_frame_that_is_late_takes_its_notice_back",
            "test_an_empty_frame_is_not_seen_before_its_extension_is_there",
            "test_routes_are_kept_wherever_an_extension_fills_the_page",
        ),
    ),
    Promise(
        "The frame comes from another origin, sandboxed, cut off from Looker, and only its own window is answered.",
        "docs/local-looker.md, What it enforces",
        by(
            "browser/test_extension_host.py",
            "test_the_frame_is_cut_off_from_looker",
            "test_only_the_frames_own_window_is_answered",
        )
        + by(
            "emulator/host/test_refusals.py",
            "test_boot_needs_a_session_and_tells_no_secret",
        ),
    ),
    Promise(
        "Every request type of the SDK is served, and an unknown one refused with a sentence.",
        "docs/fidelity/extension-host.md, Known and done",
        by(
            "browser/test_extension_host.py",
            "test_routes_go_both_ways",
            "test_the_core_sdk_runs_as_the_user_who_looks",
            "test_raw_requests_carry_the_whole_answer",
            "test_local_storage_is_each_users_own",
            "test_user_attributes_are_scoped_or_global",
            "test_context_data_is_shared_by_all_users",
            "test_the_clipboard_needs_its_entitlement",
            "test_links_open_where_the_manifest_allows",
            "test_title_tracking_errors_and_popovers_reach_the_page",
            "test_the_browsers_harmless_word_about_resizing_is_no_error",
            "test_signing_out_works_only_in_spartan_mode",
            "test_an_aborted_request_ends_and_the_unknown_is_refused",
        ),
    ),
    Promise(
        "What the manifest does not list is denied on the server, with the prefixes that extensions expect.",
        "docs/fidelity/extension-host.md, Known and done; docs/local-looker.md, What it enforces",
        by(
            "browser/test_extension_host.py",
            "test_an_extension_without_entitlements_does_not_start",
            "test_a_url_that_is_not_listed_is_refused_by_both_proxies",
            "test_links_are_refused_without_entitlement",
            "test_oauth_endpoints_must_be_listed_exactly",
        )
        + by(
            "emulator/host/test_refusals.py",
            "test_an_extension_without_entitlements_may_do_nothing",
            "test_an_extension_with_empty_entitlements_may_do_nothing",
            "test_an_api_call_names_a_listed_operation",
            "test_names_of_attributes_carry_the_extensions_prefix",
        )
        + by(
            "emulator/host/test_server_proxy.py",
            "test_only_listed_urls_are_called",
            "test_nothing_is_allowed_that_is_not_listed",
            "test_looker_itself_is_out_of_reach_even_when_the_manifest_lists_it",
            "test_looker_itself_is_no_third_party_to_sign_in_at",
        ),
    ),
    Promise(
        "Every internal endpoint needs session, token and origin, and an extension of one's own.",
        "docs/fidelity/extension-host.md",
        by(
            "emulator/host/test_refusals.py",
            "test_the_list_of_endpoints_is_complete",
            "test_no_endpoint_answers_without_session_token_and_origin",
            "test_no_endpoint_answers_for_an_extension_of_others",
            "test_a_malformed_request_is_a_sentence_and_never_a_crash",
            "test_one_session_has_one_api_token",
            "test_context_data_has_a_limit",
            "test_a_refusal_is_alike_for_what_is_missing_and_what_is_hidden",
        )
        + by(
            "emulator/host/test_server_proxy.py",
            "test_only_lookers_own_page_with_its_token_may_ask",
            "test_a_user_without_the_projects_model_has_no_extension",
            "test_a_body_that_is_no_object_is_refused",
        ),
    ),
    Promise(
        "serverProxy puts a user's hidden value in on the server; the browser never has it.",
        "README.md, How it works; docs/fidelity/extension-host.md",
        by(
            "browser/test_extension_host.py",
            "test_server_proxy_puts_the_secret_in_on_the_server",
        )
        + by(
            "emulator/host/test_server_proxy.py",
            "test_a_tag_in_a_header_and_in_the_body_becomes_the_users_value",
        )
        + by(
            "emulator/host/test_tags.py",
            "test_only_whole_tags_of_this_extension_change_a_text",
            "test_no_text_makes_a_secret_leave_for_a_url_that_is_not_allowed",
            "test_each_user_has_a_value_of_their_own",
        )
        + by(
            "browser/test_demo.py",
            "test_no_handle_and_no_key_ever_reaches_the_browser",
        ),
    ),
    Promise(
        "A tag that cannot be resolved, or of another extension, is forwarded as it is.",
        "docs/fidelity/extension-host.md",
        by(
            "emulator/host/test_server_proxy.py",
            "test_a_tag_that_cannot_be_resolved_is_forwarded_as_it_is",
            "test_a_tag_of_another_extension_is_not_resolved",
            "test_a_tag_of_an_extension_whose_name_continues_this_ones_is_not_resolved",
            "test_what_was_put_in_is_not_searched_for_tags_again",
        ),
    ),
    Promise(
        "A secret leaves only for a URL that the attribute's allow-list covers; otherwise nothing is sent.",
        "docs/local-looker.md, What it enforces; SECURITY.md, Who attacks",
        by(
            "emulator/host/test_server_proxy.py",
            "test_a_secret_leaves_only_for_urls_on_its_allow_list",
        ),
    ),
    Promise(
        "URLs are read strictly: what two parsers could read differently is refused before anything is called.",
        "docs/fidelity/extension-host.md, Unknown, and what was chosen",
        by(
            "emulator/host/test_urls.py",
            "test_an_entitlement_names_protocol_domain_port_and_path",
            "test_an_allow_list_opens_paths_only_with_a_star",
            "test_a_url_that_parsers_read_differently_is_refused",
            "test_an_oauth_endpoint_is_listed_exactly",
            "test_what_is_read_means_the_same_to_every_parser",
            "test_only_the_listed_host_and_port_are_ever_allowed",
            "test_no_pattern_breaks_the_matching",
        ),
    ),
    Promise(
        "An extension cannot forge who calls: headers of the connection are Looker's, and a value adds no header.",
        "docs/fidelity/extension-host.md, Unknown, and what was chosen",
        by(
            "emulator/host/test_server_proxy.py",
            "test_an_extension_cannot_set_headers_that_say_who_calls",
            "test_a_value_with_a_line_break_cannot_add_headers",
            "test_a_malformed_request_is_refused_with_a_sentence",
        ),
    ),
    Promise(
        "serverProxy hands back redirects, shapes bodies, and gives up after 30 seconds or 20 MiB.",
        "docs/fidelity/extension-host.md, Unknown, and what was chosen",
        by(
            "emulator/host/test_server_proxy.py",
            "test_redirects_are_handed_back_and_bodies_shaped",
            "test_a_backend_that_is_gone_or_talks_too_much_is_a_sentence",
            "test_a_call_that_the_extension_aborts_is_stopped",
        )
        + by(
            "emulator/host/test_time_limit.py",
            "test_a_backend_that_does_not_answer_is_given_up_after_thirty_seconds_and_not_before",
        )
        + by(
            "emulator/host/test_core_api.py",
            "test_a_call_of_the_api_ends_with_its_time",
            "test_a_strange_timeout_is_the_longest_one",
        ),
    ),
    Promise(
        "fetchProxy is the browser's fetch from Looker's origin, under CORS.",
        "docs/fidelity/extension-host.md, Known and done",
        by(
            "browser/test_extension_host.py",
            "test_fetch_proxy_comes_from_lookers_origin_under_cors",
            "test_fetch_proxy_never_sends_cookies_to_this_machine",
        ),
    ),
    Promise(
        "OAuth works with a token from a window, with a secret on the server, and with PKCE in the host page.",
        "docs/fidelity/extension-host.md, Known and done",
        by(
            "browser/test_extension_host.py",
            "test_oauth_gives_a_token_from_a_window",
            "test_oauth_exchanges_a_code_with_a_secret_on_the_server",
            "test_oauth_with_pkce_keeps_the_verifier_in_the_host_page",
        ),
    ),
    Promise(
        "Extensions mount as page, tile, visualization and popup, where their manifest says.",
        "docs/fidelity/extension-host.md, Known and done",
        by(
            "browser/test_extension_tiles.py",
            "test_every_mount_point_says_where_it_stands",
            "test_tiles_do_not_work_on_a_page_of_their_own",
            "test_an_extension_mounts_only_where_its_manifest_says",
            "test_errors_of_one_tile_are_shown_at_that_tile_until_cleared",
            "test_filters_and_runs_reach_every_tile_and_the_page",
            "test_menus_and_dialogs_answer_in_plain_words",
            "test_a_visualization_sets_its_options_and_rows",
            "test_a_visualization_on_a_dashboard_gets_the_rows_of_its_query",
            "test_two_tiles_of_a_lookml_dashboard_share_its_filters",
        )
        + by(
            "emulator/host/test_visualization.py",
            "test_a_visualization_finds_calculations_beside_what_they_are_like",
            "test_a_result_without_fields_has_none_to_group",
        ),
    ),
    Promise(
        "Files are served from the bundle's folder only.",
        "docs/fidelity/extension-host.md, Unknown, and what was chosen",
        by(
            "emulator/host/test_server_proxy.py",
            "test_files_are_served_from_the_bundles_folder_only",
        ),
    ),
)
