"""Postgres."""

from __future__ import annotations

from lookgate.emulator.lookml.dialects.base import Dialect

_STYLES = {
    "month": "YYYY-MM",
    "hour": "YYYY-MM-DD HH24",
    "minute": "YYYY-MM-DD HH24:MI",
    "second": "YYYY-MM-DD HH24:MI:SS",
    "millisecond": "YYYY-MM-DD HH24:MI:SS.MS",
    "time_of_day": "HH24:MI",
    "day_of_week": "FMDay",
    "month_name": "FMMonth",
}
_SECONDS = {"second": 1, "minute": 60, "hour": 3600, "day": 86400, "week": 604800}
_MONTHS = {"month": 1, "quarter": 3, "year": 12}


class Postgres(Dialect):
    """Postgres 12 and later."""

    def formatted(self, moment: str, style: str) -> str:
        return f"TO_CHAR(CAST({moment} AS TIMESTAMP), '{_STYLES[style]}')"

    def elapsed(self, unit: str, start: str, end: str) -> str:
        begin, finish = f"CAST({start} AS TIMESTAMP)", f"CAST({end} AS TIMESTAMP)"
        if unit in _SECONDS:
            return f"CAST(TRUNC(EXTRACT(EPOCH FROM {finish} - {begin}) / {_SECONDS[unit]}) AS BIGINT)"
        age = f"AGE({finish}, {begin})"
        months = f"(EXTRACT(YEAR FROM {age}) * 12 + EXTRACT(MONTH FROM {age}))"
        return f"CAST(TRUNC({months} / {_MONTHS[unit]}) AS BIGINT)"

    def from_epoch(self, expression: str) -> str:
        return f"(TO_TIMESTAMP({expression}) AT TIME ZONE 'UTC')"

    def percentile(self, expression: str, fraction: float) -> str:
        return f"PERCENTILE_CONT({fraction}) WITHIN GROUP (ORDER BY {expression})"

    def distinct(self, kind: str, key: str, expression: str, fraction: float = 0.5) -> str:
        what = self.percentile("once.v", fraction) if kind == "percentile" else f"{kind.upper()}(once.v)"
        arrays = f"UNNEST(ARRAY_AGG(CAST({key} AS TEXT)), ARRAY_AGG({expression})) AS pairs(k, v)"
        return f"(SELECT {what} FROM (SELECT DISTINCT ON (k) k, v FROM {arrays} WHERE k IS NOT NULL) AS once)"  # noqa: S608 - made of compiled expressions, never of values

    def joined(self, expression: str) -> str:
        return f"STRING_AGG(DISTINCT CAST({expression} AS TEXT), ',')"
