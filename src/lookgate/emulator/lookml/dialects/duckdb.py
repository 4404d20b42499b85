"""DuckDB."""

from __future__ import annotations

from lookgate.emulator.lookml.dialects.base import Dialect

_STYLES = {
    "month": "%Y-%m",
    "hour": "%Y-%m-%d %H",
    "minute": "%Y-%m-%d %H:%M",
    "second": "%Y-%m-%d %H:%M:%S",
    "millisecond": "%Y-%m-%d %H:%M:%S.%g",
    "time_of_day": "%H:%M",
    "day_of_week": "%A",
    "month_name": "%B",
}


class DuckDB(Dialect):
    """DuckDB 1.3 and later."""

    float_type = "DOUBLE"

    def formatted(self, moment: str, style: str) -> str:
        return f"STRFTIME(CAST({moment} AS TIMESTAMP), '{_STYLES[style]}')"

    def elapsed(self, unit: str, start: str, end: str) -> str:
        return f"DATE_SUB('{unit}', CAST({start} AS TIMESTAMP), CAST({end} AS TIMESTAMP))"

    def from_epoch(self, expression: str) -> str:
        return f"MAKE_TIMESTAMP(CAST({expression} AS BIGINT) * 1000000)"

    def percentile(self, expression: str, fraction: float) -> str:
        return f"QUANTILE_CONT(CAST({expression} AS DOUBLE), {fraction})"

    def distinct(self, kind: str, key: str, expression: str, fraction: float = 0.5) -> str:
        pairs = f"LIST({{'k': {key}, 'v': {expression}}}) FILTER (WHERE ({key}) IS NOT NULL)"
        values = f"LIST_TRANSFORM(LIST_DISTINCT({pairs}), lambda pair: pair.v)"
        if kind == "percentile":
            return f"LIST_AGGREGATE(LIST_TRANSFORM({values}, lambda v: CAST(v AS DOUBLE)), 'quantile_cont', {fraction})"
        return f"LIST_{'SUM' if kind == 'sum' else 'AVG'}({values})"

    def joined(self, expression: str) -> str:
        return f"ARRAY_TO_STRING(LIST_SORT(LIST_DISTINCT(LIST(CAST({expression} AS VARCHAR)))), ',')"
