"""What the API's lists share: search by column, sorts, paging.

Search follows the text of the specification: strings are compared without case, ``%`` and ``_`` are wildcards; ids take
a comma-separated list; flags are ``true`` or ``false``; ``IS NULL`` and ``NOT NULL`` go everywhere; all must match
unless ``filter_or`` is true.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, Literal, TypeVar

from lookgate.emulator.api.route import ApiError, Call

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Column(Generic[T]):
    """Something to search and sort by."""

    get: Callable[[T], Any]
    kind: Literal["text", "id", "flag"] = "text"


def flag(call: Call, name: str) -> bool | None:
    """Return a boolean query parameter; None when it is not there.

    Raises:
        ApiError: 400 when it is neither ``true`` nor ``false``.
    """
    value = call.query.get(name, "").strip().lower()
    if not value:
        return None
    if value not in {"true", "false"}:
        raise ApiError(400, f"{name} must be true or false.")
    return value == "true"


def like(value: str, pattern: str) -> bool:
    """Match as SQL's LIKE, without case. Linear in both: a pattern of many ``%`` costs nothing extra."""
    value, pattern = value.casefold(), pattern.casefold()
    position = expected = 0
    star, mark = -1, 0
    while position < len(value):
        if expected < len(pattern) and pattern[expected] == "%":
            star, mark = expected, position
            expected += 1
        elif expected < len(pattern) and pattern[expected] in {"_", value[position]}:
            position += 1
            expected += 1
        elif star >= 0:
            mark += 1
            position, expected = mark, star + 1
        else:
            return False
    return not pattern[expected:].strip("%")


def search(call: Call, rows: Iterable[T], columns: Mapping[str, Column[T]]) -> list[T]:
    """Return the rows that match the call's criteria, sorted and paged.

    Raises:
        ApiError: 400 for a flag, number or sort that cannot be read.
    """
    criteria = [(column, call.query[name], name) for name, column in columns.items() if call.query.get(name)]
    combine = any if flag(call, "filter_or") else all
    tests = [(column.get, _test(column, wanted, name)) for column, wanted, name in criteria]
    if tests:
        rows = [row for row in rows if combine(test(get(row)) for get, test in tests)]
    return listing(call, rows, columns)


def listing(call: Call, rows: Iterable[T], columns: Mapping[str, Column[T]]) -> list[T]:
    """Return the rows sorted by ``sorts`` and cut by ``limit`` and ``offset`` (or ``page`` and ``per_page``)."""
    return _page(call, ordered(call, rows, columns))


def only_ids(call: Call, rows: Mapping[str, T], name: str = "ids") -> list[T]:
    """Return the rows that ``?ids=1,2`` names, or all when it is not there; unknown ids are left out."""
    wanted = call.query.get(name)
    if not wanted:
        return list(rows.values())
    return [rows[row_id] for row_id in dict.fromkeys(_ids(wanted)) if row_id in rows]


def _ids(wanted: str) -> list[str]:
    return [part.strip() for part in wanted.split(",") if part.strip()]


def _test(column: Column[T], wanted: str, name: str) -> Callable[[Any], bool]:
    special = wanted.strip().upper()
    if special == "IS NULL":
        return lambda value: value is None
    if special == "NOT NULL":
        return lambda value: value is not None
    if column.kind == "flag":
        if wanted.strip().lower() not in {"true", "false"}:
            raise ApiError(400, f"{name} must be true or false.")
        return lambda value: bool(value) == (wanted.strip().lower() == "true")
    if column.kind == "id":
        ids = set(_ids(wanted))
        return lambda value: bool(ids & set(value)) if isinstance(value, set | frozenset | list) else value in ids
    return lambda value: value is not None and like(str(value), wanted)


def ordered(call: Call, rows: Iterable[T], columns: Mapping[str, Column[T]]) -> list[T]:
    """Return the rows sorted by ``sorts``.

    Raises:
        ApiError: 400 for a column that does not exist.
    """
    rows = list(rows)
    for part in reversed([part for part in call.query.get("sorts", "").split(",") if part.strip()]):
        name, _, direction = part.strip().partition(" ")
        column = columns.get(name)
        if column is None or direction.strip().lower() not in {"", "asc", "desc"}:
            raise ApiError(400, f"sorts: cannot sort by {part.strip()!r}; use one of {', '.join(columns)}.")
        rows = sorted(rows, key=lambda row, c=column: _key(c, row), reverse=direction.strip().lower() == "desc")  # type: ignore[misc]  # mypy cannot type a lambda's default
    return rows


def _key(column: Column[T], row: T) -> tuple[int, int, str]:
    value = column.get(row)
    if value is None:
        return (1, 0, "")
    text = str(value)
    if column.kind == "id" and text.isdigit():
        return (0, int(text), "")
    return (0, 0, text.casefold())


def _page(call: Call, rows: list[T]) -> list[T]:
    limit, offset = _number(call, "limit"), _number(call, "offset")
    if limit is None and offset is None:
        per_page = _number(call, "per_page")
        page = _number(call, "page")
        if per_page is None:
            return rows
        return rows[max(0, (page or 1) - 1) * per_page :][:per_page]
    rows = rows[offset or 0 :]
    return rows if limit is None else rows[:limit]


def _number(call: Call, name: str) -> int | None:
    value = call.query.get(name, "").strip()
    if not value:
        return None
    if not (value.isascii() and value.isdigit() and len(value) <= _DIGITS):
        raise ApiError(400, f"{name} must be a number from 0.")
    return int(value)


_DIGITS = 15
