from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from lookgate.core.ports import Store
from postgres import postgres_url  # noqa: F401 - a fixture
from store_places import new_place, open_at


@pytest.fixture(params=["sqlite", "memory", "postgres"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """A new store of each kind in turn."""
    made = open_at(new_place(request.param, request, tmp_path))
    yield made
    made.close()


@pytest.fixture(params=["sqlite", "postgres"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where several processes can share a new store."""
    return new_place(request.param, request, tmp_path)
