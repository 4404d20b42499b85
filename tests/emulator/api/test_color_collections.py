from __future__ import annotations

from typing import Any

import pytest

from local_looker import Looker

PATH = "/color_collections"
NEW: dict[str, Any] = {
    "label": "Ours",
    "categoricalPalettes": [{"label": "C", "type": "Categorical", "colors": ["#123456", "#abc"]}],
    "sequentialPalettes": [{"stops": [{"color": "#000000", "offset": 0}, {"color": "#ffffff", "offset": 100}]}],
    "divergingPalettes": [{"stops": [{"color": "#000000", "offset": 0}, {"color": "#ffffff", "offset": 100}]}],
}


def test_a_custom_collection_is_made_changed_and_deleted(looker: Looker) -> None:
    made = looker.call("Ada", "POST", PATH, NEW).value
    assert made["categoricalPalettes"][0]["colors"] == ["#123456", "#abc"]
    assert made["divergingPalettes"][0]["type"] == "Diverging"
    assert looker.get("Ada", f"{PATH}/custom") == [made]
    changed = looker.call("Ada", "PATCH", f"{PATH}/{made['id']}", {"label": "Yours"}).value
    assert (changed["label"], changed["categoricalPalettes"]) == ("Yours", made["categoricalPalettes"])
    assert looker.call("Ada", "DELETE", f"{PATH}/{made['id']}").status == 204
    assert looker.call("Ada", "GET", f"{PATH}/{made['id']}").status == 404


def test_standard_collections_can_be_read_and_not_changed(looker: Looker) -> None:
    standard = looker.get("Ada", f"{PATH}/standard")
    assert standard
    for collection in standard:
        assert looker.get("Ada", f"{PATH}/{collection['id']}") == collection
        assert looker.call("Ada", "PATCH", f"{PATH}/{collection['id']}", {"label": "x"}).status == 403
        assert looker.call("Ada", "DELETE", f"{PATH}/{collection['id']}").status == 403


def test_the_default_is_chosen_and_falls_back_when_it_is_deleted(looker: Looker) -> None:
    first = looker.get("Ada", f"{PATH}/default")["id"]
    made = looker.call("Ada", "POST", PATH, NEW).value["id"]
    assert looker.call("Ada", "PUT", f"{PATH}/default", collection_id=made).value["id"] == made
    assert looker.get("Ada", f"{PATH}/default")["id"] == made
    looker.call("Ada", "DELETE", f"{PATH}/{made}")
    assert looker.get("Ada", f"{PATH}/default")["id"] == first
    assert looker.call("Ada", "PUT", f"{PATH}/default", collection_id=made).status == 404
    assert looker.call("Ada", "PUT", f"{PATH}/default").status == 422


def test_to_others_than_admins_they_are_not_found(looker: Looker) -> None:
    for method, path in (
        ("GET", PATH), ("GET", f"{PATH}/custom"), ("GET", f"{PATH}/standard"), ("GET", f"{PATH}/default"),
        ("POST", PATH), ("PUT", f"{PATH}/default"), ("GET", f"{PATH}/looker"), ("DELETE", f"{PATH}/looker"),
    ):  # fmt: skip
        assert looker.call("Eve", method, path, NEW).status == 404, path


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"label": None}, "label"),
        ({"label": " "}, "label"),
        ({"categoricalPalettes": [{"colors": ["red"]}]}, "categoricalPalettes"),
        ({"categoricalPalettes": [{"colors": []}]}, "categoricalPalettes"),
        ({"sequentialPalettes": [{"stops": [{"color": "#000", "offset": 101}]}]}, "sequentialPalettes"),
        ({"divergingPalettes": "x"}, "divergingPalettes"),
    ],
)
def test_what_does_not_fit_is_named_and_nothing_is_made(looker: Looker, change: dict[str, Any], field: str) -> None:
    answer = looker.call("Ada", "POST", PATH, NEW | change)
    assert answer.status == 422
    assert answer.value["errors"][0]["field"] == field
    assert looker.get("Ada", f"{PATH}/custom") == []
