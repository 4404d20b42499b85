from __future__ import annotations

from typing import Any

import pytest

from local_looker import Looker, make_looker, people
from looker_http import Http
from lookgate.emulator.api.http import MAX_BODY_BYTES
from lookgate.emulator.app import build_app

FRIEND = "https://friend.example"


@pytest.fixture
def looker() -> Looker:
    return make_looker(people(looker={"allowed_origins": [FRIEND]}))


@pytest.fixture
def http(looker: Looker) -> Http:
    return Http(build_app(looker.instance), looker.instance.base_url)


def bearer(looker: Looker, first_name: str = "Eve", scheme: str = "Bearer") -> dict[str, str]:
    return {"authorization": f"{scheme} {looker.token(first_name)}"}


@pytest.mark.parametrize("scheme", ["Bearer", "token", "bearer", "Token"])
def test_both_words_before_a_token_are_understood(http: Http, looker: Looker, scheme: str) -> None:
    assert http.get("/api/4.0/user", headers=bearer(looker, scheme=scheme)).json()["first_name"] == "Eve"


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer ", "Basic eDp5", "Bearer x", "token ="])
def test_anything_else_is_no_token(http: Http, header: str) -> None:
    answer = http.get("/api/4.0/user", headers={"authorization": header})
    assert (answer.status, answer.json()["message"]) == (401, "Requires authentication.")


def test_a_token_in_the_query_is_no_token(http: Http, looker: Looker) -> None:
    assert http.get("/api/4.0/user", access_token=looker.token("Eve")).status == 401


def test_the_content_type_is_ignored(http: Http, looker: Looker) -> None:
    key = looker.user("Eve").api3[0]
    form = f"client_id={key.client_id}&client_secret={key.client_secret}"
    answer = http.request("POST", "/api/4.0/login", {"content-type": "application/json"}, form.encode())
    assert answer.status == 200
    form_label = {"content-type": "application/x-www-form-urlencoded"}
    body = f'{{"client_id": "{key.client_id}", "client_secret": "{key.client_secret}"}}'
    assert http.request("POST", "/api/4.0/login", form_label, body.encode()).status == 200


def test_logout_works_with_and_without_a_version(http: Http, looker: Looker) -> None:
    for path in ("/api/logout", "/api/4.0/logout"):
        headers = bearer(looker)
        answer = http.request("DELETE", path, headers)
        assert (answer.status, answer.body) == (204, b"")
        assert http.get("/api/4.0/user", headers=headers).status == 401


@pytest.mark.parametrize(
    "path", ["/api/3.1/user", "/api/4.0", "/api/user", "/api/4.0/nothing", "/api/4.0/users/1/shoes"]
)
def test_an_unknown_path_is_not_found(http: Http, looker: Looker, path: str) -> None:
    answer = http.get(path, headers=bearer(looker))
    assert (answer.status, answer.json()["message"]) == (404, "Not found")


def test_an_unknown_path_tells_nothing_to_those_without_a_token(http: Http) -> None:
    assert http.get("/api/4.0/nothing").status == 401


def test_a_percent_encoded_slash_stays_inside_its_segment(http: Http, looker: Looker) -> None:
    headers = bearer(looker, "Ada")
    looker.user("Wim").credentials["saml"] = "corp/wim"
    assert http.get("/api/4.0/users/credential/saml/corp%2Fwim", headers=headers).json()["first_name"] == "Wim"
    assert http.get("/api/4.0/users/credential/saml/corp/wim", headers=headers).status == 404


def test_head_is_get_without_its_body(http: Http, looker: Looker) -> None:
    answer = http.request("HEAD", "/api/4.0/user", bearer(looker))
    assert (answer.status, answer.body) == (200, b"")


def test_options_says_which_methods_there_are(http: Http) -> None:
    answer = http.request("OPTIONS", "/api/4.0/users/1")
    assert (answer.status, answer.headers["allow"]) == (204, "DELETE, GET, PATCH, OPTIONS")
    assert "access-control-allow-origin" not in answer.headers


def test_an_allowed_origin_may_read_answers_and_errors(http: Http, looker: Looker) -> None:
    for headers in (bearer(looker), {}):
        answer = http.get("/api/4.0/user", headers={**headers, "origin": FRIEND})
        assert answer.headers["access-control-allow-origin"] == FRIEND
        assert answer.headers["vary"] == "Origin"
        assert "access-control-allow-credentials" not in answer.headers
    preflight = {"origin": FRIEND, "access-control-request-method": "PATCH"}
    answer = http.request("OPTIONS", "/api/4.0/users/1", preflight)
    assert "PATCH" in answer.headers["access-control-allow-methods"]
    assert "authorization" in answer.headers["access-control-allow-headers"]


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "https://friend.example.evil.example", "http://friend.example", "null", "*"]
)
def test_any_other_origin_may_not(http: Http, looker: Looker, origin: str) -> None:
    answer = http.get("/api/4.0/user", headers={**bearer(looker), "origin": origin})
    assert not [name for name in answer.headers if name.startswith("access-control")]


def test_the_allow_list_can_be_changed_through_the_api(http: Http, looker: Looker) -> None:
    body = {"embed_config": {"domain_allowlist": ["https://other.example"]}}
    assert http.request("PATCH", "/api/4.0/setting", bearer(looker, "Ada"), json=body).status == 200
    headers = {**bearer(looker), "origin": "https://other.example"}
    assert http.get("/api/4.0/user", headers=headers).headers["access-control-allow-origin"] == "https://other.example"


def test_a_body_that_is_too_long_is_refused(http: Http, looker: Looker) -> None:
    answer = http.request("POST", "/api/4.0/groups", bearer(looker, "Ada"), b"x" * (MAX_BODY_BYTES + 1))
    assert answer.status == 413


def test_no_answer_is_kept_by_a_cache(http: Http, looker: Looker) -> None:
    assert http.get("/api/4.0/user", headers=bearer(looker)).headers["cache-control"] == "no-store"


def test_a_handler_that_fails_is_a_500_in_lookers_shape_and_a_log_line(caplog: pytest.LogCaptureFixture) -> None:
    from lookgate.emulator.api.dispatch import Api  # noqa: PLC0415 - only here
    from lookgate.emulator.api.route import Call, Operations  # noqa: PLC0415 - likewise

    operations = Operations()

    @operations("broken", "GET", "/broken")
    def broken(call: Call) -> Any:  # noqa: ARG001 - a handler's signature
        raise RuntimeError("the secret reason")

    looker = make_looker()
    answer = Api(looker.instance, operations.all).handle("GET", "/broken", token=looker.token("Eve"))
    assert answer.status == 500
    assert b"secret reason" not in answer.body
    assert "GET /broken" in caplog.text


def test_two_operations_in_one_place_are_an_error() -> None:
    from lookgate.emulator.api.dispatch import Api  # noqa: PLC0415 - only here
    from lookgate.emulator.api.route import Operations  # noqa: PLC0415 - likewise

    for second in (("one", "GET", "/b"), ("two", "GET", "/a/{x}")):
        operations = Operations()
        operations("one", "GET", "/a/{id}")(lambda _: None)
        operations(*second)(lambda _: None)
        with pytest.raises(ValueError, match="two operations"):
            Api(make_looker().instance, operations.all)


def test_the_extension_host_can_ask_which_operation_a_call_is() -> None:
    api = make_looker().api
    for method, path, expected in (
        ("GET", "/users/search", "search_users"),
        ("GET", "/users/7", "user"),
        ("PATCH", "/users/7/attribute_values/9", "set_user_attribute_user_value"),
        ("GET", "/users/credential/email/x", "user_for_credential"),
        ("GET", "/user", "me"),
    ):
        found = api.find(method, path)
        assert found is not None
        assert found.id == expected
    assert api.find("DELETE", "/user") is None
