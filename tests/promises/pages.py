"""The local Looker: its pages."""

from __future__ import annotations

from promises import Promise, by

PROMISES = (
    Promise(
        "A person chooses a user and switches with one click; there are no passwords, and sessions end.",
        "docs/local-looker.md, Start it on your project; docs/fidelity/pages.md",
        by(
            "browser/test_local_looker_pages.py",
            "test_a_person_chooses_a_user_opens_a_dashboard_and_switches_with_one_click",
        )
        + by(
            "emulator/pages/test_session.py",
            "test_nobody_is_sent_to_choose_a_user_and_comes_back_to_the_page_they_wanted",
            "test_each_signing_in_makes_another_session",
            "test_a_disabled_user_and_an_unknown_one_cannot_be_chosen",
            "test_a_session_ends_when_its_user_is_disabled_or_a_day_has_gone",
            "test_switching_user_ends_the_session_before",
            "test_signing_out_ends_the_session_on_the_server",
            "test_sessions_that_are_over_are_forgotten",
        ),
    ),
    Promise(
        "No other site can use a session: cookie, origin, the session's own token, no open redirect.",
        "docs/fidelity/pages.md; SECURITY.md, Who attacks",
        by(
            "emulator/pages/test_session.py",
            "test_signing_in_never_leads_to_another_site",
            "test_the_cookie_is_unreadable_for_scripts_and_not_sent_by_other_sites",
            "test_a_change_from_another_origin_is_refused",
            "test_a_change_without_the_sessions_own_token_is_refused",
            "test_a_change_without_a_session_is_refused",
            "test_a_form_that_is_too_long_is_refused",
            "test_a_form_of_garbage_is_refused_and_breaks_nothing",
        ),
    ),
    Promise(
        "Pages are for those who may: admin pages for admins, dashboards and extensions by role, nothing "
        "without a user.",
        "docs/fidelity/pages.md",
        by(
            "emulator/pages/test_site.py",
            "test_an_admin_sees_every_page",
            "test_others_see_no_admin_page_and_change_nothing_there",
            "test_nobody_sees_any_page_but_the_choice_of_users",
            "test_an_address_that_is_nobodys_gets_a_page_of_its_own",
        )
        + by(
            "emulator/pages/test_dashboards.py",
            "test_a_dashboard_is_not_there_for_those_who_may_not_see_it",
            "test_an_extension_without_a_page_of_its_own_is_neither_listed_nor_opened",
        )
        + by(
            "emulator/pages/test_explore.py",
            "test_an_explore_needs_the_permission_and_its_access_grants",
        ),
    ),
    Promise(
        "Admins see and change users' values, hidden ones masked; API secrets are on one page of theirs only.",
        "docs/fidelity/pages.md",
        by(
            "emulator/pages/test_admin.py",
            "test_an_admin_sets_and_clears_a_users_own_value",
            "test_an_admin_sets_default_and_group_values",
            "test_what_the_api_refuses_is_a_page_that_says_so",
            "test_a_call_of_a_page_leaves_no_api_token_behind",
            "test_api_secrets_are_on_the_admins_page_only",
        ),
    ),
    Promise(
        "Nothing from the world, the database or LookML runs on a page, and pages load from their own origin only.",
        "docs/fidelity/pages.md; SECURITY.md, Who attacks",
        by(
            "emulator/pages/test_site.py",
            "test_names_that_are_scripts_are_only_text",
            "test_a_page_says_what_it_may_load_and_loads_only_from_its_own_origin",
            "test_static_files_are_those_of_the_folder_only",
        )
        + by(
            "emulator/pages/test_html.py",
            "test_html_from_lookml_keeps_nothing_that_runs_or_loads",
            "test_html_from_lookml_keeps_what_authors_use",
            "test_html_from_lookml_comes_back_well_formed",
            "test_text_and_attributes_cannot_leave_their_place",
            "test_data_for_scripts_cannot_end_its_own_element",
            "test_only_addresses_that_a_browser_merely_opens_are_links",
            "test_markdown_makes_only_its_own_elements",
            "test_markdown_reads_headings_lists_and_links",
            "test_a_chart_of_any_numbers_is_well_formed_and_stays_a_drawing",
            "test_an_axis_covers_its_range_with_a_handful_of_numbers",
            "test_a_chart_without_rows_or_with_one_is_drawn_too",
        )
        + by(
            "emulator/pages/test_dashboards.py",
            "test_values_from_the_database_are_only_text",
            "test_text_tiles_are_markdown_without_html",
        )
        + by(
            "emulator/pages/test_explore.py",
            "test_nothing_in_the_address_becomes_markup",
        )
        + by(
            "browser/test_local_looker_pages.py",
            "test_a_hostile_name_runs_nowhere",
        ),
    ),
    Promise(
        "Pages can be used by keyboard, without scripts, with headings and labels, light and dark, wide and narrow.",
        "docs/fidelity/pages.md",
        by(
            "browser/test_local_looker_pages.py",
            "test_everything_is_reached_with_the_keyboard_and_the_focus_is_seen",
            "test_the_pages_work_without_scripts",
            "test_every_page_is_readable_and_fits_its_window",
        )
        + by(
            "emulator/pages/test_site.py",
            "test_every_page_has_a_language_a_title_a_heading_and_one_main",
        ),
    ),
    Promise(
        "LookML dashboards run each tile by itself; filters reach the tiles that listen, and a failing one says why.",
        "docs/fidelity/pages.md, Known and done",
        by(
            "emulator/pages/test_dashboards.py",
            "test_a_dashboard_lists_its_tiles_and_each_is_fetched_by_itself",
            "test_a_tile_runs_its_query_on_the_database",
            "test_a_filter_in_the_address_reaches_the_tiles_that_listen",
            "test_a_tile_that_fails_says_why_and_the_others_go_on",
            "test_a_tile_that_is_not_there_is_a_404",
            "test_charts_draw_a_mark_for_each_value_and_carry_their_table",
            "test_a_visualization_that_is_not_drawn_shows_its_rows_and_says_so",
            "test_any_size_that_a_browser_asks_for_is_bounded",
        )
        + by(
            "browser/test_local_looker_pages.py",
            "test_a_tile_that_cannot_be_reached_can_be_tried_again",
            "test_a_tile_tells_the_dashboard_to_change_its_filters_and_run",
        ),
    ),
    Promise(
        "Extensions run on pages of their own and in tiles of dashboards.",
        "docs/fidelity/pages.md, Known and done",
        by(
            "emulator/pages/test_dashboards.py",
            "test_an_extension_in_a_tile_gets_what_the_host_tells_tiles",
            "test_the_extension_page_holds_the_hosts_placeholder_with_any_route",
        )
        + by(
            "browser/test_local_looker_pages.py",
            "test_an_extension_runs_on_its_page_and_in_a_tile",
        ),
    ),
    Promise(
        "Embedded pages may be framed by the allowed sites, all others by nobody else.",
        "docs/fidelity/pages.md, Known and done",
        by(
            "emulator/pages/test_dashboards.py",
            "test_embedded_pages_have_no_frame_of_ours_and_only_allowed_sites_may_frame_them",
        ),
    ),
    Promise(
        "An explore's address is its query; results go along as CSV and JSON for those who may download.",
        "docs/fidelity/pages.md, Known and done",
        by(
            "emulator/pages/test_explore.py",
            "test_the_explore_runs_the_query_that_the_address_spells",
            "test_the_form_becomes_an_address_that_can_be_shared",
            "test_results_go_along_as_csv_and_json_for_those_who_may_download",
            "test_a_wrong_query_is_explained_on_the_page",
            "test_a_share_url_leads_to_the_explore",
            "test_the_picker_shows_fields_and_the_filters_that_are_set",
        )
        + by(
            "browser/test_local_looker_pages.py",
            "test_finding_a_field_narrows_the_list",
        ),
    ),
)
