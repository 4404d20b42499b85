"""What is remembered of stored tokens, and notes: the same few statements for SQLite and for Postgres.

A state is one JSON document, so that it may grow without a migration; beside it stands what decides about a lease.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Protocol

import msgspec

from lookgate.core.audit import AuditEvent
from lookgate.core.renewal import LEASE_SKEW, TargetState

_STATE = msgspec.json.Decoder(TargetState)
_FREE = "(owner = '' OR leased_until <= ? OR leased_until > ?)"


class Unit(Protocol):
    """One open transaction of a store."""

    def record(self, event: AuditEvent) -> None: ...

    def execute(self, statement: str, values: tuple[object, ...] = (), /) -> int: ...

    def query(self, query: str, values: tuple[object, ...] = (), /) -> list[tuple[Any, ...]]: ...


class Database(Protocol):
    """What both stores offer to their own parts."""

    def begin(self) -> AbstractContextManager[Unit]: ...

    def select(self, query: str, values: tuple[object, ...] = (), /) -> list[tuple[Any, ...]]: ...


class _Tables:
    def __init__(self, store: Database, *, prefix: str = "", mark: str = "?") -> None:
        self._store = store
        self._prefix = prefix
        self._mark = mark

    def _sql(self, statement: str) -> str:
        """Return a statement in the database's own dialect: ``{}`` stands before a table, ``?`` for a value."""
        return statement.replace("{}", self._prefix).replace("?", self._mark)


class Renewals(_Tables):
    """``core.renewal.RenewalStates``."""

    def all(self) -> Sequence[TargetState]:
        rows = self._store.select(self._sql("SELECT state FROM {}renewal ORDER BY key"))
        return [_STATE.decode(state) for (state,) in rows]

    def lease(self, key: str, generation: int, owner: str, *, now: datetime, until: datetime) -> bool:
        key, ends = _clean(key), until.timestamp()
        free = (now.timestamp(), (until + LEASE_SKEW).timestamp())
        update = f"UPDATE {{}}renewal SET owner = ?, leased_until = ? WHERE key = ? AND generation = ? AND {_FREE}"  # noqa: S608 - constants only
        insert = "INSERT INTO {}renewal VALUES (?, 0, ?, ?, ?) ON CONFLICT DO NOTHING"
        with self._store.begin() as unit:
            if unit.execute(self._sql(update), (owner, ends, key, generation, *free)):
                return True
            if generation:
                return False
            return unit.execute(self._sql(insert), (key, _text(TargetState(key)), owner, ends)) == 1

    def extend(self, key: str, owner: str, *events: AuditEvent, until: datetime) -> bool:
        update = self._sql("UPDATE {}renewal SET leased_until = ? WHERE key = ? AND owner = ?")
        return self._if_changed(update, (until.timestamp(), _clean(key), owner), events)

    def finish(self, state: TargetState, owner: str, *events: AuditEvent) -> bool:
        update = self._sql(
            "UPDATE {}renewal SET generation = ?, state = ?, owner = '', leased_until = 0 "
            "WHERE key = ? AND owner = ? AND generation IN (?, ?)"
        )
        which = (_clean(state.key), owner, state.generation - 1, state.generation)
        return self._if_changed(update, (state.generation, _text(state), *which), events)

    def canary(self, key: str, generation: int, result: str, at: datetime, *events: AuditEvent) -> None:
        key = _clean(key)
        select = self._sql("SELECT state FROM {}renewal WHERE key = ? AND generation = ?")
        # What was read stands in the condition: another process may have written between the two statements.
        update = self._sql("UPDATE {}renewal SET state = ? WHERE key = ? AND generation = ? AND state = ?")
        while True:
            with self._store.begin() as unit:
                rows = unit.query(select, (key, generation))
                if not rows:
                    return
                told = _with_canary(rows[0][0], result, at)
                if unit.execute(update, (told, key, generation, rows[0][0])):
                    for event in events:
                        unit.record(event)
                    return

    def forget(self, keys: Sequence[str]) -> None:
        with self._store.begin() as unit:
            for key in keys:
                unit.execute(self._sql("DELETE FROM {}renewal WHERE key = ?"), (_clean(key),))

    def spend(self, instance: str, month: str, calls: int) -> int:
        if not calls:
            query = self._sql("SELECT calls FROM {}spent WHERE instance = ? AND month = ?")
            rows = self._store.select(query, (instance, month))
        else:
            add = self._sql(
                "INSERT INTO {}spent VALUES (?, ?, ?) "
                "ON CONFLICT (instance, month) DO UPDATE SET calls = spent.calls + excluded.calls RETURNING calls"
            )
            with self._store.begin() as unit:
                rows = unit.query(add, (instance, month, calls))
        return int(rows[0][0]) if rows else 0

    def _if_changed(self, statement: str, values: tuple[object, ...], events: Sequence[AuditEvent]) -> bool:
        with self._store.begin() as unit:
            if not unit.execute(statement, values):
                return False
            for event in events:
                unit.record(event)
            return True


class Notes(_Tables):
    """``core.renewal.Notes``."""

    def remember(self, key: str, text: str, at: datetime) -> None:
        upsert = self._sql(
            "INSERT INTO {}note VALUES (?, ?, ?) ON CONFLICT (key) DO UPDATE SET body = excluded.body, at = excluded.at"
        )
        with self._store.begin() as unit:
            unit.execute(upsert, (_clean(key), _clean(text), at.astimezone(UTC).isoformat()))

    def recall(self, key: str) -> tuple[str, datetime] | None:
        rows = self._store.select(self._sql("SELECT body, at FROM {}note WHERE key = ?"), (_clean(key),))
        return (rows[0][0], datetime.fromisoformat(rows[0][1])) if rows else None


def _text(state: TargetState) -> str:
    return msgspec.json.encode(state).decode()


def _with_canary(state: str, result: str, at: datetime) -> str:
    return _text(replace(_STATE.decode(state), canary=result, canary_at=at))


def _clean(text: str) -> str:
    """Return the text without what Postgres cannot hold."""
    return text.replace("\0", "\N{REPLACEMENT CHARACTER}")
