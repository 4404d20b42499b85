"""From a view's raw blocks to typed fields; dimension groups become one field per timeframe or interval."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from lookgate.emulator.lookml.model import AllowedValue, CaseWhen, Category, Field, Link
from lookgate.emulator.lookml.parse import Raw, filter_pairs, flag, names

TIMEFRAMES = (
    frozenset(
        [
            "raw",
            "time",
            "time_of_day",
            "date",
            "week",
            "month",
            "quarter",
            "year",
            "hour",
            "minute",
            "second",
            "millisecond",
            "hour_of_day",
            "day_of_week",
            "day_of_week_index",
            "day_of_month",
            "day_of_year",
            "week_of_year",
            "month_num",
            "month_name",
            "quarter_of_year",
            "yesno",
        ]
    )
    | {f"hour{n}" for n in (2, 3, 4, 6, 8, 12)}
    | {f"minute{n}" for n in (2, 3, 4, 5, 6, 10, 12, 15, 20, 30)}
)
DEFAULT_TIMEFRAMES = ("raw", "time", "date", "week", "month", "quarter", "year")
INTERVALS = ("second", "minute", "hour", "day", "week", "month", "quarter", "year")
DIMENSION_TYPES = frozenset(
    [
        "string",
        "number",
        "yesno",
        "tier",
        "case",
        "zipcode",
        "location",
        "date",
        "date_time",
        "time",
        "duration",
        "int",
        "unquoted",
    ]
)
MEASURE_TYPES = frozenset(
    [
        "count",
        "count_distinct",
        "sum",
        "sum_distinct",
        "average",
        "average_distinct",
        "min",
        "max",
        "median",
        "median_distinct",
        "percentile",
        "percentile_distinct",
        "list",
        "number",
        "string",
        "yesno",
        "date",
        "running_total",
    ]
)
Complain = Callable[[str], None]


def words(name: str) -> str:
    """Make a label of a name: ``arr_delay`` → ``Arr Delay``."""
    return " ".join(part[:1].upper() + part[1:] for part in name.split("_") if part)


def build_fields(view: str, view_label: str, raw: Raw, complain: Complain) -> dict[str, Field]:
    """Return the fields of a view by short name."""
    hide = flag(raw, "fields_hidden_by_default")
    fields: dict[str, Field] = {}
    for field in _all(view, view_label, raw, complain, hide=hide):
        if field.short_name in fields:
            complain(f'The view "{view}" has two fields named "{field.short_name}".')
        else:
            fields[field.short_name] = field
    if sum(field.primary_key for field in fields.values()) > 1:
        complain(f'The view "{view}" has more than one primary key.')
    return fields


def _all(view: str, view_label: str, raw: Raw, complain: Complain, *, hide: bool) -> Iterator[Field]:
    kinds: tuple[tuple[str, Category], ...] = (
        ("dimensions", "dimension"), ("measures", "measure"), ("parameters", "parameter"), ("filters", "filter"),
    )  # fmt: skip
    for key, category in kinds:
        for block in raw.get(key, []):
            common = _common(view, view_label, block, category, hide=hide)
            kind = str(block.get("type", "string"))
            timeframe = _timeframe_of(kind) if category != "measure" else None
            known = MEASURE_TYPES if category == "measure" else DIMENSION_TYPES
            if kind not in known and timeframe is None:
                complain(f'The field "{view}.{block["name"]}" has the unknown type "{kind}".')
                continue
            if timeframe:
                common |= {"timeframe": timeframe, "type": f"date_{timeframe}" if category == "dimension" else kind}
            yield Field(**common)
    for block in raw.get("dimension_groups", []):
        yield from _group(view, view_label, block, complain, hide=hide)


def _timeframe_of(kind: str) -> str | None:
    """Return the timeframe of a plain dimension of type ``date``, ``date_month`` or ``time``."""
    frame = {"date": "date", "time": "time"}.get(kind) or kind.removeprefix("date_")
    return frame if frame in TIMEFRAMES and (kind in ("date", "time") or kind.startswith("date_")) else None


def _group(view: str, view_label: str, block: Raw, complain: Complain, *, hide: bool) -> Iterator[Field]:
    name, kind = str(block["name"]), str(block.get("type", "time"))
    if kind not in ("time", "duration"):
        complain(f'The dimension group "{view}.{name}" has the unknown type "{kind}".')
        return
    common = _common(view, view_label, block, "dimension", hide=hide)
    base = common["label_short"]
    common["group_label"] = common["group_label"] or f"{base} Date" if kind == "time" else f"Duration {base}"
    common["dimension_group"] = f"{view}.{name}"
    parts = block.get("timeframes", DEFAULT_TIMEFRAMES) if kind == "time" else block.get("intervals", INTERVALS)
    for part in parts:
        if part not in (TIMEFRAMES if kind == "time" else INTERVALS):
            complain(f'The dimension group "{view}.{name}" has the unknown timeframe "{part}".')
            continue
        short = f"{name}_{part}" if kind == "time" else f"{part}s_{name}"
        label = f"{base} {words(part)}" if kind == "time" else f"{words(part)}s {base}"
        own: dict[str, Any] = {
            "name": f"{view}.{short}",
            "short_name": short,
            "label_short": label,
            "label": f"{common['view_label']} {label}",
            "group_item_label": words(part),
        }
        if kind == "time":
            own |= {"type": f"date_{part}", "timeframe": part, "primary_key": False}
        else:
            own |= {"type": f"duration_{part}", "interval": part, "primary_key": False}
        yield Field(**(common | own))


def _common(view: str, view_label: str, block: Raw, category: Category, *, hide: bool) -> dict[str, Any]:
    name = str(block["name"])
    short = str(block.get("label", words(name)))
    own_view = str(block.get("view_label", view_label))
    case = block.get("case") or {}
    whens = [CaseWhen(sql=str(when.get("sql", "")), label=str(when.get("label", ""))) for when in case.get("whens", [])]
    if "else" in case:
        whens.append(CaseWhen(sql=None, label=str(case["else"])))
    kind = "case" if whens else str(block.get("type", "string"))
    percentile = block.get("percentile")
    return {
        "name": f"{view}.{name}",
        "view": view,
        "short_name": name,
        "category": category,
        "type": kind,
        "label": f"{own_view} {short}",
        "label_short": short,
        "view_label": own_view,
        "group_label": block.get("group_label"),
        "group_item_label": block.get("group_item_label"),
        "description": block.get("description"),
        "hidden": flag(block, "hidden", default=hide),
        "sql": block.get("sql"),
        "html": block.get("html"),
        "primary_key": flag(block, "primary_key"),
        "value_format": block.get("value_format"),
        "value_format_name": block.get("value_format_name"),
        "suggestions": tuple(block.get("suggestions", ())),
        "suggest_dimension": block.get("suggest_dimension"),
        "suggest_explore": block.get("suggest_explore"),
        "suggestable": flag(block, "suggestable", default=True),
        "allowed_values": tuple(
            AllowedValue(label=str(value.get("label", value.get("value", ""))), value=str(value.get("value", "")))
            for value in block.get("allowed_values", ())
            if isinstance(value, dict)
        ),
        "default_value": block.get("default_value"),
        "drill_fields": names(block, "drill_fields"),
        "links": tuple(
            Link(label=str(link.get("label", "")), url=str(link.get("url", "")), icon_url=link.get("icon_url"))
            for link in block.get("links", ())
        ),
        "tags": tuple(block.get("tags", ())),
        "required_access_grants": names(block, "required_access_grants"),
        "can_filter": flag(block, "can_filter", default=True),
        "filters": filter_pairs(block) if category == "measure" else (),
        "sql_start": block.get("sql_start"),
        "sql_end": block.get("sql_end"),
        "datatype": str(block.get("datatype", "datetime")),
        "convert_tz": flag(block, "convert_tz", default=True),
        "tiers": tuple(str(tier) for tier in block.get("tiers", ())),
        "style": str(block.get("style", "classic")),
        "case": tuple(whens),
        "sql_latitude": block.get("sql_latitude"),
        "sql_longitude": block.get("sql_longitude"),
        "sql_distinct_key": block.get("sql_distinct_key"),
        "percentile": float(percentile) if percentile is not None else None,
        "list_field": block.get("list_field"),
    }
