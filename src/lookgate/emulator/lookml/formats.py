"""Results as Looker's API writes them: ``json``, ``json_detail``, ``csv``."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import msgspec

from lookgate.emulator.lookml.model import Field
from lookgate.emulator.lookml.query import Result
from lookgate.emulator.lookml.value_format import NAMED, format_number


def plain(value: Any) -> Any:  # noqa: PLR0911 - one return per type
    """Return a database value as JSON has it: a date as ``2013-01-01``, a time as ``2013-01-01 12:00:00``."""
    if isinstance(value, datetime):
        return value.replace(tzinfo=None).isoformat(
            sep=" ", timespec="microseconds" if value.microsecond else "seconds"
        )
    if isinstance(value, Decimal):
        if not value.is_finite():
            return None
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, float):
        return value if value == value and abs(value) != float("inf") else None  # noqa: PLR0124 - only NaN differs from itself
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, bytes | bytearray | memoryview):
        return bytes(value).hex()
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(entry) for entry in value]
    if isinstance(value, Mapping):
        return {str(key): plain(entry) for key, entry in value.items()}
    return value if value is None or isinstance(value, str | int | bool) else str(value)


def rendered(value: Any, field: Field, formats: Mapping[str, str]) -> str:
    """Return a value as a person reads it."""
    value = plain(value)
    if value is None:
        return "∅" if field.category == "dimension" else ""
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if field.timeframe == "quarter" and isinstance(value, str) and value[5:7].isdigit():
        return f"{value[:4]}-Q{(int(value[5:7]) + 2) // 3}"
    if isinstance(value, int | float):
        style = field.value_format or formats.get(field.value_format_name or "")
        style = style or NAMED.get(field.value_format_name or "")
        shown = format_number(value, style) if style else None
        if shown is not None:
            return shown
        return f"{value:,}" if field.category == "measure" and isinstance(value, int) else str(value)
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


def to_json(result: Result) -> list[dict[str, Any]]:
    """Return rows of plain values by field name."""
    return [{name: plain(value) for name, value in row.items()} for row in result.rows]


def to_csv(result: Result) -> str:
    """Return CSV with the fields' labels as header and unformatted values, as Looker's API writes it."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([field.label for field in result.fields])
    for row in result.rows:
        writer.writerow(["" if (value := plain(row[field.name])) is None else value for field in result.fields])
    return out.getvalue()


def to_json_detail(result: Result) -> dict[str, Any]:
    """Return fields and data, each cell with ``value`` and, where it differs, ``rendered``."""

    def cell(value: Any, field: Field) -> dict[str, Any]:
        found: dict[str, Any] = {"value": plain(value)}
        shown = rendered(value, field, result.formats)
        if found["value"] is not None and shown != str(found["value"]):
            found["rendered"] = shown
        return found

    kinds = {"dimensions": "dimension", "measures": "measure"}
    described = {
        key: [describe(field) for field in result.fields if field.category == kind] for key, kind in kinds.items()
    }
    return {
        "fields": {**described, "table_calculations": [], "pivots": []},
        "data": [{field.name: cell(row[field.name], field) for field in result.fields} for row in result.rows],
        "sql": result.sql,
        "errors": [{"message": note} for note in result.notes],
    }


def describe(field: Field) -> dict[str, Any]:
    """Describe a field as results and explores do."""
    return {
        "name": field.name,
        "label": field.label,
        "label_short": field.label_short,
        "view": field.view,
        "view_label": field.view_label,
        "category": field.category,
        "type": field.type,
        "is_numeric": (field.category == "measure" and field.type not in ("string", "list", "date", "yesno"))
        or field.type == "number",
        "hidden": field.hidden,
        "description": field.description,
        "value_format": field.value_format or NAMED.get(field.value_format_name or ""),
        "primary_key": field.primary_key,
        "tags": list(field.tags),
    }
