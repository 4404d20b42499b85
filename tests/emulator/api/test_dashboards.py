from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from content_site import FLIGHTS, make_content
from local_looker import Looker
from lookgate.emulator.shelf_content import SHARED


@pytest.fixture
def sky(tmp_path: Path) -> Looker:
    return make_content(tmp_path / "sky")


def make(sky: Looker, who: str = "Dev", **body: Any) -> Any:
    return sky.call(who, "POST", "/dashboards", {"title": "Mine"} | body).value


def test_a_lookml_dashboard_comes_with_tiles_filters_and_layout(sky: Looker) -> None:
    board = sky.get("Eve", "/dashboards/air::delays")
    assert (board["title"], board["readonly"], board["folder"]["id"]) == ("Delays", True, "lookml")
    chart, words = board["dashboard_elements"]
    assert (chart["type"], chart["result_maker"]["vis_config"]["type"]) == ("vis", "looker_bar")
    assert chart["result_maker"]["vis_config"]["show_value_labels"] is True
    assert chart["result_maker"]["filterables"][0]["listen"] == [
        {"dashboard_filter_name": "Carrier", "field": "flights.carrier"}
    ]
    assert (words["type"], words["body_text"], words["query"]) == ("text", "Read me", None)
    assert board["dashboard_filters"][0]["dimension"] == "flights.carrier"
    place = board["dashboard_layouts"][0]["dashboard_layout_components"][0]
    assert (place["dashboard_element_id"], place["width"], place["height"]) == (chart["id"], 12, 8)
    assert sky.get("Eve", f"/dashboard_elements/{chart['id']}") == chart
    assert "dashboard: delays" in sky.get("Eve", "/dashboards/lookml/air::delays")["lookml"]


def test_the_query_of_a_tile_can_be_run(sky: Looker) -> None:
    tile = sky.get("Eve", "/dashboards/air::delays")["dashboard_elements"][0]
    rows = sky.get("Eve", f"/queries/{tile['query_id']}/run/json")
    assert [row["flights.carrier"] for row in rows] == ["DL", "UA"]


def test_lookml_dashboards_need_their_permission_on_the_model(sky: Looker) -> None:
    for who in ("Ian", "Oli"):
        assert sky.get(who, "/dashboards") == []
        assert sky.call(who, "GET", "/dashboards/air::delays").status == 404


def test_lookml_dashboards_cannot_be_changed_here(sky: Looker) -> None:
    assert sky.call("Ada", "PATCH", "/dashboards/air::delays", {"title": "x"}).status == 405
    assert sky.call("Ada", "DELETE", "/dashboards/air::delays").status == 405
    assert sky.call("Ada", "DELETE", "/dashboard_elements/air::delays::words").status == 405
    assert sky.call("Ada", "POST", "/dashboard_elements", {"dashboard_id": "air::delays"}).status == 405


def test_a_dashboard_is_made_searched_changed_binned_and_deleted(sky: Looker) -> None:
    board = make(sky, description="One")
    assert board["folder"]["is_personal"]
    assert [found["id"] for found in sky.get("Dev", "/dashboards/search", title="mi%")] == [board["id"]]
    assert sky.get("Dev", f"/dashboards/{board['slug']}")["id"] == board["id"]
    changed = sky.call("Dev", "PATCH", f"/dashboards/{board['id']}", {"title": "New", "folder_id": SHARED}).value
    assert (changed["title"], changed["description"], changed["folder_id"]) == ("New", "One", SHARED)
    assert board["id"] in [found["id"] for found in sky.get("Dev", f"/folders/{SHARED}/dashboards")]
    sky.call("Dev", "PATCH", f"/dashboards/{board['id']}", {"deleted": True})
    assert sky.get("Dev", "/dashboards/search", title="New") == []
    assert [found["id"] for found in sky.get("Dev", "/dashboards/search", deleted="true")] == [board["id"]]
    assert sky.call("Dev", "DELETE", f"/dashboards/{board['id']}").status == 204
    assert sky.call("Dev", "GET", f"/dashboards/{board['id']}").status == 404


def test_tiles_get_a_place_and_their_query_runs(sky: Looker) -> None:
    board = make(sky)
    body = {"dashboard_id": board["id"], "title": "T", "query": FLIGHTS}
    tile = sky.call("Dev", "POST", "/dashboard_elements", body).value
    assert len(sky.get("Dev", f"/queries/{tile['query_id']}/run/json")) == 2
    second = sky.call("Dev", "POST", "/dashboard_elements", {"dashboard_id": board["id"], "type": "text"}).value
    layout = sky.get("Dev", f"/dashboards/{board['id']}/dashboard_layouts")[0]["dashboard_layout_components"]
    assert [place["row"] for place in layout] == [0, 6]
    moved = sky.call("Dev", "PATCH", f"/dashboard_layout_components/{layout[0]['id']}", {"column": 12, "width": 12})
    assert (moved.value["column"], moved.value["width"]) == (12, 12)
    assert sky.call("Dev", "PATCH", f"/dashboard_layout_components/{layout[0]['id']}", {"column": 25}).status == 422
    changed = sky.call("Dev", "PATCH", f"/dashboard_elements/{second['id']}", {"body_text": "Hello"})
    assert changed.value["body_text"] == "Hello"
    assert sky.call("Dev", "DELETE", f"/dashboard_elements/{tile['id']}").status == 204
    whole = sky.get("Dev", f"/dashboards/{board['id']}")
    assert [element["id"] for element in whole["dashboard_elements"]] == [second["id"]]
    assert len(whole["dashboard_layouts"][0]["dashboard_layout_components"]) == 1


def test_filters_are_added_changed_and_removed(sky: Looker) -> None:
    board = make(sky)
    body = {"dashboard_id": board["id"], "name": "C", "title": "C", "type": "field_filter"}
    made = sky.call("Dev", "POST", "/dashboard_filters", body).value
    assert sky.call("Dev", "POST", "/dashboard_filters", body).status == 422
    assert sky.call("Dev", "PATCH", f"/dashboard_filters/{made['id']}", {"default_value": "UA"}).status == 200
    assert sky.get("Dev", f"/dashboards/{board['id']}/dashboard_filters")[0]["default_value"] == "UA"
    assert sky.call("Dev", "DELETE", f"/dashboard_filters/{made['id']}").status == 204
    assert sky.call("Dev", "GET", f"/dashboard_filters/{made['id']}").status == 404


def test_a_personal_dashboard_is_its_owners_and_a_shared_one_is_only_read_by_others(sky: Looker) -> None:
    own, shared = make(sky, "Ada"), make(sky, "Ada", folder_id=SHARED)
    assert sky.call("Dev", "GET", f"/dashboards/{own['id']}").status == 404
    assert sky.call("Dev", "GET", f"/dashboards/{shared['id']}").status == 200
    assert sky.call("Dev", "PATCH", f"/dashboards/{shared['id']}", {"title": "x"}).status == 403
    assert sky.call("Dev", "DELETE", f"/dashboards/{shared['id']}").status == 403
    assert sky.call("Dev", "POST", "/dashboard_elements", {"dashboard_id": shared["id"]}).status == 403
    assert sky.call("Eve", "GET", f"/dashboards/{shared['id']}").status == 404
    assert sky.call("Eve", "POST", "/dashboards", {"title": "x"}).status == 403


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "title"),
        ({"title": " "}, "title"),
        ({"title": 1}, "title"),
        ({"title": "x", "folder_id": "no"}, "folder_id"),
        ({"title": "x", "folder_id": "lookml"}, "folder_id"),
        ({"title": "Mine"}, "title"),
    ],
)
def test_a_dashboard_that_does_not_fit_is_refused(sky: Looker, body: dict[str, Any], field: str) -> None:
    make(sky)
    answer = sky.call("Dev", "POST", "/dashboards", body)
    assert answer.status == 422
    assert answer.value["errors"][0]["field"] == field


@pytest.mark.parametrize(
    "body", [{}, {"dashboard_id": ""}, {"type": "nonsense"}, {"query": {"model": "air"}}, {"query": {"view": 1}}]
)
def test_a_tile_that_does_not_fit_is_refused(sky: Looker, body: dict[str, Any]) -> None:
    board = {} if "dashboard_id" in body or not body else {"dashboard_id": make(sky)["id"]}
    assert sky.call("Dev", "POST", "/dashboard_elements", board | body).status == 422


def test_folders_are_made_renamed_moved_and_deleted_with_what_is_in_them(sky: Looker) -> None:
    outer = sky.call("Dev", "POST", "/folders", {"name": "Outer", "parent_id": SHARED}).value
    inner = sky.call("Dev", "POST", "/folders", {"name": "Inner", "parent_id": outer["id"]}).value
    board = make(sky, folder_id=inner["id"])
    assert [child["id"] for child in sky.get("Dev", f"/folders/{outer['id']}/children")] == [inner["id"]]
    assert [found["name"] for found in sky.get("Dev", f"/folders/{inner['id']}/ancestors")] == ["Shared", "Outer"]
    assert sky.get("Dev", f"/folders/{inner['id']}/parent")["id"] == outer["id"]
    assert [found["id"] for found in sky.get("Dev", "/folders/search", name="inn%")] == [inner["id"]]
    assert sky.call("Dev", "PATCH", f"/folders/{outer['id']}", {"parent_id": inner["id"]}).status == 422
    assert sky.call("Dev", "PATCH", f"/folders/{inner['id']}", {"name": "Core"}).value["name"] == "Core"
    assert sky.call("Dev", "DELETE", f"/folders/{outer['id']}").status == 204
    assert sky.call("Dev", "GET", f"/folders/{inner['id']}").status == 404
    assert sky.call("Dev", "GET", f"/dashboards/{board['id']}").status == 404


def test_folders_that_are_always_there_stay_and_personal_ones_are_private(sky: Looker) -> None:
    home = make(sky)["folder"]["id"]
    assert sky.call("Ada", "DELETE", f"/folders/{SHARED}").status == 403
    assert sky.call("Eve", "GET", f"/folders/{home}").status == 404
    assert home not in [folder["id"] for folder in sky.get("Eve", "/folders")]
    assert sky.call("Eve", "POST", "/folders", {"name": "x", "parent_id": SHARED}).status == 403
    assert sky.call("Dev", "POST", "/folders", {"name": "x", "parent_id": "lookml"}).status == 422
    assert sky.call("Dev", "POST", "/folders", {"name": "x"}).status == 422
    assert [board["id"] for board in sky.get("Eve", "/folders/lookml")["dashboards"]] == ["air::delays"]


def test_favourites_are_ones_own(sky: Looker) -> None:
    made = sky.call("Eve", "POST", "/content_favorite", {"lookml_dashboard_id": "air::delays"}).value
    assert made["lookml_dashboard"]["title"] == "Delays"
    assert [row["id"] for row in sky.get("Eve", "/content_favorite/search")] == [made["id"]]
    assert sky.get("Dev", "/content_favorite/search") == []
    assert sky.call("Dev", "DELETE", f"/content_favorite/{made['id']}").status == 404
    assert sky.call("Ian", "POST", "/content_favorite", {"lookml_dashboard_id": "air::delays"}).status == 404
    assert sky.call("Eve", "POST", "/content_favorite", {}).status == 422
    assert sky.call("Eve", "DELETE", f"/content_favorite/{made['id']}").status == 204


def test_there_are_no_looks_and_no_boards(sky: Looker) -> None:
    for path in ("/looks", "/looks/search", "/boards", "/boards/search", f"/folders/{SHARED}/looks"):
        assert sky.get("Eve", path) == []
    assert sky.call("Eve", "GET", "/looks/1").status == 404
