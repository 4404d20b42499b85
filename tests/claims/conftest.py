from __future__ import annotations

from collections.abc import Iterator

import pytest

import claim_engines
from claim_engines import NAMES, Engine
from mariadb import mariadb_url  # noqa: F401 - a fixture
from postgres import postgres_url  # noqa: F401 - a fixture


@pytest.fixture(params=NAMES)
def engine(request: pytest.FixtureRequest) -> Iterator[Engine]:
    """Each engine that runs here, in turn."""
    with claim_engines.engine(request.param, request) as made:
        yield made
