"""From a query to its SQL."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from lookgate.emulator.lookml.dialects import Dialect
from lookgate.emulator.lookml.errors import QueryError
from lookgate.emulator.lookml.expressions import Expressions
from lookgate.emulator.lookml.filters import NEVER
from lookgate.emulator.lookml.joins import JoinPlan
from lookgate.emulator.lookml.model import AccessFilter, Field, Model, View
from lookgate.emulator.lookml.query import Query, QueryUser, refuse_unsupported, row_limit
from lookgate.emulator.lookml.scope import Scope
from lookgate.emulator.lookml.tables import Tables
from lookgate.emulator.lookml.templates import Templates, put_user_attributes, user_attribute

_JOIN_WORDS = {"left_outer": "LEFT JOIN", "inner": "INNER JOIN", "full_outer": "FULL OUTER JOIN", "cross": "CROSS JOIN"}


@dataclass(frozen=True, slots=True)
class Setting:
    """Everything a compilation needs beside the query."""

    model: Model
    user: QueryUser
    dialect: Dialect
    now: datetime
    zone: str
    persist: Callable[[Setting, View], str]
    """Builds a persistent derived table when needed and returns its name."""
    persistent: bool = False
    """Whether the SQL is stored for all users."""
    depth: int = 0
    """How many derived tables this one stands in."""


@dataclass(frozen=True, slots=True)
class Compiled:
    """A query's SQL, its fields in order, and notes for the caller."""

    sql: str
    fields: list[Field]
    notes: list[str]


def compile_query(
    query: Query, setting: Setting, *, inner: bool = False, columns: Mapping[str, str] | None = None
) -> Compiled:
    """Write the SQL of a query.

    Args:
        query: what is asked.
        setting: by whom, of what, when.
        inner: the query stands inside another one: it has no default limit and no default sort.
        columns: names of the result's columns by field; the fields' own names when None.

    Raises:
        QueryError: the query is refused.
    """
    if setting.depth > 20:  # noqa: PLR2004 - derived tables that contain each other
        raise QueryError("Derived tables are nested too deeply, or contain each other.")
    refuse_unsupported(query)
    return _Compiler(query, setting).compile(inner=inner, columns=columns or {})


class _Compiler:
    def __init__(self, query: Query, setting: Setting) -> None:
        self.query = query
        self.setting = setting
        attributes = {} if setting.persistent else setting.user.attributes
        self.scope = Scope(setting.model, query.view, attributes)
        if setting.persistent and self.scope.explore.access_filters:
            raise QueryError(
                f'A persistent derived table cannot be built on explore "{query.view}": it has access filters.'
            )
        self.fields = list({name: self.scope.field(name) for name in query.fields}.values())
        self.filters = self._filters()
        self.notes: list[str] = []
        self._templates: Templates | None = None
        self.tables = Tables(setting, self.templates, self._resolve)
        self.write = Expressions(self.scope, self.templates, setting.dialect, setting.zone, self.tables.name_of)

    def templates(self) -> Templates:
        if self._templates is None:
            self._templates = Templates(
                views=self.scope.views,
                filters=self.filters,
                selected=frozenset(field.name for field in self.fields),
                user=self.setting.user,
                model=self.setting.model.name,
                explore=self.query.view,
                dialect=self.setting.dialect,
                now=self.setting.now,
                zone=self.setting.zone,
                week_start=self.setting.model.week_start_day,
                persistent=self.setting.persistent,
                sql_of=lambda alias, short: self.write.dimension(self.scope.internal(alias, short)),
            )
        return self._templates

    def _resolve(self, sql: str, alias: str, where: str) -> str:
        return self.write.resolved(sql, alias, where)

    def _filters(self) -> dict[str, str]:
        """Return the query's filters with the explore's defaults, user attributes filled in."""
        explore = self.scope.explore
        filters: dict[str, str] = {}
        for name, text in self.query.filters.items():
            field = self.scope.field(name)
            if not field.can_filter:
                raise QueryError(f'The field "{name}" cannot be filtered.')
            filters[name] = text
        for name, text in explore.always_filter:
            filters.setdefault(self._full(name), text)
        if not any(filters.get(self._full(name)) for name in explore.conditionally_unless):
            for name, text in explore.conditionally_filter:
                filters.setdefault(self._full(name), text)
        if self.setting.persistent:
            return filters
        return {name: put_user_attributes(text, self.setting.user) for name, text in filters.items()}

    def _full(self, name: str) -> str:
        return name if "." in name else f"{self.scope.base}.{name}"

    def compile(self, *, inner: bool, columns: Mapping[str, str]) -> Compiled:
        sql = ""
        used: frozenset[str] | None = None
        for _ in range(5):
            # Which joins there are decides how measures are written, and measures may need further joins.
            self.notes = []
            self.write.mentioned = set(self.write.plan.order if self.write.plan else ())
            sql = self._statement(inner=inner, columns=columns)
            found = frozenset(self.write.mentioned)
            if found == used:
                break
            used = found
            self.write.plan = JoinPlan(self.scope, used, self._mentions)
        return Compiled(self.tables.with_clause() + sql, self.fields, self.notes)

    def _mentions(self, alias: str) -> frozenset[str]:
        before = set(self.write.mentioned)
        self.write.mentioned = set()
        self._on(alias)
        found = self.write.mentioned - {alias}
        self.write.mentioned = before
        return frozenset(found)

    def _statement(self, *, inner: bool, columns: Mapping[str, str]) -> str:
        quote = self.setting.dialect.identifier
        selected = [(field, self.write.selected(field)) for field in self.fields]
        select = ",\n".join(f"    {sql} AS {quote(columns.get(field.name, field.name))}" for field, sql in selected)
        where, having = self._conditions()
        groups = [str(i) for i, field in enumerate(self.fields, 1) if field.category == "dimension"]
        sorts = self._sorts(inner=inner, grouped=bool(groups))
        limit = row_limit(self.query.limit) if not inner or self.query.limit is not None else None
        lines = [f"SELECT\n{select}", f"FROM {self._from()}"]
        if where:
            lines.append("WHERE " + "\n  AND ".join(f"({part})" for part in where))
        if groups:
            lines.append(f"GROUP BY {', '.join(groups)}")
        if having:
            lines.append("HAVING " + "\n  AND ".join(f"({part})" for part in having))
        if sorts:
            lines.append(f"ORDER BY {', '.join(sorts)}")
        if limit is not None:
            lines.append(f"LIMIT {limit}")
        return "\n".join(lines)

    def _from(self) -> str:
        base = self.scope.base
        quote = self.setting.dialect.identifier
        parts = [self.tables.source(self.scope.views[base], base)]
        for alias in self.write.plan.order if self.write.plan else ():
            join = self.scope.joins[alias]
            on = self._on(alias)
            words = _JOIN_WORDS["inner" if join.type == "cross" and on else join.type]
            parts.append(f"{words} {self.tables.source(self.scope.views[alias], alias)}" + (f" ON {on}" if on else ""))
        return "\n".join(parts) if parts else quote(base)

    def _on(self, alias: str) -> str:
        join = self.scope.joins[alias]
        if join.sql_on:
            return self.write.text(join.sql_on, alias, f'the join "{alias}"').strip()
        if join.foreign_key:
            owner, _, short = join.foreign_key.rpartition(".")
            left = self.write.dimension(self.scope.internal(owner or self.scope.base, short))
            key = self.scope.views[alias].primary_key
            if key is None:
                raise QueryError(f'The join "{alias}" uses foreign_key, and its view has no primary key.')
            return f"{left} = {self.write.dimension(self.scope.internal(alias, key.short_name))}"
        if join.type != "cross":
            raise QueryError(f'The join "{alias}" needs sql_on or foreign_key.')
        return ""

    def _conditions(self) -> tuple[list[str], list[str]]:
        where: list[str] = []
        having: list[str] = []
        explore = self.scope.explore
        for name, text in self.filters.items():
            owner, _, short = name.rpartition(".")
            field = self.scope.internal(owner, short)
            if field.category == "filter" and field.sql:
                where.append(self.write.text(field.sql, field.view, f'"{name}"').strip())
            if field.category in ("parameter", "filter") or not text.strip():
                continue
            condition = self.templates().condition(field, self._operand(field), text, name)
            if condition != "1 = 1":
                (having if field.category == "measure" else where).append(condition)
        if explore.sql_always_where:
            where.append(self.write.text(explore.sql_always_where, self.scope.base, "sql_always_where").strip())
        if explore.sql_always_having:
            text = explore.sql_always_having
            having.append(self.write.text(text, self.scope.base, "sql_always_having", measures=True).strip())
        for alias in self.write.plan.order if self.write.plan else ():
            sql = self.scope.joins[alias].sql_where
            where += [self.write.text(sql, alias, f'the join "{alias}"').strip()] if sql else []
        where += [self._access(entry) for entry in explore.access_filters]
        return where, having

    def _operand(self, field: Field) -> str:
        sql = self.write.filtered(field)
        return sql if sql.replace(".", "").replace('"', "").replace("_", "").isalnum() else f"({sql})"

    def _access(self, entry: AccessFilter) -> str:
        """Limit the rows by a user attribute; without a value there are none."""
        owner, _, short = self._full(entry.field).rpartition(".")
        field = self.scope.internal(owner, short)
        if field.category != "dimension":
            raise QueryError(f'The access filter on "{field.name}" is not on a dimension.')
        value = user_attribute(self.setting.user, entry.user_attribute)
        if not value.strip():
            self.notes.append(
                f'No rows: explore "{self.scope.explore.name}" is filtered by the user attribute '
                f'"{entry.user_attribute}", which has no value for this user.'
            )
            return NEVER
        operand = self._operand(field)
        templates = self.templates()
        from lookgate.emulator.lookml.filters import kind_of  # noqa: PLC0415 - next to its only use

        if kind_of(field) == "string" and entry.user_attribute not in self.setting.user.filter_attributes:
            return f"{operand} = {self.setting.dialect.literal(value)}"
        condition = templates.condition(field, operand, value, field.name)
        return NEVER if condition == "1 = 1" else condition

    def _sorts(self, *, inner: bool, grouped: bool) -> list[str]:
        places = {field.name: index for index, field in enumerate(self.fields, 1)}
        sorts: list[str] = []
        for text in self.query.sorts:
            words = text.split()
            direction = words[1].lower() if len(words) > 1 and not words[1].isdigit() else "asc"
            if not words or words[0] not in places or direction not in ("asc", "desc"):
                raise QueryError(f'The sort "{text[:80]}" is not a field of the query with asc or desc.')
            sorts.append(self._sort(self.fields[places[words[0]] - 1], places[words[0]], direction, grouped=grouped))
        if sorts or inner:
            return sorts
        dates = [f for f in self.fields if f.is_timeframe and f.category == "dimension"]
        measures = [f for f in self.fields if f.category == "measure"]
        first, direction = (
            (dates[0], "desc") if dates else (measures[0], "desc") if measures else (self.fields[0], "asc")
        )
        return [self._sort(first, places[first.name], direction, grouped=grouped)]

    def _sort(self, field: Field, place: int, direction: str, *, grouped: bool) -> str:
        order = self.write.order(field) if grouped and field.category == "dimension" else None
        return f"{order or place} {direction.upper()}"


def nested(setting: Setting, *, persistent: bool | None = None) -> Setting:
    """Return the setting of a query inside this one."""
    return replace(
        setting, depth=setting.depth + 1, persistent=setting.persistent if persistent is None else persistent
    )
