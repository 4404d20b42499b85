"""Keys that are minted in persistent derived tables, and the incremental tables of the local Looker."""

from __future__ import annotations

from promises import Promise, by

PROMISES = (
    Promise(
        "An incremental table is built whole at first, then step by step as Looker documents it, and anew when its "
        "LookML changes.",
        "docs/fidelity/lookml.md, Known and done",
        by(
            "emulator/lookml/test_increments.py",
            "test_the_first_build_is_whole_and_the_next_ones_replace_the_newest_period_only",
            "test_the_offset_goes_back_that_many_periods_from_the_newest_row",
            "test_weeks_begin_where_the_model_says",
            "test_a_table_without_rows_is_filled_by_the_next_step",
            "test_a_change_of_its_lookml_builds_the_table_anew",
            "test_another_field_or_another_trigger_keeps_the_rows",
            "test_by_hand_a_step_is_built_and_on_request_the_whole",
            "test_a_step_that_fails_changes_nothing_and_is_tried_again",
            "test_readers_never_see_a_half_built_step",
            "test_what_cannot_be_built_step_by_step_is_a_problem_of_the_project",
            "test_the_tag_stands_only_in_an_incremental_table",
        )
        + by("emulator/api/test_derived_tables.py", "test_a_forced_build_is_one_step_and_a_full_one_begins_anew"),
    ),
    Promise(
        "A published table has a database view of a lasting name, and no query fails because a table is replaced.",
        "docs/fidelity/lookml.md, Known and done",
        by(
            "emulator/lookml/test_increments.py",
            "test_a_published_table_has_a_view_of_a_lasting_name",
            "test_a_table_that_was_built_before_it_was_published_gets_its_view_with_the_next_build",
            "test_queries_that_race_with_whole_builds_are_answered",
        ),
    ),
)
