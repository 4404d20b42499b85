from __future__ import annotations

from local_looker import Looker, make_looker, people


def test_others_see_a_groups_name_and_whether_they_are_in_it(looker: Looker) -> None:
    found = {group["name"]: group for group in looker.get("Eve", "/groups")}
    assert set(found["East"]) == {"id", "name", "contains_current_user", "can"}
    assert [found[name]["contains_current_user"] for name in ("East", "Coasts", "All Users", "West")] == [1, 1, 1, 0]


def test_a_group_counts_the_members_of_groups_inside_it(looker: Looker) -> None:
    assert looker.get("Ada", f"/groups/{looker.group_id('Coasts')}")["user_count"] == 2
    assert looker.get("Ada", f"/groups/{looker.group_id('Coasts')}/users") == []


def test_search_by_name_is_a_pattern_so_the_first_hit_is_not_the_group(looker: Looker) -> None:
    found = looker.get("Ada", "/groups/search", name="%")
    assert found[0]["name"] == "All Users"
    assert [group["name"] for group in looker.get("Ada", "/groups/search", name="_est")] == ["West"]
    assert [group["name"] for group in looker.get("Ada", "/groups/search", external_group_id="NOT NULL")] == ["West"]


def test_names_differ_by_more_than_case(looker: Looker) -> None:
    assert looker.call("Ada", "POST", "/groups", {"name": "east"}).value["errors"][0]["code"] == "already_exists"
    west = looker.group_id("West")
    assert looker.call("Ada", "PATCH", f"/groups/{west}", {"name": "EAST"}).status == 422
    assert looker.call("Ada", "PATCH", f"/groups/{west}", {"name": ""}).status == 422
    assert looker.call("Ada", "PATCH", f"/groups/{west}", {"name": "west"}).status == 200


def test_a_deleted_group_leaves_nothing_behind(looker: Looker) -> None:
    west = looker.group_id("West")
    assert looker.call("Ada", "DELETE", f"/groups/{west}").status == 204
    instance = looker.instance
    assert west not in looker.user("Wim").group_ids
    assert all(west not in group.child_ids for group in instance.groups.values())
    assert all(west != group_id for found in instance.attributes.values() for group_id, _ in found.group_values)


def test_everyone_stays_in_the_group_of_everyone(looker: Looker) -> None:
    everyone = looker.group_id("All Users")
    assert looker.call("Ada", "DELETE", f"/groups/{everyone}").status == 403
    assert looker.call("Ada", "PATCH", f"/groups/{everyone}", {"name": "Some Users"}).status == 403
    assert looker.call("Ada", "DELETE", f"/groups/{everyone}/users/{looker.user('Eve').id}").status == 403


def test_no_group_ends_up_inside_itself(looker: Looker) -> None:
    east, coasts = looker.group_id("East"), looker.group_id("Coasts")
    assert looker.call("Ada", "POST", f"/groups/{east}/groups", {"group_id": coasts}).status == 422
    assert looker.call("Ada", "POST", f"/groups/{east}/groups", {"group_id": east}).status == 422


def test_a_member_that_does_not_exist_is_not_found(looker: Looker) -> None:
    path = f"/groups/{looker.group_id('West')}"
    assert looker.call("Ada", "POST", f"{path}/users", {"user_id": "999"}).status == 404
    assert looker.call("Ada", "POST", f"{path}/users", {"user_id": int(looker.user("Eve").id)}).status == 200
    assert looker.call("Ada", "DELETE", f"{path}/users/{looker.user('Dan').id}").status == 404
    assert looker.call("Ada", "POST", f"{path}/users", {}).value["errors"][0]["field"] == "user_id"


def test_the_last_admin_cannot_lose_the_group_that_makes_them_one() -> None:
    world = people(
        groups=[{"name": "Admins", "roles": ["Admin"]}],
        attributes=[],
        users=[{"first_name": "Ada", "last_name": "A", "email": "ada@air.example", "groups": ["Admins"]}],
    )
    looker = make_looker(world)
    admins, ada = looker.group_id("Admins"), looker.user("Ada").id
    assert looker.call("Ada", "DELETE", f"/groups/{admins}").status == 403
    assert looker.call("Ada", "DELETE", f"/groups/{admins}/users/{ada}").status == 403
    assert looker.call("Ada", "PUT", f"/roles/{looker.role_id('Admin')}/groups", []).status == 422
    assert looker.get("Ada", "/groups/search", name="admins")[0]["user_count"] == 1
    assert looker.instance.is_admin(looker.user("Ada"))
