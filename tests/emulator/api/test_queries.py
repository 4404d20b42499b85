from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from content_site import FLIGHTS, make_content
from local_looker import Looker


@pytest.fixture
def sky(tmp_path: Path) -> Looker:
    return make_content(tmp_path / "sky")


def errors_of(answer: Any) -> list[tuple[str, str]]:
    assert answer.status == 422, answer
    return [(error["field"], error["code"]) for error in answer.value["errors"]]


def test_a_saved_query_is_found_by_id_and_slug_and_runs(sky: Looker) -> None:
    saved = sky.call("Eve", "POST", "/queries", FLIGHTS).value
    assert len(saved["client_id"]) == 22
    assert saved["share_url"] == f"{sky.instance.base_url}/x/{saved['client_id']}"
    assert saved["expanded_share_url"].startswith(f"{sky.instance.base_url}/explore/air/flights?fields=flights.carrier")
    assert sky.get("Eve", f"/queries/{saved['id']}") == sky.get("Eve", f"/queries/slug/{saved['slug']}") == saved
    rows = sky.get("Eve", f"/queries/{saved['id']}/run/json")
    assert rows == [
        {"flights.carrier": "DL", "flights.count": 1},
        {"flights.carrier": "UA", "flights.count": 1},
    ]


def test_the_same_query_is_saved_once(sky: Looker) -> None:
    first, second = (sky.call(who, "POST", "/queries", FLIGHTS).value["id"] for who in ("Eve", "Ada"))
    other = sky.call("Eve", "POST", "/queries", FLIGHTS | {"limit": "1"}).value["id"]
    assert first == second != other


def test_each_user_sees_the_rows_that_their_attributes_let_through(sky: Looker) -> None:
    counts = [
        sum(row["flights.count"] for row in sky.call(who, "POST", "/queries/run/json", FLIGHTS).value)
        for who in ("Ada", "Eve")
    ]
    assert counts == [3, 2]


def test_formats_have_their_content_types(sky: Looker) -> None:
    said = {
        fmt: sky.call("Ada", "POST", f"/queries/run/{fmt}", FLIGHTS) for fmt in ("json", "csv", "sql", "json_detail")
    }
    assert {fmt: answer.headers["content-type"].partition(";")[0] for fmt, answer in said.items()} == {
        "json": "application/json",
        "csv": "text/csv",
        "sql": "text/plain",
        "json_detail": "application/json",
    }
    assert said["csv"].value == "Flights Carrier,Flights Count\nDL,1\nUA,2\n"
    assert said["sql"].value.startswith("WITH")
    assert said["json_detail"].value["data"][1]["flights.count"]["value"] == 2


def test_a_format_that_is_not_spoken_is_refused_by_name(sky: Looker) -> None:
    assert errors_of(sky.call("Ada", "POST", "/queries/run/xlsx", FLIGHTS)) == [("result_format", "invalid")]


def test_a_query_can_be_written_into_the_url(sky: Looker) -> None:
    path = "/queries/models/air/views/flights/run/json"
    query = {"fields": "flights.carrier,flights.count", "f[flights.carrier]": "UA", "limit": "5"}
    assert sky.get("Ada", path, **query) == [{"flights.carrier": "UA", "flights.count": 2}]
    assert sky.get("Ada", path, fields="flights.id", sorts="flights.id desc", limit="1") == [{"flights.id": 3}]


def test_a_limit_in_the_url_overrules_the_saved_one(sky: Looker) -> None:
    saved = sky.call("Ada", "POST", "/queries", FLIGHTS).value["id"]
    assert len(sky.get("Ada", f"/queries/{saved}/run/json", limit="1")) == 1
    assert errors_of(sky.call("Ada", "GET", f"/queries/{saved}/run/json", limit="many")) == [("limit", "invalid")]


def test_without_access_data_nothing_runs(sky: Looker) -> None:
    assert sky.call("Ian", "POST", "/queries/run/json", FLIGHTS).status == 403


def test_the_sql_is_only_for_those_who_may_see_it(sky: Looker) -> None:
    assert sky.call("Eve", "POST", "/queries/run/sql", FLIGHTS).status == 403
    assert sky.call("Eve", "POST", "/queries/run/json_detail", FLIGHTS).value["sql"] is None
    assert "SELECT" in sky.call("Dev", "POST", "/queries/run/json_detail", FLIGHTS).value["sql"]


def test_a_model_one_has_no_part_in_does_not_exist(sky: Looker) -> None:
    saved = sky.call("Ada", "POST", "/queries", FLIGHTS).value
    assert sky.call("Oli", "POST", "/queries/run/json", FLIGHTS).status == 404
    assert sky.call("Oli", "GET", f"/queries/{saved['id']}").status == 404
    assert sky.call("Oli", "GET", f"/queries/slug/{saved['slug']}").status == 404
    assert sky.call("Oli", "GET", f"/queries/{saved['id']}/run/json").status == 404


def test_an_explore_behind_a_grant_one_lacks_does_not_exist(sky: Looker) -> None:
    query = {"model": "air", "view": "secrets", "fields": ["secrets.name"]}
    assert sky.call("Eve", "POST", "/queries/run/json", query).status == 404
    assert sky.call("Ada", "POST", "/queries/run/json", query).status == 200


def test_a_failing_database_is_a_400_and_in_json_detail_an_entry_of_errors(sky: Looker) -> None:
    query = {"model": "air", "view": "broken", "fields": ["broken.id"]}
    assert sky.call("Ada", "POST", "/queries/run/json", query).status == 400
    detail = sky.call("Ada", "POST", "/queries/run/json_detail", query)
    assert detail.status == 200
    assert detail.value["data"] == []
    assert "no_such_table" in detail.value["errors"][0]["message"]


def test_a_connection_the_model_may_not_use_is_refused(sky: Looker) -> None:
    sky.instance.model_connections["air"] = ("another",)
    answer = sky.call("Ada", "POST", "/queries/run/json", FLIGHTS)
    assert answer.status == 400
    assert "does not allow the connection db" in answer.value["message"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"fields": "flights.count"}, "fields"),
        ({"fields": [1]}, "fields[0]"),
        ({"filters": {"flights.carrier": ["UA"]}}, "filters[...]"),
        ({"limit": "all"}, "limit"),
        ({"query_timezone": "Mars/Olympus"}, "query_timezone"),
        ({"client_id": "short"}, "client_id"),
        ({"model": None}, "model"),
    ],
)
def test_what_does_not_fit_is_named(sky: Looker, change: dict[str, Any], field: str) -> None:
    assert errors_of(sky.call("Ada", "POST", "/queries", FLIGHTS | change))[0][0] == field


def test_a_client_id_belongs_to_one_query(sky: Looker) -> None:
    client_id = "a" * 22
    assert sky.call("Ada", "POST", "/queries", FLIGHTS | {"client_id": client_id}).value["slug"] == client_id
    other = FLIGHTS | {"client_id": client_id, "limit": "1"}
    assert errors_of(sky.call("Ada", "POST", "/queries", other)) == [("client_id", "already_exists")]


def test_a_query_without_a_body_names_what_is_missing(sky: Looker) -> None:
    assert errors_of(sky.call("Ada", "POST", "/queries"))[0][1] == "missing_field"
