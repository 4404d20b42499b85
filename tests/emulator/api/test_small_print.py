"""Small print of the local Looker's API that programs rely on: what stands in docs/fidelity/people.md, row by row."""

from __future__ import annotations

import pytest

from local_looker import Looker


def test_ids_are_sent_as_numbers_or_texts_and_answered_as_texts(looker: Looker) -> None:
    group, eve = looker.group_id("West"), looker.user("Eve").id
    for sent in (int(eve), eve):
        assert looker.call("Ada", "POST", f"/groups/{group}/users", {"user_id": sent}).value["id"] == eve


def test_unknown_and_read_only_fields_are_ignored_because_clients_send_whole_objects_back(looker: Looker) -> None:
    eve = looker.user("Eve").id
    whole = looker.get("Ada", f"/users/{eve}")
    answer = looker.call("Ada", "PATCH", f"/users/{eve}", whole | {"last_name": "Eastman", "shoe_size": 9, "id": "77"})
    assert (answer.status, answer.value["last_name"], answer.value["id"]) == (200, "Eastman", eve)
    assert "shoe_size" not in looker.get("Ada", f"/users/{eve}")


def test_what_answers_204_has_no_body(looker: Looker) -> None:
    answer = looker.call("Ada", "DELETE", f"/groups/{looker.group_id('West')}")
    assert (answer.status, answer.body) == (204, b"")


def test_tokens_of_a_deleted_key_live_until_they_expire_or_their_user_ends(looker: Looker) -> None:
    eve, token = looker.user("Eve"), looker.token("Eve")
    looker.call("Ada", "DELETE", f"/users/{eve.id}/credentials_api3/{eve.api3[0].id}")
    assert looker.api.handle("GET", "/user", token=token).status == 200
    looker.call("Ada", "PATCH", f"/users/{eve.id}", {"is_disabled": True})
    assert looker.api.handle("GET", "/user", token=token).status == 401


@pytest.mark.parametrize("name", ["carrier", "handle"])
def test_deleting_a_value_that_is_not_set_is_a_404(looker: Looker, name: str) -> None:
    path = f"/users/{looker.user('Wim').id}/attribute_values/{looker.attribute_id(name)}"
    assert looker.call("Ada", "DELETE", path).status == 404


def test_the_rank_in_the_body_of_a_single_group_value_is_ignored(looker: Looker) -> None:
    path = f"/groups/{looker.group_id('East')}/attribute_values/{looker.attribute_id('carrier')}"
    assert looker.call("Ada", "PATCH", path, {"value": "HA", "rank": 0}).value["rank"] == 2


@pytest.mark.parametrize("permission", ["see_users", "sudo"])
def test_permissions_other_than_being_an_admin_open_nothing_of_this_part(looker: Looker, permission: str) -> None:
    looker.call("Ada", "POST", "/permission_sets", {"name": "P", "permissions": ["access_data", permission]})
    made = looker.get("Ada", "/permission_sets/search", name="P")[0]["id"]
    models = looker.get("Ada", "/model_sets/search", name="Air")[0]["id"]
    body = {"name": "R", "permission_set_id": made, "model_set_id": models}
    role = looker.call("Ada", "POST", "/roles", body).value["id"]
    looker.call("Ada", "PUT", f"/users/{looker.user('Wim').id}/roles", [role])
    assert looker.call("Wim", "POST", f"/login/{looker.user('Eve').id}").status == 403
    assert "email" not in looker.get("Wim", f"/users/{looker.user('Eve').id}")
