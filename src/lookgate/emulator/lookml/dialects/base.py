"""What the compiler asks of a dialect, with what DuckDB and Postgres share."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from datetime import datetime

from lookgate.emulator.lookml.errors import QueryError

_WHOLE = {
    "month": "month",
    "quarter": "quarter",
    "hour": "hour",
    "minute": "minute",
    "second": "second",
    "time": "second",
}
_PARTS = {
    "year": "YEAR",
    "month_num": "MONTH",
    "day_of_month": "DAY",
    "day_of_year": "DOY",
    "week_of_year": "WEEK",
    "hour_of_day": "HOUR",
}
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
        back = _WEEKDAYS.index(week_start) if week_start in _WEEKDAYS else 0
        if frame == "date":
            return f"CAST({moment} AS DATE)"
        if frame == "week":
            shifted = self.truncated("week", f"{moment} - INTERVAL '{back} days'") + f" + INTERVAL '{back} days'"
            return f"CAST({shifted if back else self.truncated('week', moment)} AS DATE)"
        if frame in _WHOLE:
            return self.formatted(
                self.truncated(_WHOLE[frame], moment), "month" if frame == "quarter" else _WHOLE[frame]
            )
        if frame == "day_of_week_index":
            return f"CAST((EXTRACT(ISODOW FROM {moment}) + 6 - {back}) % 7 AS INTEGER)"
        if frame in _PARTS:
            return f"CAST(EXTRACT({_PARTS[frame]} FROM {moment}) AS INTEGER)"
        return self._rare_timeframe(frame, moment)

    def _rare_timeframe(self, frame: str, moment: str) -> str:
        if frame == "quarter_of_year":
            return f"('Q' || CAST(EXTRACT(QUARTER FROM {moment}) AS {self.text_type}))"
        if frame == "yesno":
            return f"({moment} IS NOT NULL)"
        if match := re.fullmatch(r"(hour|minute)(\d+)", frame):
            unit, size = match.groups()
            into = f"CAST(FLOOR(EXTRACT({unit} FROM {moment}) / {size}) * {size} AS INTEGER)"
            start = self.truncated("day" if unit == "hour" else "hour", moment)
            return self.formatted(f"({start} + {into} * INTERVAL '1 {unit}')", "second")
        return self.formatted(moment, frame)

    @abstractmethod
    def formatted(self, moment: str, style: str) -> str:
        """Write a time as text; the styles are the keys of each dialect's table."""

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
    def distinct(self, kind: str, key: str, expression: str, fraction: float = 0.5) -> str:
        """Aggregate ``expression`` once per ``key``: ``sum``, ``avg`` or ``percentile``.

        Rows without a key are left out.
        """

    @abstractmethod
    def joined(self, expression: str) -> str:
        """Aggregate to the distinct values, in order, separated by a comma."""
