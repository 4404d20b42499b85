from __future__ import annotations

import json

import pytest

from local_google import UPDATER, LocalGoogle, claims_of, google_part, make_google

IDENTITY = "instance/service-accounts/default/identity"
AUDIENCE = "https://service.example"


@pytest.fixture
def local() -> LocalGoogle:
    return make_google()


@pytest.mark.parametrize("headers", [{}, {"metadata-flavor": "google"}, {"metadata-flavor": "Azure"}])
def test_without_the_flavour_header_there_is_no_answer(local: LocalGoogle, headers: dict[str, str]) -> None:
    for path in ("project/project-id", IDENTITY + "?audience=a", "instance/service-accounts/default/token"):
        answer = local.ask("GET", f"/computeMetadata/v1/{path}", headers=headers)
        assert answer.status == 403
        assert b"Metadata-Flavor" in answer.body


def test_what_came_through_a_proxy_gets_nothing(local: LocalGoogle) -> None:
    headers = {"metadata-flavor": "Google", "x-forwarded-for": "203.0.113.9"}
    answer = local.ask("GET", f"/computeMetadata/v1/{IDENTITY}?audience={AUDIENCE}", headers=headers)
    assert answer.status == 403
    assert b"eyJ" not in answer.body


@pytest.mark.parametrize("path", ["project/project-id", IDENTITY, "nowhere"])
def test_every_answer_says_that_it_is_google_even_a_refusal(local: LocalGoogle, path: str) -> None:
    assert local.metadata(path).header("metadata-flavor") == "Google"


def test_values_are_bare_text(local: LocalGoogle) -> None:
    assert local.metadata("project/project-id").text == "local-project"
    assert local.metadata("project/numeric-project-id").text == "123456789012"
    assert local.metadata("instance/service-accounts/default/email").text == UPDATER
    assert local.metadata("universe/universe-domain").text == "googleapis.com"
    assert local.metadata("instance/service-accounts/").text == f"default/\n{UPDATER}/\n"
    assert "json" not in (local.metadata("project/project-id").header("content-type") or "")


def test_an_account_is_told_as_json_when_asked_recursively(local: LocalGoogle) -> None:
    answer = local.metadata("instance/service-accounts/default/", recursive="true")
    assert json.loads(answer.body)["email"] == UPDATER
    assert json.loads(answer.body)["aliases"] == ["default"]


@pytest.mark.parametrize("query", [{}, {"audience": ""}])
def test_an_identity_without_an_audience_is_a_400(local: LocalGoogle, query: dict[str, str]) -> None:
    answer = local.metadata(IDENTITY, **query)
    assert (answer.status, answer.text) == (400, "non-empty audience parameter required")


def test_an_unknown_format_is_a_400(local: LocalGoogle) -> None:
    assert local.metadata(IDENTITY, audience=AUDIENCE, format="long").status == 400


def test_a_standard_identity_names_no_address_and_no_instance(local: LocalGoogle) -> None:
    claims = claims_of(local.metadata(IDENTITY, audience=AUDIENCE).text)
    assert set(claims) == {"aud", "azp", "exp", "iat", "iss", "sub"}
    assert (claims["aud"], claims["iss"]) == (AUDIENCE, "https://accounts.google.com")
    assert claims["azp"] == claims["sub"]
    assert len(claims["sub"]) == 21
    assert claims["sub"].isdecimal()
    assert claims["exp"] - claims["iat"] == 3600


def test_a_full_identity_names_address_and_instance_and_licences_only_when_asked(local: LocalGoogle) -> None:
    claims = claims_of(local.metadata(IDENTITY, audience=AUDIENCE, format="full").text)
    assert (claims["email"], claims["email_verified"]) == (UPDATER, True)
    assert claims["google"]["compute_engine"]["project_id"] == "local-project"
    assert "license_id" not in claims["google"]["compute_engine"]
    claims = claims_of(local.metadata(IDENTITY, audience=AUDIENCE, format="full", licenses="TRUE").text)
    assert claims["google"]["compute_engine"]["license_id"]


def test_an_identity_comes_from_the_cache_until_five_minutes_of_its_hour_are_left(local: LocalGoogle) -> None:
    def ask() -> str:
        return local.metadata(IDENTITY, audience=AUDIENCE, format="full").text

    first = ask()
    local.clock.forward(minutes=54, seconds=59)
    assert ask() == first
    assert local.metadata(IDENTITY, audience="https://other.example", format="full").text != first
    local.clock.forward(seconds=1)
    second = ask()
    assert claims_of(second)["exp"] - claims_of(first)["exp"] == 55 * 60


def test_with_shorter_lives_the_cache_is_shorter_too_and_it_can_be_switched_off() -> None:
    local = make_google(google_part(token_seconds=60))
    first = local.metadata(IDENTITY, audience=AUDIENCE).text
    local.clock.forward(seconds=54)
    assert local.metadata(IDENTITY, audience=AUDIENCE).text == first
    local.clock.forward(seconds=1)
    assert claims_of(local.metadata(IDENTITY, audience=AUDIENCE).text)["iat"] == claims_of(first)["iat"] + 55
    local = make_google(google_part(metadata_cache=False))
    first = local.metadata(IDENTITY, audience=AUDIENCE).text
    local.clock.forward(seconds=1)
    assert local.metadata(IDENTITY, audience=AUDIENCE).text != first


def test_a_clock_that_is_set_back_does_not_keep_a_token_of_the_future(local: LocalGoogle) -> None:
    local.control("faults", {"clock_off": 7200})
    future = local.metadata(IDENTITY, audience=AUDIENCE).text
    local.control("faults", {"clock_off": 0})
    assert claims_of(local.metadata(IDENTITY, audience=AUDIENCE).text)["iat"] == claims_of(future)["iat"] - 7200


def test_what_a_withdrawn_key_signed_is_not_given_again_but_what_a_rotated_one_signed_is(local: LocalGoogle) -> None:
    first = local.metadata(IDENTITY, audience=AUDIENCE).text
    local.control("keys/rotate")
    assert local.metadata(IDENTITY, audience=AUDIENCE).text == first
    local.control("keys/withdraw")
    assert local.metadata(IDENTITY, audience=AUDIENCE).text != first


def test_an_access_token_tells_the_life_it_has_left(local: LocalGoogle) -> None:
    path = "instance/service-accounts/default/token"
    first = json.loads(local.metadata(path).body)
    assert (first["token_type"], first["expires_in"]) == ("Bearer", 3600)
    local.clock.forward(minutes=20)
    later = json.loads(local.metadata(path).body)
    assert (later["access_token"], later["expires_in"]) == (first["access_token"], 2400)


@pytest.mark.parametrize("name", ["scheduler@local-project.iam.gserviceaccount.com", "nobody", "scheduler"])
def test_an_instance_has_its_own_account_and_no_other(local: LocalGoogle, name: str) -> None:
    assert local.metadata(f"instance/service-accounts/{name}/token").status == 404
    assert local.metadata(f"instance/service-accounts/{UPDATER}/email").text == UPDATER


def test_without_an_enabled_account_there_is_no_token() -> None:
    local = make_google(google_part(accounts=[{"name": "updater", "disabled": True}], grants=[]))
    assert local.metadata(IDENTITY, audience=AUDIENCE).status == 404


def test_a_browser_at_the_root_is_shown_the_way_and_a_client_finds_a_metadata_server(local: LocalGoogle) -> None:
    assert local.ask("GET", "/", headers={"accept": "text/html"}).header("location") == "/local"
    answer = local.ask("GET", "/", headers={"metadata-flavor": "Google"})
    assert (answer.status, answer.header("metadata-flavor")) == (200, "Google")
