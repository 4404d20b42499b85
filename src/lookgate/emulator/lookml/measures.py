"""Measures as SQL aggregates, right even where a join repeats rows.

A view's rows are repeated when a join on the way to another view is "many" in that direction. Then a count counts
distinct primary keys and a sum or average takes each key once (Looker calls it a symmetric aggregate). A measure that
cannot be right is refused.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from lookgate.emulator.lookml.errors import QueryError
from lookgate.emulator.lookml.model import Field

if TYPE_CHECKING:
    from lookgate.emulator.lookml.expressions import Expressions

_ONCE_PER_ROW = {"sum": "sum", "average": "avg", "median": "percentile", "percentile": "percentile"}
_EXPRESSIONS = ("number", "string", "yesno", "date")


def aggregate(write: Expressions, field: Field) -> str:
    """Return a measure's SQL.

    Raises:
        QueryError: the measure's type is not supported, or its figure could be wrong.
    """
    kind = field.type
    if kind.startswith("date_") or kind in _EXPRESSIONS:
        if field.sql is None:
            raise QueryError(f'The measure "{field.name}" has no sql.')
        return write.text(field.sql, field.view, f'"{field.name}"', measures=True)
    if kind == "running_total":
        raise QueryError(f'The measure "{field.name}" is a running_total, which is not supported.')
    outside, write.mentioned = write.mentioned, set()
    try:
        conditions = [write.condition(name, field.view, text) for name, text in field.filters if text]
        value = None if kind in ("count", "list") else write.text(
            field.sql if field.sql is not None else "${TABLE}." + write.dialect.identifier(field.short_name),
            field.view,
            f'"{field.name}"',
        ).strip()  # fmt: skip
        return _aggregate(write, field, value, " AND ".join(f"({c})" for c in conditions))
    finally:
        # A count of rows mentions no column, but needs its view all the same.
        write.mentioned |= outside | {field.view}


def _aggregate(write: Expressions, field: Field, value: str | None, condition: str) -> str:
    kind = field.type

    def kept(expression: str) -> str:
        return f"CASE WHEN {condition} THEN {expression} END" if condition else expression

    many = write.plan.reached_many(field.view) if write.plan else frozenset()
    if kind == "count":
        whole = field.view == write.scope.base and not (write.plan and write.plan.has_outer)
        if not many and whole:
            return f"COUNT({kept('1')})" if condition else "COUNT(*)"
        return f"COUNT({'DISTINCT ' if many else ''}{kept(_key(write, field))})"
    if kind == "list":
        owner, _, short = (field.list_field or "").rpartition(".")
        listed = write.scope.internal(owner or field.view, short)
        return write.dialect.joined(kept(write.selected(listed)))
    value = value or "NULL"
    if kind == "count_distinct":
        return f"COUNT(DISTINCT {kept(value)})"
    if kind in ("min", "max"):
        return f"{kind.upper()}({kept(value)})"
    return _once_per_row(write, field, kept, value, many)


def _once_per_row(
    write: Expressions, field: Field, kept: Callable[[str], str], value: str, many: frozenset[str]
) -> str:
    """Return a sum, average or percentile over the rows of the measure's own view."""
    base = field.type.removesuffix("_distinct")
    how = _ONCE_PER_ROW[base]
    fraction = (field.percentile if field.percentile is not None else 50) / 100 if base == "percentile" else 0.5
    if many or field.type != base:
        if wrong := sorted(write.mentioned & many):
            raise QueryError(
                f'The measure "{field.name}" uses "{wrong[0]}", of which the joins of this query bring several rows '
                f'for each row of "{field.view}"; its figure would depend on chance. Define it in "{wrong[0]}".'
            )
        key = field.sql_distinct_key if field.type != base else None
        if key is not None:
            key = write.text(key, field.view, f'"{field.name}"')
        sql = write.dialect.distinct(how, key or _key(write, field), kept(value), fraction)
    elif how == "percentile":
        sql = write.dialect.percentile(kept(value), fraction)
    else:
        sql = f"{how.upper()}({kept(value)})"
    return f"COALESCE({sql}, 0)" if base == "sum" else sql


def _key(write: Expressions, field: Field) -> str:
    view = write.scope.views[field.view]
    if view.primary_key is None:
        raise QueryError(
            f'The measure "{field.name}" needs a primary key in the view "{view.name}": the joins of this query may '
            "repeat or add rows. Set primary_key: yes on one of its dimensions."
        )
    return write.dimension(write.scope.internal(field.view, view.primary_key.short_name))
