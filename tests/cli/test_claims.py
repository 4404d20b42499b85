"""``lookgate claims``: LookML, installation and self-test from the command line."""

from __future__ import annotations

from pathlib import Path

import duckdb
import jwt
import pytest

from gateway_cli import Shell
from lookgate.claims.dialect import dialect_named
from lookgate.claims.sql import Claim, create_sql, sign_sql

SETTINGS = """
[instance]
base_url = "https://looker.example.com"
client_id = "env:ID"
client_secret = "env:SECRET"

[claims]
issuer = "looker_test"
audiences = ["gateway_test"]
dialect = "duckdb"
warehouse = "env:WAREHOUSE"
"""
ENVIRONMENT = {"ID": "id", "SECRET": "secret", "WAREHOUSE": "duckdb:warehouse.duckdb"}
LOOKML = ("claims", "lookml", "--connection", "db", "--issuer", "looker_test", "--audience", "gateway_test")


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    made = Shell(tmp_path)
    made.write("lookgate.toml", SETTINGS)
    return made


def signed(folder: Path) -> list[tuple[object, ...]]:
    sql = sign_sql(
        dialect_named("duckdb"),
        Claim("lookgate_claim_keys", "looker_test", ("gateway_test",)),
        user="'7'",
        audience="'gateway_test'",
        nonce="'n'",
    )
    with duckdb.connect(str(folder / "warehouse.duckdb"), read_only=True) as connection:
        return connection.execute(sql).fetchall()


def test_rotating_brings_the_key_to_the_warehouse_which_then_signs_with_it(shell: Shell) -> None:
    assert shell.run("claims", "install", "--create", **ENVIRONMENT).code == 0
    assert signed(shell.folder) == []
    said = shell.run("keys", "rotate", **ENVIRONMENT)
    assert "1 row added, 1 live key" in said.out
    ((token,),) = signed(shell.folder)
    assert jwt.get_unverified_header(str(token))["kid"] == said.out.split("\t")[0]
    again = shell.run("claims", "install", **ENVIRONMENT)
    assert "0 rows added, 1 live key" in again.out


def test_a_table_that_somebody_else_may_have_made_first_is_not_given_the_keys(shell: Shell) -> None:
    shell.run("keys", "rotate", **ENVIRONMENT)
    with duckdb.connect(str(shell.folder / "warehouse.duckdb")) as intruder:
        intruder.execute(create_sql(dialect_named("duckdb"), "lookgate_claim_keys"))
    said = shell.run("claims", "install", "--create", **ENVIRONMENT)
    assert said.code == 1
    assert "error: There is a table lookgate_claim_keys already, and whoever owns it can read" in said.err
    assert signed(shell.folder) == []
    assert shell.run("claims", "install", **ENVIRONMENT).code == 0


def test_retiring_ends_the_key_in_the_warehouse_too(shell: Shell) -> None:
    shell.run("claims", "install", "--create", **ENVIRONMENT)
    first = shell.run("keys", "rotate", **ENVIRONMENT).out.split("\t")[0]
    second = shell.run("keys", "rotate", "--delay", "0", **ENVIRONMENT).out.split("\t")[0]
    assert shell.run("keys", "retire", first, **ENVIRONMENT).code == 0
    ((token,),) = signed(shell.folder)
    assert jwt.get_unverified_header(str(token))["kid"] == second


def test_a_warehouse_that_refuses_leaves_the_ring_rotated_and_says_so(shell: Shell) -> None:
    said = shell.run("keys", "rotate", **ENVIRONMENT)  # the table is not there
    assert said.code == 1
    assert "error: The warehouse refuses" in said.err
    assert len(shell.run("keys", "list", **ENVIRONMENT).out.splitlines()) == 1
    assert shell.run("claims", "install", "--create", **ENVIRONMENT).code == 0
    assert len(signed(shell.folder)) == 1


def test_the_probe_asks_the_warehouse_or_prints_its_question(shell: Shell) -> None:
    asked = shell.run("claims", "probe", **ENVIRONMENT)
    assert (asked.code, asked.out) == (0, "All 7 vectors of RFC 4231 come out right.\n")
    printed = shell.run("claims", "probe", "--dialect", "snowflake")
    assert printed.out.count("SHA2_BINARY(CONCAT(") == 14
    assert "-- 1: b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7" in printed.out


def test_lookml_is_printed_or_written_and_written_again_unchanged(shell: Shell) -> None:
    printed = shell.run(*LOOKML, "--dialect", "bigquery", "--table", "claims.keys")
    assert "view: lookgate_claim {" in printed.out
    assert "FROM `claims.keys`" in printed.out
    first = shell.run(*LOOKML, "--dialect", "duckdb", "--out", "project")
    again = shell.run(*LOOKML, "--dialect", "duckdb", "--out", "project")
    assert [line.split("\t")[1] for line in first.out.splitlines()] == ["written", "written"]
    assert [line.split("\t")[1] for line in again.out.splitlines()] == ["unchanged", "unchanged"]
    (shell.folder / "project/lookgate_claim.view.lkml").write_text("mine")
    refused = shell.run(*LOOKML, "--dialect", "duckdb", "--out", "project")
    assert (refused.code, "not written by this command" in refused.err) == (1, True)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--dialect", "oracle"), "Use one of: bigquery, databricks, duckdb, mysql, postgres, redshift, snowflake"),
        (("--dialect", "duckdb", "--source", "pdt"), "Use --source gateway"),
        (("--dialect", "duckdb", "--audience", "https://x"), "letters, digits or '_'"),
        (("--dialect", "duckdb", "--table", "a;b"), "A table is one to three lower-case names"),
        (("--dialect", "duckdb", "--connection", 'x"'), "A connection's name is"),
        (("--dialect", "duckdb", "--consent-url", "http://x"), "https URL"),
        (("--dialect", "duckdb", "--check-attribute", "A b"), "A user attribute's name is"),
        (("--dialect", "duckdb", "--check-attribute", "x", "--access-attribute", "x"), "the gateway's alone"),
    ],
)
def test_what_may_not_stand_in_lookml_is_refused_and_nothing_is_written(
    shell: Shell, arguments: tuple[str, ...], told: str
) -> None:
    said = shell.run(*LOOKML, *arguments, "--out", "project")
    assert said.code != 0
    assert told in said.err
    assert not (shell.folder / "project").exists()


def test_without_a_key_table_install_says_how_to_make_it(shell: Shell) -> None:
    said = shell.run("claims", "install", **ENVIRONMENT)
    assert (said.code, "No table yet? lookgate claims install --create." in said.err) == (1, True)


def test_without_a_warehouse_install_says_what_to_add(tmp_path: Path) -> None:
    said = Shell(tmp_path).run("claims", "install")
    assert said.code == 1
    assert "fix: Add [claims] with 'warehouse'" in said.err


def test_check_says_how_claims_are_set_up_and_warns_of_keys_that_are_not_encrypted(shell: Shell) -> None:
    said = shell.run("check", **ENVIRONMENT)
    assert "claims     of looker_test for gateway_test, signed in duckdb, keys minted by the gateway" in said.out
    assert "keys       NONE yet: run lookgate keys rotate" in said.out
    assert "NOT encrypted: set keys.encryption_key" in said.out
    shell.run("keys", "rotate", **ENVIRONMENT)
    assert "keys       1 live, in " in shell.run("check", **ENVIRONMENT).out
    shell.write("lookgate.toml", SETTINGS + '\n[keys]\nencryption_key = "env:SEAL"\n')
    assert shell.run("check", **ENVIRONMENT, SEAL="ab" * 32).out.count(", encrypted") == 1


def test_half_a_set_up_of_claims_names_every_missing_part(tmp_path: Path) -> None:
    shell = Shell(tmp_path)
    shell.write("lookgate.toml", '[claims]\nlifetime = 301\nsource = "pdt"\ntable = "A"\nissuer = "a b"\n')
    said = shell.run("check")
    assert said.code == 1
    for name in ("claims.lifetime", "claims.issuer", "claims.audiences", "claims.dialect"):
        assert name in said.err
