"""One door to every warehouse: DuckDB by its own driver, all others through SQLAlchemy and their dialect packages.

Values are bound as ``:name`` and never become part of a statement's text. Each call is one transaction.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

from lookgate.core.secret import Secret
from lookgate.errors import LookgateError, Unavailable

if TYPE_CHECKING:
    import duckdb
    import sqlalchemy

Values = Mapping[str, str | int]
_DUCKDB = "duckdb:"
_BLOCK = re.compile(r"[0-9A-Fa-f]{16,}")
"""How a key's block is written, whole or cut short; no error repeats it."""
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

        self._error = duckdb.Error
        options: dict[str, str | bool | int | float | list[str]] = {
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
        }
        with _explained(duckdb.Error):
            self._connection: duckdb.DuckDBPyConnection = duckdb.connect(path, config=options)
            self._connection.execute("SET enable_external_access = false")
            self._connection.execute("SET lock_configuration = true")

    def query(self, sql: str) -> Sequence[Sequence[object]]:
        with _explained(self._error), self._connection.cursor() as cursor:
            return cursor.execute(sql).fetchall()

    def execute(self, sql: str, rows: Sequence[Values] = ()) -> None:
        with _explained(self._error), self._connection.cursor() as cursor:
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
            from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError  # noqa: PLC0415 - likewise
        except ImportError as error:
            raise _no_driver() from error

        self._text, self._error = sqlalchemy.text, SQLAlchemyError
        try:
            # A session for each call: calls are a minute apart or more, and warehouses end idle sessions unasked.
            self._engine: sqlalchemy.Engine = sqlalchemy.create_engine(
                url, hide_parameters=True, poolclass=sqlalchemy.NullPool
            )
            self._password = str(self._engine.url.password or "")
        except (ImportError, NoSuchModuleError) as error:
            raise _no_driver() from error
        except (ArgumentError, ValueError, TypeError):
            raise LookgateError(  # the cause would repeat the URL
                "warehouse_url", "The warehouse's URL cannot be read.", "Write an SQLAlchemy URL, or 'duckdb:PATH'."
            ) from None

    def query(self, sql: str) -> Sequence[Sequence[object]]:
        with _explained(self._error, self._password), self._engine.connect() as connection:
            return [tuple(row) for row in _as_it_is(connection, sql)]

    def execute(self, sql: str, rows: Sequence[Values] = ()) -> None:
        with _explained(self._error, self._password), self._engine.begin() as connection:
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
        "Install lookgate[warehouse]; for BigQuery, Snowflake, Redshift or Databricks also their SQLAlchemy dialect.",
    )


@contextmanager
def _explained(error_type: type[Exception], hidden: str = "") -> Iterator[None]:
    try:
        yield
    except error_type as error:
        # The driver's sentence, first line only: it may go on with the statement. SQLAlchemy hides the values, but the
        # sentence itself may repeat one that does not fit its column.
        told = str(error).splitlines()[0] if str(error) else type(error).__name__
        told = _BLOCK.sub("…", told.replace(hidden, "…") if hidden else told)[:300]
        raise Unavailable("warehouse_unavailable", f"The warehouse refuses: {told}", "Mend it and try again.") from None
