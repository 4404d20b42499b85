"""Database connections of the local Looker: DuckDB, or Postgres."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Literal, Protocol

import msgspec

from lookgate.emulator.lookml.errors import QueryError

if TYPE_CHECKING:
    import duckdb

__all__ = ["Connection", "ConnectionConfig", "QueryError"]
Rows = tuple[list[str], list[tuple[Any, ...]]]
_TRIES, _AGAIN_SECONDS = 250, 0.02
"""How often it is looked whether a DuckDB file is still in its writer's hands, and how soon again: for five seconds."""


class ConnectionConfig(msgspec.Struct, frozen=True, kw_only=True):
    """What a world file says of a connection."""

    name: str
    dialect: Literal["duckdb", "postgres"] = "duckdb"
    database: str = ":memory:"
    """DuckDB: a file, or ``:memory:``. Postgres: a conninfo string or a URL."""
    temp_schema: str = "looker_scratch"
    """Where persistent derived tables are built."""
    pdts_enabled: bool = True
    read_only: bool = False


class _Session(Protocol):
    def execute(self, sql: str) -> Rows: ...
    def execute_all(self, statements: Sequence[str]) -> None: ...
    def close(self) -> None: ...


class Connection:
    """One database, opened by the first statement and shared by all threads. Sessions run in UTC.

    ``execute`` accepts exactly one statement. DuckDB cannot install or load extensions, nor reach files or the network,
    once its own file is open. A file that is only read, and beside which nothing is built, is let go as soon as no
    statement runs: DuckDB lets nobody write to a file that somebody has open.
    """

    def __init__(self, config: ConnectionConfig) -> None:
        self.config = config
        self._lock = threading.Lock()
        self._session: _Session | None = None
        self._running = 0
        self._closing = threading.Event()

    @property
    def has_attached_scratch(self) -> bool:
        """Whether ``temp_schema`` is a database in memory beside a DuckDB file that is only read."""
        return self.config.dialect == "duckdb" and self.config.read_only and self.config.database != ":memory:"

    def execute(self, sql: str) -> Rows:
        """Run one statement and return its column names and rows.

        Raises:
            QueryError: the database refuses it, it is more than one statement, or the database cannot be opened.
        """
        with self._opened() as session:
            return session.execute(sql)

    def execute_all(self, statements: Sequence[str]) -> None:
        """Run statements in one transaction: all of them take effect, or none.

        Raises:
            QueryError: one of them fails.
        """
        with self._opened() as session:
            session.execute_all(statements)

    def close(self) -> None:
        """Release the database; statements are refused afterwards."""
        self._closing.set()
        with self._lock:
            if self._session:
                self._session.close()
                self._session = None

    @property
    def _is_let_go(self) -> bool:
        return self.has_attached_scratch and not self.config.pdts_enabled

    @contextmanager
    def _opened(self) -> Iterator[_Session]:
        with self._lock:
            if self._closing.is_set():
                raise QueryError(f'The connection "{self.config.name}" is closed.')
            if self._session is None:
                duckdb = self.config.dialect == "duckdb"
                self._session = _DuckDB(self.config, self._closing) if duckdb else _Postgres(self.config)
            session = self._session
            self._running += 1
        try:
            yield session
        finally:
            with self._lock:
                self._running -= 1
                if self._is_let_go and self._running == 0 and self._session is session:
                    session.close()
                    self._session = None


class _DuckDB:
    """One database; each statement runs on a cursor of its own, so threads do not wait for each other."""

    def __init__(self, config: ConnectionConfig, closing: threading.Event) -> None:
        import duckdb  # noqa: PLC0415 - imported when a query runs

        self._duckdb, self._closing = duckdb, closing
        options: dict[str, str | bool | int | float | list[str]] = {
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
        }
        read_only = config.read_only and config.database != ":memory:"
        try:
            self._root = self._connect(config.database, read_only=read_only, options=options)
            self._root.execute("SET GLOBAL TimeZone = 'UTC'")
            if read_only and config.pdts_enabled:
                scratch = config.temp_schema.replace('"', '""')
                self._root.execute(f"ATTACH ':memory:' AS \"{scratch}\" (READ_WRITE)")
            self._root.execute("SET enable_external_access = false")
            self._root.execute("SET lock_configuration = true")
        except duckdb.Error as error:
            raise QueryError(f'The connection "{config.name}" cannot be opened: {error}') from None

    def _connect(
        self, database: str, *, read_only: bool, options: dict[str, str | bool | int | float | list[str]]
    ) -> duckdb.DuckDBPyConnection:
        tries_left = _TRIES
        while True:
            tries_left -= 1
            try:
                return self._duckdb.connect(database, read_only=read_only, config=options)
            except self._duckdb.IOException as error:
                # Somebody writes to it: a reader comes after, unless the connection is closed meanwhile.
                if "lock" not in str(error) or not tries_left or self._closing.wait(_AGAIN_SECONDS):
                    raise

    def execute(self, sql: str) -> Rows:
        try:
            with self._root.cursor() as cursor:
                if len(cursor.extract_statements(sql)) != 1:
                    raise QueryError("Exactly one SQL statement can run at a time.")
                cursor.execute(sql)
                return [column[0] for column in cursor.description or ()], cursor.fetchall()
        except self._duckdb.Error as error:
            raise QueryError(str(error)) from None

    def execute_all(self, statements: Sequence[str]) -> None:
        try:
            with self._root.cursor() as cursor:
                cursor.execute("BEGIN")
                try:
                    for statement in statements:
                        cursor.execute(statement)
                    cursor.execute("COMMIT")
                except self._duckdb.Error:
                    cursor.execute("ROLLBACK")
                    raise
        except self._duckdb.Error as error:
            raise QueryError(str(error)) from None

    def close(self) -> None:
        self._root.close()


class _Postgres:
    """One server session, used by one thread at a time; opened again when the server has dropped it."""

    def __init__(self, config: ConnectionConfig) -> None:
        self._config = config
        self._lock = threading.Lock()
        self._session = self._connect()

    def _connect(self) -> Any:
        import psycopg  # noqa: PLC0415 - imported when a query runs

        self._error = psycopg.Error
        try:
            session = psycopg.connect(self._config.database, autocommit=True, connect_timeout=10)
            session.execute("SET TIME ZONE 'UTC'")
            session.execute("SET standard_conforming_strings = on")
            if self._config.read_only:
                session.execute("SET default_transaction_read_only = on")
        except psycopg.Error as error:
            raise QueryError(f'The connection "{self._config.name}" cannot be opened: {error}') from None
        return session

    def execute(self, sql: str) -> Rows:
        with self._lock:
            if self._session.closed:
                self._session = self._connect()
            try:
                # prepare=True takes the extended protocol, which refuses several statements in one text.
                cursor = self._session.execute(sql.encode(), prepare=True)
                if cursor.description is None:
                    return [], []
                return [column.name for column in cursor.description], cursor.fetchall()
            except self._error as error:
                raise QueryError(str(error)) from None

    def execute_all(self, statements: Sequence[str]) -> None:
        with self._lock:
            if self._session.closed:
                self._session = self._connect()
            try:
                with self._session.transaction():
                    for statement in statements:
                        self._session.execute(statement.encode())
            except self._error as error:
                raise QueryError(str(error)) from None

    def close(self) -> None:
        self._session.close()
