"""The SQL engines that run here, each with a key table and one way to ask."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, Protocol

import pytest

import googlesql
from lookgate.claims.blocks import blocks_of
from lookgate.claims.dialect import Dialect, dialect_named
from lookgate.claims.install import SigningKey, create
from lookgate.claims.sql import NEVER, Claim, sign_sql
from lookgate.core.secret import Secret
from lookgate.warehouse.connection import Connection, connect

KEY = bytes(range(32))
KID = "k_first01"
TABLE = "claim_keys"
CLAIM = Claim(TABLE, "looker_test", ("gateway_test", "other_test"))
HOSTILE = (
    "",
    "a" * 65,
    "7'",
    "7' OR '1'='1",
    "7\\",
    "7\\' OR 1=1 -- ",
    '7","sub":"1',
    "7\n",
    "7\r\n",
    "7 ",
    " 7",
    "7;",
    "7--",
    "7/*",
    "7.8",
    "7-8",
    "7,8",
    "$1",
    ":kid",
    "{{ 7 }}",
    "${claim}",
    "ä",
    "\N{KELVIN SIGN}elvin",
    "\N{LATIN SMALL LETTER LONG S}",
    "\N{FULLWIDTH DIGIT SEVEN}",
    "\N{ZERO WIDTH SPACE}7",
    "%",
    "7\t",
    "admin'/*",
    "`7`",
    '"7"',
    "\N{MODIFIER LETTER APOSTROPHE}",
)
"""Texts that are no plain words."""
KeyRow = tuple[str, str, str, int, int]


class Engine(Protocol):
    """One running engine."""

    dialect: Dialect

    def query(self, sql: str) -> list[tuple[Any, ...]]: ...
    def add(self, *rows: KeyRow) -> None: ...


class Connected:
    """An engine behind a connection, with an empty key table."""

    def __init__(self, dialect: str, connection: Connection) -> None:
        self.dialect = dialect_named(dialect)
        self.connection = connection
        connection.execute(f"DROP TABLE IF EXISTS {TABLE}")
        create(connection, self.dialect, TABLE)

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        return [tuple(row) for row in self.connection.query(sql)]

    def add(self, *rows: KeyRow) -> None:
        for kid, inner, outer, begins, ends in rows:
            values: dict[str, str | int] = {"kid": kid, "i": inner, "o": outer, "b": begins, "e": ends}
            self.connection.execute(f"INSERT INTO {TABLE} VALUES (:kid, :i, :o, :b, :e)", [values])  # noqa: S608 - a constant


class GoogleSql:
    """BigQuery's language; its table is given with each query."""

    def __init__(self) -> None:
        self.dialect = dialect_named("bigquery")
        self._rows: list[KeyRow] = []

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        return googlesql.query(sql, self._rows)

    def add(self, *rows: KeyRow) -> None:
        self._rows += rows


@contextmanager
def engine(name: str, request: pytest.FixtureRequest) -> Iterator[Engine]:
    """Yield an engine with an empty key table."""
    if name == "bigquery":
        yield GoogleSql()
        return
    connection = connect(Secret(url_of(name, request)))
    try:
        yield Connected(name, connection)
    finally:
        connection.close()


def url_of(name: str, request: pytest.FixtureRequest) -> str:
    """Return a database of the engine; the servers live as long as the session."""
    if name == "duckdb":
        return "duckdb::memory:"
    if name == "postgres":
        parts = dict(part.split("=") for part in request.getfixturevalue("postgres_url").split())
        return f"postgresql+psycopg://{parts['user']}@/{parts['dbname']}?host={parts['host']}"
    url: str = request.getfixturevalue("mariadb_url")
    server = connect(Secret(url))
    server.execute("CREATE DATABASE IF NOT EXISTS lookgate")
    server.close()
    return url.replace("localhost/", "localhost/lookgate")


NAMES = ("duckdb", "postgres", "mysql", "bigquery")


def row(kid: str = KID, key: bytes = KEY, begins: int = 0, ends: int = NEVER) -> KeyRow:
    """Return the row of a key."""
    blocks = blocks_of(key)
    return (kid, blocks.inner.hex(), blocks.outer.hex(), begins, ends)


def tombstone(kid: str, ends: int) -> KeyRow:
    return (kid, "", "", 0, ends)


def ask(
    engine: Engine, *, user: str = "7", audience: str = "gateway_test", nonce: str = "n1", claim: Claim = CLAIM
) -> Any:
    """Return the claim that the engine signs, None for NULL; fail unless it is one row or none."""
    sql = sign_sql(
        engine.dialect,
        claim,
        user=quoted(engine.dialect, user),
        audience=quoted(engine.dialect, audience),
        nonce=quoted(engine.dialect, nonce),
        table="keys" if engine.dialect.name == "bigquery" else "",
    )
    rows = engine.query(sql)
    assert len(rows) <= 1
    return rows[0][0] if rows else "no row"


def quoted(dialect: Dialect, text: str) -> str:
    """Quote any text as Looker's sql_quote does for this dialect, apart from the code under test."""
    if dialect.name in ("bigquery", "mysql", "databricks", "snowflake", "redshift"):
        escaped = text.replace("\\", "\\\\").replace("'", "\\'").replace("\n", "\\n").replace("\r", "\\r")
        return f"'{escaped}'"
    return "'" + text.replace("'", "''") + "'"


def signing_key(kid: str = KID, key: bytes = KEY, begins: int = 0, ends: int | None = None) -> SigningKey:
    return SigningKey(kid, key, moment(begins), None if ends is None else moment(ends))


def moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
