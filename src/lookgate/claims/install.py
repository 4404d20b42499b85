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
from lookgate.claims.sql import KEY_COLUMNS, NEVER, create_sql, live_keys_sql


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


def create(warehouse: Warehouse, dialect: Dialect, table: str) -> None:
    """Make the key table unless it is there."""
    warehouse.execute(create_sql(dialect, table))


def install(warehouse: Warehouse, dialect: Dialect, table: str, keys: Iterable[SigningKey], *, now: datetime) -> int:
    """Add what the table lacks; return the number of rows added.

    Keys that the table has and the ring has not are ended: whoever adds a key of their own signs with it only until the
    next installation, and the gateway believes it at no time.
    """
    present = {str(row[0]): int(str(row[4])) for row in warehouse.query(live_keys_sql(dialect.table(table)))}
    rows: list[Mapping[str, str | int]] = []
    known = set()
    for key in keys:
        known.add(key.kid)
        begins = int(key.not_before.timestamp())
        ends = NEVER if key.retire_after is None else int(key.retire_after.timestamp())
        if key.kid not in present:
            blocks = blocks_of(key.secret)
            rows.append(_row(key.kid, blocks.inner.hex(), blocks.outer.hex(), begins, ends))
        elif present[key.kid] > ends:
            rows.append(_row(key.kid, "", "", begins, ends))
    rows += [
        _row(kid, "", "", 0, int(now.timestamp())) for kid in present.keys() - known if present[kid] > now.timestamp()
    ]
    if rows:
        names = ", ".join(KEY_COLUMNS)
        values = ", ".join(f":{name}" for name in KEY_COLUMNS)
        warehouse.execute(f"INSERT INTO {dialect.table(table)} ({names}) VALUES ({values})", rows)  # noqa: S608 - a checked name
    return len(rows)


def _row(*values: str | int) -> Mapping[str, str | int]:
    return dict(zip(KEY_COLUMNS, values, strict=True))
