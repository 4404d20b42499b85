"""How often, as Cloud Scheduler wants it said."""

from __future__ import annotations

SHORTEST = 60
"""Seconds: cron knows nothing shorter."""
_HOUR = 60


def cron_of(every: int) -> str:
    """Return cron fields that come round at least as often as every so many seconds (60 to 3600).

    Cron counts minutes of the hour: where they do not divide it, one interval in the hour is shorter. None is longer.
    """
    minutes = every // 60
    if minutes == 1:
        return "* * * * *"
    return f"*/{minutes} * * * *" if minutes < _HOUR else "0 * * * *"
