"""The LookML of keys that are minted in SQL: two persistent tables with one key each, rebuilt in turn.

While one table is built anew, and its key replaced, the other still holds the key before it. So the earlier key
outlives each rebuild, there are never more than two rows, and it works wherever Looker has persistent tables. An
incremental table would do neither: each step deletes the newest rows, and never an old one (docs/decisions/0034).
"""

from __future__ import annotations

import textwrap

from lookgate.claims.dialect import Dialect
from lookgate.claims.mint import mint_sql, turn_sql
from lookgate.claims.sql import indented, joined_keys_sql

KEYS = "lookgate_claim_keys"
"""The file, and the beginning of both views' names."""


def table() -> str:
    """Return what stands for the key table in LookML."""
    return joined_keys_sql(*(f"${{{name}.SQL_TABLE_NAME}}" for name in _names()))


def view(dialect: Dialect, *, rotate_every: int) -> str:
    """Return the file of both views.

    Args:
        dialect: the warehouse.
        rotate_every: seconds between keys.

    Raises:
        Conflict: the warehouse has no cryptographic generator.
    """
    lines = [
        "# Written by `lookgate claims lookml`. Do not edit: run it again, and review the difference.",
        "#",
        "# The keys, minted in SQL, because the gateway may not write to this warehouse.",
        *comment(dialect.randomness),
        "# Two tables with one key each. They are rebuilt in turn, so the key before the newest is always kept: what",
        "# it signed stays valid, and a key signs nothing that outlives its table. The gateway reads both through",
        "# their published views; nobody else needs to.",
        "# 'Rebuild Derived Tables & Run' and a change of this file replace both keys at once. A gateway that had not",
        "# read them yet refuses what they signed.",
    ]
    for name, second in zip(_names(), (False, True), strict=True):
        lines += [
            f"view: {name} {{",
            "  derived_table: {",
            f"    sql_trigger_value: SELECT {turn_sql(dialect, rotate_every=rotate_every, second=second)} ;;",
            "    publish_as_db_view: yes",
            "    sql:",
            indented(mint_sql(dialect, rotate_every=rotate_every, second=second), 6),
            "    ;;",
            "  }",
            "}",
            "",
        ]
    return "\n".join(lines[:-1]) + "\n"


def comment(text: str) -> list[str]:
    """Return a text as lines of LookML comment."""
    return [f"# {line}" for line in textwrap.wrap(text, 110)]


def _names() -> tuple[str, str]:
    return f"{KEYS}_1", f"{KEYS}_2"
