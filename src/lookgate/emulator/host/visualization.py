"""What Looker hands to an extension that draws a query: the tile's options and the rows, with fields grouped."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def visualization_data(options: Mapping[str, Any], detail: Mapping[str, Any]) -> dict[str, Any]:
    """Return ``{visConfig, queryResponse}``, the payload of ``VISUALIZATION_DATA``.

    Args:
        options: The tile's visual options.
        detail: The query's result as ``json_detail`` has it.

    Beside each kind of field, visualizations find ``dimension_like`` and ``measure_like``: dimensions and measures with
    the table calculations that behave as such. ``query_fields`` repeats the fields without those two.
    """
    fields: dict[str, Any] = dict(detail.get("fields") or {})
    calculated = fields.get("table_calculations") or []
    like = {
        "dimension_like": [*(fields.get("dimensions") or []), *(one for one in calculated if not _is_measure(one))],
        "measure_like": [*(fields.get("measures") or []), *(one for one in calculated if _is_measure(one))],
    }
    return {
        "visConfig": {**options, "query_fields": fields},
        "queryResponse": {**detail, "fields": {**fields, **like}},
    }


def _is_measure(calculation: Mapping[str, Any]) -> bool:
    return bool(calculation.get("is_measure", calculation.get("category") == "measure"))
