from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator

import pytest

from gateway_cli import Said, command, environment
from policy_town import Town, town


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with town(tmp_path_factory.mktemp("town")) as made:
        made.write("hello", "public()")
        yield made


def whoami(place: Town, credential: str, *arguments: str) -> Said:
    """Ask, and hold every answer to it that the credential is not in it."""
    done = subprocess.run(  # noqa: S603 - our own program
        command(["whoami", "--token", "-", *arguments]),
        cwd=place.shell.folder,
        env=environment(place.environ),
        input=credential,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert "Traceback" not in done.stderr, done.stderr
    for word in credential.split():
        assert len(word) < 8 or word not in done.stdout + done.stderr
    return Said(done.returncode, done.stdout, done.stderr)


def test_a_handle_proves_its_user_with_groups_and_roles_of_now(place: Town) -> None:
    assert place.run("handles", "issue", "--user", place.id_of("Noor")).code == 0
    said = whoami(place, place.handle_of("Noor") + "\n")
    assert said.code == 0
    lines = {line[:12].strip(): line[12:] for line in said.out.splitlines()}
    assert (lines["kind"], lines["assurance"], lines["proven by"]) == ("user", "user", "handle")
    assert (lines["email"], lines["groups"]) == ("noor@air.example", "All Users, Finance")
    assert (lines["roles"], lines["scopes"], lines["ends"]) == ("Reader", "none", "not by itself")
    assert not place.looker.instance.tokens


def test_an_api_key_proves_a_service_and_no_person(place: Town) -> None:
    said = place.run("api-keys", "new", "laptop", "--scope", "docs")
    key, _, accepts = said.out.partition("\n")
    place.write("hello", "public()", accepts)
    found = json.loads(whoami(place, key, "--json").out)
    assert (found["kind"], found["assurance"], found["subject"]) == ("service", "shared_secret", "laptop")
    assert (found["scopes"], found["groups"], found["expires_at"]) == (["docs"], [], None)


@pytest.mark.parametrize(
    ("credential", "rule"),
    [
        ("lgk_" + "A" * 43, "unknown_api_key"),
        ("lgh_" + "A" * 43, "unknown_handle"),
        ("lgk_short", "api_key_malformed"),
        ("{{air_crew_lookgate_handle}}", "unsubstituted_tag"),
        ("Bearer something-opaque-and-long", "unknown_credential"),
        ("first-credential,second-credential", "two_credentials"),
        ("x" * 30_000, ""),
        ("clé-secrète-à-moi", "credential_malformed"),
        ("  \n", ""),
    ],
)
def test_a_refusal_names_the_rule_and_the_fix_and_never_shows_the_credential(
    place: Town, credential: str, rule: str
) -> None:
    made = (place.shell.folder / "lookgate.toml").read_text()
    if "api_keys" not in made:
        place.write("hello", "public()", f'[[api_keys]]\nname = "k"\nsha256 = "{"a" * 64}"\n')
    said = whoami(place, credential)
    assert (said.code, said.out) == (1, "")
    assert "error: " in said.err
    assert "fix: " in said.err
    assert not rule or said.err.startswith(f"rule: {rule}\n")


def test_a_credential_on_the_command_line_is_refused_and_not_repeated(place: Town) -> None:
    said = place.run("whoami", "--token", "lgk_" + "B" * 43)
    assert said.code == 2
    assert "standard input" in said.err
    assert "BBBB" not in said.out + said.err


def test_asking_makes_no_store(place: Town) -> None:
    settings = place.shell.write("elsewhere/lookgate.toml", "")
    whoami(place, "lgh_" + "A" * 43, "--settings", str(settings))
    assert not (settings.parent / ".lookgate").exists()
