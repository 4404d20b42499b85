"""``/sql_queries``: SQL Runner, for those who have ``use_sql_runner``.

Any one statement runs, as in Looker: the database's own rights bound what it can do.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from lookgate.emulator.api.body import Body, read
from lookgate.emulator.api.find import one
from lookgate.emulator.api.route import NOT_FOUND, ApiError, Call, Operations, Reply, invalid
from lookgate.emulator.catalogue import may, models, visible_model
from lookgate.emulator.connection import Connection, QueryError
from lookgate.emulator.lookml.formats import plain

operations = Operations()
BROWSER_LIMIT = 5000
_FORMATS = {"json": "application/json", "csv": "text/csv", "sql": "text/plain"}


@dataclass(slots=True)
class SqlQuery:
    """One SQL Runner query."""

    slug: str
    sql: str
    connection_name: str
    model_name: str | None
    creator_id: str
    vis_config: dict[str, Any] | None = None
    run_count: int = 0
    last_run_at: datetime | None = None
    last_runtime: float = 0.0


class _New(Body, frozen=True):
    sql: str
    connection_name: str | None = None
    connection_id: str | None = None
    model_name: str | None = None
    vis_config: dict[str, Any] | None = None


@operations("create_sql_query", "POST", "/sql_queries")
def create_sql_query(call: Call) -> Any:
    """Save a statement to run on a connection, or on the connection of a model."""
    new = read(call, _New)
    name = new.connection_name or new.connection_id
    if (name is None) == (new.model_name is None):
        raise invalid("connection_name", "missing_field", "Give either connection_name or model_name.")
    if new.model_name is not None:
        name = visible_model(call.instance, call.caller, new.model_name).connection
    _check_rights(call, str(name))
    one(call.instance.connections, name)
    if not new.sql.strip():
        raise invalid("sql", "missing_field", "sql is required.")
    slug = call.instance.new_secret(15)
    query = SqlQuery(slug, new.sql, str(name), new.model_name, call.caller.id, new.vis_config)
    _queries(call)[slug] = query
    return _shape(call, query)


@operations("sql_query", "GET", "/sql_queries/{slug}")
def sql_query(call: Call) -> Any:
    """Return a saved statement."""
    return _shape(call, _find(call))


@operations("run_sql_query", "POST", "/sql_queries/{slug}/run/{result_format}", blocking=True)
def run_sql_query(call: Call) -> Reply:
    """Run a saved statement: json, csv or sql; at most 5000 rows."""
    with call.instance.lock:
        query, result_format = _find(call), call.path["result_format"]
        if result_format not in _FORMATS:
            raise invalid("result_format", "invalid", f"SQL Runner answers in {', '.join(_FORMATS)}.")
        connection: Connection = one(call.instance.connections, query.connection_name)
    if result_format == "sql":
        return Reply(query.sql.encode(), _FORMATS["sql"])
    started = call.instance.clock()
    try:
        columns, rows = connection.execute(query.sql)
    except QueryError as error:
        raise ApiError(400, str(error)) from error
    with call.instance.lock:
        query.run_count += 1
        query.last_run_at = started
        query.last_runtime = (call.instance.clock() - started).total_seconds()
    body = _csv(columns, rows) if result_format == "csv" else _json(columns, rows)
    return Reply(body, _FORMATS[result_format])


def _queries(call: Call) -> dict[str, SqlQuery]:
    return call.instance.shelf("sql_queries")


def _find(call: Call) -> SqlQuery:
    query = one(_queries(call), call.path["slug"])
    _check_rights(call, query.connection_name)
    return query


def _check_rights(call: Call, connection_name: str) -> None:
    """Need ``use_sql_runner`` on a model of the connection: 403 without it anywhere, 404 without it here."""
    if "use_sql_runner" not in call.instance.permissions_of(call.caller):
        raise ApiError(403, "Forbidden")
    if call.instance.models_of(call.caller, "use_sql_runner") is None:
        return
    if not any(
        model.connection == connection_name and may(call.instance, call.caller, "use_sql_runner", model.name)
        for model in models(call.instance).values()
    ):
        raise ApiError(404, NOT_FOUND)


def _json(columns: list[str], rows: list[tuple[Any, ...]]) -> bytes:
    return msgspec.json.encode([dict(zip(columns, map(plain, row), strict=True)) for row in rows[:BROWSER_LIMIT]])


def _csv(columns: list[str], rows: list[tuple[Any, ...]]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(["" if value is None else plain(value) for value in row] for row in rows[:BROWSER_LIMIT])
    return text.getvalue().encode()


def _shape(call: Call, query: SqlQuery) -> dict[str, Any]:
    creator = call.instance.users.get(query.creator_id)
    return {
        "slug": query.slug,
        "sql": query.sql,
        "model_name": query.model_name,
        "connection": {"name": query.connection_name},
        "creator": {"id": query.creator_id, "display_name": creator.display_name if creator else ""},
        "browser_limit": BROWSER_LIMIT,
        "run_count": query.run_count,
        "last_run_at": query.last_run_at.isoformat() if query.last_run_at else None,
        "last_runtime": query.last_runtime,
        "explore_url": None,
        "plaintext": False,
        "vis_config": query.vis_config,
        "can": {"run": True, "show": True},
    }
