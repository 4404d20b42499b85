"""How long somebody asks to be left alone."""

from __future__ import annotations

from datetime import datetime


def retry_after(header: str | None, now: datetime) -> float | None:
    """Read ``Retry-After`` (RFC 9110, section 10.2.3): seconds, or a date; None when there is none that can be read."""
    if header is None:
        return None
    if header.strip().isascii() and header.strip().isdigit():
        return float(header.strip()[:9])
    from email.utils import parsedate_to_datetime  # noqa: PLC0415 - hardly anybody sends a date

    try:
        at = parsedate_to_datetime(header)
    except (ValueError, OverflowError):  # a year of thirty digits
        return None
    return max(0.0, (at - now).total_seconds()) if at.tzinfo else None
