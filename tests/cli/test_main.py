from __future__ import annotations

from pathlib import Path

import pytest

from gateway_cli import Shell
from lookgate.cli.main import COMMANDS

HEAVY = ("aiohttp", "uvicorn", "starlette", "msgspec", "joserfc", "sqlite3", "lookgate.settings", "duckdb", "rich")


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell(tmp_path)


def test_help_lists_every_command_with_what_it_does(shell: Shell) -> None:
    said = shell.run("--help")
    assert said.code == 0
    for name, (_, line) in COMMANDS.items():
        assert f"  {name}" in said.out
        assert line in said.out


def test_help_imports_nothing_heavy(shell: Shell) -> None:
    said = shell.run("--help", PYTHONPROFILEIMPORTTIME="1")
    imported = {line.rpartition("|")[2].strip() for line in said.err.splitlines() if line.startswith("import time:")}
    assert "click" in imported
    assert not [name for name in HEAVY if name in imported]


@pytest.mark.parametrize("name", [name for name in COMMANDS if name not in {"looker", "demo"}])
def test_every_command_explains_itself_without_settings(shell: Shell, name: str) -> None:
    shell.write("lookgate.toml", "broken = = ")
    said = shell.run(name, "--help")
    assert said.code == 0
    assert "Usage: lookgate " + name in said.out


def test_an_unknown_command_is_a_usage_error(shell: Shell) -> None:
    said = shell.run("nonsense")
    assert said.code == 2
    assert "No such command 'nonsense'" in said.err


@pytest.mark.parametrize(
    "arguments", [("check",), ("serve",), ("actions", "list"), ("audit", "tail"), ("handles", "status")]
)
def test_wrong_settings_are_told_in_words_by_every_command(shell: Shell, arguments: tuple[str, ...]) -> None:
    shell.write("lookgate.toml", '[web]\nprot = 1\n[instance]\nclient_id = "literal"\n')
    said = shell.run(*arguments, *(["--everyone"] if arguments[0] == "handles" else []))
    assert said.code == 1
    assert said.err.startswith("error: The settings have ")
    assert "lookgate.toml:2: web.prot" in said.err
    assert "lookgate.toml:4: instance.client_id" in said.err
    assert "literal" not in said.err.replace("the value itself", "")
    assert not said.out


def test_a_settings_file_is_named_by_option_or_variable(shell: Shell) -> None:
    shell.write("elsewhere/other.toml", "[web]\nport = 1234\n")
    shell.write("elsewhere/actions/_shared.py", "")
    assert "port 1234" in shell.run("check", "--settings", "elsewhere/other.toml").out
    assert "port 1234" in shell.run("check", LOOKGATE_SETTINGS="elsewhere/other.toml").out
    assert shell.run("check", "--settings", "missing.toml").code == 1
