"""``lookgate claims lookml`` with names that may not stand in LookML: one clear error each, and not a byte written."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from gateway_cli import Shell
from lookgate.cli.claims import command
from lookgate.errors import LookgateError

GOOD = {"--dialect": "postgres", "--connection": "db", "--issuer": "looker_test", "--audience": "gateway_test"}
SETTINGS = """
[instance]
base_url = "https://looker.example.com"
client_id = "env:ID"
client_secret = "env:SECRET"

[claims]
issuer = "looker_test"
audiences = ["gateway_test"]
dialect = "postgres"
warehouse = "env:WAREHOUSE"
"""
ENVIRONMENT = {"ID": "id", "SECRET": "secret", "WAREHOUSE": "postgresql+psycopg://nobody@localhost/none"}
LONG = "x" * 65
WORDS = "Issuer and audiences are 1 to 64 letters, digits or '_' each"
CONNECTION = "A connection's name is letters, digits, '_' and '-'"
ATTRIBUTE = "A user attribute's name is lower-case letters, digits and '_'"
TABLE = "A table is one to three lower-case names"


def lookml(folder: Path, **changes: str) -> tuple[int, str]:
    """Run the command in this process; return its exit code and what it says of a mistake."""
    options = GOOD | {f"--{name.replace('_', '-')}": value for name, value in changes.items()}
    parts = ["lookml", *(part for pair in options.items() for part in pair), "--out", str(folder)]
    found = CliRunner().invoke(command, parts)
    if isinstance(found.exception, LookgateError):
        return 1, f"error: {found.exception.detail}"
    assert found.exception is None or isinstance(found.exception, SystemExit)
    return found.exit_code, found.stderr


@pytest.mark.parametrize("source", ["gateway", "pdt"])
@pytest.mark.parametrize(
    ("option", "bad", "told"),
    [
        *(("issuer", bad, WORDS) for bad in ("", "a-b", "a b", "é", 'a"', "a\n", "{{ x }}", LONG)),
        *(("audience", bad, WORDS) for bad in ("", "https://x", "a.b", "a;;", "a\x00", LONG)),
        *(("connection", bad, CONNECTION) for bad in ("", "-db", "a b", 'db"\n}', "dbé", "a/b", "@{c}", LONG)),
        *(("access_attribute", bad, ATTRIBUTE) for bad in ("A", "1a", "a-b", "a b", "a]", "é", LONG)),
        *(("check_attribute", bad, ATTRIBUTE) for bad in ("A", "a'b", "a\tb")),
        *(("consent_url", bad, "https URL") for bad in ("x", "https://", "https://x/?a", "https://x/<", "//x")),
        *((name, "", "it is empty") for name in ("access_attribute", "check_attribute", "consent_url")),
        *(("lifetime", bad, "'--lifetime'") for bad in ("0", "301", "-1", "1.5", "soon", "")),
        *(("rotate_every", bad, "'--rotate-every'") for bad in ("0", "721", "-24", "1.5", "daily", "")),
        *(("dialect", bad, "There is no dialect") for bad in ("", "oracle", "../postgres", "Postgres")),
    ],
)
def test_a_name_that_is_malformed_is_one_clear_error_and_an_earlier_project_stays_as_it_is(
    tmp_path: Path, option: str, bad: str, told: str, source: str
) -> None:
    assert lookml(tmp_path) == (0, "")
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    code, said = lookml(tmp_path, source=source, **{option: bad})
    assert code in {1, 2}
    assert told in said
    assert said.lower().count("error:") == 1
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


@pytest.mark.parametrize("bad", ["", "A", "a.b.c.d", "a b", "a;b", 'a"', "a--", "é", "x" * 64])
def test_a_key_table_that_is_no_plain_name_is_refused(tmp_path: Path, bad: str) -> None:
    code, said = lookml(tmp_path / "project", table=bad)
    assert (code, TABLE in said) == (2, True)
    assert not (tmp_path / "project").exists()


def test_the_first_of_several_mistakes_is_told_and_nothing_is_written(tmp_path: Path) -> None:
    _, said = lookml(tmp_path / "project", issuer="a b", connection="", access_attribute="A")
    assert said.count("Error:") == 1
    assert not (tmp_path / "project").exists()


@pytest.mark.parametrize("taken", ["lookgate_claims.model.lkml", "lookgate_claim_keys.view.lkml"])
def test_a_project_that_has_a_file_of_that_name_already_is_left_alone(tmp_path: Path, taken: str) -> None:
    (tmp_path / taken).write_text("view: mine {}")
    code, said = lookml(tmp_path, source="pdt")
    assert (code, said) == (1, f"error: {tmp_path / taken} was not written by this command.")
    assert [path.name for path in tmp_path.iterdir()] == [taken]


def test_a_folder_that_is_a_file_is_one_clear_error(tmp_path: Path) -> None:
    (tmp_path / "project").write_text("")
    code, said = lookml(tmp_path / "project")
    assert (code, said.count("is a file")) == (2, 1)


@pytest.mark.parametrize("source", ["gateway", "pdt"])
def test_the_settings_refuse_a_table_whose_published_views_would_have_no_allowed_name(
    tmp_path: Path, source: str
) -> None:
    shell = Shell(tmp_path)
    shell.write("lookgate.toml", f'{SETTINGS}source = "{source}"\ntable = "{"x" * 62}"\n')
    (tmp_path / "actions").mkdir()
    said = shell.run("check", **ENVIRONMENT)
    assert ("claims.table" in said.err) == (source == "pdt")
