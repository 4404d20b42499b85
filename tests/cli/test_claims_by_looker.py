"""``lookgate claims`` and ``lookgate check`` where Looker verifies claims."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from claim_check_site import Site, signing_looker
from claim_engines import signing_key
from gateway_cli import Shell
from lookgate.claims.check_lookml import CHECK

SETTINGS = """
[instance]
base_url = "LOOKER"
client_id = "env:ID"
client_secret = "env:SECRET"

[claims]
issuer = "looker_air"
audiences = ["gateway_air"]
dialect = "duckdb"
verify = "looker"
"""


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    file = tmp_path / "warehouse.duckdb"
    with signing_looker(tmp_path, database=str(file), url=f"duckdb:{file}", keys=[signing_key()]) as made:
        yield made


def shell(folder: Path, base_url: str = "https://looker.example.com", more: str = "") -> Shell:
    made = Shell(folder)
    made.write("lookgate.toml", SETTINGS.replace("LOOKER", base_url) + more)
    return made


def test_the_probe_asks_looker_as_the_gateway_does(site: Site, tmp_path: Path) -> None:
    asked = shell(tmp_path, site.looker.instance.base_url).run("claims", "probe", **site.environ())
    assert (asked.code, asked.out) == (0, "Looker's check explore answers the gateway.\n")


def test_the_probe_says_what_is_missing_for_a_user_without_the_attribute(site: Site, tmp_path: Path) -> None:
    said = shell(tmp_path, site.looker.instance.base_url).run("claims", "probe", **site.environ("Ada"))
    assert said.code == 1
    assert f"For the API user, Looker's model lookgate_claims has no explore {CHECK}." in said.err
    assert "fix: Deploy what lookgate claims lookml --check-attribute NAME writes, and set" in said.err


def test_the_probe_says_when_the_query_does_not_run_and_when_the_model_is_another(site: Site, tmp_path: Path) -> None:
    base = site.looker.instance.base_url
    site.wire.status = 400
    said = shell(tmp_path, base).run("claims", "probe", **site.environ())
    assert "does not run as it was written" in said.err
    site.wire.status = 200
    renamed = shell(tmp_path, base, 'check_model = "claims-prod"\n').run("claims", "probe", **site.environ())
    assert f"Looker's model claims-prod has no explore {CHECK}" in renamed.err


def test_with_a_warehouse_the_probe_asks_both(site: Site, tmp_path: Path) -> None:
    made = shell(tmp_path, site.looker.instance.base_url, 'warehouse = "env:WAREHOUSE"\n')
    asked = made.run("claims", "probe", WAREHOUSE=f"duckdb:{tmp_path / 'other.duckdb'}", **site.environ())
    assert asked.out == "Looker's check explore answers the gateway.\nAll 7 vectors of RFC 4231 come out right.\n"


def test_check_says_who_verifies_and_asks_for_no_key(tmp_path: Path) -> None:
    said = shell(tmp_path).run("check", ID="id", SECRET="secret")
    assert "claims     verified by Looker, model lookgate_claims: one API call for each; no key is needed" in said.out
    assert "\nkeys" not in said.out
    assert not (tmp_path / ".lookgate/keys").exists()


def test_the_lookml_of_the_check_is_written_on_request_and_is_the_same_each_time(tmp_path: Path) -> None:
    made, where = Shell(tmp_path), ("--dialect", "duckdb", "--connection", "db", "--issuer", "a", "--audience", "b")
    first = made.run("claims", "lookml", *where, "--check-attribute", "checks_claims", "--out", "project")
    assert f"project/{CHECK}.view.lkml\twritten" in first.out
    again = made.run("claims", "lookml", *where, "--check-attribute", "checks_claims", "--out", "project")
    assert [line.split("\t")[1] for line in again.out.splitlines()] == ["unchanged"] * 3
    assert CHECK not in made.run("claims", "lookml", *where).out
