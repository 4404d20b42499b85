"""When a cron schedule of five fields comes next, in UTC. The reading is cronsim's."""

from __future__ import annotations

from datetime import datetime

from cronsim import CronSim, CronSimError

_FIELDS = 5


def read_cron(text: str) -> str:
    """Return the schedule with single spaces.

    Raises:
        ValueError: it is none, with a sentence that says so.
    """
    fields = text.split()
    if len(fields) != _FIELDS:
        raise ValueError(f"this has {len(fields)} fields; cron has five: minute, hour, day, month, weekday")
    try:
        next(CronSim(text, datetime(2000, 1, 1)))  # noqa: DTZ001 - any day will do
    except CronSimError as error:
        raise ValueError(f"this is no cron schedule: {error}") from None
    except StopIteration:
        raise ValueError("this names a day that never comes") from None
    return " ".join(fields)


def next_time(schedule: str, after: datetime) -> datetime:
    """Return the next minute of a schedule that ``read_cron`` has read, after a time (aware, UTC)."""
    return next(CronSim(schedule, after))
