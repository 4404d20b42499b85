"""Looker's filter expressions: text in, a SQL condition out. One file per kind of field.

Source: Looker documentation, "Looker filter expressions".
"""

from __future__ import annotations

from datetime import datetime

from lookgate.emulator.lookml.dialects import Dialect
from lookgate.emulator.lookml.errors import QueryError
from lookgate.emulator.lookml.filters.dates import Span, parse_dates
from lookgate.emulator.lookml.filters.numbers import number_condition
from lookgate.emulator.lookml.filters.strings import string_condition
from lookgate.emulator.lookml.model import Field

ALWAYS = "1 = 1"
NEVER = "1 = 0"
_DATE_FRAMES = frozenset(
    ["raw", "time", "date", "week", "month", "quarter", "hour", "minute", "second", "millisecond", "year"]
)
_NUMBER_FRAMES = frozenset(
    ["day_of_week_index", "day_of_month", "day_of_year", "week_of_year", "month_num", "hour_of_day"]
)
_NUMBER_TYPES = frozenset(
    [
        "number",
        "int",
        "tier",
        "bin",
        "count",
        "count_distinct",
        "sum",
        "sum_distinct",
        "average",
        "average_distinct",
        "min",
        "max",
        "median",
        "median_distinct",
        "percentile",
        "percentile_distinct",
        "running_total",
    ]
)


def kind_of(field: Field) -> str:
    """Return how a field is filtered: ``string``, ``number``, ``yesno`` or ``date``."""
    if field.timeframe:
        if field.timeframe in _DATE_FRAMES or (field.timeframe[:4] == "hour" and field.timeframe[4:].isdigit()):
            return "date"
        if field.timeframe.startswith("minute"):
            return "date"
        return "number" if field.timeframe in _NUMBER_FRAMES else "yesno" if field.timeframe == "yesno" else "string"
    if field.type in ("yesno", "date"):
        return field.type
    if field.type in ("tier", "bin"):
        return "string"
    return "number" if field.type in _NUMBER_TYPES or field.interval else "string"


def simple_condition(kind: str, expression: str, text: str, field: str, dialect: Dialect) -> str:
    """Return the condition for a string, number or yesno field.

    Raises:
        QueryError: the text is not a filter expression of that kind.
    """
    if kind == "number":
        return number_condition(expression, text, field)
    if kind == "yesno":
        return yesno_condition(expression, text, field)
    return string_condition(expression, text, dialect)


def yesno_condition(expression: str, text: str, field: str) -> str:
    """Match ``Yes``, ``No`` (also True, False, 1, 0); ``No`` includes null, as the field itself shows it."""
    wanted = {part.strip().lower() for part in text.split(",") if part.strip()}
    yes, no = wanted & {"yes", "true", "1", "y"}, wanted & {"no", "false", "0", "n"}
    if wanted - yes - no:
        raise QueryError(f'The filter on "{field}" must be "Yes" or "No".')
    if bool(yes) == bool(no):
        return ALWAYS
    return f"COALESCE({expression}, FALSE)" if yes else f"NOT COALESCE({expression}, FALSE)"


def date_condition(expression: str, spans: list[Span], write: DateWriter) -> str:
    """Return the condition that a time lies in one of the spans."""
    return " OR ".join(f"({write.span(expression, span)})" for span in spans) or ALWAYS


class DateWriter:
    """Writes the ends of a span as the database's literals."""

    def __init__(self, dialect: Dialect, zone: str, *, convert: bool) -> None:
        from zoneinfo import ZoneInfo  # noqa: PLC0415 - only queries with dates pay for it

        self.dialect = dialect
        self.zone = ZoneInfo(zone) if convert and zone != "UTC" else None

    def moment(self, local: datetime) -> str:
        """Write a time of the query's zone, moved to UTC where the column is in UTC."""
        if self.zone:
            from datetime import UTC  # noqa: PLC0415

            local = local.replace(tzinfo=self.zone).astimezone(UTC).replace(tzinfo=None)
        return self.dialect.timestamp(local)

    def span(self, expression: str, span: Span) -> str:
        if span.null is not None:
            return f"{expression} IS NULL" if span.null else f"{expression} IS NOT NULL"
        ends = []
        if span.start:
            ends.append(f"{expression} >= {self.moment(span.start)}")
        if span.end:
            ends.append(f"{expression} < {self.moment(span.end)}")
        return " AND ".join(ends) or ALWAYS


__all__ = [
    "ALWAYS", "NEVER", "DateWriter", "Span", "date_condition", "kind_of", "number_condition", "parse_dates",
    "simple_condition", "string_condition", "yesno_condition",
]  # fmt: skip
