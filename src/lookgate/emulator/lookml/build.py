"""From assembled plain dicts to the typed tree of one model."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from lookgate.emulator.lookml.fields import build_fields, words
from lookgate.emulator.lookml.increments import wrong_increment
from lookgate.emulator.lookml.model import (
    AccessFilter,
    AccessGrant,
    Datagroup,
    DerivedTable,
    Explore,
    ExploreSource,
    Field,
    Join,
    View,
)
from lookgate.emulator.lookml.parse import Raw, filter_pairs, flag, names

Complain = Callable[[str], None]
JOIN_TYPES = frozenset({"left_outer", "inner", "full_outer", "cross"})
RELATIONSHIPS = frozenset({"many_to_one", "one_to_many", "one_to_one", "many_to_many"})


def build_view(raw: Raw, complain: Complain) -> View:
    """Build one view."""
    name = str(raw["name"])
    label = str(raw.get("view_label", raw.get("label", words(name))))
    derived = raw.get("derived_table")
    fields = build_fields(name, label, raw, complain)
    return View(
        name=name,
        label=label,
        fields=fields,
        sets={str(entry["name"]): tuple(entry.get("fields", ())) for entry in raw.get("sets", [])},
        sql_table_name=raw.get("sql_table_name"),
        derived_table=_derived_table(name, derived, fields, complain) if derived else None,
        required_access_grants=names(raw, "required_access_grants"),
        extension_required=raw.get("extension") == "required",
    )


def _derived_table(view: str, raw: Raw, fields: Mapping[str, Field], complain: Complain) -> DerivedTable | None:
    steps = [raw["sql_create"]] if "sql_create" in raw else (raw.get("create_process") or {}).get("sql_steps", [])
    ways = [bool(raw.get("sql")), bool(steps), "explore_source" in raw]
    if sum(ways) != 1:
        complain(f'The derived table of "{view}" needs exactly one of sql, explore_source, sql_create, create_process.')
        return None
    table = DerivedTable(
        sql=raw.get("sql"),
        statements=tuple(str(step) for step in steps),
        explore_source=_explore_source(raw["explore_source"]) if "explore_source" in raw else None,
        sql_trigger_value=raw.get("sql_trigger_value"),
        datagroup_trigger=raw.get("datagroup_trigger"),
        interval_trigger=raw.get("interval_trigger"),
        persist_for=raw.get("persist_for"),
        increment_key=names(raw, "increment_key")[0] if raw.get("increment_key") else None,
        increment_offset=int(offset) if (offset := str(raw.get("increment_offset", 0))).isdecimal() else -1,
        publish_as_db_view=flag(raw, "publish_as_db_view"),
    )
    if wrong := wrong_increment(table, fields):
        complain(f'The derived table of "{view}" {wrong}.')
        return None
    if table.publish_as_db_view and not (table.sql_trigger_value or table.datagroup_trigger):
        complain(f'The derived table of "{view}" is published, which needs sql_trigger_value or datagroup_trigger.')
    if steps and not table.persistent:
        complain(f'The derived table of "{view}" uses sql_create or create_process and must be persistent.')
    return table


def _explore_source(raw: Raw) -> ExploreSource:
    binds = [entry for part in [*raw.get("bind_filters", []), *raw.get("bind_filters__all", [])]
             for entry in (part if isinstance(part, list) else [part])]  # fmt: skip
    limit = str(raw.get("limit", ""))
    return ExploreSource(
        explore=str(raw["name"]),
        columns=tuple((str(c["name"]), str(c.get("field", c["name"]))) for c in raw.get("columns", [])),
        derived_columns=tuple((str(c["name"]), str(c.get("sql", ""))) for c in raw.get("derived_columns", [])),
        filters=filter_pairs(raw),
        bind_filters=tuple((str(b["from_field"]), str(b["to_field"])) for b in binds),
        bind_all_filters=flag(raw, "bind_all_filters"),
        limit=int(limit) if limit.isdigit() else None,
        sorts=tuple(
            f"{name} {direction}"
            for part in raw.get("sorts__all", [])
            for entry in (part if isinstance(part, list) else [part])
            for name, direction in entry.items()
        ),
    )


def build_explore(raw: Raw, views: Mapping[str, View], complain: Complain) -> Explore | None:
    """Build one explore; None, with a complaint, when its view does not exist."""
    name = str(raw["name"])
    alias = str(raw.get("view_name", name))
    source = str(raw.get("from", alias))
    if "from" in raw and "view_name" not in raw:
        alias = name
    required = raw.get("extension") == "required"
    if source not in views:
        if not required:
            complain(f'The explore "{name}" is built on the view "{source}", which does not exist or is not included.')
        return None
    joins = [join for block in raw.get("joins", []) if (join := _join(name, block, views, complain))]
    always, conditional = raw.get("always_filter") or {}, raw.get("conditionally_filter") or {}
    return Explore(
        name=name,
        label=str(raw.get("label", words(name))),
        view_name=alias,
        from_view=source,
        view_label=raw.get("view_label"),
        description=raw.get("description"),
        group_label=raw.get("group_label"),
        hidden=flag(raw, "hidden"),
        joins=tuple(joins),
        always_join=names(raw, "always_join"),
        always_filter=filter_pairs(always),
        conditionally_filter=filter_pairs(conditional),
        conditionally_unless=names(conditional, "unless"),
        sql_always_where=raw.get("sql_always_where"),
        sql_always_having=raw.get("sql_always_having"),
        access_filters=tuple(
            AccessFilter(field=str(entry["field"]), user_attribute=str(entry["user_attribute"]))
            for entry in raw.get("access_filters", [])
        ),
        required_access_grants=names(raw, "required_access_grants"),
        fields=names(raw, "fields") if "fields" in raw else None,
        tags=tuple(raw.get("tags", ())),
        extension_required=required,
    )


def _join(explore: str, raw: Raw, views: Mapping[str, View], complain: Complain) -> Join | None:
    name = str(raw["name"])
    source = str(raw.get("from", name))
    kind = str(raw.get("type", "left_outer"))
    relationship: Any = str(raw.get("relationship", "many_to_many" if kind == "cross" else "many_to_one"))
    wrong = None
    if source not in views:
        wrong = f'joins the view "{source}", which does not exist or is not included'
    elif kind not in JOIN_TYPES:
        wrong = f'joins "{name}" with the unknown type "{kind}"'
    elif relationship not in RELATIONSHIPS:
        wrong = f'joins "{name}" with the unknown relationship "{relationship}"'
    if wrong:
        complain(f'The explore "{explore}" {wrong}.')
        return None
    return Join(
        name=name,
        from_view=source,
        type=kind,
        relationship=relationship,
        sql_on=raw.get("sql_on"),
        sql_where=raw.get("sql_where"),
        foreign_key=raw.get("foreign_key"),
        required_joins=names(raw, "required_joins"),
        view_label=raw.get("view_label"),
        fields=names(raw, "fields") if "fields" in raw else None,
        required_access_grants=names(raw, "required_access_grants"),
    )


def build_grants(raws: list[Raw]) -> dict[str, AccessGrant]:
    """Build the access grants of a model."""
    return {
        str(raw["name"]): AccessGrant(
            name=str(raw["name"]),
            user_attribute=str(raw.get("user_attribute", "")),
            allowed_values=tuple(str(value) for value in raw.get("allowed_values", ())),
        )
        for raw in raws
    }


def build_datagroups(raws: list[Raw]) -> dict[str, Datagroup]:
    """Build the datagroups of a model."""
    keys = ("label", "description", "sql_trigger", "interval_trigger", "max_cache_age")
    return {str(raw["name"]): Datagroup(name=str(raw["name"]), **{key: raw.get(key) for key in keys}) for raw in raws}
