from __future__ import annotations

import json
from typing import Any

import pytest

from local_google import SERVICE, LocalGoogle, claims_of, make_google
from lookgate.emulator.google.faults import CATALOGUE

IDENTITY = "instance/service-accounts/default/identity"
BODY = {"audience": "https://service.example"}


@pytest.fixture
def local() -> LocalGoogle:
    return make_google()


@pytest.mark.parametrize(
    ("name", "status", "word"),
    [("iam_403", 403, "PERMISSION_DENIED"), ("iam_429", 429, "RESOURCE_EXHAUSTED"), ("iam_500", 500, "INTERNAL")],
)
def test_iam_fails_in_googles_words_and_nothing_else_does(
    local: LocalGoogle, name: str, status: int, word: str
) -> None:
    local.control("faults", {name: 1})
    answer = local.iam(SERVICE, "generateIdToken", BODY)
    assert answer.status == status
    assert json.loads(answer.body)["error"]["status"] == word
    assert local.metadata(IDENTITY, audience="a").status == 200
    assert local.ask("GET", "/oauth2/v3/certs").status == 200
    local.control("faults", {name: 0})
    assert local.iam(SERVICE, "generateIdToken", BODY).status == 200


def test_metadata_and_certificates_go_down_on_their_own(local: LocalGoogle) -> None:
    local.control("faults", {"metadata_down": 1})
    assert local.metadata(IDENTITY, audience="a").status == 503
    assert local.ask("GET", "/oauth2/v3/certs").status == 200
    local.control("faults", {"metadata_down": 0, "certs_down": 1})
    for path in ("/oauth2/v3/certs", "/oauth2/v1/certs", "/.well-known/openid-configuration"):
        assert local.ask("GET", path).status == 503
    assert local.metadata(IDENTITY, audience="a").status == 200


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("metadata_slow", "/computeMetadata/v1/project/project-id"),
        ("certs_slow", "/oauth2/v3/certs"),
        ("iam_slow", "/v1/projects/-/serviceAccounts/x:y"),
        ("token_slow", "/token"),
    ],
)
def test_what_is_slow_waits_for_its_seconds_and_then_answers(local: LocalGoogle, name: str, path: str) -> None:
    local.control("faults", {name: 7.5})
    local.ask("GET", path)
    assert local.slept == [7.5]
    local.ask("GET", "/local/state")
    assert local.slept == [7.5]


def test_the_token_endpoints_fail_as_json(local: LocalGoogle) -> None:
    local.control("faults", {"token_500": 1})
    for path in ("/token", "/oauth2/generic/token"):
        answer = local.post_form(path, {"grant_type": "client_credentials"})
        assert (answer.status, json.loads(answer.body)["error"]) == (500, "internal_failure")


def test_a_clock_that_is_off_shows_in_every_token(local: LocalGoogle) -> None:
    for off in (-40, 90):
        local.control("faults", {"clock_off": off})
        token = json.loads(local.iam(SERVICE, "generateIdToken", BODY).body)["token"]
        assert claims_of(token)["iat"] == local.clock().timestamp() + off
        assert claims_of(token)["exp"] == local.clock().timestamp() + off + 3600


def test_a_rate_says_how_often_a_fault_comes() -> None:
    draws = iter([0.05, 0.5, 0.05])
    local = make_google(chance=lambda: next(draws))
    local.control("faults", {"iam_429": 0.1})
    assert [local.iam(SERVICE, "generateIdToken", BODY).status for _ in range(3)] == [429, 200, 429]


@pytest.mark.parametrize(
    "body",
    [
        {"iam_418": 1},
        {"iam_429": 1.1},
        {"iam_429": -0.1},
        {"iam_429": "1"},
        {"iam_slow": -1},
        {"clock_off": 1e300},
        {"iam_429": None},
        {"iam_429": float("nan")},
        {"iam_429": 1, "\ud800": 1},
        {"clock_off": 10**400},
        [],
        "x",
    ],
)
def test_a_fault_that_makes_no_sense_is_refused_and_nothing_is_set(local: LocalGoogle, body: Any) -> None:
    headers = {"content-type": "application/json"}
    answer = local.ask("POST", "/local/faults", json.dumps(body).encode(), headers=headers)
    assert answer.status == 400
    assert json.loads(answer.body)["error"]
    assert not any(local.google.faults.values.values())


def test_all_faults_go_off_at_once(local: LocalGoogle) -> None:
    local.control("faults", dict.fromkeys(CATALOGUE, 0.5))
    assert all(local.google.faults.values.values())
    assert local.ask("DELETE", "/local/faults").status == 200
    assert not any(local.google.faults.values.values())
