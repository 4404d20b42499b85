from __future__ import annotations

import json
from pathlib import Path

import pytest

from deploy_plan import IMAGE, WHOLE
from gateway_cli import Shell

PLACE = ("--region", "europe-west1", "--image", IMAGE)


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    made = Shell(tmp_path)
    made.write("lookgate.toml", WHOLE)
    return made


def test_the_settings_and_two_words_are_enough(shell: Shell) -> None:
    """The project is that of the scheduler's account; no secret has to be there."""
    said = shell.run("deploy", "gcloud", *PLACE)
    assert (said.code, said.err) == (0, "")
    assert said.out.startswith("#!/usr/bin/env bash\n")
    assert "PROJECT=acme-looker\nREGION=europe-west1\n" in said.out
    assert json.loads(shell.run("deploy", "terraform", *PLACE).out)["provider"]["google"]["project"] == "acme-looker"
    for part, name in (("gateway", "lookgate"), ("sync", "lookgate-sync")):
        assert f"  name: {name}\n" in shell.run("deploy", "cloudrun-yaml", *PLACE, "--part", part).out


def test_a_file_is_written_and_what_is_left_to_do_is_told(shell: Shell) -> None:
    said = shell.run("deploy", "gcloud", *PLACE, "--output", "deploy.sh")
    assert (said.code, said.out) == (0, "")
    assert "note: Whoever runs https://orders-abc.a.run.app grants roles/run.invoker" in said.err
    assert said.err.endswith("Written: deploy.sh\n")
    assert (shell.folder / "deploy.sh").read_text() == shell.run("deploy", "gcloud", *PLACE).out


def test_only_what_was_written_before_is_written_over(shell: Shell) -> None:
    for renderer in ("gcloud", "terraform", "cloudrun-yaml"):
        assert [shell.run("deploy", renderer, *PLACE, "--output", renderer).code for _ in range(2)] == [0, 0]
    said = shell.run("deploy", "gcloud", *PLACE, "--output", "lookgate.toml")
    assert (said.code, "was not written by lookgate deploy" in said.err) == (1, True)
    assert (shell.folder / "lookgate.toml").read_text() == WHOLE


def test_check_shows_what_would_be_there_and_for_what(shell: Shell) -> None:
    said = shell.run("deploy", "gcloud", *PLACE, "--check", "--output", "deploy.sh")
    assert said.code == 0
    assert not (shell.folder / "deploy.sh").exists()
    kinds = [line.split()[0] for line in said.out.splitlines()]
    assert set(kinds) == {"API", "account", "secret", "service", "grant", "job", "alert", "note:"}
    assert said.out == shell.run("deploy", "terraform", *PLACE, "--check").out


def test_bad_input_is_one_clear_error(shell: Shell) -> None:
    said = shell.run("deploy", "gcloud", "--region", "moon", "--image", "x", "--invoker", "allUsers")
    assert (said.code, said.out) == (1, "")
    assert "The choices have 3 mistakes" in said.err
    assert "is everybody" in said.err
    said = shell.run("deploy", "gcloud", *PLACE, "--target", "orders")
    assert (said.code, "names no service" in said.err) == (1, True)
    said = shell.run("deploy", "gcloud", *PLACE, "--settings", "nothing.toml")
    assert (said.code, "nothing.toml" in said.err) == (1, True)
    shell.write("lookgate.toml", "[instance\n")
    said = shell.run("deploy", "gcloud", *PLACE)
    assert (said.code, "this is not TOML" in said.err) == (1, True)
    shell.write("lookgate.toml", "[actions]\nenabled = []\n")
    said = shell.run("deploy", "cloudrun-yaml", "--project", "acme-looker", *PLACE, "--part", "sync")
    assert (said.code, "nothing to keep fresh" in said.err) == (1, True)
