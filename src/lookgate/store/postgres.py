"""State in Postgres, for several machines (docs/decisions/0030), in append-only tables.

Few connections write and few read, so a reader never waits for a writer's place. The audit events of a transaction are
sent together with its COMMIT: the lock that lets readers miss none of them (``postgres_schema``) is never held across
the network, and a machine that vanishes cannot keep it.
"""

from __future__ import annotations

import contextlib
import hashlib
import threading
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any

import msgspec
import psycopg
from psycopg import Connection

from lookgate.core.audit import AuditEvent, StoredEvent
from lookgate.core.identity import Principal
from lookgate.core.ports import HandleRecord, Json, Record
from lookgate.core.secret import Secret
from lookgate.errors import InvalidInput, LookgateError, Unavailable
from lookgate.store.postgres_pool import STATEMENT_SECONDS, Pool
from lookgate.store.postgres_schema import APPLICATION_ID, FORGETTING, SETTLED, grants, migrate, missing_rights
from lookgate.store.url import parse

if TYPE_CHECKING:
    from lookgate.store.renewals import Notes, Renewals

WRITERS, READERS = 4, 2
"""Connections of one process."""


class PostgresStore:
    """``core.ports.Store`` in the schema ``lookgate`` of a Postgres database (14 or newer).

    Args:
        url: ``postgresql://…``; TLS as its ``sslmode`` says.
        make: False to open only what is there, as a reader does, and to change nothing.
        seconds: how long one statement may take, or the wait for a connection.

    Raises:
        Unavailable: the server does not answer, or lets nobody in.
        LookgateError: the schema is another program's, or newer than this one, or the role lacks a right.
    """

    def __init__(self, url: Secret, *, make: bool = True, seconds: float = STATEMENT_SECONDS) -> None:
        try:
            self.place = parse(url.reveal())
        except ValueError as error:
            raise LookgateError("store_url", f"store.url: {error}.", "Mend store.url.") from None
        self._writers = Pool(url.reveal(), self.place, size=WRITERS, seconds=seconds)
        self._readers = Pool(url.reveal(), self.place, size=READERS, seconds=seconds)
        self._mine = threading.local()
        self.records = _Records(self)
        self.handles = _Handles(self)
        self.consumed = _Consumed(self)
        try:
            with self._writers.connection() as connection, _available():
                self._open(connection, make=make)
        except BaseException:
            self.close()
            raise

    def _open(self, connection: Connection, *, make: bool) -> None:
        user = connection.info.user
        try:
            migrate(connection, self.place, make=make)
            missing = missing_rights(connection) if make else []
        except psycopg.errors.InsufficientPrivilege as error:
            raise LookgateError(
                "store_rights",
                f"{self.place}: the role {user} may not: {error.diag.message_primary}.",
                "Run `lookgate store migrate` as the owner of the tables.",
            ) from None
        if missing:
            raise LookgateError(
                "store_rights",
                f"{self.place}: the role {user} lacks {', '.join(missing)}.",
                f"Run `lookgate store migrate --grant {user}` as the owner of the tables.",
            )

    def grant(self, role: str) -> None:
        """Let a role run the gateway. The store must have been opened by the owner of its tables.

        Raises:
            LookgateError: there is no such role, or this one may not grant.
        """
        try:
            with self._writers.connection() as connection, connection.transaction():
                for statement in grants(role):
                    connection.execute(statement)
        except psycopg.ProgrammingError as error:
            reason = error.diag.message_primary
            raise LookgateError("store_grant", f"{self.place}: {reason}.", "Name a role that exists.") from None

    @contextlib.contextmanager
    def begin(self) -> Iterator[_Unit]:
        """Open a transaction; it ends with the block.

        Raises:
            Unavailable: the store cannot be written now. Should it go away during the commit, nobody can know here
                whether it has committed: whole, or not at all.
            RuntimeError: this thread has a transaction open already.
        """
        with self._alone(), self._writers.connection() as connection:
            unit = _Unit(self, connection)
            try:
                with _available():
                    connection.execute(_BEGIN)
                yield unit
                unit.commit()
            finally:
                unit.end()
                with contextlib.suppress(psycopg.Error):  # nothing is left to roll back after a commit
                    connection.rollback()

    def record(self, *events: AuditEvent, wait: bool = True) -> bool:
        if not wait:  # a network is always waited for
            return False
        with self._alone(), self._writers.connection() as connection:
            try:
                with _committed(connection), connection.pipeline():
                    connection.execute(_BEGIN)
                    _commit(connection, events)
            finally:
                with contextlib.suppress(psycopg.Error):
                    connection.rollback()
        return True

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        if getattr(self._mine, "busy", False):
            raise RuntimeError("a transaction is already open in this thread; use its unit of work")
        self._mine.busy = True
        try:
            yield
        finally:
            self._mine.busy = False

    def tail(self, *, limit: int, after: int = 0) -> Sequence[StoredEvent]:
        with self._readers.connection() as connection:
            try:
                with _available(), connection.pipeline():
                    connection.execute(_BEGIN_READING)
                    connection.execute(SETTLED[0])
                    settled = connection.execute(SETTLED[1])
                    connection.execute("COMMIT")
                newest = settled.fetchone()
            finally:
                with contextlib.suppress(psycopg.Error):
                    connection.rollback()
            rows = _rows(connection, _TAIL, (after, newest[0] if newest else None, max(0, limit)))
        return [_stored_event(row) for row in reversed(rows)]

    def select(self, query: str, values: tuple[object, ...] = ()) -> list[tuple[Any, ...]]:
        """Return the rows of one of the store's own queries, read outside any transaction."""
        with self._readers.connection() as connection:
            return _rows(connection, query, values)

    def write(self, statement: str, values: tuple[object, ...] = ()) -> int:
        """Run one of the store's own statements as a transaction of its own; return the number of rows it touched."""
        with self._alone(), self._writers.connection() as connection, _available():
            return connection.execute(statement, values).rowcount

    @cached_property
    def renewals(self) -> Renewals:
        from lookgate.store.renewals import Renewals  # noqa: PLC0415 - the first answer does not need it

        return Renewals(self, prefix="lookgate.", mark="%s")

    @cached_property
    def notes(self) -> Notes:
        from lookgate.store.renewals import Notes  # noqa: PLC0415 - likewise

        return Notes(self, prefix="lookgate.", mark="%s")

    def check(self) -> None:
        if self.write("UPDATE lookgate.probe SET checks = checks + 1") != 1:
            raise Unavailable("store_unavailable", f"{self.place}: the table 'probe' is empty.", "Restore a backup.")
        self.handles.find("")

    def close(self) -> None:
        self._writers.close()
        self._readers.close()


class _Unit:
    """One open transaction."""

    def __init__(self, store: PostgresStore, connection: Connection) -> None:
        self._connection: Connection | None = connection
        self._events: list[AuditEvent] = []
        self.records = _Records(store, self)

    @property
    def connection(self) -> Connection:
        if self._connection is None:
            raise RuntimeError("the transaction has ended: rows are read and written inside a transaction")
        return self._connection

    def record(self, event: AuditEvent) -> None:
        if self._connection is None:
            raise RuntimeError("the transaction has ended")
        self._events.append(event.copy())

    def execute(self, statement: str, values: tuple[object, ...] = ()) -> int:
        """Run one statement of the store's own within the transaction; return the number of rows it changed."""
        with _available():
            return self.connection.execute(statement, values).rowcount

    def query(self, query: str, values: tuple[object, ...] = ()) -> list[tuple[Any, ...]]:
        """Return the rows of one of the store's own queries, as they are within the transaction."""
        return _rows(self.connection, query, values)

    def commit(self) -> None:
        connection, self._connection = self.connection, None
        if connection.info.transaction_status is not psycopg.pq.TransactionStatus.INTRANS:
            raise Unavailable("store_unavailable", "A part of the transaction failed; nothing is stored.", "Try again.")
        with _committed(connection), connection.pipeline():
            _commit(connection, self._events)

    def end(self) -> None:
        self._connection = None


class _Records:
    def __init__(self, store: PostgresStore, unit: _Unit | None = None) -> None:
        self._store = store
        self._unit = unit

    def append(self, collection: str, key: str, body: Mapping[str, Json], *, actor: Principal, at: datetime) -> Record:
        if self._unit is None:
            raise RuntimeError("rows are appended inside a transaction: use the unit of work that begin() gives")
        if "\0" in collection or "\0" in key:
            raise InvalidInput("nul_refused", "The key of a row holds a NUL character.", "Leave it out.")
        text = msgspec.json.encode(body).decode()
        who = (_clean(actor.issuer), _clean(actor.subject), _clean(actor.label))
        row = _rows(self._unit.connection, _APPEND, (collection, key, at, *who, text))[0]
        return _record(row)

    def list(self, collection: str, key: str | None = None, *, limit: int = 100) -> Sequence[Record]:
        if "\0" in collection or "\0" in (key or ""):
            return []  # no row can be called so
        query = _LIST if key is None else _LIST_KEY
        values = (collection, *(() if key is None else (key, key)), max(0, limit))
        rows = self._store.select(query, values) if self._unit is None else _rows(self._unit.connection, query, values)
        return [_record(row) for row in rows]


class _Handles:
    def __init__(self, store: PostgresStore) -> None:
        self._store = store

    def find(self, digest: str) -> HandleRecord | None:
        rows = self._store.select(_HANDLE.format("digest"), (_clean(digest),))
        return HandleRecord(*rows[0]) if rows else None

    def add(self, record: HandleRecord) -> None:
        values = (record.digest, record.user_id, record.issued_at, record.ends_at)
        self._store.write(
            "INSERT INTO lookgate.handle (digest, user_id, issued_at, ends_at) VALUES (%s, %s, %s, %s)", values
        )

    def end(self, digest: str, at: datetime | None) -> None:
        self._store.write("UPDATE lookgate.handle SET ends_at = %s WHERE digest = %s", (at, _clean(digest)))

    def used(self, uses: Mapping[str, datetime]) -> None:
        digests = sorted(uses)
        self._store.write(_USED, (digests, [uses[digest] for digest in digests]))

    def remove(self, digest: str) -> None:
        self._store.write("DELETE FROM lookgate.handle WHERE digest = %s", (_clean(digest),))

    def of_user(self, user_id: str) -> Sequence[HandleRecord]:
        return [HandleRecord(*row) for row in self._store.select(_HANDLE.format("user_id"), (_clean(user_id),))]


class _Consumed:
    def __init__(self, store: PostgresStore) -> None:
        self._store = store

    def consume(self, namespace: str, value: str, until: datetime) -> bool:
        # A day is far more than clocks differ by, and than the values of one kind live.
        digest = hashlib.sha256(value.encode()).digest()
        old = (namespace, until - timedelta(days=1))
        return self._store.write(_CONSUME, (namespace, digest, until, *old)) == 1


_BEGIN = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE"
_BEGIN_READING = "BEGIN ISOLATION LEVEL READ COMMITTED READ ONLY"
_PRINCIPAL = msgspec.json.Encoder(order="sorted")
_RECORD = (
    "INSERT INTO lookgate.audit (at, request_id, action, issuer, subject, principal, outcome, rule, detail, origin) "
    "VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"
)
_TAIL = (
    "SELECT id, at, request_id, action, principal, outcome, rule, detail, origin FROM lookgate.audit "
    "WHERE id > %s AND id <= %s ORDER BY id DESC LIMIT %s"
)
_COLUMNS = "id, collection, key, at, actor_issuer, actor_subject, actor_label, body"
_APPEND = (
    "INSERT INTO lookgate.record (collection, key, at, actor_issuer, actor_subject, actor_label, body) "  # noqa: S608 - constants only
    f"VALUES (%s, %s, %s, %s, %s, %s, %s) RETURNING {_COLUMNS}"
)
_LIST = f"SELECT {_COLUMNS} FROM lookgate.record WHERE collection = %s ORDER BY id DESC LIMIT %s"  # noqa: S608 - constants only
_LIST_KEY = (
    f"SELECT {_COLUMNS} FROM lookgate.record WHERE collection = %s AND key = %s AND left(key, 200) = left(%s, 200) "  # noqa: S608 - constants only
    "ORDER BY id DESC LIMIT %s"
)
_HANDLE = (
    "SELECT digest, user_id, issued_at, ends_at, used_at FROM lookgate.handle WHERE {} = %s ORDER BY issued_at DESC"
)
# In one order, so that two processes which note the same handles cannot wait for each other in a circle.
_USED = """
WITH noted AS (
    SELECT handle.digest, given.at FROM lookgate.handle
    JOIN unnest(%s::text[], %s::timestamptz[]) AS given (digest, at) USING (digest)
    WHERE used_at IS NULL OR used_at < given.at
    ORDER BY digest FOR UPDATE OF handle
)
UPDATE lookgate.handle SET used_at = greatest(used_at, noted.at) FROM noted WHERE handle.digest = noted.digest
"""
# One statement, so one transaction and one way there and back. One process at a time forgets, a hundred at a time:
# two that delete the same rows in another order would wait for each other.
_CONSUME = f"""
WITH won AS (
    INSERT INTO lookgate.consumed VALUES (%s, %s, %s) ON CONFLICT DO NOTHING RETURNING namespace
), old AS (
    SELECT namespace, digest FROM lookgate.consumed
    WHERE namespace = %s AND until < %s AND (SELECT pg_try_advisory_xact_lock({APPLICATION_ID}, {FORGETTING}) FROM won)
    LIMIT 100
), forgotten AS (
    DELETE FROM lookgate.consumed USING old
    WHERE consumed.namespace = old.namespace AND consumed.digest = old.digest
)
SELECT namespace FROM won
"""  # noqa: S608 - constants only


def _commit(connection: Connection, events: Sequence[AuditEvent]) -> None:
    """Send the events and the COMMIT in one go, inside a pipeline: when one of them fails, nothing is committed."""
    if events:
        with connection.cursor() as cursor:
            cursor.executemany(_RECORD, [_row(event) for event in events])
    connection.execute("COMMIT")


def _rows(connection: Connection, query: str, values: tuple[object, ...]) -> list[tuple[Any, ...]]:
    with _available():
        return connection.execute(query, values).fetchall()


@contextlib.contextmanager
def _available() -> Iterator[None]:
    """Say in words that the server is gone, busy or full; a broken rule of a table stays what it is."""
    try:
        yield
    except psycopg.IntegrityError:
        raise
    except psycopg.Error as error:
        # The first line only: the next ones may quote a row.
        reason = error.diag.message_primary or "the connection was lost"
        raise Unavailable("store_unavailable", f"The store does not answer: {reason}.", "Try again.") from error


@contextlib.contextmanager
def _committed(connection: Connection) -> Iterator[None]:
    """Tell a commit that failed from one whose answer was lost."""
    try:
        with _available():
            yield
    except Unavailable as error:
        if connection.closed:
            raise Unavailable(
                "store_commit_unknown",
                "The store went away during a commit: all of it is stored, or nothing.",
                "Look before you try again.",
            ) from error
        raise


def _clean(text: str) -> str:
    """Return the text without what Postgres cannot hold: an event must never be lost for the sake of a character."""
    return text.replace("\0", "\N{REPLACEMENT CHARACTER}")


def _row(event: AuditEvent) -> tuple[object, ...]:
    principal = event.principal
    return (
        event.at,
        _clean(event.request_id),
        _clean(event.action),
        _clean(principal.issuer),
        _clean(principal.subject),
        _PRINCIPAL.encode(principal).decode(),
        event.outcome,
        _clean(event.rule),
        _clean(event.detail),
        _clean(event.origin),
    )


def _record(row: tuple[Any, ...]) -> Record:
    number, collection, key, at, issuer, subject, label, body = row
    return Record(number, collection, key, at, issuer, subject, label, msgspec.json.decode(body))


def _stored_event(row: tuple[Any, ...]) -> StoredEvent:
    number, at, request_id, action, principal, outcome, rule, detail, origin = row
    known = msgspec.json.decode(principal, type=Principal)
    return StoredEvent(number, AuditEvent(at, request_id, action, known, outcome, rule, detail, origin))
