"""Cron expressions of five fields, as Cloud Scheduler takes them (unix-cron). The reading is cronsim's."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from cronsim import CronSim, CronSimError

_FIELDS = 5


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
    """The expression cannot be read, or names a day that never comes."""


class Cron:
    """One expression.

    Args:
        text: minute, hour, day of the month, month, day of the week. Numbers, names, ``*``, lists, ranges, steps.

    Raises:
        CronError: with what is wrong with it.
    """

    def __init__(self, text: str) -> None:
        if len(text.split()) != _FIELDS:
            raise CronError(f"{text!r} is not five fields: minute hour day month weekday, such as '0 * * * *'.")
        try:
            CronSim(text, datetime(2000, 1, 1))  # noqa: DTZ001 - any day will do
        except CronSimError as error:
            raise CronError(f"{text!r} is no schedule: {error}.") from error
        self._text = text

    def next_after(self, local: datetime) -> datetime:
        """Return the next minute of local time that it fires in."""
        return next(CronSim(self._text, local))
