"""Bringing keys to the warehouse: only the two blocks, only by adding rows.

A row is never changed. A key that retires earlier than its row says gets a second row without blocks, and the earliest
end counts (``sql.live_keys_sql``). So installing twice adds nothing, and one that was cut off is finished by the next.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from lookgate.claims.blocks import blocks_of
from lookgate.claims.dialect import Dialect
from lookgate.claims.sql import KEY_COLUMNS, NEVER, create_sql, live_keys_sql, whole
from lookgate.errors import Conflict, Unavailable


class Warehouse(Protocol):
    """A connection to a warehouse. Values are bound as ``:name``, never written into the text."""

    def query(self, sql: str) -> Sequence[Sequence[object]]:
        """Return the rows of a SELECT.

        Raises:
            Unavailable: the warehouse refuses or does not answer.
        """
        ...

    def execute(self, sql: str, rows: Sequence[Mapping[str, str | int]] = ()) -> None:
        """Run a statement once for each row of values, all of them or none.

        Raises:
            Unavailable: the warehouse refuses or does not answer.
        """
        ...


@dataclass(frozen=True, slots=True)
class SigningKey:
    """One key as the warehouse needs it."""

    kid: str
    secret: bytes = field(repr=False)
    """The HMAC key."""
    not_before: datetime
    retire_after: datetime | None


def create(warehouse: Warehouse, dialect: Dialect, table: str) -> bool:
    """Make the key table; return False where there was one of that name already, whoever owns it."""
    try:
        warehouse.query(f"SELECT 1 FROM {dialect.table(table)} WHERE 1 = 0")  # noqa: S608 - a checked name
    except Unavailable:
        warehouse.execute(create_sql(dialect, table))
        return True
    return False


def install(warehouse: Warehouse, dialect: Dialect, table: str, keys: Iterable[SigningKey], *, now: datetime) -> int:
    """Add what the table lacks; return the number of rows added.

    Keys that the table has and the ring has not are ended: whoever adds a key of their own signs with it only until the
    next installation, and the gateway believes it at no time.

    Raises:
        Conflict: somebody else wrote a row under the name of a key of ours. The other keys are installed all the same.
    """
    found = {str(row[0]): row for row in warehouse.query(live_keys_sql(dialect.table(table))) if row[0]}
    present = {kid: _end(row[4]) for kid, row in found.items()}
    rows: list[Mapping[str, str | int]] = []
    known, altered = set(), list[str]()
    for key in keys:
        known.add(key.kid)
        begins = int(key.not_before.timestamp())
        ends = NEVER if key.retire_after is None else int(key.retire_after.timestamp())
        blocks = blocks_of(key.secret)
        written = (blocks.inner.hex(), blocks.outer.hex())
        if key.kid not in present:
            rows.append(_row(key.kid, *written, begins, ends))
            continue
        if present[key.kid] > ends:
            rows.append(_row(key.kid, "", "", begins, ends))
        if (found[key.kid][1], found[key.kid][2]) != written:
            altered.append(key.kid)
    rows += [
        _row(kid, "", "", 0, int(now.timestamp())) for kid in present.keys() - known if present[kid] > now.timestamp()
    ]
    if rows:
        names = ", ".join(KEY_COLUMNS)
        values = ", ".join(f":{name}" for name in KEY_COLUMNS)
        warehouse.execute(f"INSERT INTO {dialect.table(table)} ({names}) VALUES ({values})", rows)  # noqa: S608 - a checked name
    if altered:
        raise Conflict(
            "key_table_altered",
            f"The key table {table} has other blocks under the name of our key {altered[0]}.",
            f"Find out who else may write to it; then: lookgate keys retire {altered[0]}, and lookgate keys rotate.",
        )
    return len(rows)


def _end(told: object) -> int:
    """Return when a row's key ends; what is no time is no end, so the key gets one."""
    try:
        return whole(told)
    except ValueError:
        return NEVER


def _row(*values: str | int) -> Mapping[str, str | int]:
    return dict(zip(KEY_COLUMNS, values, strict=True))
