"""Runs saved queries as a user, at once or in the background."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec

from lookgate.emulator.catalogue import may, may_connect, query_user, visible_explore
from lookgate.emulator.instance import Instance
from lookgate.emulator.lookml.errors import QueryError
from lookgate.emulator.lookml.query import Query
from lookgate.emulator.people.tree import User
from lookgate.emulator.saved_queries import Parts, filter_texts

FORMATS = {"json": "application/json", "json_detail": "application/json", "csv": "text/csv", "sql": "text/plain"}
"""Result format → content type."""
MOST_TASKS = 20
"""Tasks that may run at a time."""
REMEMBERED = 1000
"""Tasks that are known before the ended ones are forgotten."""
KEPT_MINUTES = 60
"""How long the result of a task can be fetched."""


class Denied(Exception):
    """The user may see the model, but not do this with it."""


class Failed(Exception):
    """The query cannot be run, or the database refused it."""


class TooMany(Exception):
    """Too many tasks run already."""


@dataclass(slots=True)
class QueryTask:
    """A query that runs in the background."""

    id: str
    user_id: str
    query_id: str
    result_format: str
    created_at: datetime
    source: str = "api4"
    look_id: str | None = None
    dashboard_id: str | None = None
    status: str = "added"
    """``added``, ``running``, ``complete``, ``failure`` or ``killed``; see ``state`` for ``expired``."""
    seconds: float | None = None
    error: str = ""
    body: bytes = b""


def run(instance: Instance, user: User, parts: Parts, result_format: str) -> bytes:
    """Run a query as a user and return its result in one of ``FORMATS``.

    Call it outside the instance's lock. A failing database is data in ``json_detail`` (its ``errors``) and a
    ``Failed`` in every other format, as the specification says of query tasks.

    Raises:
        ApiError: 404 when the user may not see the explore.
        Denied: the user may not query the model, or not see its SQL.
        Failed: the query is wrong, or the database refused it.
    """
    from lookgate.emulator.lookml import formats  # noqa: PLC0415 - imported when a query runs

    with instance.lock:
        model, _ = visible_explore(instance, user, parts.model, parts.view)
        if not may(instance, user, "access_data", model.name):
            raise Denied(f"You have no access_data on the model {model.name}.")
        sees_sql = may(instance, user, "see_sql", model.name)
        if result_format == "sql" and not sees_sql:
            raise Denied(f"You have no see_sql on the model {model.name}.")
        if not may_connect(instance, model):
            raise Failed(f"The configuration of model {model.name} does not allow the connection {model.connection}.")
        asker, query, engine = query_user(instance, user), engine_query(parts), instance.engine
    try:
        if result_format == "sql":
            return str(engine.sql(query, asker)).encode()
        result = engine.run(query, asker)
    except QueryError as error:
        if result_format == "json_detail":
            return _detail_of_error(str(error))
        raise Failed(str(error)) from error
    if result_format == "json_detail":
        detail = formats.to_json_detail(result)
        return msgspec.json.encode(detail if sees_sql else detail | {"sql": None})
    return formats.to_csv(result).encode() if result_format == "csv" else msgspec.json.encode(formats.to_json(result))


def engine_query(parts: Parts) -> Query:
    """Return the query as the engine takes it."""
    return Query(
        model=parts.model,
        view=parts.view,
        fields=parts.fields or [],
        filters=filter_texts(parts),
        sorts=parts.sorts or [],
        limit=parts.limit,
        pivots=parts.pivots or [],
        filter_expression=parts.filter_expression,
        dynamic_fields=parts.dynamic_fields,
        total=bool(parts.total),
        row_total=parts.row_total,
        subtotals=parts.subtotals or [],
        fill_fields=parts.fill_fields or [],
        column_limit=parts.column_limit,
        query_timezone=parts.query_timezone,
    )


def tasks(instance: Instance) -> dict[str, QueryTask]:
    """Return the known tasks by id."""
    return instance.shelf("query_tasks")


def state(instance: Instance, task: QueryTask) -> str:
    """Return the task's status; results are forgotten after ``KEPT_MINUTES``."""
    if task.status in {"complete", "failure"} and instance.clock() >= task.created_at + timedelta(minutes=KEPT_MINUTES):
        task.status, task.body = "expired", b""
    return task.status


def start_task(instance: Instance, user: User, parts: Parts, task: QueryTask) -> None:
    """Run the query in a thread of its own.

    Raises:
        TooMany: ``MOST_TASKS`` run already.
    """
    with instance.lock:
        known = tasks(instance)
        if sum(other.status in {"added", "running"} for other in known.values()) >= MOST_TASKS:
            raise TooMany(f"{MOST_TASKS} query tasks run already. Wait for one to end.")
        if len(known) >= REMEMBERED:
            for old in [key for key, other in known.items() if state(instance, other) in {"expired", "killed"}]:
                del known[old]
        known[task.id] = task
    # Not a pool: a query that never ends must keep neither the others nor the process's end waiting.
    threading.Thread(target=_work, args=(instance, user, parts, task), name=f"query-{task.id[:8]}", daemon=True).start()


def kill(instance: Instance, task: QueryTask) -> None:
    """Give a task up: whatever its query returns is dropped."""
    with instance.lock:
        task.status = "killed"


def _work(instance: Instance, user: User, parts: Parts, task: QueryTask) -> None:
    with instance.lock:
        if task.status == "added":
            task.status = "running"
    started = instance.clock()
    body, error = b"", ""
    try:
        body = run(instance, user, parts, task.result_format)
    except (Denied, Failed) as refused:
        error = str(refused)
    except Exception as refused:  # noqa: BLE001 - the thread's last frame: the task must end whatever happened
        error = f"The query could not be run: {type(refused).__name__}."
    with instance.lock:
        if task.status == "running":
            task.body, task.error, task.status = body, error, "failure" if error else "complete"
            task.seconds = (instance.clock() - started).total_seconds()


def _detail_of_error(message: str) -> bytes:
    error = {"message": message, "message_details": message, "params": None, "error_pos": None, "level": "error"}
    return msgspec.json.encode(
        {"errors": [error], "data": [], "fields": {}, "ran_at": None, "aggregate_table_used": {}}
    )
