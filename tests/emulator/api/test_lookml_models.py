from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from content_site import FLIGHTS, make_content
from local_looker import Looker


@pytest.fixture
def sky(tmp_path: Path) -> Looker:
    return make_content(tmp_path / "sky")


def fields_of(sky: Looker, who: str) -> dict[str, Any]:
    explore = sky.get(who, "/lookml_models/air/explores/flights")
    return {field["name"]: field for kind in explore["fields"].values() for field in kind}


def test_one_sees_only_the_models_of_ones_roles(sky: Looker) -> None:
    assert [model["name"] for model in sky.get("Eve", "/lookml_models")] == ["air"]
    assert sky.get("Oli", "/lookml_models") == []
    assert sky.call("Oli", "GET", "/lookml_models/air").status == 404
    assert sky.call("Oli", "GET", "/lookml_models/air/explores/flights").status == 404


def test_an_explore_behind_a_grant_is_listed_only_for_those_who_have_it(sky: Looker) -> None:
    seen = {
        who: [explore["name"] for explore in sky.get(who, "/lookml_models/air")["explores"]] for who in ("Ada", "Eve")
    }
    assert "secrets" in seen["Ada"]
    assert "secrets" not in seen["Eve"]
    assert sky.call("Eve", "GET", "/lookml_models/air/explores/secrets").status == 404


def test_lists_are_cut_and_narrowed_as_asked(sky: Looker) -> None:
    sky.call("Ada", "POST", "/lookml_models", {"name": "empty", "project_name": "sky"})
    assert [model["name"] for model in sky.get("Ada", "/lookml_models", limit="1", offset="1")] == ["empty"]
    assert sky.get("Ada", "/lookml_models", fields="name", exclude_empty="true") == [{"name": "air"}]
    shown = sky.get("Ada", "/lookml_models/air", fields="explores(name,hidden)")["explores"]
    assert {"name": "carriers", "hidden": True} in shown
    listed = sky.get("Ada", "/lookml_models", exclude_hidden="true")[0]["explores"]
    assert "carriers" not in [explore["name"] for explore in listed]
    assert sky.call("Ada", "GET", "/lookml_models", limit="-1").status == 400


def test_an_explore_tells_its_fields_joins_and_filters(sky: Looker) -> None:
    explore = sky.get("Ada", "/lookml_models/air/explores/flights")
    assert (explore["id"], explore["connection_name"], explore["dialect_name"]) == ("air::flights", "db", "duckdb")
    assert [join["name"] for join in explore["joins"]] == ["carriers"]
    assert explore["access_filters"] == [{"field": "flights.origin", "user_attribute": "home"}]
    assert {"name": "carriers.all", "value": ["carriers.code", "carriers.name"]} in explore["sets"]
    fields = fields_of(sky, "Ada")
    carrier, count = fields["flights.carrier"], fields["flights.count"]
    assert (carrier["category"], carrier["label"], carrier["label_short"]) == (
        "dimension",
        "Flights Carrier",
        "Carrier",
    )
    assert (carrier["suggestions"], carrier["tags"], carrier["is_numeric"]) == (["UA", "DL"], ["code"], False)
    assert (count["category"], count["is_numeric"], count["align"]) == ("measure", True, "right")
    assert fields["flights.id"]["primary_key"]
    assert fields["flights.id"]["hidden"]
    assert fields["flights.at_month"]["time_interval"] == {"name": "month", "count": 1}
    assert fields["flights.at_month"]["user_attribute_filter_types"] == ["datetime", "advanced_filter_datetime"]
    assert fields["flights.late"]["enumerations"][0] == {"label": "Yes", "value": "Yes"}
    unit = fields["flights.unit"]
    assert (unit["category"], unit["has_allowed_values"], unit["default_filter_value"]) == ("parameter", True, "m")
    assert unit["enumerations"] == [{"label": "Minutes", "value": "m"}]
    assert fields["flights.mean_delay"]["value_format"] == "0.0"


def test_sql_is_told_only_to_those_who_may_see_lookml(sky: Looker) -> None:
    assert fields_of(sky, "Dev")["flights.carrier"]["sql"]
    assert fields_of(sky, "Eve")["flights.carrier"]["sql"] is None
    explore = sky.get("Eve", "/lookml_models/air/explores/flights")
    assert explore["can_see_lookml"] is False
    assert [join["sql_on"] for join in explore["joins"]] == [None]


def test_a_field_behind_a_grant_is_not_there_for_those_without(sky: Looker) -> None:
    assert "flights.inside" in fields_of(sky, "Ada")
    assert "flights.inside" not in fields_of(sky, "Eve")


def test_a_configuration_limits_connections_at_once(sky: Looker) -> None:
    model = sky.get("Ada", "/lookml_models/air")
    assert (model["allowed_db_connection_names"], model["unlimited_db_connections"]) == (["db"], False)
    changed = sky.call("Ada", "PATCH", "/lookml_models/air", {"allowed_db_connection_names": []})
    assert changed.status == 200
    assert sky.call("Ada", "POST", "/queries/run/json", FLIGHTS).status == 400
    assert sky.call("Ada", "PATCH", "/lookml_models/air", {"unlimited_db_connections": True}).status == 200
    assert sky.call("Ada", "POST", "/queries/run/json", FLIGHTS).status == 200


def test_a_model_without_configuration_cannot_be_queried(sky: Looker) -> None:
    assert sky.call("Ada", "DELETE", "/lookml_models/air").status == 204
    assert sky.call("Ada", "POST", "/queries/run/json", FLIGHTS).status == 404
    assert sky.get("Ada", "/dashboards") == []
    body = {"name": "air", "project_name": "sky", "allowed_db_connection_names": ["db"]}
    assert sky.call("Ada", "POST", "/lookml_models", body).status == 200
    assert sky.call("Ada", "POST", "/queries/run/json", FLIGHTS).status == 200


def test_configuration_is_for_those_who_manage_models(sky: Looker) -> None:
    assert sky.call("Dev", "PATCH", "/lookml_models/air", {"label": "Mine"}).status == 403
    assert sky.call("Dev", "DELETE", "/lookml_models/air").status == 403
    assert sky.call("Dev", "POST", "/lookml_models", {"name": "x", "project_name": "sky"}).status == 403


@pytest.mark.parametrize(
    ("body", "field", "code"),
    [
        ({"project_name": "sky"}, "name", "missing_field"),
        ({"name": "x"}, "project_name", "missing_field"),
        ({"name": "x", "project_name": "no"}, "project_name", "invalid"),
        ({"name": "a b", "project_name": "sky"}, "name", "invalid"),
        ({"name": "air", "project_name": "sky"}, "name", "already_exists"),
        (
            {"name": "x", "project_name": "sky", "allowed_db_connection_names": ["no"]},
            "allowed_db_connection_names",
            "invalid",
        ),
    ],
)
def test_a_configuration_that_does_not_fit_is_refused_and_leaves_nothing(
    sky: Looker, body: dict[str, Any], field: str, code: str
) -> None:
    answer = sky.call("Ada", "POST", "/lookml_models", body)
    assert answer.status == 422
    assert (answer.value["errors"][0]["field"], answer.value["errors"][0]["code"]) == (field, code)
    assert [model["name"] for model in sky.get("Ada", "/lookml_models")] == ["air"]
