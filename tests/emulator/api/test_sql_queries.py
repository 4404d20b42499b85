from __future__ import annotations

from pathlib import Path

import pytest

from content_site import make_content
from local_looker import Looker


@pytest.fixture
def sky(tmp_path: Path) -> Looker:
    return make_content(tmp_path / "sky")


def test_a_statement_runs_on_the_connection_of_a_model(sky: Looker) -> None:
    query = sky.call("Dev", "POST", "/sql_queries", {"model_name": "air", "sql": "SELECT 1 AS a, 'x' AS b"}).value
    path = f"/sql_queries/{query['slug']}"
    assert sky.call("Dev", "POST", f"{path}/run/json").value == [{"a": 1, "b": "x"}]
    assert sky.call("Dev", "POST", f"{path}/run/csv").value == "a,b\n1,x\n"
    assert sky.get("Dev", path)["run_count"] == 2


def test_without_use_sql_runner_it_is_forbidden(sky: Looker) -> None:
    body = {"connection_name": "db", "sql": "SELECT 1"}
    assert sky.call("Eve", "POST", "/sql_queries", body).status == 403
    slug = sky.call("Ada", "POST", "/sql_queries", body).value["slug"]
    assert sky.call("Eve", "GET", f"/sql_queries/{slug}").status == 403
    assert sky.call("Eve", "POST", f"/sql_queries/{slug}/run/json").status == 403


def test_a_connection_of_no_model_of_ones_own_is_not_there(sky: Looker) -> None:
    assert sky.call("Oli", "POST", "/sql_queries", {"connection_name": "db", "sql": "SELECT 1"}).status == 404


def test_a_failing_statement_is_a_400_with_the_reason(sky: Looker) -> None:
    slug = sky.call("Dev", "POST", "/sql_queries", {"connection_name": "db", "sql": "SELEC 1"}).value["slug"]
    answer = sky.call("Dev", "POST", f"/sql_queries/{slug}/run/json")
    assert answer.status == 400
    assert "SELEC" in answer.value["message"]


@pytest.mark.parametrize(
    "body",
    [
        {"sql": "SELECT 1"},
        {"connection_name": "db"},
        {"connection_name": "db", "model_name": "air", "sql": "SELECT 1"},
        {"connection_name": "db", "sql": " "},
        {"connection_name": 1, "sql": "SELECT 1"},
    ],
)
def test_what_does_not_fit_is_a_422(sky: Looker, body: object) -> None:
    assert sky.call("Dev", "POST", "/sql_queries", body).status == 422
