from __future__ import annotations

from datetime import datetime

import pytest

from lookgate.emulator.google.cron import Cron, CronError, zone


@pytest.mark.parametrize(
    ("text", "after", "then"),
    [
        ("0 * * * *", "2026-01-05T12:00", "2026-01-05T13:00"),
        ("* * * * *", "2026-01-05T12:00:59", "2026-01-05T12:01"),
        ("*/20 * * * *", "2026-01-05T12:41", "2026-01-05T13:00"),
        ("5-50/15 8,20 * * *", "2026-01-05T08:35", "2026-01-05T08:50"),
        ("5-50/15 8,20 * * *", "2026-01-05T08:50", "2026-01-05T20:05"),
        ("5/15 8 * * *", "2026-01-05T08:35", "2026-01-05T08:50"),
        ("0 0 29 2 *", "2026-01-05T00:00", "2028-02-29T00:00"),
        ("0 9 * * MON-FRI", "2026-01-09T09:00", "2026-01-12T09:00"),
        ("0 9 * * 7", "2026-01-05T00:00", "2026-01-11T09:00"),
        ("0 9 13 * 5", "2026-01-05T00:00", "2026-01-09T09:00"),
        ("0 9 * jun,DEC *", "2026-06-30T09:00", "2026-12-01T09:00"),
        ("59 23 31 12 *", "2026-12-31T23:59", "2027-12-31T23:59"),
    ],
)
def test_a_schedule_names_the_next_minute_it_fires_in(text: str, after: str, then: str) -> None:
    assert Cron(text).next_after(datetime.fromisoformat(after)) == datetime.fromisoformat(then)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "0 * * *",
        "0 * * * * *",
        "60 * * * *",
        "* 24 * * *",
        "* * 0 * *",
        "* * * 13 *",
        "* * * * 8",
        "5-1 * * * *",
        "*/0 * * * *",
        "a * * * *",
        "-1 * * * *",
        "1,,2 * * * *",
        "* * * * funday",
        "٣ * * * *",
        "@hourly",
    ],
)
def test_what_is_no_schedule_is_refused(text: str) -> None:
    with pytest.raises(CronError):
        Cron(text)


def test_a_day_that_never_comes_is_refused() -> None:
    with pytest.raises(CronError, match="Bad day-of-month"):
        Cron("0 0 30 2 *")


@pytest.mark.parametrize("name", ["Mars/Olympus", "../etc/passwd", "", "\0"])
def test_a_time_zone_that_is_none_is_refused(name: str) -> None:
    with pytest.raises(CronError, match="no time zone"):
        zone(name)
