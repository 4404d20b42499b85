"""Incremental persistent tables: built whole at first, then step by step.

Source: Looker documentation, "Incremental PDTs". A step begins at the start of the newest period in the table (the
``increment_key``'s timeframe), or ``increment_offset`` periods before. In one transaction the rows from there on are
deleted, and those that the query finds from there on are inserted.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from lookgate.emulator.connection import Connection
from lookgate.emulator.lookml.dialects import Dialect
from lookgate.emulator.lookml.model import DerivedTable, Field

_UNITS = {
    "second": "second",
    "time": "second",
    "minute": "minute",
    "hour": "hour",
    "date": "day",
    "week": "week",
    "month": "month",
    "quarter": "quarter",
    "year": "year",
}
"""The timeframes that are a cut-off absolute time, and their unit in SQL."""
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def wrong_increment(table: DerivedTable, fields: Mapping[str, Field]) -> str:
    """Say what is wrong with the table's increments; empty when nothing is."""
    if table.increment_key is None:
        return "has an increment_offset without an increment_key" if table.increment_offset else ""
    field = fields.get(table.increment_key)
    if field is None or field.category != "dimension" or field.timeframe not in _UNITS:
        return f'has the increment_key "{table.increment_key}", which is no time dimension of its view'
    if _expression(field) is None:
        return f'has the increment_key "{table.increment_key}", whose sql may name columns of ${{TABLE}} only'
    if not (table.sql_trigger_value or table.datagroup_trigger or table.interval_trigger):
        return "has an increment_key and therefore needs a trigger, not persist_for"
    if "incrementcondition" not in (table.sql or ""):
        return "has an increment_key and therefore needs sql with an {% incrementcondition %}"
    return "has an increment_offset that is no whole number" if table.increment_offset < 0 else ""


def key_of(table: DerivedTable, fields: Mapping[str, Field]) -> str:
    """Return the SQL of the increment key on the built table, a time without zone."""
    return f"CAST(({_expression(fields[table.increment_key or ''])}) AS TIMESTAMP)"


def next_start(
    connection: Connection,
    dialect: Dialect,
    place: str,
    table: DerivedTable,
    fields: Mapping[str, Field],
    week_start: str,
) -> str:
    """Return where the next step begins, as SQL; empty when the table has no row to go on from.

    Raises:
        QueryError: the database refuses.
    """
    unit = _UNITS[str(fields[table.increment_key or ""].timeframe)]
    newest = f"MAX({key_of(table, fields)})"
    if unit == "week":
        # The database's weeks start on Monday.
        shift = f"INTERVAL '{_WEEKDAYS.index(week_start) if week_start in _WEEKDAYS else 0} days'"
        start = f"{dialect.truncated(unit, f'{newest} - {shift}')} + {shift}"
    else:
        start = dialect.truncated(unit, newest)
    size, step = (3 * table.increment_offset, "month") if unit == "quarter" else (table.increment_offset, unit)
    # An alias, because a field's own sql says which table its columns are in.
    _, rows = connection.execute(f"SELECT {start} - INTERVAL '{size} {step}' FROM {place} AS lookgate_table")  # noqa: S608 - made of compiled expressions
    found = rows[0][0]
    return dialect.timestamp(found) if isinstance(found, datetime) else ""


def _expression(field: Field) -> str | None:
    """Return the field's SQL on the table; None when it refers to more than the table's columns."""
    sql = (field.sql or f"${{TABLE}}.{field.short_name}").replace("${TABLE}", "lookgate_table")
    return None if any(mark in sql for mark in ("${", "{{", "{%")) else sql
