"""Opening a SQLite store: made whole, recognised before it is touched, brought up to this version."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

from lookgate.errors import LookgateError
from lookgate.store.schema import APPLICATION_ID, MIGRATIONS

BUSY_SECONDS = 10.0
"""How long a writer waits for another process before it gives up."""


@contextlib.contextmanager
def explained(path: Path | None) -> Iterator[None]:
    """Say in words why a store cannot be opened."""
    try:
        yield
    except sqlite3.OperationalError as error:
        raise LookgateError(
            "store_unusable", f"The store {path} cannot be opened: {error}.", "Make the file and its folder writable."
        ) from error
    except sqlite3.DatabaseError as error:
        raise LookgateError(
            "store_damaged", f"The store {path} is not readable: {error}.", "Restore it from a backup, or move it away."
        ) from error
    except OSError as error:
        raise LookgateError(
            "store_unusable", f"The store {path} cannot be opened: {error.strerror}.", "Mend store.path or its rights."
        ) from error


def create(path: Path) -> None:
    """Make a whole store beside the place and link it in: of several processes that start at once the first wins.

    In place they could not even wait for each other: SQLite does not queue for the switch to a write-ahead log.
    """
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    made = path.with_name(f".{path.name}.{os.getpid()}.{threading.get_ident()}")
    try:
        os.close(os.open(made, os.O_CREAT | os.O_RDWR | os.O_TRUNC, 0o600))
        connection = connect(made, BUSY_SECONDS)
        try:
            migrate(connection, made)
        finally:
            connection.close()
        with contextlib.suppress(FileExistsError):
            os.link(made, path)
    finally:
        made.unlink(missing_ok=True)


def connect(path: Path | None, busy_seconds: float) -> sqlite3.Connection:
    """Return a connection that any thread may use, one at a time, and that opens no transaction by itself."""
    connection = sqlite3.connect(
        path or ":memory:", timeout=busy_seconds, isolation_level=None, check_same_thread=False
    )
    connection.execute("PRAGMA synchronous = FULL")  # what is committed survives a power cut
    return connection


def connect_quick(path: Path) -> sqlite3.Connection:
    """Return a connection that never waits: not for another writer, and not for the disk.

    What it commits survives a killed process, and a power cut as soon as anything was committed by ``connect``'s. Its
    user folds the write-ahead log back in with ``PRAGMA wal_checkpoint``, which does wait for the disk.
    """
    connection = sqlite3.connect(path, timeout=0, isolation_level=None, check_same_thread=False)
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute("PRAGMA wal_autocheckpoint = 0")
    connection.execute("PRAGMA cache_size = -256")  # KiB: it only ever touches the end of one table
    return connection


def migrate(
    connection: sqlite3.Connection, path: Path | None, migrations: Sequence[Sequence[str]] = MIGRATIONS
) -> None:
    """Bring the database up to the last of ``migrations``, all missing ones or none.

    Raises:
        LookgateError: it belongs to another program or to a newer Lookgate; it is left as it was.
    """
    _version(connection, path, len(migrations))  # before anything is changed, the journal included
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("BEGIN IMMEDIATE")  # of several processes that start at once, one migrates and the rest wait
    try:
        version = _version(connection, path, len(migrations))
        if version < len(migrations):
            for statement in (statement for migration in migrations[version:] for statement in migration):
                connection.execute(statement)
            connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            connection.execute(f"PRAGMA user_version = {len(migrations)}")
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _version(connection: sqlite3.Connection, path: Path | None, newest: int) -> int:
    """Return how many migrations a database has been through, once it is known to be ours or empty."""
    version, application, tables = (
        int(connection.execute(query).fetchone()[0])
        for query in ("PRAGMA user_version", "PRAGMA application_id", "SELECT count(*) FROM sqlite_schema")
    )
    if application != APPLICATION_ID and (tables or version):
        raise LookgateError(
            "store_foreign", f"{path} is a database of another program.", "Name another file in store.path."
        )
    if version > newest:
        raise LookgateError(
            "store_newer",
            f"{path} was written by a newer Lookgate (schema {version}; this one knows {newest}).",
            "Update Lookgate, or restore the backup made before the update.",
        )
    return version
