from __future__ import annotations

import pytest

from local_looker import Looker


def value(looker: Looker, first_name: str, attribute: str) -> tuple[str | None, str | None, int | None]:
    ids = looker.attribute_id(attribute)
    path = f"/users/{looker.user(first_name).id}/attribute_values"
    found = looker.get("Ada", path, user_attribute_ids=ids, include_unset="true")
    return found[0]["value"], found[0]["source"], found[0]["rank"]


def test_the_users_own_value_beats_the_groups_which_beats_the_default(looker: Looker) -> None:
    carrier, wim = looker.attribute_id("carrier"), looker.user("Wim").id
    assert value(looker, "Ada", "carrier") == ("UA", "default", None)
    assert value(looker, "Wim", "carrier") == ("DL", "group", 0)
    looker.call("Ada", "PATCH", f"/users/{wim}/attribute_values/{carrier}", {"value": "AA"})
    assert value(looker, "Wim", "carrier") == ("AA", "user", None)
    assert looker.call("Ada", "DELETE", f"/users/{wim}/attribute_values/{carrier}").status == 204
    assert value(looker, "Wim", "carrier") == ("DL", "group", 0)


def test_a_group_inside_a_group_gives_its_value_to_the_inner_ones_members(looker: Looker) -> None:
    assert value(looker, "Eve", "carrier") == ("B6", "group", 1)


def test_among_groups_the_lowest_rank_wins_however_the_list_was_sent(looker: Looker) -> None:
    carrier = looker.attribute_id("carrier")
    body = [
        {"group_id": looker.group_id("West"), "value": "late", "rank": 20},
        {"group_id": looker.group_id("Coasts"), "value": "early", "rank": 3},
    ]
    assert looker.call("Ada", "POST", f"/user_attributes/{carrier}/group_values", body).status == 200
    assert value(looker, "Wim", "carrier") == ("early", "group", 0)


def test_posting_group_values_replaces_all_of_them(looker: Looker) -> None:
    carrier = looker.attribute_id("carrier")
    body = [{"group_id": looker.group_id("East"), "value": "AA"}]
    looker.call("Ada", "POST", f"/user_attributes/{carrier}/group_values", body)
    assert [found["value"] for found in looker.get("Ada", f"/user_attributes/{carrier}/group_values")] == ["AA"]
    assert value(looker, "Wim", "carrier") == ("UA", "default", None)


@pytest.mark.parametrize(
    "body",
    [
        [{"group_id": "999", "value": "x"}],
        [{"group_id": "EAST", "value": "x"}, {"group_id": "EAST", "value": "y"}],
        [{"group_id": "EAST", "value": "x", "rank": 1}, {"group_id": "WEST", "value": "y"}],
        [{"group_id": "EAST"}],
        [{"group_id": "EAST", "value": None}],
        [{"value": "x"}],
        {"group_id": "EAST", "value": "x"},
    ],
)
def test_group_values_that_do_not_fit_leave_the_old_ones_alone(looker: Looker, body: object) -> None:
    text = repr(body).replace("EAST", looker.group_id("East")).replace("WEST", looker.group_id("West"))
    attribute = looker.instance.attributes[looker.attribute_id("carrier")]
    before = list(attribute.group_values)
    answer = looker.call("Ada", "POST", f"/user_attributes/{attribute.id}/group_values", eval(text))  # noqa: S307 - our own
    assert answer.status == 422
    assert attribute.group_values == before


def test_a_single_group_value_keeps_its_rank_or_comes_last(looker: Looker) -> None:
    carrier = looker.attribute_id("carrier")
    path = "/groups/{}/attribute_values/" + carrier
    assert looker.call("Ada", "PATCH", path.format(looker.group_id("West")), {"value": "F9"}).value["rank"] == 0
    assert looker.call("Ada", "PATCH", path.format(looker.group_id("East")), {"value": "HA"}).value["rank"] == 2
    assert looker.call("Ada", "DELETE", path.format(looker.group_id("West"))).status == 204
    assert looker.call("Ada", "DELETE", path.format(looker.group_id("West"))).status == 404


def test_all_values_lists_what_lost_too_and_unset_ones_only_when_asked(looker: Looker) -> None:
    path = f"/users/{looker.user('Wim').id}/attribute_values"
    carrier = looker.attribute_id("carrier")
    found = looker.get("Ada", path, user_attribute_ids=carrier, all_values="true")
    assert [one["value"] for one in found] == ["DL", "B6", "UA"]
    assert looker.get("Ada", path, user_attribute_ids=looker.attribute_id("limit")) == []
    assert value(looker, "Wim", "limit") == (None, None, None)


def test_users_change_only_their_own_values_and_only_where_the_attribute_lets_them(looker: Looker) -> None:
    eve, wim = looker.user("Eve").id, looker.user("Wim").id
    carrier, limit = looker.attribute_id("carrier"), looker.attribute_id("limit")
    assert looker.call("Eve", "PATCH", f"/users/{eve}/attribute_values/{carrier}", {"value": "AA"}).status == 200
    assert looker.call("Eve", "PATCH", f"/users/{eve}/attribute_values/{limit}", {"value": "5"}).status == 403
    assert looker.call("Eve", "DELETE", f"/users/{eve}/attribute_values/{limit}").status == 403
    assert looker.call("Eve", "PATCH", f"/users/{wim}/attribute_values/{carrier}", {"value": "AA"}).status == 403
    assert looker.call("Eve", "GET", f"/users/{wim}/attribute_values").status == 403


def test_a_users_handle_cannot_be_set_by_the_user(looker: Looker) -> None:
    eve = looker.user("Eve").id
    path = f"/users/{eve}/attribute_values/{looker.attribute_id('handle')}"
    assert looker.call("Eve", "PATCH", path, {"value": "mine"}).status == 403


@pytest.mark.parametrize("body", [{}, {"value": None}, {"value": 5}, {"value": ["x"]}, None, []])
def test_a_value_is_a_string(looker: Looker, body: object) -> None:
    path = f"/users/{looker.user('Eve').id}/attribute_values/{looker.attribute_id('carrier')}"
    assert looker.call("Ada", "PATCH", path, body).status == 422
