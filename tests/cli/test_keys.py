"""``lookgate keys``: rotate, list, retire; no secret is ever shown."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from gateway_cli import Shell


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell(tmp_path)


def secrets(shell: Shell, ring: str = "claims") -> list[str]:
    document = json.loads((shell.folder / ".lookgate/keys" / f"{ring}.json").read_text())
    return [key["secret"] for key in document["keys"]]


def test_the_first_key_signs_at_once_and_the_second_after_a_minute(shell: Shell) -> None:
    for _ in range(2):
        assert shell.run("keys", "rotate").code == 0
    said = shell.run("keys", "list")
    first, second = (line.split("\t") for line in said.out.splitlines())
    assert (first[1], second[1]) == ("signing", "waiting")
    assert re.fullmatch(r"signs from \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ \(in \d+ (s|min)\)", second[4])
    assert first[5].startswith("ends 20")
    assert second[5] == "ends when it is replaced"
    for secret in secrets(shell):
        assert secret not in said.out + said.err


@pytest.mark.parametrize("ring", ["claims", "tokens"])
def test_a_retired_key_is_listed_as_retired_and_the_last_one_is_kept(shell: Shell, ring: str) -> None:
    shell.run("keys", "rotate", "--ring", ring)
    shell.run("keys", "rotate", "--ring", ring, "--delay", "0")
    first, second = (line.split("\t")[0] for line in shell.run("keys", "list", "--ring", ring).out.splitlines())
    assert shell.run("keys", "retire", first, "--ring", ring).code == 0
    assert shell.run("keys", "list", "--ring", ring).out.splitlines()[0].split("\t")[1] == "retired"
    refused = shell.run("keys", "retire", second, "--ring", ring)
    assert refused.code == 1
    assert "fix: Rotate first" in refused.err
    assert f"lookgate keys rotate --ring {ring}." in refused.err
    unknown = shell.run("keys", "retire", "k_unknown1", "--ring", ring)
    assert (unknown.code, f"lookgate keys list --ring {ring}." in unknown.err) == (1, True)


def test_each_ring_is_its_own_and_tokens_are_signed_es256(shell: Shell) -> None:
    shell.run("keys", "rotate", "--ring", "tokens")
    assert "\tES256\t" in shell.run("keys", "list", "--ring", "tokens").out
    empty = shell.run("keys", "list")
    assert (empty.code, empty.out) == (0, "")
    assert "lookgate keys rotate --ring claims" in empty.err


def test_with_an_encryption_key_the_file_holds_no_secret(shell: Shell) -> None:
    shell.run("keys", "rotate")
    (secret,) = secrets(shell)
    shell.write("lookgate.toml", '[keys]\nencryption_key = "env:SEAL"\n')
    seal = "5e" * 32
    assert shell.run("keys", "rotate", SEAL=seal).code == 0
    content = (shell.folder / ".lookgate/keys/claims.json").read_text()
    assert secret not in content
    assert '"sealed"' in content
    assert len(shell.run("keys", "list", SEAL=seal).out.splitlines()) == 2
    wrong = shell.run("keys", "list", SEAL="5f" * 32)
    assert (wrong.code, "keys.encryption_key" in wrong.err) == (1, True)
    malformed = shell.run("keys", "list", SEAL="short")
    assert (malformed.code, "openssl rand -hex 32" in malformed.err, "short" in malformed.err) == (1, True, False)


def test_a_damaged_key_file_is_one_clear_error(shell: Shell) -> None:
    shell.run("keys", "rotate")
    (shell.folder / ".lookgate/keys/claims.json").write_text("{")
    for command in (("keys", "list"), ("keys", "rotate"), ("keys", "retire", "k_12345678")):
        said = shell.run(*command)
        assert said.code == 1
        assert said.err.startswith("error: ")
        assert "fix: Restore it from a backup" in said.err
    assert (shell.folder / ".lookgate/keys/claims.json").read_text() == "{"


@pytest.mark.parametrize(("ring", "other"), [("claims", "tokens"), ("tokens", "claims")])
def test_a_key_that_nothing_uses_is_told(shell: Shell, ring: str, other: str) -> None:
    said = shell.run("keys", "rotate", "--ring", ring)
    told = f"Note: [{ring}] is not set up, so nothing uses this ring. The other: --ring {other}.\n"
    assert (said.code, said.err) == (0, told)
