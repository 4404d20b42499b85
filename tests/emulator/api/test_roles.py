from __future__ import annotations

from local_looker import Looker


def test_others_see_only_their_own_roles(looker: Looker) -> None:
    assert [role["name"] for role in looker.get("Eve", "/roles")] == ["Viewer"]
    assert looker.get("Wim", "/roles/search", name="%") == []
    assert looker.call("Wim", "GET", f"/roles/{looker.role_id('Viewer')}").status == 404


def test_the_last_admin_keeps_the_role(looker: Looker) -> None:
    ada, admin = looker.user("Ada").id, looker.role_id("Admin")
    assert looker.call("Ada", "PUT", f"/users/{ada}/roles", []).status == 422
    assert looker.call("Ada", "PUT", f"/roles/{admin}/users", [looker.user("Dan").id]).status == 422
    assert looker.instance.is_admin(looker.user("Ada"))
    assert not looker.instance.is_admin(looker.user("Dan"))


def test_the_built_in_role_and_sets_are_not_changed(looker: Looker) -> None:
    admin = looker.role_id("Admin")
    assert looker.call("Ada", "DELETE", f"/roles/{admin}").status == 405
    assert looker.call("Ada", "PATCH", f"/roles/{admin}", {"name": "Boss"}).status == 405
    for kind in ("permission_sets", "model_sets"):
        built_in = looker.get("Ada", f"/{kind}/search", built_in="true")[0]["id"]
        assert looker.call("Ada", "PATCH", f"/{kind}/{built_in}", {"name": "x"}).status == 405
        assert looker.call("Ada", "DELETE", f"/{kind}/{built_in}").status == 405


def test_a_set_that_a_role_uses_is_not_deleted(looker: Looker) -> None:
    role = looker.get("Ada", f"/roles/{looker.role_id('Viewer')}")
    assert looker.call("Ada", "DELETE", f"/permission_sets/{role['permission_set']['id']}").status == 405
    assert looker.call("Ada", "DELETE", f"/model_sets/{role['model_set']['id']}").status == 405


def test_a_deleted_role_is_taken_from_users_and_groups(looker: Looker) -> None:
    viewer = looker.role_id("Viewer")
    assert looker.call("Ada", "DELETE", f"/roles/{viewer}").status == 204
    assert looker.get("Ada", f"/users/{looker.user('Eve').id}/roles") == []
    assert looker.get("Ada", "/groups/search/with_roles", name="east")[0]["roles"] == []


def test_nobody_can_make_a_second_admin_permission_set(looker: Looker) -> None:
    body = {"name": "Sneaky", "permissions": ["administer"], "all_access": True, "built_in": True}
    assert looker.call("Ada", "POST", "/permission_sets", body).status == 422
    body["permissions"] = ["access_data"]
    made = looker.call("Ada", "POST", "/permission_sets", body).value
    assert (made["all_access"], made["built_in"]) == (False, False)


def test_a_role_needs_sets_that_exist(looker: Looker) -> None:
    answer = looker.call("Ada", "POST", "/roles", {"name": "R", "permission_set_id": "999", "model_set_id": "999"})
    assert answer.value["errors"][0]["field"] == "permission_set_id"
    assert "R" not in [role["name"] for role in looker.get("Ada", "/roles")]


def test_roles_through_groups_count_unless_direct_ones_are_asked_for(looker: Looker) -> None:
    eve = looker.user("Eve").id
    assert [role["name"] for role in looker.get("Ada", f"/users/{eve}/roles")] == ["Viewer"]
    assert looker.get("Ada", f"/users/{eve}/roles", direct_association_only="true") == []
    users = f"/roles/{looker.role_id('Viewer')}/users"
    assert [user["id"] for user in looker.get("Ada", users)] == [eve]
    assert looker.get("Ada", users, direct_association_only="true") == []


def test_a_list_of_ids_with_one_that_does_not_exist_changes_nothing(looker: Looker) -> None:
    eve = looker.user("Eve")
    assert looker.call("Ada", "PUT", f"/users/{eve.id}/roles", [looker.role_id("Developer"), "999"]).status == 422
    assert eve.role_ids == set()
