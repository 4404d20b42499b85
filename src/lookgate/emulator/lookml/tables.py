"""Where a query's rows come from: tables, and derived tables as common table expressions or persistent tables."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from lookgate.emulator.lookml.errors import QueryError
from lookgate.emulator.lookml.model import DerivedTable, ExploreSource, View
from lookgate.emulator.lookml.query import Query
from lookgate.emulator.lookml.templates import Templates

if TYPE_CHECKING:
    from lookgate.emulator.lookml.compile import Setting

Resolve = Callable[[str, str, str], str]


class Tables:
    """The sources of one query."""

    def __init__(self, setting: Setting, templates: Callable[[], Templates], resolve: Resolve) -> None:
        self._setting = setting
        self._templates = templates
        self._resolve = resolve
        self._expressions: dict[str, str] = {}
        self._busy: list[str] = []

    def with_clause(self) -> str:
        """Return the WITH clause, each expression after those it uses."""
        if not self._expressions:
            return ""
        quote = self._setting.dialect.identifier
        parts = [f"{quote(name)} AS (\n{sql}\n)" for name, sql in self._expressions.items()]
        return "WITH " + ",\n".join(parts) + "\n"

    def source(self, view: View, alias: str) -> str:
        """Return what stands behind FROM or JOIN."""
        quote = self._setting.dialect.identifier
        name = self._table(view, alias)
        return name if name == quote(alias) else f"{name} AS {quote(alias)}"

    def name_of(self, view_name: str) -> str:
        """Return ``${view.SQL_TABLE_NAME}``. Any view of the model may be named, joined or not."""
        view = self._setting.model.views.get(view_name)
        if view is None:
            raise QueryError(f'SQL_TABLE_NAME names the unknown view "{view_name}".')
        return self._table(view, view_name)

    def _table(self, view: View, alias: str) -> str:
        quote = self._setting.dialect.identifier
        if view.derived_table is None:
            if view.sql_table_name is None:
                return quote(view.name)
            where = f'sql_table_name of "{view.name}"'
            return self._resolve(self._templates().sql(view.sql_table_name, alias, where), alias, where).strip()
        if view.derived_table.persistent:
            return self._setting.persist(self._setting, view)
        if alias in self._busy:
            raise QueryError(f'The derived table "{alias}" contains itself.')
        if alias not in self._expressions:
            self._busy.append(alias)
            try:
                sql = derived_sql(view.derived_table, view, alias, self._setting, self._templates(), self._resolve)
            finally:
                self._busy.pop()
            self._expressions[alias] = sql
        return quote(alias)


def derived_sql(
    table: DerivedTable, view: View, alias: str, setting: Setting, templates: Templates, resolve: Resolve
) -> str:
    """Write the query of a derived table.

    Raises:
        QueryError: it uses something that is not there, or not allowed to it.
    """
    if table.explore_source:
        return _native(table.explore_source, alias, setting, templates)
    where = f'the derived table "{view.name}"'
    return resolve(templates.sql(table.sql or "", alias, where), alias, where).strip().removesuffix(";")


def _native(source: ExploreSource, alias: str, setting: Setting, templates: Templates) -> str:
    from lookgate.emulator.lookml.compile import compile_query, nested  # noqa: PLC0415 - compile imports this module

    explore = setting.model.explores.get(source.explore)
    base = explore.view_name if explore else source.explore

    def full(name: str) -> str:
        return name if "." in name else f"{base}.{name}"

    filters = {full(name): text for name, text in source.filters}
    if not setting.persistent:
        if source.bind_all_filters:
            filters |= {name: text for name, text in templates.filters.items() if not name.startswith(f"{alias}.")}
        filters |= {
            full(to): templates.filters[start if "." in start else f"{alias}.{start}"]
            for start, to in source.bind_filters
            if (start if "." in start else f"{alias}.{start}") in templates.filters
        }
    elif source.bind_filters or source.bind_all_filters:
        raise QueryError("A persistent derived table cannot bind filters: it is built once for all queries.")
    columns = {full(field): column for column, field in source.columns}
    if len(columns) != len(source.columns):
        raise QueryError(f'The derived table "{alias}" selects one field twice.')
    query = Query(
        model=setting.model.name,
        view=source.explore,
        fields=list(columns),
        filters=filters,
        sorts=[full(sort) for sort in source.sorts],
        limit=source.limit,
    )
    sql = compile_query(query, nested(setting), inner=True, columns=columns).sql
    if not source.derived_columns:
        return sql
    quote = setting.dialect.identifier
    extra = ", ".join(f"{column_sql} AS {quote(name)}" for name, column_sql in source.derived_columns)
    return f"SELECT *, {extra} FROM (\n{sql}\n) AS {quote(alias)}"  # noqa: S608 - made of compiled SQL
