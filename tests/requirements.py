"""Every behaviour Lookgate promises: where the promise comes from, and the tests that hold it.

``test_requirements.py`` checks both directions: each named test exists, and no test file is without a promise.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Promise:
    """One promised behaviour."""

    text: str
    source: str
    """Where it was promised: a page of docs, README, SECURITY.md, an RFC section, a defect of a predecessor."""
    tests: tuple[str, ...]
    """``path/under/tests.py::test_name``."""


PROMISES: tuple[Promise, ...] = (
    Promise(
        "An empty list of policies denies everyone.",
        "docs/concepts.md, Policy",
        ("core/test_policy.py::test_an_empty_list_denies_everyone",),
    ),
    Promise(
        "A policy can ask for a level of assurance, and a level includes the higher ones.",
        "docs/concepts.md, Assurance",
        (
            "core/test_policy.py::test_a_level_includes_the_higher_ones_and_excludes_the_lower_ones",
            "core/test_policy.py::test_a_denied_level_says_which_one_was_asked_for_and_which_one_was_there",
        ),
    ),
    Promise(
        "Groups, roles and scopes are compared exactly, never by pattern.",
        "SECURITY.md; defect of the known updater: a group was found by LIKE",
        (
            "core/test_policy.py::test_a_group_is_compared_exactly",
            "core/test_policy.py::test_a_role_and_a_scope_are_compared_exactly",
        ),
    ),
    Promise(
        "A secret is masked wherever it is shown by accident.",
        "SECURITY.md, rule 3",
        (
            "core/test_secret.py::test_a_secret_is_masked_in_text_repr_format_and_containers",
            "core/test_secret.py::test_a_secret_is_masked_in_logs_and_tracebacks",
            "core/test_secret.py::test_a_secret_cannot_be_pickled_hashed_or_written_as_json",
        ),
    ),
    Promise(
        "Adding a file adds a member; a duplicate name or a broken file stops the start with its name and the fix.",
        "CONTRIBUTING.md",
        (
            "core/test_registry.py::test_each_file_is_a_member_in_alphabetical_order_and_underscores_are_left_alone",
            "core/test_registry.py::test_two_members_of_one_name_are_an_error",
            "core/test_registry.py::test_a_broken_file_is_named_with_what_is_wrong",
        ),
    ),
)
