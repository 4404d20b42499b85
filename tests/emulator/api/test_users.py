from __future__ import annotations

from local_looker import Looker, make_looker

PUBLIC = {"id", "first_name", "last_name", "display_name", "avatar_url", "url", "can"}


def test_a_colleague_is_a_name_and_nothing_else(looker: Looker) -> None:
    assert set(looker.get("Eve", f"/users/{looker.user('Wim').id}")) == PUBLIC
    assert all(set(user) == PUBLIC for user in looker.get("Eve", "/users") if user["first_name"] != "Eve")


def test_a_user_sees_themselves_whole(looker: Looker) -> None:
    me = looker.get("Eve", "/user")
    assert me["email"] == "eve@air.example"
    assert set(me["group_ids"]) == {looker.group_id(name) for name in ("All Users", "East", "Coasts")}
    assert me["role_ids"] == [looker.role_id("Viewer")]


def test_no_answer_about_users_carries_an_api_secret(looker: Looker) -> None:
    secrets = [user.api3[0].client_secret for user in looker.instance.users.values()]
    body = looker.call("Ada", "GET", "/users").body.decode()
    assert not [secret for secret in secrets if secret in body]


def test_the_url_of_a_session_does_not_give_the_cookie_away(looker: Looker) -> None:
    from lookgate.emulator.instance import UiSession  # noqa: PLC0415 - only here

    looker.instance.sessions["c00kie"] = UiSession("c00kie", looker.user("Eve").id, "csrf-value", looker.clock())
    body = looker.call("Ada", "GET", "/users").body.decode()
    assert "c00kie" not in body
    assert "csrf-value" not in body


def test_a_disabled_user_is_signed_out_at_once(looker: Looker) -> None:
    token = looker.token("Eve")
    eve = looker.user("Eve").id
    assert looker.call("Ada", "PATCH", f"/users/{eve}", {"is_disabled": True}).status == 200
    assert looker.api.handle("GET", "/user", token=token).status == 401
    assert token not in looker.instance.tokens


def test_a_disabled_user_that_is_enabled_again_needs_a_new_login(looker: Looker) -> None:
    token, eve = looker.token("Eve"), looker.user("Eve").id
    looker.call("Ada", "PATCH", f"/users/{eve}", {"is_disabled": True})
    looker.call("Ada", "PATCH", f"/users/{eve}", {"is_disabled": False})
    assert looker.api.handle("GET", "/user", token=token).status == 401


def test_nobody_deletes_themselves(looker: Looker) -> None:
    looker.call("Ada", "PUT", f"/users/{looker.user('Eve').id}/roles", [looker.role_id("Admin")])
    assert looker.call("Ada", "DELETE", f"/users/{looker.user('Ada').id}").status == 403


def test_a_deleted_user_leaves_no_value_no_token_and_no_membership(looker: Looker) -> None:
    eve = looker.user("Eve").id
    token = looker.token("Eve")
    assert looker.call("Ada", "DELETE", f"/users/{eve}").status == 204
    assert not [key for key in looker.instance.user_values if key[0] == eve]
    assert token not in looker.instance.tokens
    assert looker.get("Ada", f"/groups/{looker.group_id('East')}/users") == []
    assert looker.call("Ada", "GET", f"/users/{eve}").status == 404


def test_the_last_admin_stays_enabled_and_nothing_else_of_the_change_happens(looker: Looker) -> None:
    ada = looker.user("Ada")
    answer = looker.call("Ada", "PATCH", f"/users/{ada.id}", {"is_disabled": True})
    assert answer.status == 422
    assert answer.value["errors"][0]["field"] == "is_disabled"
    assert not ada.is_disabled


def test_the_email_of_a_user_cannot_be_written_past_the_credentials(looker: Looker) -> None:
    eve = looker.user("Eve")
    assert looker.call("Ada", "PATCH", f"/users/{eve.id}", {"email": "ada@air.example"}).value["email"] == eve.email


def test_a_field_of_the_wrong_type_is_named(looker: Looker) -> None:
    answer = looker.call("Ada", "PATCH", f"/users/{looker.user('Eve').id}", {"first_name": 5})
    assert answer.status == 422
    assert answer.value["message"] == "Validation Failed"
    assert answer.value["errors"][0]["field"] == "first_name"


def test_a_new_user_is_in_the_group_of_everyone_and_cannot_do_anything(looker: Looker) -> None:
    made = looker.call("Ada", "POST", "/users", {"first_name": "Nia"}).value
    assert made["group_ids"] == [looker.group_id("All Users")]
    assert (made["role_ids"], made["credentials_email"], made["credentials_api3"]) == ([], None, [])


def test_fields_choose_what_comes_back_at_any_depth(looker: Looker) -> None:
    eve = looker.user("Eve")
    found = looker.get("Ada", f"/users/{eve.id}", fields="id,credentials_email(email),can(show),nonsense")
    assert found == {"id": eve.id, "credentials_email": {"email": eve.email}, "can": {"show": True}}


def test_the_same_world_gives_the_same_ids() -> None:
    first, second = make_looker(), make_looker()
    assert list(first.instance.users) == list(second.instance.users) == ["1", "2", "3", "4"]
    assert list(first.instance.attributes) == list(second.instance.attributes)
