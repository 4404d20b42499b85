"""Cron expressions of five fields, as Cloud Scheduler takes them (unix-cron)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

_FIELDS = (("minute", 0, 59), ("hour", 0, 23), ("day", 1, 31), ("month", 1, 12), ("weekday", 0, 7))
_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_WEEKDAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
_HORIZON_DAYS = 366 * 8
"""A date that comes at all comes within this: 29 February, over a century without one."""


def zone(name: str) -> tzinfo:
    """Return a time zone; UTC is there on machines without a list of them, too.

    Raises:
        CronError: there is none of this name.
    """
    if name in {"UTC", "Etc/UTC"}:
        return UTC
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise CronError(f"there is no time zone {name!r}.") from error


class CronError(ValueError):
    """The expression cannot be read, or never comes."""


class Cron:
    """One expression.

    Args:
        text: minute, hour, day of the month, month, day of the week. Numbers, names, ``*``, lists, ranges, steps.

    Raises:
        CronError: with the field and what is wrong with it.
    """

    def __init__(self, text: str) -> None:
        parts = text.split()
        if len(parts) != len(_FIELDS):
            raise CronError(f"{text!r} is not five fields: minute hour day month weekday, such as '0 * * * *'.")
        fields = [frozenset(_field(part, *field)) for part, field in zip(parts, _FIELDS, strict=True)]
        self._minutes, self._hours, self._days, self._months, weekdays = fields
        self._weekdays = frozenset(day % 7 for day in weekdays)
        self._either = not parts[2].startswith("*") and not parts[4].startswith("*")

    def matches(self, local: datetime) -> bool:
        """Whether it fires in this minute of local time."""
        return local.minute in self._minutes and local.hour in self._hours and self._on(local)

    def next_after(self, local: datetime) -> datetime:
        """Return the next minute of local time that it fires in.

        Raises:
            CronError: there is none within eight years.
        """
        start = local.replace(second=0, microsecond=0) + timedelta(minutes=1)
        day = start.replace(hour=0, minute=0)
        for _ in range(_HORIZON_DAYS):
            if self._on(day):
                for hour in sorted(self._hours):
                    for minute in sorted(self._minutes):
                        found = day.replace(hour=hour, minute=minute)
                        if found >= start:
                            return found
            day += timedelta(days=1)
        raise CronError("the schedule names a day that never comes.")

    def _on(self, local: datetime) -> bool:
        if local.month not in self._months:
            return False
        in_month, in_week = local.day in self._days, local.isoweekday() % 7 in self._weekdays
        # When both are restricted, either will do: the rule of every cron since 1979.
        return in_month or in_week if self._either else in_month and in_week


def _field(text: str, name: str, low: int, high: int) -> Iterator[int]:
    for item in text.split(","):
        span, slash, step_text = item.partition("/")
        step = _number(step_text, name, 1, high) if slash else 1
        if span == "*":
            first, last = low, high
        else:
            start, dash, end = span.partition("-")
            first = _number(start, name, low, high)
            last = _number(end, name, low, high) if dash else (high if slash else first)
        if last < first:
            raise CronError(f"the {name} {item!r} runs backwards.")
        yield from range(first, last + 1, step)


def _number(text: str, name: str, low: int, high: int) -> int:
    names = {"month": _MONTHS, "weekday": _WEEKDAYS}.get(name, ())
    if text.upper() in names:
        return names.index(text.upper()) + low
    if not (text.isascii() and text.isdecimal() and low <= int(text) <= high):
        raise CronError(f"the {name} {text!r} is not from {low} to {high}.")
    return int(text)
