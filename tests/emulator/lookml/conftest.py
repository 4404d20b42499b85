from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from lookgate.emulator.connection import ConnectionConfig
from lookml_bench import Bench
from postgres import postgres_url  # noqa: F401 - a fixture


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    """A bench on DuckDB in memory."""
    made = Bench(tmp_path, ConnectionConfig(name="db"))
    yield made
    made.connection.close()


@pytest.fixture(params=["duckdb", "postgres"])
def either(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Bench]:
    """A bench on each database in turn."""
    if request.param == "duckdb":
        config = ConnectionConfig(name="db")
    else:
        config = ConnectionConfig(name="db", dialect="postgres", database=request.getfixturevalue("postgres_url"))
    made = Bench(tmp_path, config)
    if request.param == "postgres":
        made.connection.execute_all(
            ["DROP SCHEMA IF EXISTS looker_scratch CASCADE", "DROP SCHEMA public CASCADE", "CREATE SCHEMA public"]
        )
    yield made
    made.connection.close()
