"""What the compiler asks of a dialect, with what DuckDB and Postgres share."""

from __future__ import annotations

from abc import ABC, abstractmethod
from datetime import datetime

from lookgate.emulator.lookml.errors import QueryError

Kind = str
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


class Dialect(ABC):
    """SQL text for one database. Every literal and identifier is made here and nowhere else."""

    text_type = "VARCHAR"
    float_type = "DOUBLE PRECISION"

    def identifier(self, name: str) -> str:
        """Quote an identifier."""
        if "\0" in name:
            raise QueryError("A name contains a NUL character.")
        return '"' + name.replace('"', '""') + '"'

    def literal(self, text: str) -> str:
        """Quote a text. Backslashes are ordinary characters in both databases (Postgres: sessions make sure of it)."""
        if "\0" in text:
            raise QueryError("A value contains a NUL character.")
        return "'" + text.replace("'", "''") + "'"

    def like(self, expression: str, pattern: str) -> str:
        """Match a LIKE pattern whose own wildcards are escaped with ``^``."""
        return f"{expression} LIKE {self.literal(pattern)} ESCAPE '^'"

    def timestamp(self, moment: datetime) -> str:
        """Write a naive time."""
        return f"TIMESTAMP '{moment:%Y-%m-%d %H:%M:%S}'" if moment.year >= 1000 else self._early(moment)  # noqa: PLR2004 - strftime does not pad years

    def _early(self, moment: datetime) -> str:
        return f"TIMESTAMP '{moment.year:04d}-{moment:%m-%d %H:%M:%S}'"

    def to_zone(self, expression: str, zone: str) -> str:
        """Turn a UTC time without zone into one of the zone's clock."""
        return f"((CAST({expression} AS TIMESTAMP) AT TIME ZONE 'UTC') AT TIME ZONE {self.literal(zone)})"

    def truncated(self, unit: str, expression: str) -> str:
        """Cut a time to the start of its unit."""
        return f"DATE_TRUNC('{unit}', {expression})"

    def timeframe(self, frame: str, moment: str, week_start: str) -> str:
        """Return the timeframe of a time without zone (already in the query's zone)."""
        whole = {
            "month": ("month", "month"), "quarter": ("quarter", "month"), "hour": ("hour", "hour"),
            "minute": ("minute", "minute"), "second": ("second", "second"), "time": ("second", "second"),
        }  # fmt: skip
        if frame == "raw":
            return moment
        if frame == "date":
            return f"CAST({moment} AS DATE)"
        if frame == "week":
            days = self._days_back(week_start)
            shifted = f"{moment} - INTERVAL '{days} days'" if days else moment
            start = self.truncated("week", shifted) + (f" + INTERVAL '{days} days'" if days else "")
            return f"CAST({start} AS DATE)"
        if frame in whole:
            return self.formatted(self.truncated(whole[frame][0], moment), whole[frame][1])
        for unit, outer in (("hour", "day"), ("minute", "hour")):
            size = frame.removeprefix(unit)
            if frame.startswith(unit) and size.isdigit():
                into = f"CAST(FLOOR(EXTRACT({unit} FROM {moment}) / {size}) * {size} AS INTEGER)"
                start = f"{self.truncated(outer, moment)} + {into} * INTERVAL '1 {unit}'"
                return self.formatted(f"({start})", "second")
        parts = {
            "year": "YEAR", "month_num": "MONTH", "day_of_month": "DAY", "day_of_year": "DOY",
            "week_of_year": "WEEK", "hour_of_day": "HOUR",
        }  # fmt: skip
        if frame in parts:
            return f"CAST(EXTRACT({parts[frame]} FROM {moment}) AS INTEGER)"
        if frame == "day_of_week_index":
            return f"CAST((EXTRACT(ISODOW FROM {moment}) + 6 - {self._days_back(week_start)}) % 7 AS INTEGER)"
        if frame == "quarter_of_year":
            return f"('Q' || CAST(EXTRACT(QUARTER FROM {moment}) AS {self.text_type}))"
        if frame == "yesno":
            return f"({moment} IS NOT NULL)"
        return self.formatted(moment, frame)

    def _days_back(self, week_start: str) -> int:
        return _WEEKDAYS.index(week_start) if week_start in _WEEKDAYS else 0

    @abstractmethod
    def formatted(self, moment: str, style: str) -> str:
        """Write a time as text: ``month``, ``hour``, ``minute``, ``second``, ``millisecond``, ``time_of_day``,
        ``day_of_week`` or ``month_name``.
        """

    @abstractmethod
    def elapsed(self, unit: str, start: str, end: str) -> str:
        """Count the complete units between two times."""

    @abstractmethod
    def from_epoch(self, expression: str) -> str:
        """Turn seconds since 1970 into a UTC time without zone."""

    @abstractmethod
    def percentile(self, expression: str, fraction: float) -> str:
        """Aggregate to the continuous percentile."""

    @abstractmethod
    def distinct(self, kind: Kind, key: str, expression: str, fraction: float = 0.5) -> str:
        """Aggregate ``expression`` once per ``key``: ``sum``, ``avg`` or ``percentile``. Rows without key are left out."""

    @abstractmethod
    def joined(self, expression: str) -> str:
        """Aggregate to the distinct values, in order, separated by a comma."""
