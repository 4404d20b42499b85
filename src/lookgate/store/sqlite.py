"""State in one SQLite file (docs/decisions/0001): write-ahead log, append-only tables, several threads and processes.

One connection reads and two write, behind a lock each for reading and writing, so a reader never waits for a writer. A
transaction starts with ``BEGIN IMMEDIATE``: it has the right to write from its first line, and cannot fail half-way for
the lack of it. Of the two writers the patient one waits for other processes and for the disk; the quick one, for audit
events by themselves, does neither.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import threading
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from lookgate.core.audit import AuditEvent, StoredEvent
from lookgate.core.identity import Principal
from lookgate.core.ports import HandleRecord, Json, Record
from lookgate.errors import Unavailable
from lookgate.store.opening import BUSY_SECONDS, connect, connect_quick, create, explained, migrate

if TYPE_CHECKING:
    from lookgate.store.renewals import Notes, Renewals


class SqliteStore:
    """``core.ports.Store`` in one file, or in memory when there is no path.

    Raises:
        LookgateError: the file is not a Lookgate store, is damaged, is newer than this program, or cannot be written.
    """

    def __init__(self, path: Path | None, *, busy_seconds: float = BUSY_SECONDS) -> None:
        self.path = path
        self._busy = False
        self._write_lock = threading.RLock()
        self._read_lock = threading.RLock() if path else self._write_lock
        with explained(path):
            if path is not None and not path.exists():
                create(path)
            self._writer = connect(path, busy_seconds)
            try:
                migrate(self._writer, path)
                self._reader = connect(path, busy_seconds) if path else self._writer
                self._quick = connect_quick(path) if path else self._writer
            except BaseException:
                self._writer.close()
                raise
        self._unfolded = 0
        self._inode = path.stat().st_ino if path else 0
        self.records = _Records(self._reader, self._read_lock, writable=False)
        self.handles = _Handles(self)
        self.consumed = _Consumed(self)

    @contextlib.contextmanager
    def begin(self) -> Iterator[_Unit]:
        """Open a transaction; it ends with the block.

        Raises:
            Unavailable: the store cannot be written now.
            RuntimeError: this thread has a transaction open already.
        """
        with self._write_lock:
            if self._busy:
                raise RuntimeError(_OPEN_ALREADY)
            self._busy = True
            try:
                self._refuse_if_gone()
                with _available():
                    self._writer.execute("BEGIN IMMEDIATE")
                yield _Unit(self._writer, self._write_lock)
                with _available():
                    self._writer.execute("COMMIT")
            finally:
                self._busy = False
                with contextlib.suppress(sqlite3.Error):  # nothing is left to roll back after a commit
                    self._writer.execute("ROLLBACK")

    def record(self, *events: AuditEvent, wait: bool = True) -> bool:
        if not any(event.outcome == "pending" for event in events) and self._record_quickly(events, wait=wait):
            return True
        if wait:
            with self.begin() as unit:
                for event in events:
                    unit.record(event)
        return wait

    def _record_quickly(self, events: Sequence[AuditEvent], *, wait: bool) -> bool:
        """Store the events unless another process writes; without ``wait``, also unless a thread of this one does."""
        if not self._write_lock.acquire(blocking=wait):
            return False
        try:
            if self._busy:
                raise RuntimeError(_OPEN_ALREADY)
            if self._unfolded >= _FOLD_AFTER and not wait:
                return False
            self._refuse_if_gone()
            try:
                with _available(), _transaction(self._quick):
                    self._quick.executemany(_RECORD, [_row(event) for event in events])
            except _Busy:
                return False
            self._unfolded += 1
            if self._unfolded >= _FOLD_AFTER and wait:
                self._unfolded = 0
                with _available():
                    self._quick.execute("PRAGMA wal_checkpoint(PASSIVE)")
            return True
        finally:
            self._write_lock.release()

    def tail(self, *, limit: int, after: int = 0) -> Sequence[StoredEvent]:
        with self._read_lock, _available():
            rows = self._reader.execute(_TAIL, (after, max(0, limit))).fetchall()
        return [_stored_event(row) for row in reversed(rows)]

    @cached_property
    def renewals(self) -> Renewals:
        from lookgate.store.renewals import Renewals  # noqa: PLC0415 - the first answer does not need it

        return Renewals(self)

    @cached_property
    def notes(self) -> Notes:
        from lookgate.store.renewals import Notes  # noqa: PLC0415 - likewise

        return Notes(self)

    def select(self, query: str, values: tuple[object, ...] = ()) -> list[tuple[Any, ...]]:
        """Return the rows of one of the store's own queries, read outside any transaction."""
        with self._read_lock, _available():
            return self._reader.execute(query, values).fetchall()

    def check(self) -> None:
        with self.begin() as unit:
            unit.execute("UPDATE probe SET checks = checks + 1")
        self.handles.find("")

    def _refuse_if_gone(self) -> None:
        """Refuse to write into a file that has no name any more: nobody would ever find it again."""
        if self.path is None:
            return
        try:
            number = os.stat(self.path).st_ino  # noqa: PTH116 - before every write: half the time of Path.stat
        except OSError:
            number = None
        if number != self._inode:
            raise Unavailable(
                "store_gone", f"The file {self.path} was removed or replaced while it was open.", "Restart the gateway."
            )

    def close(self) -> None:
        with self._write_lock, self._read_lock:
            self._reader.close()
            self._quick.close()
            self._writer.close()  # the last one folds the write-ahead log in


class _Records:
    def __init__(self, connection: sqlite3.Connection, lock: threading.RLock, *, writable: bool) -> None:
        self._connection = connection
        self._lock = lock
        self._writable = writable

    def append(self, collection: str, key: str, body: Mapping[str, Json], *, actor: Principal, at: datetime) -> Record:
        if not self._writable or not self._connection.in_transaction:
            raise RuntimeError("rows are appended inside a transaction: use the unit of work that begin() gives")
        text = msgspec.json.encode(body).decode()
        values = (collection, key, _text(at), actor.issuer, actor.subject, actor.label, text)
        with _available():
            cursor = self._connection.execute(_APPEND, values)
        return _record((cursor.lastrowid, *values))

    def list(self, collection: str, key: str | None = None, *, limit: int = 100) -> Sequence[Record]:
        with self._lock, _available():
            if key is None:
                rows = self._connection.execute(_LIST, (collection, max(0, limit)))
            else:
                rows = self._connection.execute(_LIST_KEY, (collection, key, max(0, limit)))
            return [_record(row) for row in rows]


class _Unit:
    """One open transaction."""

    def __init__(self, connection: sqlite3.Connection, lock: threading.RLock) -> None:
        self.connection = connection
        self.records = _Records(connection, lock, writable=True)

    def record(self, event: AuditEvent) -> None:
        if not self.connection.in_transaction:
            raise RuntimeError("the transaction has ended")
        self.execute(_RECORD, _row(event))

    def execute(self, statement: str, values: tuple[object, ...] = ()) -> int:
        """Run one statement of the store's own within the transaction; return the number of rows it changed."""
        with _available():
            return self.connection.execute(statement, values).rowcount

    def query(self, query: str, values: tuple[object, ...] = ()) -> list[tuple[Any, ...]]:
        """Return the rows of one of the store's own queries, as they are within the transaction."""
        with _available():
            return self.connection.execute(query, values).fetchall()


class _Handles:
    def __init__(self, store: SqliteStore) -> None:
        self._store = store

    def find(self, digest: str) -> HandleRecord | None:
        found = self._select("digest = ?", digest)
        return found[0] if found else None

    def add(self, record: HandleRecord) -> None:
        with self._store.begin() as unit:
            ends_at = "" if record.ends_at is None else _text(record.ends_at)
            values = (record.digest, record.user_id, _text(record.issued_at), ends_at)
            unit.execute("INSERT INTO handle (digest, user_id, issued_at, ends_at) VALUES (?, ?, ?, ?)", values)

    def end(self, digest: str, at: datetime | None) -> None:
        with self._store.begin() as unit:
            unit.execute("UPDATE handle SET ends_at = ? WHERE digest = ?", (_text(at) if at else "", digest))

    def used(self, uses: Mapping[str, datetime]) -> None:
        with self._store.begin() as unit:
            for digest, at in uses.items():
                unit.execute("UPDATE handle SET used_at = max(used_at, ?) WHERE digest = ?", (_text(at), digest))

    def remove(self, digest: str) -> None:
        with self._store.begin() as unit:
            unit.execute("DELETE FROM handle WHERE digest = ?", (digest,))

    def of_user(self, user_id: str) -> Sequence[HandleRecord]:
        return self._select("user_id = ?", user_id)

    def _select(self, where: str, value: str) -> list[HandleRecord]:
        store = self._store
        query = f"SELECT {_HANDLE} FROM handle WHERE {where} ORDER BY issued_at DESC"  # noqa: S608 - constants only
        with store._read_lock, _available():  # noqa: SLF001 - one class in two parts
            rows = store._reader.execute(query, (value,)).fetchall()  # noqa: SLF001 - one class in two parts
        return [
            HandleRecord(digest, user_id, _time(issued_at), *(_time(text) if text else None for text in later))
            for digest, user_id, issued_at, *later in rows
        ]


_HANDLE = "digest, user_id, issued_at, ends_at, used_at"
_PRINCIPAL = msgspec.json.Encoder(order="sorted")
_FOLD_AFTER = 300
"""Transactions of the quick writer after which the write-ahead log, by then a few megabytes, is folded in."""
_OPEN_ALREADY = "a transaction is already open in this thread; use its unit of work"


class _Consumed:
    def __init__(self, store: SqliteStore) -> None:
        self._store = store

    def consume(self, namespace: str, value: str, until: datetime) -> bool:
        with self._store.begin() as unit:
            first = unit.execute(_CONSUME, (namespace, value, _text(until))) == 1
            if first:  # a day is far more than clocks differ by, and than the values of one kind live
                unit.execute(_FORGET, (namespace, _text(until - timedelta(days=1))))
            return first


_CONSUME = "INSERT INTO consumed VALUES (?, ?, ?) ON CONFLICT DO NOTHING"
_FORGET = "DELETE FROM consumed WHERE namespace = ? AND until < ?"
_COLUMNS = "id, collection, key, at, actor_issuer, actor_subject, actor_label, body"
_LIST = f"SELECT {_COLUMNS} FROM record WHERE collection = ? ORDER BY id DESC LIMIT ?"  # noqa: S608 - constants only
_LIST_KEY = f"SELECT {_COLUMNS} FROM record WHERE collection = ? AND key = ? ORDER BY id DESC LIMIT ?"  # noqa: S608 - constants only
_APPEND = (
    "INSERT INTO record (collection, key, at, actor_issuer, actor_subject, actor_label, body) "
    "VALUES (?, ?, ?, ?, ?, ?, ?)"
)
_RECORD = (
    "INSERT INTO audit (at, request_id, action, issuer, subject, principal, outcome, rule, detail, origin) "
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
_TAIL = (
    "SELECT id, at, request_id, action, principal, outcome, rule, detail, origin FROM audit "
    "WHERE id > ? ORDER BY id DESC LIMIT ?"
)


class _Busy(Exception):
    """Another process is writing."""


@contextlib.contextmanager
def _transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """Commit what the block does, or none of it.

    Raises:
        _Busy: another process is writing, and the connection does not wait for it.
    """
    try:
        connection.execute("BEGIN IMMEDIATE")
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY:
            raise _Busy from None
        raise
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


@contextlib.contextmanager
def _available() -> Iterator[None]:
    """Say in words that the database is locked, full, damaged or closed; a broken rule of a table stays what it is."""
    try:
        yield
    except sqlite3.IntegrityError:
        raise
    except sqlite3.Error as error:
        raise Unavailable("store_unavailable", f"The store does not answer: {error}.", "Try again.") from error


def _text(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def _row(event: AuditEvent) -> tuple[str, ...]:
    principal = event.principal
    return (
        _text(event.at),
        event.request_id,
        event.action,
        principal.issuer,
        principal.subject,
        _PRINCIPAL.encode(principal).decode(),
        event.outcome,
        event.rule,
        event.detail,
        event.origin,
    )


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _record(row: tuple[object, ...]) -> Record:
    number, collection, key, at, issuer, subject, label, body = row
    return Record(
        id=int(str(number)),
        collection=str(collection),
        key=str(key),
        at=_time(str(at)),
        actor_issuer=str(issuer),
        actor_subject=str(subject),
        actor_label=str(label),
        body=msgspec.json.decode(str(body)),
    )


def _stored_event(row: tuple[object, ...]) -> StoredEvent:
    number, at, request_id, action, principal, outcome, rule, detail, origin = row
    event = AuditEvent(
        at=_time(str(at)),
        request_id=str(request_id),
        action=str(action),
        principal=msgspec.json.decode(str(principal), type=Principal),
        outcome=outcome,  # type: ignore[arg-type] # the table's CHECK holds it to the four words
        rule=str(rule),
        detail=str(detail),
        origin=str(origin),
    )
    return StoredEvent(int(str(number)), event)
