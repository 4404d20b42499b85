"""Runs queries on LookML models: the one door into this package for the API and the pages."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import UTC, datetime
from typing import Any

from lookgate.emulator.connection import Connection
from lookgate.emulator.lookml.compile import Compiled, Setting, compile_query
from lookgate.emulator.lookml.dialects import dialect
from lookgate.emulator.lookml.errors import QueryError
from lookgate.emulator.lookml.html import render_html
from lookgate.emulator.lookml.model import Field, Model
from lookgate.emulator.lookml.pdt import PersistentTables
from lookgate.emulator.lookml.project import Project
from lookgate.emulator.lookml.query import Query, QueryUser, Result
from lookgate.emulator.lookml.scope import Scope

__all__ = ["Engine", "Query", "QueryError", "QueryUser", "Result"]


class Engine:
    """Compiles and runs queries. Safe to use from many threads.

    Args:
        projects: the loaded projects, or a live view of them: they are read at each use. A model name that two projects
            share is refused when it is used.
            projects share is refused when it is used.
        connections: by the name that models use.
        clock: returns the time, aware.
    """

    def __init__(
        self, projects: Collection[Project], connections: Mapping[str, Connection], clock: Callable[[], datetime]
    ) -> None:
        self._projects = projects
        self._connections = connections
        self._clock = clock
        self._persistent = PersistentTables(connections, clock)

    @property
    def models(self) -> dict[str, Model]:
        """Every model by name, as far as the name is unique."""
        names = [name for project in self._projects for name in project.models]
        return {name: self._model(name) for name in names if names.count(name) == 1}

    def fields(self, model: str, explore: str, user: QueryUser) -> list[Field]:
        """Return the fields of an explore that a user may query, hidden ones included.

        Raises:
            QueryError: no such explore for this user.
        """
        return list(Scope(self._model(model), explore, user.attributes).fields.values())

    def sql(self, query: Query, user: QueryUser) -> str:
        """Return the SQL of a query. Persistent derived tables that it needs are built.

        Raises:
            QueryError: the query is refused.
        """
        return self._compile(query, user).sql

    def run(self, query: Query, user: QueryUser) -> Result:
        """Run a query.

        Raises:
            QueryError: the query is refused, by the engine or by the database.
        """
        model = self._model(query.model)
        for last in (False, False, True):
            builds = self._persistent.builds
            compiled = self._compile(query, user)
            try:
                columns, rows = self._connection(model).execute(compiled.sql)
                break
            except QueryError:
                # Another thread may have replaced a persistent table between writing the SQL and running it.
                if last or builds == self._persistent.builds:
                    raise
        names = [field.name for field in compiled.fields]
        if len(columns) != len(names):
            # SQL of a field that is a list of expressions would shift every value under another field's name.
            raise QueryError("The query returned other columns than its fields; a field's sql must be one expression.")
        return Result(
            fields=compiled.fields,
            rows=[dict(zip(names, row, strict=True)) for row in rows],
            sql=compiled.sql,
            notes=compiled.notes,
            formats=dict(model.value_formats),
        )

    def render_html(
        self, field: Field, row: Mapping[str, Any], user: QueryUser, query: Query | None = None
    ) -> str | None:
        """Render a field's ``html`` for one row; None when the field has none.

        Raises:
            QueryError: its Liquid is wrong.
        """
        return render_html(field, row, user, query, self.models)

    def rebuild(self, model: str, view: str, *, force: bool = False, whole: bool = False) -> str:
        """Build a persistent derived table if its trigger's value changed; return the table's name.

        Args:
            model: the model's name.
            view: the view's name.
            force: build it in any case; of an incremental table the next step.
            whole: build an incremental table anew.

        Raises:
            QueryError: there is no such table, or it cannot be built.
        """
        found = self._model(model)
        table = found.views.get(view)
        if table is None or table.derived_table is None or not table.derived_table.persistent:
            raise QueryError(f'There is no persistent derived table "{view}" in model "{model}".')
        nobody = QueryUser(id="", attributes={})
        return self._persistent.table(self._setting(found, nobody, "UTC"), table, force=force, whole=whole)

    def _model(self, name: str) -> Model:
        found = [project.models[name] for project in list(self._projects) if name in project.models]
        if len(found) != 1:
            what = "is in more than one project" if found else "does not exist"
            raise QueryError(f'The model "{name}" {what}.')
        return found[0]

    def _connection(self, model: Model) -> Connection:
        connection = self._connections.get(model.connection)
        if connection is None:
            raise QueryError(f'The connection "{model.connection}" of model "{model.name}" does not exist.')
        return connection

    def _setting(self, model: Model, user: QueryUser, zone: str) -> Setting:
        now = self._clock()
        return Setting(
            model=model,
            user=user,
            dialect=dialect(self._connection(model).config.dialect),
            now=now if now.tzinfo else now.replace(tzinfo=UTC),
            zone=_known_zone(zone),
            persist=self._persistent.table,
        )

    def _compile(self, query: Query, user: QueryUser) -> Compiled:
        model = self._model(query.model)
        setting = self._setting(model, user, query.query_timezone or user.timezone)
        return compile_query(query, setting)


def _known_zone(name: str) -> str:
    if name == "UTC":
        return name
    from zoneinfo import ZoneInfo  # noqa: PLC0415 - only queries outside of UTC pay for it

    try:
        return ZoneInfo(name).key
    except (ValueError, OSError, KeyError):
        raise QueryError(f'The time zone "{name[:60]}" does not exist.') from None
