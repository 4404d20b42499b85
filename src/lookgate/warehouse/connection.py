"""One door to every warehouse: DuckDB by its own driver, all others through SQLAlchemy and their dialect packages.

Values are bound as ``:name`` and never become part of a statement's text. Each call is one transaction.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Protocol
from urllib.parse import quote, quote_plus

from lookgate.core.secret import Secret
from lookgate.errors import LookgateError, Unavailable

if TYPE_CHECKING:
    import duckdb
    import sqlalchemy

Values = Mapping[str, str | int]
_DUCKDB = "duckdb:"
_BLOCK = re.compile(r"[0-9A-Fa-f]{16,}")
"""How a key's block is written, whole or cut short; no error repeats it."""
_SHORTEST = 4
_CREATE = "lookgate claims install --create."
"""Characters of a secret that is looked for in an error. To strike out each 'e' would tell that it is an 'e'."""
_HARMLESS = {
    "account",
    "catalog",
    "charset",
    "connect_timeout",
    "database",
    "dbname",
    "host",
    "hostaddr",
    "http_path",
} | {"location", "port", "role", "schema", "sslmode", "sslrootcert", "unix_socket", "warehouse"}
"""What a URL's query may say that is no secret; all else in it is."""
_BOUND = re.compile(r"(?<!:):([a-z_]+)")


class Connection(Protocol):
    """A warehouse. Calls block: not for the event loop."""

    def query(self, sql: str) -> Sequence[Sequence[object]]:
        """Return the rows of a SELECT.

        Raises:
            Unavailable: the warehouse refuses or does not answer.
        """
        ...

    def execute(self, sql: str, rows: Sequence[Values] = ()) -> None:
        """Run a statement, once for each row of values; all of them take effect or none.

        Raises:
            Unavailable: the warehouse refuses or does not answer.
        """
        ...

    def close(self) -> None:
        """Release it."""
        ...


def connect(url: Secret) -> Connection:
    """Open a warehouse.

    Args:
        url: ``duckdb:PATH``, or an SQLAlchemy URL such as ``postgresql+psycopg://…``, ``mysql+pymysql://…``,
            ``bigquery://project``, ``snowflake://…``, ``redshift+redshift_connector://…``, ``databricks://…``. It may
            hold a password, so it is a secret and no error repeats it.

    Raises:
        LookgateError: it is no such URL, or its driver is not installed.
        Unavailable: DuckDB cannot open the file.
    """
    text = url.reveal()
    return _DuckDB(text.removeprefix(_DUCKDB)) if text.startswith(_DUCKDB) else _SqlAlchemy(text)


class _DuckDB:
    def __init__(self, path: str) -> None:
        import duckdb  # noqa: PLC0415 - imported when used

        options: dict[str, str | bool | int | float | list[str]] = {
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
        }
        file = Path(path)
        was_there = file.exists()
        with _explained():
            self._connection: duckdb.DuckDBPyConnection = duckdb.connect(path, config=options)
            self._connection.execute("SET enable_external_access = false")
            self._connection.execute("SET lock_configuration = true")
            if not was_there and file.is_file():
                file.chmod(0o600)  # it may be given keys, and the process's umask may let everyone read

    def query(self, sql: str) -> Sequence[Sequence[object]]:
        with _explained(), self._connection.cursor() as cursor:
            return cursor.execute(sql).fetchall()

    def execute(self, sql: str, rows: Sequence[Values] = ()) -> None:
        with _explained(), self._connection.cursor() as cursor:
            cursor.execute("BEGIN")
            try:
                for row in rows:
                    cursor.execute(_BOUND.sub(r"$\1", sql), dict(row))
                if not rows:
                    cursor.execute(sql)
                cursor.execute("COMMIT")
            except BaseException:
                cursor.execute("ROLLBACK")
                raise

    def close(self) -> None:
        self._connection.close()


class _SqlAlchemy:
    def __init__(self, url: str) -> None:
        try:
            import sqlalchemy  # noqa: PLC0415 - imported when used
            from sqlalchemy.exc import ArgumentError, NoSuchModuleError  # noqa: PLC0415 - likewise
        except ImportError as error:
            raise _no_driver() from error

        self._text = sqlalchemy.text
        try:
            # A session for each call: calls are a minute apart or more, and warehouses end idle sessions unasked.
            self._engine: sqlalchemy.Engine = sqlalchemy.create_engine(
                url, hide_parameters=True, poolclass=sqlalchemy.NullPool
            )
            self._hidden = _secrets_in(self._engine.url)
        except (ImportError, NoSuchModuleError) as error:
            raise _no_driver() from error
        except (ArgumentError, ValueError, TypeError):
            raise LookgateError(  # the cause would repeat the URL
                "warehouse_url", "The warehouse's URL cannot be read.", "Write an SQLAlchemy URL, or 'duckdb:PATH'."
            ) from None

    def query(self, sql: str) -> Sequence[Sequence[object]]:
        with _explained(self._hidden), self._engine.connect() as connection:
            return [tuple(row) for row in _as_it_is(connection, sql)]

    def execute(self, sql: str, rows: Sequence[Values] = ()) -> None:
        with _explained(self._hidden), self._engine.begin() as connection:
            if rows:
                connection.execute(self._text(sql), [dict(row) for row in rows])
            else:
                _as_it_is(connection, sql)

    def close(self) -> None:
        self._engine.dispose()


def _as_it_is(connection: sqlalchemy.Connection, sql: str) -> sqlalchemy.CursorResult[tuple[object, ...]]:
    """Run a statement in which neither a colon nor a percent sign means a parameter."""
    return connection.execution_options(no_parameters=True).exec_driver_sql(sql)


def _no_driver() -> LookgateError:
    return LookgateError(
        "warehouse_driver",
        "The driver of this warehouse is not installed.",
        "Install lookgate[warehouse], and for Postgres begin the URL with postgresql+psycopg://; BigQuery, Snowflake, "
        "Redshift and Databricks need their SQLAlchemy dialect as well.",
    )


def _secrets_in(url: sqlalchemy.URL) -> tuple[str, ...]:
    """Return what of a URL no error may repeat, as it is and as it is written there, the longest first."""
    values = [str(url.password or "")]
    for name, value in url.query.items():
        if name.lower() not in _HARMLESS:
            values += [value] if isinstance(value, str) else value
    found = {text for value in values for text in (value, quote(value, safe=""), quote_plus(value))}
    return tuple(sorted((text for text in found if len(text) >= _SHORTEST), key=len, reverse=True))


@contextmanager
def _explained(hidden: tuple[str, ...] = ()) -> Iterator[None]:
    try:
        yield
    except Exception as error:  # noqa: BLE001 - drivers fail with errors of any kind, and a part of the URL in them
        # The driver's sentence, first line only: it may go on with the statement. SQLAlchemy hides the values, but the
        # sentence itself may repeat one that does not fit its column.
        told = str(error).splitlines()[0] if str(error) else type(error).__name__
        for secret in hidden:
            told = told.replace(secret, "…")
        told = _BLOCK.sub("…", told)[:300]
        fix = "Look at the warehouse's URL, its database user's rights and the table's name. No table yet? " + _CREATE
        raise Unavailable("warehouse_unavailable", f"The warehouse refuses: {told}", fix) from None
