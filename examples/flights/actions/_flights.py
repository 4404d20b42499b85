"""What the actions share: the flights, opened for reading. A file whose name starts with _ holds no action."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lookgate import Unavailable

if TYPE_CHECKING:
    import duckdb

PLANNERS = "Network Planning"
"""The Looker group that may write."""


def rows(statement: str, values: list[object] | None = None) -> list[tuple[Any, ...]]:
    """Run a query. Values are always bound, never pasted into the text.

    Raises:
        Unavailable: the database is not there.
    """
    with _connection().cursor() as cursor:  # a cursor each, because actions run in several threads
        return cursor.execute(statement, values or []).fetchall()


@cache
def _connection() -> duckdb.DuckDBPyConnection:
    import duckdb  # noqa: PLC0415 - the gateway answers its first call without it

    path = Path(os.environ.get("FLIGHTS_DATABASE", "flights.duckdb"))
    if not path.is_file():
        raise Unavailable(
            "flights_missing", "The flights are not loaded.", "Run 'lookgate demo', or set FLIGHTS_DATABASE."
        )
    try:
        return duckdb.connect(str(path), read_only=True, config={"threads": 2, "enable_external_access": False})
    except duckdb.Error as error:
        raise Unavailable(
            "flights_unreadable", "The flights cannot be opened.", "Run 'lookgate demo --fresh'."
        ) from error
