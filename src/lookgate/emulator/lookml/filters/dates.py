"""Filter expressions on dates: ``7 days``, ``last month``, ``2013-01-01 to 2013-02-01``, ``3 months ago for 2 days``.

Each becomes a span of time: start included, end excluded, in the clock of the query's time zone.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta

import msgspec

from lookgate.emulator.lookml.errors import QueryError

_UNITS = ("second", "minute", "hour", "day", "week", "month", "quarter", "year")
_UNIT = rf"({'|'.join(_UNITS)})s?"
_FIXED = {"second": 1, "minute": 60, "hour": 3600, "day": 86400, "week": 604800}
_MONTHS = {"month": 1, "quarter": 3, "year": 12}
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_TIME = r"([0-9]{1,2})(?::([0-9]{2})(?::([0-9]{2})(?:\.[0-9]+)?)?)?"
_ABSOLUTE = re.compile(rf"([0-9]{{4}})(?:[-/]([0-9]{{1,2}})(?:[-/]([0-9]{{1,2}})(?:[ T]{_TIME})?)?)?")
_QUARTER = re.compile(r"([0-9]{4})-q([1-4])")


class Span(msgspec.Struct, frozen=True):
    """From ``start`` (included) to ``end`` (excluded), None where open; ``null`` asks for null or its opposite."""

    start: datetime | None = None
    end: datetime | None = None
    null: bool | None = None


def parse_dates(text: str, now: datetime, field: str, week_start: str = "monday") -> list[Span]:
    """Parse a date filter; ``now`` is naive, in the query's zone. An empty list is no condition.

    Raises:
        QueryError: the text is not a date filter.
    """
    reader = _Reader(now, week_start)
    spans = []
    for entry in text.split(","):
        words = " ".join(entry.lower().split())
        if not words:
            continue
        try:
            span = reader.span(words)
        except (ValueError, OverflowError):
            span = None
        if span is None:
            raise QueryError(
                f'The filter on "{field}" is not a date filter: {entry.strip()[:80]!r}. Write for instance 7 days, '
                "last month, 2013-05, after 2013-01-01 or 2013-01-01 to 2013-02-01."
            )
        if span == Span():
            return []
        spans.append(span)
    return spans


class _Reader:
    def __init__(self, now: datetime, week_start: str) -> None:
        self.now = now
        self.first_weekday = _WEEKDAYS.index(week_start) if week_start in _WEEKDAYS else 0

    def span(self, words: str) -> Span | None:  # noqa: PLR0911 - one return per form of the grammar
        if words in ("null", "not null"):
            return Span(null=words == "null")
        if words == "any time":
            return Span()
        if words.startswith("before "):
            before = self.point(words[7:])
            return Span(end=before.start) if before else None
        if words.startswith("after "):
            after = self.point(words[6:])
            return Span(start=after.start) if after else None
        if match := re.fullmatch(rf"([0-9]+) {_UNIT}", words):
            count, unit = int(match[1]), match[2]
            if count == 0:
                return None
            this = self.cut(self.now, unit)
            return Span(self.add(this, unit, 1 - count), self.add(this, unit, 1))
        if match := re.fullmatch(rf"(.+) for ([0-9]+) {_UNIT}", words):
            start = self.point(match[1])
            return Span(start.start, self.add(start.start, match[3], int(match[2]))) if start and start.start else None
        if match := re.fullmatch(rf"(this .+|today) to {_UNIT}", words):
            start = self.point(match[1])
            return Span(start.start, self.cut(self.now, match[2])) if start else None
        if " to " in words:
            first, last = (self.point(part) for part in words.split(" to ", 1))
            return Span(first.start, last.start) if first and last else None
        return self.point(words)

    def point(self, words: str) -> Span | None:
        """Read something that names one stretch of time."""
        if words == "now":
            return Span(self.now, self.now + timedelta(seconds=1))
        if words in ("today", "yesterday", "tomorrow"):
            offset = {"today": 0, "yesterday": -1, "tomorrow": 1}[words]
            return self._unit_from(self.add(self.cut(self.now, "day"), "day", offset), "day")
        if words in _WEEKDAYS:
            back = (self.now.weekday() - _WEEKDAYS.index(words)) % 7
            return self._unit_from(self.add(self.cut(self.now, "day"), "day", -back), "day")
        if match := re.fullmatch(rf"(this|last|next) {_UNIT}", words):
            offset = {"this": 0, "last": -1, "next": 1}[match[1]]
            return self._unit_from(self.add(self.cut(self.now, match[2]), match[2], offset), match[2])
        if match := re.fullmatch(rf"([0-9]+) {_UNIT} (ago|from now)", words):
            count = int(match[1]) * (-1 if match[3] == "ago" else 1)
            return self._unit_from(self.add(self.cut(self.now, match[2]), match[2], count), match[2])
        return self._absolute(words)

    def _absolute(self, words: str) -> Span | None:
        if match := _QUARTER.fullmatch(words):
            return self._unit_from(datetime(int(match[1]), int(match[2]) * 3 - 2, 1), "quarter")  # noqa: DTZ001 - the query's own clock
        match = _ABSOLUTE.fullmatch(words.upper())
        if not match:
            return None
        given = [int(part) for part in match.groups() if part is not None]
        unit = ("year", "month", "day", "hour", "minute", "second")[len(given) - 1]
        parts = given + [1] * (3 - len(given))
        return self._unit_from(datetime(*parts), unit)  # type: ignore[arg-type]  # noqa: DTZ001 - the query's own clock

    def _unit_from(self, start: datetime, unit: str) -> Span:
        return Span(start, self.add(start, unit, 1))

    def cut(self, moment: datetime, unit: str) -> datetime:
        """Return the start of the unit that holds ``moment``."""
        day = moment.replace(hour=0, minute=0, second=0, microsecond=0)
        if unit == "week":
            return day - timedelta(days=(day.weekday() - self.first_weekday) % 7)
        if unit in _MONTHS:
            month = (day.month - 1) // _MONTHS[unit] * _MONTHS[unit] + 1
            return day.replace(month=month, day=1)
        return {
            "day": day,
            "hour": moment.replace(minute=0, second=0, microsecond=0),
            "minute": moment.replace(second=0, microsecond=0),
            "second": moment.replace(microsecond=0),
        }[unit]

    def add(self, moment: datetime, unit: str, count: int) -> datetime:
        """Move by whole units; a day that a month does not have becomes its last one."""
        if unit in _FIXED:
            return moment + timedelta(seconds=_FIXED[unit] * count)
        months = moment.year * 12 + moment.month - 1 + _MONTHS[unit] * count
        year, month = divmod(months, 12)
        for day in (moment.day, 30, 29, 28):
            try:
                return moment.replace(year=year, month=month + 1, day=min(day, moment.day))
            except ValueError:
                if day == 28:  # noqa: PLR2004 - every month has 28 days: the year itself is out of range
                    raise
        raise AssertionError
