"""Tokens on a machine that is not Google's: google-auth proves who we are, and our own client does the rest."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from google.oauth2 import service_account

from google_site import AUDIENCE, Site, failure, google_site, mint
from local_google import SERVICE, UPDATER, claims_of
from lookgate.errors import Refused, Unavailable
from lookgate.google.default_credentials import SCOPE, DefaultCredentials
from lower_rooms import run
from sync_shell import sync_shell

OPENID = "roles/iam.serviceAccountOpenIdTokenCreator"
GRANTS = [{"member": "updater", "role": OPENID, "on": on} for on in ("updater", "service")]


@pytest.fixture
def site() -> Iterator[Site]:
    with google_site(grants=GRANTS) as site:
        site.local.clock.now = datetime.now(UTC)  # google-auth has no other clock
        yield site


def key_file(site: Site, folder: Path) -> Path:
    file = folder / "key.json"
    file.write_text(json.dumps(site.local.google.make_account_key(site.local.google.accounts[UPDATER])))
    return file


def loaded(file: Path) -> Any:
    load: Any = service_account.Credentials.from_service_account_file  # which has no types
    return load(str(file), scopes=[SCOPE])


def found(site: Site, folder: Path) -> Callable[[], Any]:
    def find() -> Any:
        return loaded(key_file(site, folder))

    return find


def access(site: Site, folder: Path) -> DefaultCredentials:
    return DefaultCredentials(site.ask, found(site, folder))


@pytest.mark.parametrize(("account", "email"), [("", UPDATER), (SERVICE, SERVICE)])
def test_a_key_file_opens_iam_credentials_without_a_metadata_server(
    site: Site, tmp_path: Path, account: str, email: str
) -> None:
    site.local.google.faults.set({"metadata_down": 1.0})
    claims = claims_of(mint(site.iam(account, access=access(site, tmp_path))).value.reveal())
    assert (claims["aud"], claims["email"]) == (AUDIENCE, email)


def test_an_access_token_is_kept_while_it_lives_and_replaced_once_it_is_refused(site: Site, tmp_path: Path) -> None:
    source = access(site, tmp_path)
    first = run(source.access_token())
    assert run(source.access_token()) == first
    site.local.google.access_tokens.clear()
    assert claims_of(mint(site.iam(access=source)).value.reveal())["email"] == UPDATER
    assert run(source.access_token()) != first


def test_a_person_who_has_signed_in_must_name_an_account(site: Site) -> None:
    class Person:
        """What google-auth makes of a sign-in."""

    error = failure(site.iam(access=DefaultCredentials(site.ask, Person)))
    assert (type(error), error.code) == (Refused, "no_service_account")
    assert "[[sync.impersonate]]" in error.hint


@pytest.mark.parametrize("fault", [{"token_500": 1.0}, {"token_slow": 1.0}])
def test_a_token_endpoint_that_is_down_or_slow_is_tried_again(tmp_path: Path, fault: dict[str, float]) -> None:
    with google_site(seconds=0.3, grants=GRANTS) as site:
        site.local.google.faults.sleep = asyncio.sleep
        site.local.google.faults.set(fault)
        error = failure(site.iam(access=access(site, tmp_path)))
        assert (type(error), error.code) == (Unavailable, "default_credentials_busy")


def test_a_key_that_was_withdrawn_is_for_good_and_not_told(site: Site, tmp_path: Path) -> None:
    source = access(site, tmp_path)
    run(source.email())
    site.local.google.account_keys.clear()
    private = json.loads((tmp_path / "key.json").read_text())["private_key"].splitlines()[1]
    error = failure(site.iam(access=source), secrets=(private,))
    assert (type(error), error.code) == (Refused, "no_default_credentials")
    assert "gcloud auth application-default login" in error.hint


def test_a_token_endpoint_outside_is_reached_by_https_alone(site: Site, tmp_path: Path) -> None:
    file = key_file(site, tmp_path)
    told = json.loads(file.read_text()) | {"token_uri": "http://tokens.example.com/token"}
    file.write_text(json.dumps(told))

    def find() -> Any:
        return loaded(file)

    error = failure(site.iam(access=DefaultCredentials(site.ask, find)))
    assert (type(error), error.code) == (Unavailable, "default_credentials_busy")


def test_a_machine_with_default_credentials_alone_renews_tokens(tmp_path: Path) -> None:
    with sync_shell(tmp_path) as shell:
        google = shell.site.google
        google.google.faults.set({"metadata_down": 1.0})
        key = shell.shell.write("key.json", json.dumps(google.google.make_account_key(google.google.accounts[UPDATER])))
        file = shell.shell.folder / "lookgate.toml"
        file.write_text(file.read_text().replace("[google]\n", '[google]\ncredentials = "default"\n'))
        said = shell.run("sync", "once", GOOGLE_APPLICATION_CREDENTIALS=str(key))
        assert (said.code, said.err.count("\n")) == (0, 1), said
        assert claims_of(shell.site.stored())["email"] == UPDATER
        nowhere = {"GOOGLE_APPLICATION_CREDENTIALS": str(tmp_path / "missing.json")}
        shell.site.google.clock.forward(seconds=60)
        shell.settings({"audience": "https://other.example.com", "domain": "https://orders-abc.a.run.app"})
        file.write_text(file.read_text().replace("[google]\n", '[google]\ncredentials = "default"\n'))
        said = shell.run("sync", "once", **nowhere)
        assert (said.code, "(no_default_credentials)" in said.out) == (1, True), said
