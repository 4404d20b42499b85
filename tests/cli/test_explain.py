from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway_cli import Shell
from policy_town import Town, town

POLICY = (
    'has_model("flights"), any_of(in_group("Finance"), has_permission("see_sql", model="flights")), '
    'access_grant(attribute="regions", allowed=["east"]), not_(attribute("region", "west"))'
)
KEYS = f"""
[[api_keys]]
name = "nightly"
sha256 = "{"a" * 64}"
expires = 2020-01-01T00:00:00Z

[[api_keys]]
name = "nightly"
sha256 = "{"b" * 64}"
scopes = ["docs"]

[[api_keys]]
name = "old"
sha256 = "{"c" * 64}"
expires = 2020-01-01T00:00:00Z
"""


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with town(tmp_path_factory.mktemp("town")) as made:
        made.write("approve", POLICY, KEYS)
        yield made


def test_every_rule_is_shown_with_what_it_looked_at(place: Town) -> None:
    said = place.run("explain", "approve", "--as", "noor@air.example")
    assert said.code == 0
    for line in (
        f"noor@air.example (user {place.id_of('Noor')}), with assurance 'user', may call approve.",
        "✓ members of the Looker group 'Finance'",
        "[groups: 'All Users', 'Finance']",
        "✗ users with the Looker permission 'see_sql' on the model 'flights'",
        "[models with 'see_sql': none, from the roles: 'Reader']",
        "[user attribute 'regions': 'north, east']",
        "✗ users whose user attribute 'region' is 'west'",
    ):
        assert line in said.out
    assert "fix: " not in said.out


def test_a_denial_says_the_rule_and_the_fix_and_has_an_exit_code_of_its_own(place: Town) -> None:
    said = place.run("explain", "approve", "--as", place.id_of("Sam"))
    assert said.code == 3
    assert "may not call approve" in said.out
    assert "rule: not_in_group\nfix: Ask a Looker admin to add you to the group" in said.out
    assert "? users whose user attribute 'regions' contains 'east'" in said.out


def test_what_if_the_caller_were_known_less_strongly(place: Town) -> None:
    for level, rule in (
        ("workload", "lacks_model"),
        ("shared_secret", "lacks_model"),
        ("anonymous", "credential_missing"),
    ):
        said = place.run("explain", "approve", "--as", "noor@air.example", "--assurance", level)
        assert said.code == 3
        assert f"rule: {rule}" in said.out
        assert "✓" not in said.out


def test_the_whole_tree_is_there_as_json(place: Town) -> None:
    found = json.loads(place.run("explain", "approve", "--as", "sam@air.example", "--json").out)
    assert (found["action"], found["allowed"], found["code"]) == ("approve", False, "not_in_group")
    assert found["source"].endswith("approve.py")
    assert [part["join"] for part in found["tree"]["parts"]][1] == "any of"
    assert found["tree"]["parts"][1]["parts"][0]["claim"] == "groups: 'All Users', 'Sales'"


def test_a_service_is_explained_by_the_settings_alone(place: Town) -> None:
    place.shell.write(
        "actions/docs.py",
        (place.shell.folder / "actions/approve.py")
        .read_text()
        .replace("def approve", "def docs")
        .replace(POLICY, 'has_scope("docs")'),
    )
    said = place.run("explain", "docs", "--principal", "service:nightly")
    assert said.code == 0
    assert "nightly (service nightly), with assurance 'shared_secret', may call docs." in said.out
    assert "docs is not enabled, so nobody can call it" in said.out
    assert place.run("explain", "approve", "--principal", "service:nightly").code == 3
    for name in ("old", "nobody"):
        refused = place.run("explain", "docs", "--principal", f"service:{name}")
        assert refused.code == 1
        assert "fix: There are: nightly, old." in refused.err


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["approve"], 2, "exactly one of"),
        (["approve", "--as", "1", "--principal", "service:nightly"], 2, "exactly one of"),
        (["approve", "--principal", "nightly"], 2, "service:NAME"),
        (
            ["approve", "--principal", "service:nightly", "--assurance", "user"],
            2,
            "never has more than 'shared_secret'",
        ),
        (["aprove", "--as", "1"], 1, "Did you mean 'approve'?"),
        (["approve", "--as", "999"], 1, "no user '999'"),
        (["approve", "--as", "%@air.example"], 1, "no user '%@air.example'"),
        (["approve", "--as", "../users"], 1, "is no id"),
        (["approve", "--as", "dan@air.example"], 1, "is disabled"),
    ],
)
def test_a_question_that_cannot_be_answered_is_one_clear_error(
    place: Town, arguments: list[str], code: int, words: str
) -> None:
    said = place.run("explain", *arguments)
    assert (said.code, said.out) == (code, "")
    assert words in said.err


def test_a_terminal_without_the_signs_gets_plain_ones(place: Town) -> None:
    said = place.run("explain", "approve", "--as", "sam@air.example", PYTHONIOENCODING="ascii:replace", PYTHONUTF8="0")
    assert "- members of the Looker group 'Finance'" in said.out
    assert "✗" not in said.out


def test_explaining_writes_nothing_and_leaves_no_session(place: Town) -> None:
    place.run("explain", "approve", "--as", "noor@air.example")
    assert not (place.shell.folder / ".lookgate").exists()
    assert not place.looker.instance.tokens


def test_without_an_instance_the_fix_is_named(tmp_path: Path, place: Town) -> None:
    shell = Shell(tmp_path)
    shell.write("actions/approve.py", (place.shell.folder / "actions/approve.py").read_text())
    said = shell.run("explain", "approve", "--as", "1")
    assert said.code == 1
    assert "LOOKERSDK_BASE_URL" in said.err
