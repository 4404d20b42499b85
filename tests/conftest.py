"""What holds for every test."""

from __future__ import annotations

import pytest
from hypothesis import settings

settings.register_profile("long", max_examples=10_000, deadline=None)  # by hand: --hypothesis-profile=long

pytest_plugins = ["pytester", "security_counts"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run the browser's tests last: Playwright keeps an event loop running, beside which no other can be started."""
    items.sort(key=lambda item: "browser" in item.path.parts)
