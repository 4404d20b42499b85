"""When a cron schedule of five fields comes next, in UTC. The reading is cronsim's."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from cronsim import CronSim, CronSimError

_FIELDS = 5
_YEAR = datetime(2000, 1, 1)  # noqa: DTZ001 - a leap year; in UTC every day has 24 hours


def read_cron(text: str) -> str:
    """Return the schedule with single spaces.

    Raises:
        ValueError: it is none, with a sentence that says so.
    """
    fields = text.split()
    if len(fields) != _FIELDS:
        raise ValueError(f"this has {len(fields)} fields; cron has five: minute, hour, day, month, weekday")
    try:
        CronSim(text, datetime(2000, 1, 1))  # noqa: DTZ001 - any day will do
    except CronSimError as error:
        raise ValueError(f"this is no cron schedule: {error}") from None
    return " ".join(fields)


def next_time(schedule: str, after: datetime) -> datetime:
    """Return the next minute of a schedule that ``read_cron`` has read, after a time (aware, UTC)."""
    return next(CronSim(schedule, after))


def longest_wait(schedule: str) -> float:
    """Return how many seconds may pass between two times of a schedule that ``read_cron`` has read.

    Looked for where cron's fields can leave a gap: after each of two hundred times in a row (minutes), after each hour
    of a week (hours, weekdays), and after each noon of a leap year (days, months).
    """
    return max(
        (next(CronSim(schedule, moment)) - moment).total_seconds()
        for moment in (*_in_a_row(schedule), *_through_a_year())
    )


def _in_a_row(schedule: str) -> Iterator[datetime]:
    times = CronSim(schedule, _YEAR)
    for _ in range(200):
        yield next(times)


def _through_a_year() -> Iterator[datetime]:
    for hour in range(7 * 24):
        yield _YEAR + timedelta(hours=hour)
    for day in range(366):
        yield _YEAR + timedelta(days=day, hours=12)
