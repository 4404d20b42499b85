"""What is counted: how often each attack was tried, and that nothing came of it."""

from __future__ import annotations

from promises import Promise, by

PROMISES = (
    Promise(
        "What the gateway dates by its own clock ends at that very moment: an API key, a replaced handle, the memory "
        "of whose a Looker token is.",
        "docs/verifiers.md",
        by(
            "contract/test_exact_ends.py",
            "test_an_api_key_ends_at_the_moment_it_says",
            "test_a_handle_that_was_replaced_ends_at_the_moment_it_was_given",
            "test_a_looker_token_that_was_logged_out_is_remembered_for_a_minute_and_no_more",
        ),
    ),
)
