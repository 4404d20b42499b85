"""``[sync]`` in lookgate.toml: five lines a rule, and every mistake told before anything is written."""

from __future__ import annotations

from promises import Promise, by

PROMISES = (
    Promise(
        "Five lines of settings are a rule; targets and attributes are named as Looker's admins know them.",
        "docs/keep-tokens-fresh.md, A rule",
        by(
            "settings/test_sync.py",
            "test_five_lines_are_a_rule",
            "test_without_rules_nothing_is_renewed",
            "test_a_target_is_named_in_eight_ways",
            "test_the_scoped_name_of_an_extensions_attribute_is_built_as_the_sdk_builds_it",
        ),
    ),
    Promise(
        "Every mistake of every rule is told at once, with its line and its fix: audience, margin, source, target.",
        "docs/keep-tokens-fresh.md, A rule",
        by(
            "settings/test_sync.py",
            "test_each_mistake_is_told_with_its_place_and_its_fix",
            "test_all_mistakes_of_all_rules_are_told_at_once",
            "test_rules_without_an_instance_are_refused",
            "test_tokens_too_short_for_the_cadence_are_refused",
            "test_the_metadata_server_is_refused_where_its_cache_would_leave_a_gap",
        ),
    ),
    Promise(
        "A token that lies in Looker, where any user of the extension can have it sent, can never start a run.",
        "docs/keep-tokens-fresh.md, A rule",
        by("settings/test_sync.py", "test_what_lies_in_looker_can_never_start_a_run"),
    ),
    Promise(
        "When what makes a rule's tokens becomes another, what is stored is renewed at once.",
        "docs/sync.md, Sources",
        by("settings/test_sync.py", "test_a_rule_is_renewed_at_once_when_its_source_becomes_another"),
    ),
)
