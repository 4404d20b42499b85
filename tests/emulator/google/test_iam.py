from __future__ import annotations

import json
from typing import Any

import pytest

from local_google import SCHEDULER, SERVICE, UPDATER, LocalGoogle, claims_of, google_part, make_google

CREATOR = "roles/iam.serviceAccountTokenCreator"
OPENID = "roles/iam.serviceAccountOpenIdTokenCreator"
BODY = {"audience": "https://service.example"}


@pytest.fixture
def local() -> LocalGoogle:
    return make_google()


def error(answer: Any) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(answer.body)["error"]
    assert found["code"] == answer.status
    return found


def test_one_account_gets_an_id_token_of_another_that_lets_it(local: LocalGoogle) -> None:
    answer = local.iam(SERVICE, "generateIdToken", BODY)
    claims = claims_of(json.loads(answer.body)["token"])
    assert set(claims) == {"aud", "azp", "exp", "iat", "iss", "sub"}
    service = local.google.account("service")
    assert service is not None
    assert claims["sub"] == claims["azp"] == service.unique_id


def test_the_address_stands_in_it_only_when_asked_for(local: LocalGoogle) -> None:
    for flag in (True, "true"):
        answer = local.iam(SERVICE, "generateIdToken", BODY | {"includeEmail": flag, "useEmailAzp": flag})
        claims = claims_of(json.loads(answer.body)["token"])
        assert (claims["email"], claims["email_verified"], claims["azp"]) == (SERVICE, True, SERVICE)


@pytest.mark.parametrize("target", [UPDATER, SCHEDULER])
def test_without_the_role_it_is_denied_with_the_permission_even_on_oneself(local: LocalGoogle, target: str) -> None:
    found = error(local.iam(target, "generateIdToken", BODY))
    assert (found["code"], found["status"]) == (403, "PERMISSION_DENIED")
    assert found["details"][0]["reason"] == "IAM_PERMISSION_DENIED"
    assert found["details"][0]["metadata"] == {"permission": "iam.serviceAccounts.getOpenIdToken"}


def test_the_role_for_id_tokens_gives_no_access_tokens_and_no_signatures(local: LocalGoogle) -> None:
    assert error(local.iam(SERVICE, "generateAccessToken", {"scope": ["x"]}))["status"] == "PERMISSION_DENIED"
    assert error(local.iam(SERVICE, "signJwt", {"payload": "{}"}))["status"] == "PERMISSION_DENIED"


def test_to_act_as_an_account_is_no_right_to_make_its_tokens() -> None:
    grants = [{"member": "updater", "role": "roles/iam.serviceAccountUser", "on": "service"}]
    assert make_google(google_part(grants=grants)).iam(SERVICE, "generateIdToken", BODY).status == 403


def test_an_account_that_is_not_there_or_disabled_is_not_found() -> None:
    local = make_google(google_part(accounts=[{"name": "updater"}, {"name": "service", "disabled": True}]))
    for name in (SERVICE, "nobody@local-project.iam.gserviceaccount.com"):
        assert error(local.iam(name, "generateIdToken", BODY))["status"] == "NOT_FOUND"


@pytest.mark.parametrize("header", [{}, {"authorization": "Basic eDp5"}, {"authorization": "Bearer nonsense"}])
def test_without_a_live_access_token_nobody_is_known(local: LocalGoogle, header: dict[str, str]) -> None:
    path = f"/v1/projects/-/serviceAccounts/{SERVICE}:generateIdToken"
    answer = local.ask("POST", path, b'{"audience": "a"}', headers=header)
    assert error(answer)["status"] == "UNAUTHENTICATED"


def test_an_access_token_ends_with_its_life_and_needs_the_scope(local: LocalGoogle) -> None:
    account = local.google.account("updater")
    assert account is not None
    path = f"/v1/projects/-/serviceAccounts/{SERVICE}:generateIdToken"

    def ask(token: str) -> Any:
        return local.ask("POST", path, b'{"audience": "a"}', headers={"authorization": f"Bearer {token}"})

    token = local.google.access_token(account)
    local.clock.forward(seconds=3599)
    assert ask(token).status == 200
    local.clock.forward(seconds=1)
    assert ask(token).status == 401
    narrow = local.google.access_token(account, ("https://www.googleapis.com/auth/devstorage.read_only",))
    assert error(ask(narrow))["details"][0]["reason"] == "ACCESS_TOKEN_SCOPE_INSUFFICIENT"


@pytest.mark.parametrize(
    ("body", "word"),
    [
        ({}, "audience"),
        ({"audience": ""}, "audience"),
        ({"audience": 7}, "audience"),
        (BODY | {"includeEmail": "yes"}, "includeEmail"),
        (BODY | {"include_mail": True}, "include_mail"),
        (BODY | {"\ud800": True}, "ud800"),
        (BODY | {"delegates": "a"}, "delegates"),
        ([], "JSON"),
    ],
)
def test_a_body_that_does_not_fit_is_an_invalid_argument(local: LocalGoogle, body: Any, word: str) -> None:
    found = error(local.iam(SERVICE, "generateIdToken", body))
    assert found["status"] == "INVALID_ARGUMENT"
    assert word in found["message"]


@pytest.mark.parametrize("life", ["3601s", "0s", "-1s", "1h", "nans", "infs", 3600, ""])
def test_an_access_token_lives_an_hour_at_most(life: Any) -> None:
    local = make_google(google_part(grants=[{"member": "updater", "role": CREATOR, "on": "service"}]))
    found = error(local.iam(SERVICE, "generateAccessToken", {"scope": ["x"], "lifetime": life}))
    assert found["status"] == "INVALID_ARGUMENT"


def test_an_access_token_of_another_account_acts_as_it() -> None:
    grants = [
        {"member": "updater", "role": CREATOR, "on": "scheduler"},
        {"member": "scheduler", "role": OPENID, "on": "service"},
    ]
    local = make_google(google_part(grants=grants))
    scope = ["https://www.googleapis.com/auth/cloud-platform"]
    answer = json.loads(local.iam(SCHEDULER, "generateAccessToken", {"scope": scope, "lifetime": "60s"}).body)
    assert answer["expireTime"] == "2026-01-05T12:01:00Z"
    path = f"/v1/projects/-/serviceAccounts/{SERVICE}:generateIdToken"
    headers = {"authorization": f"Bearer {answer['accessToken']}"}
    assert local.ask("POST", path, json.dumps(BODY).encode(), headers=headers).status == 200


def test_each_step_of_a_chain_of_delegates_needs_the_role() -> None:
    chain = [
        {"member": "updater", "role": CREATOR, "on": "scheduler"},
        {"member": "scheduler", "role": CREATOR, "on": "service"},
    ]
    body = BODY | {"delegates": [f"projects/-/serviceAccounts/{SCHEDULER}"]}
    assert make_google(google_part(grants=chain)).iam(SERVICE, "generateIdToken", body).status == 200
    for missing in (0, 1):
        left = [grant for number, grant in enumerate(chain) if number != missing]
        assert make_google(google_part(grants=left)).iam(SERVICE, "generateIdToken", body).status == 403
    weak = [chain[0] | {"role": OPENID}, chain[1]]
    found = error(make_google(google_part(grants=weak)).iam(SERVICE, "generateIdToken", body))
    assert found["details"][0]["metadata"] == {"permission": "iam.serviceAccounts.implicitDelegation"}


def test_there_is_no_other_method_and_no_other_project(local: LocalGoogle) -> None:
    assert local.iam(SERVICE, "deleteEverything", {}).status == 404
    path = f"/v1/projects/local-project/serviceAccounts/{SERVICE}:generateIdToken"
    assert local.ask("POST", path, b"{}").status == 404
