from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest

from content_site import FLIGHTS, make_content
from local_looker import Looker


class Gate:
    """Stands before the real engine: a query waits in it until it is opened."""

    def __init__(self, engine: Any) -> None:
        self.engine = engine
        self.entered = threading.Semaphore(0)
        self.open = threading.Event()

    def run(self, *question: Any) -> Any:
        self.entered.release()
        assert self.open.wait(10)
        return self.engine.run(*question)


@pytest.fixture
def sky(tmp_path: Path) -> Looker:
    return make_content(tmp_path / "sky")


def start(sky: Looker, who: str = "Eve", result_format: str = "json", **query: Any) -> Any:
    saved = sky.call(who, "POST", "/queries", FLIGHTS | query).value["id"]
    body = {"query_id": saved, "result_format": result_format}
    return sky.call(who, "POST", "/query_tasks", body).value


def finish(task_id: str) -> None:
    for thread in threading.enumerate():
        if thread.name == f"query-{task_id[:8]}":
            thread.join(10)


def test_a_task_is_added_runs_and_completes(sky: Looker) -> None:
    gate = sky.instance.engine = Gate(sky.instance.engine)
    task = start(sky)
    assert task["status"] in {"added", "running"}
    assert gate.entered.acquire(timeout=10)
    assert sky.get("Eve", f"/query_tasks/{task['id']}")["status"] == "running"
    waiting = sky.call("Eve", "GET", f"/query_tasks/{task['id']}/results")
    assert (waiting.status, waiting.value) == (202, {"status": "running"})
    assert [found["query_task_id"] for found in sky.get("Eve", "/running_queries")] == [task["id"]]
    assert sky.get("Dev", "/running_queries") == []
    gate.open.set()
    finish(task["id"])
    assert sky.get("Eve", f"/query_tasks/{task['id']}")["status"] == "complete"
    assert len(sky.get("Eve", f"/query_tasks/{task['id']}/results")) == 2
    assert sky.get("Eve", "/running_queries") == []


def test_a_failed_task_tells_why(sky: Looker) -> None:
    task = start(sky, "Ada", view="broken", fields=["broken.id"], sorts=[])
    finish(task["id"])
    assert sky.get("Ada", f"/query_tasks/{task['id']}")["status"] == "failure"
    answer = sky.call("Ada", "GET", f"/query_tasks/{task['id']}/results")
    assert answer.status == 400
    assert "no_such_table" in answer.value["message"]


def test_a_task_runs_with_the_rights_of_who_started_it(sky: Looker) -> None:
    task = start(sky, "Ian")
    finish(task["id"])
    assert sky.call("Ian", "GET", f"/query_tasks/{task['id']}/results").status == 400


def test_several_results_come_at_once_and_those_of_others_are_missing(sky: Looker) -> None:
    own, foreign = start(sky, result_format="csv"), start(sky, "Dev")
    finish(own["id"])
    finish(foreign["id"])
    ids = f"{own['id']},{foreign['id']},nonsense"
    found = sky.get("Eve", "/query_tasks/multi_results", query_task_ids=ids)
    assert found[own["id"]]["data"].startswith("Flights Carrier")
    assert found[foreign["id"]] == found["nonsense"] == {"status": "missing"}
    assert sky.call("Eve", "GET", f"/query_tasks/{foreign['id']}").status == 404
    assert sky.call("Eve", "GET", "/query_tasks/multi_results").status == 422


def test_results_expire(sky: Looker) -> None:
    task = start(sky)
    finish(task["id"])
    sky.clock.forward(minutes=60)
    assert sky.get("Eve", f"/query_tasks/{task['id']}")["status"] == "expired"
    assert sky.call("Eve", "GET", f"/query_tasks/{task['id']}/results").status == 404
    assert sky.get("Eve", "/query_tasks/multi_results", query_task_ids=task["id"])[task["id"]]["status"] == "expired"


def test_a_killed_query_gives_no_result(sky: Looker) -> None:
    gate = sky.instance.engine = Gate(sky.instance.engine)
    task = start(sky)
    assert gate.entered.acquire(timeout=10)
    assert sky.call("Dev", "DELETE", f"/running_queries/{task['id']}").status == 404
    assert sky.call("Eve", "DELETE", f"/running_queries/{task['id']}").status == 204
    gate.open.set()
    finish(task["id"])
    assert sky.get("Eve", f"/query_tasks/{task['id']}")["status"] == "killed"
    assert sky.call("Eve", "GET", f"/query_tasks/{task['id']}/results").status == 404


def test_more_tasks_than_the_instance_bears_are_refused(sky: Looker) -> None:
    gate = sky.instance.engine = Gate(sky.instance.engine)
    saved = sky.call("Eve", "POST", "/queries", FLIGHTS).value["id"]
    body = {"query_id": saved, "result_format": "json"}
    answers = [sky.call("Eve", "POST", "/query_tasks", body) for _ in range(21)]
    assert [answer.status for answer in answers] == [200] * 20 + [429]
    gate.open.set()
    for answer in answers[:20]:
        finish(answer.value["id"])


@pytest.mark.parametrize("body", [{}, {"query_id": "1"}, {"query_id": [], "result_format": "json"}])
def test_a_task_needs_a_query_and_a_format(sky: Looker, body: Any) -> None:
    assert sky.call("Eve", "POST", "/query_tasks", body).status == 422


def test_a_task_of_a_query_that_does_not_exist_is_not_found(sky: Looker) -> None:
    assert sky.call("Eve", "POST", "/query_tasks", {"query_id": "0", "result_format": "json"}).status == 404
