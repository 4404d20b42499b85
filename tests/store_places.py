"""Where a test's store is, as one word: a SQLite file, ``memory``, or a Postgres URL."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from lookgate.core.ports import Store
from lookgate.core.secret import Secret

if TYPE_CHECKING:
    import pytest


def open_at(place: str) -> Store:
    """Open the store at a place, in whatever process."""
    if place.startswith("postgresql:"):
        from lookgate.store.postgres import PostgresStore  # noqa: PLC0415 - a process pays for the store it opens

        return PostgresStore(Secret(place))
    from lookgate.store.memory import MemoryStore  # noqa: PLC0415 - likewise
    from lookgate.store.sqlite import SqliteStore  # noqa: PLC0415 - likewise

    return MemoryStore() if place == "memory" else SqliteStore(Path(place))


def new_place(kind: str, request: pytest.FixtureRequest, folder: Path) -> str:
    """Return a place of that kind where nothing is yet."""
    if kind == "postgres":
        return new_database(request.getfixturevalue("postgres_url"))
    return "memory" if kind == "memory" else str(folder / "store.sqlite3")


def new_database(conninfo: str, user: str = "postgres") -> str:
    """Return the URL of the server's database ``gate``, emptied."""
    import psycopg  # noqa: PLC0415 - likewise

    with psycopg.connect(conninfo, autocommit=True) as server:
        if not server.execute("SELECT 1 FROM pg_database WHERE datname = 'gate'").fetchone():
            server.execute("CREATE DATABASE gate")
    url = url_of(conninfo, user)
    with psycopg.connect(url, autocommit=True) as database:
        database.execute("SET client_min_messages = warning")
        database.execute("DROP SCHEMA IF EXISTS lookgate CASCADE")
    return url


def url_of(conninfo: str, user: str = "postgres") -> str:
    """Return the URL of the database ``gate`` on the server of ``postgres.server``."""
    folder = re.search(r"host=(\S+)", conninfo)
    assert folder
    return f"postgresql://{user}@/gate?host={quote(folder[1], safe='/')}"
