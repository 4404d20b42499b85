from __future__ import annotations

import pytest

from local_looker import Looker, make_looker


def login(looker: Looker, first_name: str) -> dict[str, str]:
    key = looker.user(first_name).api3[0]
    return {"client_id": key.client_id, "client_secret": key.client_secret}


def test_a_key_in_a_form_in_json_or_in_the_query_gives_a_token(looker: Looker) -> None:
    key = login(looker, "Eve")
    form = f"client_id={key['client_id']}&client_secret={key['client_secret']}".encode()
    for answer in (
        looker.call(None, "POST", "/login", form),
        looker.call(None, "POST", "/login", key),
        looker.call(None, "POST", "/login", **key),
    ):
        token = answer.value
        assert (answer.status, token["token_type"], token["expires_in"]) == (200, "Bearer", 3600)
        assert looker.api.handle("GET", "/user", token=token["access_token"]).value["first_name"] == "Eve"


@pytest.mark.parametrize(
    "body", [{}, {"client_id": ""}, {"client_id": "x", "client_secret": "y"}, [], {"client_id": 5, "client_secret": []}]
)
def test_a_bad_login_is_not_found(looker: Looker, body: object) -> None:
    answer = looker.call(None, "POST", "/login", body)
    assert (answer.status, answer.value["message"]) == (404, "Not found")


def test_the_secret_of_another_key_does_not_fit(looker: Looker) -> None:
    mixed = {**login(looker, "Eve"), "client_id": login(looker, "Ada")["client_id"]}
    assert looker.call(None, "POST", "/login", mixed).status == 404


def test_a_disabled_user_or_key_does_not_log_in(looker: Looker) -> None:
    assert looker.call(None, "POST", "/login", login(looker, "Dan")).status == 404
    looker.user("Eve").api3[0].is_disabled = True
    assert looker.call(None, "POST", "/login", login(looker, "Eve")).status == 404


def test_a_deleted_key_does_not_log_in_any_more(looker: Looker) -> None:
    eve, key = looker.user("Eve"), login(looker, "Eve")
    assert looker.call("Ada", "DELETE", f"/users/{eve.id}/credentials_api3/{eve.api3[0].id}").status == 204
    assert looker.call(None, "POST", "/login", key).status == 404


def test_a_token_lives_an_hour(looker: Looker) -> None:
    token = looker.token("Eve")
    looker.clock.forward(minutes=59, seconds=59)
    assert looker.api.handle("GET", "/user", token=token).status == 200
    looker.clock.forward(seconds=1)
    assert looker.api.handle("GET", "/user", token=token).status == 401


def test_logout_revokes_that_token_and_no_other(looker: Looker) -> None:
    first, second = looker.token("Eve"), looker.token("Eve")
    assert looker.api.handle("DELETE", "/logout", token=first).status == 204
    assert looker.api.handle("GET", "/user", token=first).status == 401
    assert looker.api.handle("GET", "/user", token=second).status == 200


def test_an_admin_gets_a_token_of_somebody_else_and_the_session_says_so(looker: Looker) -> None:
    eve = looker.user("Eve")
    answer = looker.call("Ada", "POST", f"/login/{eve.id}")
    session = looker.api.handle("GET", "/session", token=answer.value["access_token"])
    assert session.value["sudo_user_id"] == looker.user("Ada").id


def test_sudo_is_for_admins_and_towards_enabled_users_that_exist(looker: Looker) -> None:
    assert looker.call("Eve", "POST", f"/login/{looker.user('Ada').id}").status == 403
    assert looker.call("Ada", "POST", f"/login/{looker.user('Dan').id}").status == 404
    assert looker.call("Ada", "POST", "/login/999").status == 404


def test_the_core_edition_refuses_sudo_as_the_real_one_does() -> None:
    looker = make_looker(edition="core")
    answer = looker.call("Ada", "POST", f"/login/{looker.user('Eve').id}")
    assert (answer.status, answer.value["message"]) == (403, "Unsupported in Looker (Google Cloud core)")


def test_the_core_edition_refuses_email_credentials() -> None:
    looker = make_looker(edition="core")
    eve = looker.user("Eve").id
    body = {"email": "x@air.example"}
    assert looker.call("Ada", "PATCH", f"/users/{eve}/credentials_email", body).status == 403
    assert looker.user("Eve").email == "eve@air.example"


def test_the_dev_workspace_is_for_those_who_may_develop(looker: Looker) -> None:
    assert looker.call("Eve", "PATCH", "/session", {"workspace_id": "dev"}).status == 403
    looker.call("Ada", "PUT", f"/users/{looker.user('Eve').id}/roles", [looker.role_id("Developer")])
    token = looker.token("Eve")
    looker.api.handle("PATCH", "/session", body={"workspace_id": "dev"}, token=token)
    assert looker.api.handle("GET", "/session", token=token).value["workspace_id"] == "dev"
    assert looker.get("Eve", "/session")["workspace_id"] == "production"
