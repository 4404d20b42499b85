from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from lookgate.errors import LookgateError
from lookgate.store.opening import connect, migrate
from lookgate.store.schema import MIGRATIONS

NEXT = (*MIGRATIONS, ("CREATE TABLE later (x TEXT) STRICT", "INSERT INTO later VALUES ('kept')"))
BROKEN = (*MIGRATIONS, ("CREATE TABLE later (x TEXT) STRICT", "INSERT INTO nowhere VALUES (1)"))


def version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def tables(connection: sqlite3.Connection) -> set[str]:
    return {name for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}


def test_an_older_store_gets_what_it_lacks_and_keeps_what_it_has(tmp_path: Path) -> None:
    connection = connect(tmp_path / "s", 1)
    migrate(connection, None)
    connection.execute("INSERT INTO handle (digest, user_id, issued_at) VALUES (?, '7', 'then')", ("a" * 64,))
    migrate(connection, None, NEXT)
    migrate(connection, None, NEXT)
    assert version(connection) == len(NEXT)
    assert connection.execute("SELECT x FROM later").fetchall() == [("kept",)]
    assert connection.execute("SELECT user_id FROM handle").fetchall() == [("7",)]
    connection.close()


@pytest.mark.counts("chaos", "migration fails half-way")
def test_a_migration_that_fails_half_way_leaves_the_store_at_its_old_version(tmp_path: Path) -> None:
    connection = connect(tmp_path / "s", 1)
    migrate(connection, None)
    with pytest.raises(sqlite3.OperationalError):
        migrate(connection, None, BROKEN)
    assert version(connection) == len(MIGRATIONS)
    assert "later" not in tables(connection)
    migrate(connection, None, NEXT)
    assert version(connection) == len(NEXT)
    connection.close()


def test_an_older_program_leaves_a_newer_store_alone(tmp_path: Path) -> None:
    connection = connect(tmp_path / "s", 1)
    migrate(connection, None, NEXT)
    with pytest.raises(LookgateError) as refused:
        migrate(connection, None)
    assert refused.value.code == "store_newer"
    assert version(connection) == len(NEXT)
    connection.close()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit SET rule = 'x'",
        "DELETE FROM audit",
        "INSERT INTO audit SELECT * FROM audit WHERE true ON CONFLICT DO UPDATE SET rule = 'x'",
    ],
)
def test_history_stays_guarded_after_a_migration(tmp_path: Path, statement: str) -> None:
    connection = connect(tmp_path / "s", 1)
    migrate(connection, None)
    connection.execute("INSERT INTO audit VALUES (1, '', 'r1', '', '', '', '{}', 'allowed', '', '', '')")
    migrate(connection, None, NEXT)
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        connection.execute(statement)
    connection.close()
