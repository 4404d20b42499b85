"""An explore as ``lookml_model_explore`` returns it."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from lookgate.emulator.api.field_shape import field_shape
from lookgate.emulator.api.route import Call
from lookgate.emulator.catalogue import may
from lookgate.emulator.lookml.model import Explore, Join, Model
from lookgate.emulator.lookml.scope import Scope

_MEASURES = {
    "string": ["count_distinct", "list"],
    "number": ["average", "count_distinct", "list", "max", "median", "min", "sum"],
    "date": ["count_distinct", "list", "max", "min"],
    "yesno": ["count_distinct"],
    "tier": ["count_distinct", "list"],
    "zipcode": ["count_distinct", "list"],
}
"""Dimension type → the types of custom measures Looker offers on it."""


def explore_shape(call: Call, model: Model, explore: Explore) -> dict[str, Any]:
    """Return the explore with the fields that the caller's access grants leave."""
    instance, user = call.instance, call.caller
    scope = Scope(model, explore.name, instance.values_of(user))
    sees_lookml = may(instance, user, "see_lookml", model.name)
    develops = may(instance, user, "develop", model.name)
    fields: dict[str, list[dict[str, Any]]] = {"dimensions": [], "measures": [], "filters": [], "parameters": []}
    for field in scope.fields.values():
        view = scope.views[field.view].name
        shape = field_shape(model, field, original_view=view, sees_lookml=sees_lookml)
        fields[f"{field.category}s"].append(shape)
    base = scope.views[scope.base]
    connection = instance.connections.get(model.connection)
    project = quote(model.project, safe="")
    return {
        "id": f"{model.name}::{explore.name}",
        "name": explore.name,
        "label": explore.label,
        "title": explore.label,
        "description": explore.description,
        "group_label": explore.group_label or model.label,
        "scopes": list(scope.views),
        "model_name": model.name,
        "project_name": model.project,
        "view_name": explore.view_name,
        "hidden": explore.hidden,
        "connection_name": model.connection,
        "dialect_name": connection.config.dialect if connection else None,
        "null_sort_treatment": "high",
        "sql_table_name": base.sql_table_name if sees_lookml else None,
        "source_file": f"{model.name}.model.lkml",
        "files": [f"{model.name}.model.lkml"],
        "lookml_link": f"/projects/{project}/files/{quote(model.name)}.model.lkml" if sees_lookml else None,
        "tags": list(explore.tags),
        "access_filters": [
            {"field": limit.field, "user_attribute": limit.user_attribute} for limit in explore.access_filters
        ],
        "access_filter_fields": [limit.field for limit in explore.access_filters],
        "aliases": [{"name": alias, "value": view.name} for alias, view in scope.views.items() if alias != view.name],
        "always_filter": [{"name": name, "value": value} for name, value in explore.always_filter],
        "conditionally_filter": [{"name": name, "value": value} for name, value in explore.conditionally_filter],
        "always_join": list(explore.always_join),
        "index_fields": [],
        "sets": [
            {"name": f"{alias}.{name}", "value": scope.expand(members, alias, [f"{alias}.{f}" for f in view.fields])}
            for alias, view in scope.views.items()
            for name, members in view.sets.items()
        ],
        "joins": [_join(join, sees_lookml=sees_lookml) for join in scope.joins.values()],
        "fields": fields,
        "errors": None,
        "supported_measure_types": [
            {"dimension_type": kind, "measure_types": measures} for kind, measures in _MEASURES.items()
        ],
        "can_total": False,
        "can_subtotal": False,
        "can_pivot_in_db": False,
        "can_explain": may(instance, user, "see_sql", model.name),
        "can_develop": develops,
        "can_see_lookml": sees_lookml,
        "can_save": may(instance, user, "save_content", model.name),
        "has_timezone_support": True,
        "supports_cost_estimate": False,
    }


def _join(join: Join, *, sees_lookml: bool) -> dict[str, Any]:
    return {
        "name": join.name,
        "from": join.from_view,
        "type": join.type,
        "relationship": join.relationship,
        "view_label": join.view_label,
        "fields": None if join.fields is None else list(join.fields),
        "foreign_key": join.foreign_key,
        "required_joins": list(join.required_joins),
        "dependent_fields": [],
        "outer_only": None,
        "sql_on": join.sql_on if sees_lookml else None,
        "sql_foreign_key": None,
        "sql_table_name": None,
    }
