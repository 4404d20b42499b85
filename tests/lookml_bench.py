"""A LookML project in a folder, a database behind it, and short ways to ask it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from lookgate.emulator.connection import Connection, ConnectionConfig
from lookgate.emulator.lookml.engine import Engine
from lookgate.emulator.lookml.formats import to_json
from lookgate.emulator.lookml.project import Project, load_project
from lookgate.emulator.lookml.query import Query, QueryUser, Result

NOW = datetime(2013, 3, 20, 15, 30, 5, tzinfo=UTC)


class Bench:
    """One project with one model named ``m`` and one connection named ``db``."""

    def __init__(self, folder: Path, config: ConnectionConfig) -> None:
        self.folder = folder
        self.connection = Connection(config)
        self.now = NOW
        self.user = QueryUser("1", {})
        self.engine: Engine

    def lookml(self, text: str, **files: str) -> Project:
        """Write the model and load the project; it must be free of problems."""
        (self.folder / "m.model.lkml").write_text(f'connection: "db"\n{text}')
        for name, content in files.items():
            (self.folder / f"{name}.lkml").write_text(content)
        project = load_project(self.folder)
        assert project.problems == []
        self.engine = Engine([project], {"db": self.connection}, lambda: self.now)
        return project

    def table(self, name: str, columns: str, *rows: tuple[object, ...]) -> None:
        """Create a table."""
        self.connection.execute(f"CREATE TABLE {name} ({columns})")
        for row in rows:
            values = ", ".join(
                "NULL" if v is None else str(v) if isinstance(v, int | float) else quoted(str(v)) for v in row
            )
            self.connection.execute(f"INSERT INTO {name} VALUES ({values})")  # noqa: S608 - a test's own rows

    def query(self, view: str, *fields: str, **more: Any) -> Query:
        return Query(model="m", view=view, fields=list(fields), **more)

    def run(self, view: str, *fields: str, user: QueryUser | None = None, **more: Any) -> Result:
        """Run a query."""
        return self.engine.run(self.query(view, *fields, **more), user or self.user)

    def rows(self, view: str, *fields: str, user: QueryUser | None = None, **more: Any) -> list[tuple[Any, ...]]:
        """Run a query and return plain values in the order of the fields."""
        return [tuple(row.values()) for row in to_json(self.run(view, *fields, user=user, **more))]

    def sql(self, view: str, *fields: str, user: QueryUser | None = None, **more: Any) -> str:
        return self.engine.sql(self.query(view, *fields, **more), user or self.user)


def quoted(text: str) -> str:
    """Quote a text for SQL, apart from the code under test."""
    return "'" + text.replace("'", "''") + "'"


def user(attributes: Mapping[str, str], **more: Any) -> QueryUser:
    """Return a user with these attributes."""
    return QueryUser("7", attributes, **more)
