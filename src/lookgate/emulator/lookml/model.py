"""A LookML project as typed, immutable data: what the API serialises and the compiler reads."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

Category = Literal["dimension", "measure", "parameter", "filter"]
Relationship = Literal["many_to_one", "one_to_many", "one_to_one", "many_to_many"]
Pairs = tuple[tuple[str, str], ...]


class AllowedValue(msgspec.Struct, frozen=True, kw_only=True):
    """One choice of a parameter or filter."""

    label: str
    value: str


class CaseWhen(msgspec.Struct, frozen=True, kw_only=True):
    """One branch of a ``case`` dimension; ``sql`` is None in the else branch."""

    sql: str | None
    label: str


class Link(msgspec.Struct, frozen=True, kw_only=True):
    """One entry of a field's link menu; texts are Liquid."""

    label: str
    url: str
    icon_url: str | None = None


class Field(msgspec.Struct, frozen=True, kw_only=True):
    """One field. A dimension group is expanded: each timeframe or interval is a field of its own."""

    name: str
    """``view.field``, where ``view`` is the alias under which the explore joins it."""
    view: str
    short_name: str
    category: Category
    type: str
    """As Looker's API says it: ``string``, ``date_month``, ``duration_day``, ``sum`` …"""
    label: str
    """With the view's label in front, as a result's header shows it."""
    label_short: str
    view_label: str
    group_label: str | None = None
    group_item_label: str | None = None
    description: str | None = None
    hidden: bool = False
    sql: str | None = None
    html: str | None = None
    primary_key: bool = False
    value_format: str | None = None
    value_format_name: str | None = None
    suggestions: tuple[str, ...] = ()
    suggest_dimension: str | None = None
    suggest_explore: str | None = None
    suggestable: bool = True
    allowed_values: tuple[AllowedValue, ...] = ()
    default_value: str | None = None
    drill_fields: tuple[str, ...] = ()
    links: tuple[Link, ...] = ()
    tags: tuple[str, ...] = ()
    required_access_grants: tuple[str, ...] = ()
    can_filter: bool = True
    filters: Pairs = ()
    """A measure's own filters."""
    dimension_group: str | None = None
    """``view.group`` when expanded from a dimension group."""
    timeframe: str | None = None
    interval: str | None = None
    sql_start: str | None = None
    sql_end: str | None = None
    datatype: str = "datetime"
    convert_tz: bool = True
    tiers: tuple[str, ...] = ()
    style: str = "classic"
    case: tuple[CaseWhen, ...] = ()
    sql_latitude: str | None = None
    sql_longitude: str | None = None
    sql_distinct_key: str | None = None
    percentile: float | None = None
    list_field: str | None = None

    @property
    def is_timeframe(self) -> bool:
        return self.timeframe is not None


class ExploreSource(msgspec.Struct, frozen=True, kw_only=True):
    """The query behind a native derived table."""

    explore: str
    columns: tuple[tuple[str, str], ...]
    """(column, field) in order."""
    derived_columns: tuple[tuple[str, str], ...] = ()
    filters: Pairs = ()
    bind_filters: Pairs = ()
    """(from_field, to_field): the outer query's filter on the first applies inside to the second."""
    bind_all_filters: bool = False
    limit: int | None = None
    sorts: tuple[str, ...] = ()


class DerivedTable(msgspec.Struct, frozen=True, kw_only=True):
    """A view's own query."""

    sql: str | None = None
    statements: tuple[str, ...] = ()
    """``sql_create``, or the steps of ``create_process``."""
    explore_source: ExploreSource | None = None
    sql_trigger_value: str | None = None
    datagroup_trigger: str | None = None
    interval_trigger: str | None = None
    persist_for: str | None = None
    increment_key: str | None = None
    """A dimension of the view that is a time: the table is built step by step (see ``increments``)."""
    increment_offset: int = 0
    publish_as_db_view: bool = False

    @property
    def persistent(self) -> bool:
        return bool(self.sql_trigger_value or self.datagroup_trigger or self.interval_trigger or self.persist_for)


class View(msgspec.Struct, frozen=True, kw_only=True):
    """A view; ``fields`` by short name in the order of the file."""

    name: str
    label: str
    fields: dict[str, Field]
    sets: dict[str, tuple[str, ...]]
    sql_table_name: str | None = None
    derived_table: DerivedTable | None = None
    required_access_grants: tuple[str, ...] = ()
    extension_required: bool = False

    @property
    def primary_key(self) -> Field | None:
        return next((field for field in self.fields.values() if field.primary_key), None)


class Join(msgspec.Struct, frozen=True, kw_only=True):
    """One join of an explore; ``name`` is the alias, ``from_view`` the view behind it."""

    name: str
    from_view: str
    type: str = "left_outer"
    relationship: Relationship = "many_to_one"
    sql_on: str | None = None
    sql_where: str | None = None
    foreign_key: str | None = None
    required_joins: tuple[str, ...] = ()
    view_label: str | None = None
    fields: tuple[str, ...] | None = None
    required_access_grants: tuple[str, ...] = ()


class AccessFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Rows are limited to those where ``field`` fits the user's attribute."""

    field: str
    user_attribute: str


class Explore(msgspec.Struct, frozen=True, kw_only=True):
    """One explore."""

    name: str
    label: str
    view_name: str
    """Alias of the base view."""
    from_view: str
    """The view behind that alias."""
    view_label: str | None = None
    description: str | None = None
    group_label: str | None = None
    hidden: bool = False
    joins: tuple[Join, ...] = ()
    always_join: tuple[str, ...] = ()
    always_filter: Pairs = ()
    conditionally_filter: Pairs = ()
    conditionally_unless: tuple[str, ...] = ()
    sql_always_where: str | None = None
    sql_always_having: str | None = None
    access_filters: tuple[AccessFilter, ...] = ()
    required_access_grants: tuple[str, ...] = ()
    fields: tuple[str, ...] | None = None
    tags: tuple[str, ...] = ()
    extension_required: bool = False


class AccessGrant(msgspec.Struct, frozen=True, kw_only=True):
    """Who has it: users whose attribute has one of the values."""

    name: str
    user_attribute: str
    allowed_values: tuple[str, ...]


class Datagroup(msgspec.Struct, frozen=True, kw_only=True):
    """When derived tables are rebuilt."""

    name: str
    label: str | None = None
    description: str | None = None
    sql_trigger: str | None = None
    interval_trigger: str | None = None
    max_cache_age: str | None = None


class Model(msgspec.Struct, frozen=True, kw_only=True):
    """One model file with everything it includes."""

    name: str
    project: str
    label: str
    connection: str
    explores: dict[str, Explore]
    views: dict[str, View]
    access_grants: dict[str, AccessGrant]
    datagroups: dict[str, Datagroup]
    value_formats: dict[str, str]
    """``named_value_format``: name to format."""
    week_start_day: str = "monday"


class Application(msgspec.Struct, frozen=True, kw_only=True):
    """One extension in the manifest."""

    id: str
    label: str
    file: str | None = None
    url: str | None = None
    mount_points: dict[str, Any] | None = None
    entitlements: dict[str, Any] | None = None
    """As written, yesno as bool and lists as lists; None when the manifest has none."""


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """A project's ``manifest.lkml``."""

    project_name: str | None = None
    applications: tuple[Application, ...] = ()
    constants: dict[str, str] = msgspec.field(default_factory=dict)


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """Something wrong in a project; ``file`` is relative to its folder, ``line`` counts from 1."""

    severity: Literal["error", "warning", "info"]
    message: str
    file: str
    line: int | None = None
