from __future__ import annotations

import pytest

from local_looker import Looker

APP = {"redirect_uri": "https://app.example/cb", "display_name": "App"}
PATH = "/oauth_client_apps/my.app"


def test_an_admin_registers_reads_changes_and_deletes(looker: Looker) -> None:
    made = looker.call("Ada", "POST", PATH, APP).value
    assert (made["client_guid"], made["enabled"], made["group_id"]) == ("my.app", True, None)
    assert looker.get("Ada", PATH, fields="display_name") == {"display_name": "App"}
    assert looker.call("Ada", "PATCH", PATH, {"display_name": "Other"}).value["display_name"] == "Other"
    assert [app["client_guid"] for app in looker.get("Ada", "/oauth_client_apps")] == ["my.app"]
    assert [looker.call("Ada", "DELETE", PATH).status for _ in range(2)] == [204, 204]
    assert looker.call("Ada", "GET", PATH).status == 404


def test_others_see_none_and_change_none(looker: Looker) -> None:
    looker.call("Ada", "POST", PATH, APP)
    assert looker.get("Eve", "/oauth_client_apps") == []
    assert looker.call("Eve", "GET", PATH).status == 404
    for method, path in (
        ("POST", "/oauth_client_apps/x"),
        ("PATCH", PATH),
        ("DELETE", PATH),
        ("DELETE", f"{PATH}/tokens"),
    ):
        assert looker.call("Eve", method, path, APP).status == 403


@pytest.mark.parametrize(
    "uri",
    [
        "http://app.example/cb",
        "/cb",
        "//app.example/cb",
        "javascript:alert(1)",
        "https://",
        "https://user@app.example/",
        "https://app.example/#x",
        "https://app.example/\\evil",
        "https://app.example/ x",
        "https://app.example/é",
        "https://app.example:port/",
        "http://localhost.evil.example/",
        "https://[::1/",
        "https://a;script-src/",
        "https://a'b/",
        "",
    ],
)
def test_a_redirect_uri_is_https_or_this_machine(looker: Looker, uri: str) -> None:
    answer = looker.call("Ada", "POST", PATH, APP | {"redirect_uri": uri})
    assert answer.status == 422
    assert answer.value["errors"][0]["field"] == "redirect_uri"


@pytest.mark.parametrize("uri", ["http://localhost:8080/cb", "http://127.0.0.1/cb", "http://[::1]:1/cb"])
def test_http_is_good_enough_for_this_machine(looker: Looker, uri: str) -> None:
    assert looker.call("Ada", "POST", PATH, APP | {"redirect_uri": uri}).status == 200


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"redirect_uri": None}, "redirect_uri"),
        ({"display_name": " "}, "display_name"),
        ({"group_id": "0"}, "group_id"),
        ({"enabled": "yes"}, "enabled"),
    ],
)
def test_what_does_not_fit_is_named(looker: Looker, change: dict[str, object], field: str) -> None:
    answer = looker.call("Ada", "POST", PATH, APP | change)
    assert answer.status == 422
    assert answer.value["errors"][0]["field"] == field


def test_a_guid_is_unique_and_plain(looker: Looker) -> None:
    looker.call("Ada", "POST", PATH, APP)
    assert looker.call("Ada", "POST", PATH, APP).value["errors"][0]["code"] == "already_exists"
    assert looker.call("Ada", "POST", "/oauth_client_apps/a%20b", APP).status == 422


def test_one_activates_oneself_an_admin_anybody_an_app_nobody(looker: Looker) -> None:
    looker.call("Ada", "POST", PATH, APP)
    eve, wim = looker.user("Eve").id, looker.user("Wim").id
    assert looker.call("Eve", "POST", f"{PATH}/users/{wim}").status == 403
    assert looker.call("Ada", "POST", f"{PATH}/users/{wim}").status == 204
    of_app = looker.instance.issue_token(eve, oauth_client="other.app")
    assert looker.api.handle("POST", f"{PATH}/users/{eve}", token=of_app).status == 403
    assert looker.call("Eve", "POST", f"{PATH}/users/{eve}").status == 204
    shown = [user["id"] for user in looker.get("Ada", PATH)["activated_users"]]
    assert shown == sorted([eve, wim])
    assert looker.call("Eve", "DELETE", f"{PATH}/users/{eve}").status == 204
    assert looker.call("Eve", "POST", f"/oauth_client_apps/no/users/{eve}").status == 404
