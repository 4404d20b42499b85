"""A field as Looker describes it: ``LookmlModelExploreField``."""

from __future__ import annotations

from typing import Any

from lookgate.emulator.lookml.model import Field, Model

_NUMERIC_MEASURES = frozenset(
    {"count", "count_distinct", "sum", "sum_distinct", "average", "average_distinct", "min", "max", "median"}
    | {"median_distinct", "percentile", "percentile_distinct", "number", "running_total"}
)
_NUMERIC = frozenset({"number", "int", "duration"}) | {
    f"date_{part}"
    for part in (
        "day_of_month",
        "day_of_week_index",
        "day_of_year",
        "hour_of_day",
        "month_num",
        "week_of_year",
        "fiscal_month_num",
    )
}
_INTERVALS = {
    "date_date": ("day", 1),
    "date_week": ("week", 1),
    "date_month": ("month", 1),
    "date_quarter": ("quarter", 1),
    "date_year": ("year", 1),
    "date_hour": ("hour", 1),
    "date_minute": ("minute", 1),
    "date_second": ("second", 1),
    "date_millisecond": ("millisecond", 1),
    "date_microsecond": ("microsecond", 1),
    "date_time": ("second", 1),
}


def is_numeric(field: Field) -> bool:
    """Whether the field's values are numbers."""
    if field.category == "measure":
        return field.type in _NUMERIC_MEASURES
    return field.type in _NUMERIC or field.type.startswith("duration_")


def filter_types(field: Field) -> list[str]:
    """Return the user attribute types whose value can filter the field."""
    if field.is_timeframe or field.type in {"date", "time", "date_time"}:
        return ["datetime", "advanced_filter_datetime"]
    if field.type == "zipcode":
        return ["zipcode", "string", "advanced_filter_string"]
    if field.type == "yesno":
        return ["yesno", "string", "advanced_filter_string"]
    if is_numeric(field):
        return ["number", "advanced_filter_number"]
    return ["string", "advanced_filter_string"]


def field_shape(model: Model, field: Field, *, original_view: str, sees_lookml: bool) -> dict[str, Any]:
    """Return the field's metadata; its SQL and LookML only to those who may see LookML."""
    numeric, measure = is_numeric(field), field.category == "measure"
    values = [{"label": value.label, "value": value.value} for value in field.allowed_values]
    cases = [{"label": branch.label, "value": branch.label} for branch in field.case]
    yes_no = [{"label": text, "value": text} for text in ("Yes", "No")] if field.type == "yesno" else []
    interval = _INTERVALS.get(field.type)
    return {
        "name": field.name,
        "view": field.view,
        "original_view": original_view,
        "scope": field.view,
        "type": field.type,
        "category": field.category,
        "label": field.label,
        "label_short": field.label_short,
        "label_from_parameter": None,
        "view_label": field.view_label,
        "field_group_label": field.group_label,
        "field_group_variant": field.group_item_label or field.label_short,
        "description": field.description,
        "align": "right" if numeric else "left",
        "hidden": field.hidden,
        "measure": measure,
        "parameter": field.category == "parameter",
        "is_filter": field.category == "filter",
        "dynamic": False,
        "is_numeric": numeric,
        "is_timeframe": field.is_timeframe,
        "is_fiscal": False,
        "fiscal_month_offset": 0,
        "can_filter": field.can_filter,
        "can_time_filter": field.is_timeframe,
        "time_interval": {"name": interval[0], "count": interval[1]} if interval else None,
        "dimension_group": field.dimension_group,
        "primary_key": field.primary_key,
        "permanent": True,
        "sortable": field.category in {"dimension", "measure"},
        "requires_refresh_on_sort": False,
        "default_filter_value": field.default_value,
        "enumerations": values or cases or yes_no or None,
        "has_allowed_values": bool(values),
        "suggestable": field.suggestable and not measure and not numeric and not field.is_timeframe,
        "suggestions": list(field.suggestions) or None,
        "suggest_dimension": field.suggest_dimension or field.name,
        "suggest_explore": field.suggest_explore,
        "sql": field.sql if sees_lookml else None,
        "sql_case": [{"value": branch.label, "condition": branch.sql} for branch in field.case] or None
        if sees_lookml
        else None,
        "filters": [{"field": name, "condition": condition} for name, condition in field.filters] or None,
        "drill_fields": list(field.drill_fields),
        "has_drills_metadata": bool(field.drill_fields or field.links),
        "links": [{"label": link.label, "url": link.url, "icon_url": link.icon_url} for link in field.links],
        "lookml_link": None,
        "tags": list(field.tags),
        "synonyms": [],
        "user_attribute_filter_types": filter_types(field),
        "value_format": field.value_format or model.value_formats.get(field.value_format_name or ""),
        "value_format_name": field.value_format_name,
        "strict_value_format": False,
        "fill_style": "enumeration" if cases or yes_no else ("range" if interval else None),
        "map_layer": None,
        "period_over_period_params": None,
        "project_name": model.project,
        "source_file": None,
        "source_file_path": None,
        "error": None,
        "times_used": 0,
        "week_start_day": model.week_start_day,
        "datatype": field.datatype if field.is_timeframe else None,
        "convert_tz": field.convert_tz if field.is_timeframe else None,
        "available_custom_timeframes": None,
        "timeframe_labels": None,
    }
