"""Persistent derived tables: built in the temp schema, rebuilt when their trigger's value changes.

A table's name holds a hash of the view (stable) and one of its SQL and trigger value, so a table that an earlier
process built is found again. The previous table is dropped only after the new one is there.

An incremental table (``increments``) keeps its name, without the trigger's value, until its LookML changes. What its
trigger said is remembered by the process; a new one begins with one more step.
"""

from __future__ import annotations

import hashlib
import re
import threading
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import NoReturn

from lookgate.emulator.connection import Connection
from lookgate.emulator.lookml.compile import Setting, nested
from lookgate.emulator.lookml.errors import QueryError
from lookgate.emulator.lookml.increments import key_of, next_start
from lookgate.emulator.lookml.model import DerivedTable, View
from lookgate.emulator.lookml.seal import REFERENCE
from lookgate.emulator.lookml.tables import Tables, derived_sql
from lookgate.emulator.lookml.templates import Templates

_AGE = re.compile(r"(\d{1,6}) (second|minute|hour|day|week)s?")
_PLACE = "LOOKER_TABLE_IN_THE_MAKING"


class PersistentTables:
    """Builds and finds the persistent derived tables of all connections. Safe to use from many threads."""

    def __init__(self, connections: Mapping[str, Connection], clock: Callable[[], datetime]) -> None:
        self._connections = connections
        self._clock = clock
        self._locks: dict[tuple[str, str], threading.RLock] = {}
        self._guard = threading.Lock()
        self._triggered: dict[str, str] = {}
        """What the trigger of an incremental table said at its last step."""
        self.builds = 0
        """How often a table was built: a query that fails while this changes is compiled again."""

    def table(self, setting: Setting, view: View, *, force: bool = False, whole: bool = False) -> str:
        """Return the name of the view's table, built if it must be.

        Args:
            setting: the model and its connection.
            view: the view.
            force: build it, or its next step, though its trigger says nothing new.
            whole: build an incremental table anew.

        Raises:
            QueryError: the table cannot be built.
        """
        model, table = setting.model, view.derived_table
        connection = self._connections.get(model.connection)
        if connection is None or table is None:
            raise QueryError(f'The connection "{model.connection}" does not exist.')
        if not connection.config.pdts_enabled:
            raise QueryError(
                f'The view "{view.name}" is a persistent derived table, and the connection "{model.connection}" '
                "does not have them enabled (pdts_enabled)."
            )
        inside = nested(setting, persistent=True)
        if inside.depth > 20:  # noqa: PLR2004 - tables that contain each other
            raise QueryError(f'The persistent derived table "{view.name}" contains itself.')
        with self._guard:
            lock = self._locks.setdefault((model.connection, f"{model.name}.{view.name}"), threading.RLock())
        with lock:
            return self._current(connection, inside, view, table, force=force, whole=whole)

    def _current(
        self, connection: Connection, inside: Setting, view: View, table: DerivedTable, *, force: bool, whole: bool
    ) -> str:
        quote = inside.dialect.identifier
        schema = connection.config.temp_schema
        statements = _statements(inside, view, table)
        owner = f"lr_{_digest(inside.model.name, view.name, 12)}_"
        existing = self._existing(connection, inside, owner)
        trigger = self._trigger(connection, inside, view, table)
        name = self._name(view, table, "\n".join(statements), trigger, owner, existing, force=force)
        full = f"{quote(schema)}.{quote(name)}"
        if name in existing and not whole and (table.increment_key or not force):
            if table.increment_key and (force or self._triggered.get(full) != trigger):
                self._step(connection, inside, view, table, full)
                self._triggered[full] = str(trigger)
            return full
        making = [statement.replace(_PLACE, full) for statement in statements]
        if not connection.has_attached_scratch:
            connection.execute(f"CREATE SCHEMA IF NOT EXISTS {quote(schema)}")
        # CASCADE: a published view that is not wanted any more.
        again = [f"DROP TABLE IF EXISTS {full} CASCADE"] if name in existing else []
        try:
            connection.execute_all([*again, *making, *_publish(connection, inside, view, full)])
        except QueryError as error:
            raise QueryError(f'The persistent derived table "{view.name}" could not be built: {error}') from None
        if name not in self._existing(connection, inside, owner):
            raise QueryError(f'The SQL of "{view.name}" did not create the table ${{SQL_TABLE_NAME}}.')
        self._triggered[full] = str(trigger)
        # Before the old table goes: a query that fails because it is gone has to find that something was built.
        self.builds += 1
        for old in existing:
            if old != name:
                connection.execute(f"DROP TABLE IF EXISTS {quote(schema)}.{quote(old)} CASCADE")
        return full

    def _name(
        self, view: View, table: DerivedTable, text: str, trigger: str | None, owner: str, existing: list[str],
        *, force: bool,
    ) -> str:  # fmt: skip
        """Return the name of the table that fits now, built or not."""
        if table.increment_key:
            steps = f"{table.increment_key} {table.increment_offset}"
            return f"{owner}{_digest(table.sql or '', steps, 16)}_{view.name.lower()[:20]}"
        if trigger is not None:
            return f"{owner}{_digest(text, trigger, 16)}_{view.name.lower()[:20]}"
        # persist_for: any table that is young enough will do, as long as its SQL is the same.
        stem = f"{owner}{_digest(text, '', 8)}_"
        young = [name for name in existing if name.startswith(stem) and self._is_young(name, table.persist_for or "")]
        return max(young) if young and not force else f"{stem}{int(self._clock().timestamp() * 1000):013d}"

    def _step(self, connection: Connection, inside: Setting, view: View, table: DerivedTable, full: str) -> None:
        """Build the next step of an incremental table."""
        fields = view.fields
        start = next_start(connection, inside.dialect, full, table, fields, inside.model.week_start_day)
        key = key_of(table, fields)
        tables, templates, resolve = _workshop(inside, view, start)
        sql = derived_sql(table, view, view.name, inside, templates, resolve)
        condition = f" WHERE {key} >= {start}" if start else ""
        try:
            connection.execute_all(
                [
                    f"DELETE FROM {full} AS lookgate_table{condition}",  # noqa: S608 - made of compiled expressions
                    f"INSERT INTO {full}\n{tables.with_clause()}{sql}",
                    *_publish(connection, inside, view, full),
                ]
            )
        except QueryError as error:
            raise QueryError(f'The next step of "{view.name}" could not be built: {error}') from None

    def _existing(self, connection: Connection, inside: Setting, prefix: str) -> list[str]:
        literal = inside.dialect.literal
        place = "table_catalog" if connection.has_attached_scratch else "table_schema"
        _, rows = connection.execute(
            "SELECT table_name FROM information_schema.tables "  # noqa: S608 - both values are quoted literals
            f"WHERE {place} = {literal(connection.config.temp_schema)} "
            f"AND {inside.dialect.like('table_name', prefix.replace('_', '^_') + '%')}"
        )
        return [str(row[0]) for row in rows]

    def _is_young(self, name: str, persist_for: str) -> bool:
        made = name.rsplit("_", 1)[-1]
        return made.isdigit() and self._clock().timestamp() - int(made) / 1000 < _seconds(persist_for)

    def _trigger(self, connection: Connection, inside: Setting, view: View, table: DerivedTable) -> str | None:
        """Return the trigger's value now; None for ``persist_for``, which has none."""
        sql, interval = table.sql_trigger_value, table.interval_trigger
        if table.datagroup_trigger:
            group = inside.model.datagroups.get(table.datagroup_trigger)
            if group is None:
                raise QueryError(f'The view "{view.name}" names the unknown datagroup "{table.datagroup_trigger}".')
            sql, interval = group.sql_trigger, group.interval_trigger or group.max_cache_age
            if sql is None and interval is None:
                raise QueryError(
                    f'The datagroup "{group.name}" has neither sql_trigger, interval_trigger nor max_cache_age.'
                )
        if sql is not None:
            _, rows = connection.execute(_render(inside, view, sql.strip().removesuffix(";")))
            if not rows or rows[0][0] is None:
                raise QueryError(f'The trigger of the persistent derived table "{view.name}" returned no value.')
            return str(rows[0][0])
        if interval is not None:
            return str(int(self._clock().timestamp() // _seconds(interval)))
        return None


def _render(inside: Setting, view: View, sql: str) -> str:
    """Render one of a persistent table's statements: no user, no query, no field is known in it."""
    tables, templates, resolve = _workshop(inside, view)
    del tables
    return resolve(templates.sql(sql, view.name, f'the derived table "{view.name}"'), view.name, "")


def _statements(inside: Setting, view: View, table: DerivedTable) -> list[str]:
    tables, templates, resolve = _workshop(inside, view, "" if table.increment_key else None)
    if table.statements:
        where = f'the derived table "{view.name}"'
        made = [resolve(templates.sql(sql, view.name, where), view.name, where).strip() for sql in table.statements]
        if tables.with_clause():
            raise QueryError(f"{where} creates its table itself and can refer only to persistent or plain tables.")
        return [statement.removesuffix(";") for statement in made]
    sql = derived_sql(table, view, view.name, inside, templates, resolve)
    return [f"CREATE TABLE {_PLACE} AS (\n{tables.with_clause()}{sql}\n)"]


def _publish(connection: Connection, inside: Setting, view: View, full: str) -> list[str]:
    """Return what points the table's lasting database view at it, if it shall have one."""
    if view.derived_table is None or not view.derived_table.publish_as_db_view:
        return []
    quote = inside.dialect.identifier
    name = f"{quote(connection.config.temp_schema)}.{quote(f'{inside.model.name}_{view.name}')}"
    return [f"DROP VIEW IF EXISTS {name}", f"CREATE VIEW {name} AS SELECT * FROM {full}"]  # noqa: S608 - quoted names


def _workshop(
    inside: Setting, view: View, increment: str | None = None
) -> tuple[Tables, Templates, Callable[[str, str, str], str]]:
    templates = Templates(
        views={view.name: view},
        filters={},
        selected=frozenset(),
        user=inside.user,
        model=inside.model.name,
        explore="",
        dialect=inside.dialect,
        now=inside.now,
        zone=inside.zone,
        week_start=inside.model.week_start_day,
        persistent=True,
        sql_of=lambda *_: _refuse(view),
        increment=increment,
    )

    def resolve(sql: str, alias: str, _where: str) -> str:
        def replace(match: re.Match[str]) -> str:
            name = match[1].strip()
            if name in ("SQL_TABLE_NAME", f"{alias}.SQL_TABLE_NAME"):
                return _PLACE
            if name.endswith(".SQL_TABLE_NAME"):
                return tables.name_of(name.removesuffix(".SQL_TABLE_NAME"))
            _refuse(view)

        return re.sub(re.escape(REFERENCE) + r"([^}\0]*)\}", replace, sql)

    tables = Tables(inside, lambda: templates, resolve)
    return tables, templates, resolve


def _refuse(view: View) -> NoReturn:
    raise QueryError(
        f'The derived table "{view.name}" refers to a field; only ${{view.SQL_TABLE_NAME}} can stand there.'
    )


def _seconds(age: str) -> float:
    match = _AGE.fullmatch(" ".join(age.split()).lower())
    if not match or int(match[1]) == 0:
        raise QueryError(f'"{age}" is not a length of time such as "24 hours".')
    return timedelta(**{f"{match[2]}s": int(match[1])}).total_seconds()


def _digest(first: str, second: str, length: int) -> str:
    return hashlib.sha256(f"{first}\0{second}".encode()).hexdigest()[:length]
