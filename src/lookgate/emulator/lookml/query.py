"""What the engine is asked, by whom, and what it answers."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from lookgate.emulator.lookml.errors import QueryError
from lookgate.emulator.lookml.model import Field

DEFAULT_LIMIT = 500
MAX_LIMIT = 5000


class QueryUser(msgspec.Struct, frozen=True):
    """Who runs a query."""

    id: str
    attributes: Mapping[str, str]
    locale: str = "en"
    timezone: str = "UTC"
    name: str = ""
    email: str = ""
    filter_attributes: frozenset[str] = frozenset()
    """Attributes of an "advanced filter" type: an access filter reads their values as filter expressions. The values
    of all others are compared as they are."""


class Query(msgspec.Struct, kw_only=True):
    """A query as Looker's API takes it."""

    model: str
    view: str
    """The explore's name; Looker's API calls it so."""
    fields: list[str] = msgspec.field(default_factory=list)
    filters: dict[str, str] = msgspec.field(default_factory=dict)
    sorts: list[str] = msgspec.field(default_factory=list)
    limit: str | int | None = None
    pivots: list[str] = msgspec.field(default_factory=list)
    filter_expression: str | None = None
    dynamic_fields: str | list[Any] | None = None
    total: bool = False
    row_total: str | None = None
    subtotals: list[str] = msgspec.field(default_factory=list)
    fill_fields: list[str] = msgspec.field(default_factory=list)
    column_limit: str | int | None = None
    query_timezone: str | None = None


class Result(msgspec.Struct, kw_only=True):
    """What a query returned. ``rows`` go by field name; values are what the database driver gives."""

    fields: list[Field]
    rows: list[dict[str, Any]]
    sql: str
    notes: list[str] = msgspec.field(default_factory=list)
    """Sentences for the caller, such as why an access filter let no row through."""
    formats: dict[str, str] = msgspec.field(default_factory=dict)
    """The model's own named value formats."""
    at: datetime | None = None


def refuse_unsupported(query: Query) -> None:
    """Refuse what would otherwise be left out in silence.

    Raises:
        QueryError: the query uses a feature that the local Looker does not have.
    """
    asked = {
        "pivots": query.pivots,
        "filter_expression": query.filter_expression,
        "dynamic_fields": query.dynamic_fields,
        "total": query.total,
        "row_total": query.row_total,
        "subtotals": query.subtotals,
        "fill_fields": query.fill_fields,
    }
    for name, value in asked.items():
        if value and value not in ("[]", "false", "no"):
            raise QueryError(f'The local Looker does not support "{name}"; leave it out of the query.')
    if not query.fields:
        raise QueryError("Must specify at least one field.")


def row_limit(limit: str | int | None) -> int | None:
    """Return the number of rows to ask for, None for all.

    Raises:
        QueryError: the limit is not a number from 1 to 5000, -1 or "unlimited".
    """
    text = "" if limit is None else str(limit).strip().lower()
    if not text:
        return DEFAULT_LIMIT
    if text in ("-1", "unlimited"):
        return None
    if text.isascii() and text.isdigit() and len(text) < 9 and 1 <= int(text) <= MAX_LIMIT:  # noqa: PLR2004 - no huge texts
        return int(text)
    raise QueryError(f'The limit must be a number from 1 to {MAX_LIMIT}, or -1 for all rows; it is "{text[:20]}".')
