from __future__ import annotations

import hashlib
import tomllib
from pathlib import Path

import pytest

from gateway_cli import Shell
from lookgate.settings import load


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell(tmp_path)


def test_a_key_is_shown_once_with_the_lines_that_accept_it(shell: Shell) -> None:
    said = shell.run("api-keys", "new", "crm", "--scope", "a:b", "--scope", "c", "--expires", "2999-01-31")
    key, _, stanza = said.out.partition("\n")
    written = tomllib.loads(stanza)["api_keys"][0]
    assert written["sha256"] == hashlib.sha256(key.encode()).hexdigest()
    assert key not in stanza + said.err
    read = load(shell.write("lookgate.toml", stanza), {}).api_keys[0]
    assert (read.name, sorted(read.scopes)) == ("crm", ["a:b", "c"])
    assert read.expires is not None
    assert read.expires.isoformat() == "2999-01-31T00:00:00+00:00"


def test_no_two_keys_are_alike(shell: Shell) -> None:
    assert shell.run("api-keys", "new", "crm").out != shell.run("api-keys", "new", "crm").out


@pytest.mark.parametrize(
    "arguments",
    [
        ("Has Space",),
        ('x"\nscopes = ["admin',),
        ("",),
        ("crm", "--scope", "a b"),
        ("crm", "--scope", 'a"b'),
        ("crm", "--scope", ""),
        ("crm", "--expires", "2000-01-01"),
        ("crm", "--expires", "soon"),
    ],
)
def test_what_would_break_the_settings_is_refused_before_a_key_is_made(
    shell: Shell, arguments: tuple[str, ...]
) -> None:
    said = shell.run("api-keys", "new", *arguments)
    assert said.code == 2
    assert not said.out
