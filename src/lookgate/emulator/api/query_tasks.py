"""``/query_tasks`` and ``/running_queries``: queries that run in the background."""

from __future__ import annotations

from typing import Any

import msgspec

from lookgate.emulator import saved_queries
from lookgate.emulator.api.body import Body, read
from lookgate.emulator.api.find import one
from lookgate.emulator.api.queries import saved_in
from lookgate.emulator.api.query_run import known_format, with_limit
from lookgate.emulator.api.route import NOT_FOUND, ApiError, Call, Operations, Reply, invalid
from lookgate.emulator.query_runner import FORMATS, QueryTask, TooMany, kill, start_task, state, tasks

operations = Operations()


class _Create(Body, frozen=True):
    query_id: str | int
    result_format: str
    source: str | None = None
    deferred: bool | None = None
    look_id: str | None = None
    dashboard_id: str | None = None


@operations("create_query_task", "POST", "/query_tasks")
def create_query_task(call: Call) -> Any:
    """Start a saved query in the background."""
    wanted = read(call, _Create)
    saved = saved_in(call, str(wanted.query_id))
    result_format = known_format(wanted.result_format)
    limit = call.query.get("limit") or None
    parts = saved.parts if limit is None else with_limit(saved.parts, limit)
    task = QueryTask(
        call.instance.random_bytes(16).hex(), call.caller.id, saved.id, result_format, call.instance.clock()
    )
    task.source = wanted.source or "api4"
    task.look_id, task.dashboard_id = wanted.look_id, wanted.dashboard_id
    try:
        start_task(call.instance, call.caller, parts, task)
    except TooMany as error:
        raise ApiError(429, str(error)) from error
    return call.fields(_shape(call, task))


@operations("query_task", "GET", "/query_tasks/{query_task_id}")
def query_task(call: Call) -> Any:
    """Return how far a task is."""
    return call.fields(_shape(call, _find(call)))


@operations("query_task_results", "GET", "/query_tasks/{query_task_id}/results")
def query_task_results(call: Call) -> Any:
    """Return the results; 202 while there are none, 400 when the query failed, 404 when they have expired."""
    task = _find(call)
    status = state(call.instance, task)
    if status in {"added", "running"}:
        return Reply(msgspec.json.encode({"status": status}), FORMATS["json"], 202)
    if status in {"expired", "killed"}:
        raise ApiError(404, NOT_FOUND)
    if status == "failure":
        raise ApiError(400, task.error)
    return Reply(task.body, FORMATS[task.result_format])


@operations("query_task_multi_results", "GET", "/query_tasks/multi_results")
def query_task_multi_results(call: Call) -> Any:
    """Return the results, or the status, of several tasks by id."""
    wanted = [part for part in call.query.get("query_task_ids", "").split(",") if part]
    if not wanted:
        raise invalid("query_task_ids", "missing_field", "query_task_ids is required.")
    return {task_id: _result(call, task_id) for task_id in wanted}


@operations("all_running_queries", "GET", "/running_queries")
def all_running_queries(call: Call) -> Any:
    """List what runs: one's own, or everybody's for those who may see queries."""
    everybody = call.is_admin or "see_queries" in call.instance.permissions_of(call.caller)
    found = [
        task
        for task in tasks(call.instance).values()
        if state(call.instance, task) in {"added", "running"} and (everybody or task.user_id == call.caller.id)
    ]
    return call.fields([_running(call, task) for task in found])


@operations("kill_query", "DELETE", "/running_queries/{query_task_id}")
def kill_query(call: Call) -> None:
    """Stop a query: its result is dropped when the database returns it."""
    task = _find(call)
    if state(call.instance, task) not in {"added", "running"}:
        raise ApiError(404, NOT_FOUND)
    kill(call.instance, task)


def _find(call: Call) -> QueryTask:
    task = one(tasks(call.instance), call.path["query_task_id"])
    if task.user_id != call.caller.id and not call.is_admin:
        raise ApiError(404, NOT_FOUND)
    return task


def _result(call: Call, task_id: str) -> dict[str, Any]:
    task = tasks(call.instance).get(task_id)
    if task is None or (task.user_id != call.caller.id and not call.is_admin):
        return {"status": "missing"}
    status = state(call.instance, task)
    answer: dict[str, Any] = {"status": status, "result_format": task.result_format}
    if status == "failure":
        answer["error"] = task.error
    if status == "complete":
        decoded = FORMATS[task.result_format].startswith("application/json")
        answer["data"] = msgspec.Raw(task.body) if decoded else task.body.decode()
    return answer


def _shape(call: Call, task: QueryTask) -> dict[str, Any]:
    return {
        "id": task.id,
        "query_id": task.query_id,
        "query": saved_queries.shape(call.instance, saved_queries.by_id(call.instance)[task.query_id]),
        "generate_links": False,
        "force_production": False,
        "cache": False,
        "server_table_calcs": False,
        "cache_only": False,
        "cache_key": None,
        "status": state(call.instance, task),
        "source": task.source,
        "runtime": task.seconds,
        "rebuild_pdts": False,
        "result_source": "query",
        "look_id": task.look_id,
        "dashboard_id": task.dashboard_id,
        "result_format": task.result_format,
        "can": {"show": True, "run": True, "see_results": True},
    }


def _running(call: Call, task: QueryTask) -> dict[str, Any]:
    user = call.instance.users.get(task.user_id)
    saved = saved_queries.by_id(call.instance)[task.query_id]
    return {
        "id": task.id,
        "query_task_id": task.id,
        "query_id": task.query_id,
        "query": saved_queries.shape(call.instance, saved),
        "user": {"id": task.user_id, "display_name": user.display_name if user else ""},
        "created_at": task.created_at.isoformat(),
        "completed_at": None,
        "source": task.source,
        "slug": saved.client_id,
        "status": state(call.instance, task),
        "can": {"kill": True},
    }
