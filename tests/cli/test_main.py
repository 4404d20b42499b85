from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from gateway_cli import Shell, command, environment
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


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("serve", "--host", "a" * 300), "no address of this machine"),
        (("serve", "--host", "é..x"), "no address of this machine"),
        (("looker", "--port", "0", "--ready-file", "not/there/ready.json"), "No such file or directory"),
        (("check", "--settings", "home.toml"), "store.path: this path leads nowhere"),
        (("check", "--settings", "circle"), "Too many levels of symbolic links"),
        (("check", "--settings", "."), "Is a directory"),
        (("audit", "tail", "--settings", "device.toml"), "cannot be opened"),
    ],
)
def test_what_nobody_would_type_is_told_in_words_too(shell: Shell, arguments: tuple[str, ...], words: str) -> None:
    shell.write("lookgate.toml", "")
    shell.write("actions/_none.py", "")
    shell.write("home.toml", '[store]\npath = "~nobody-of-this-name/state"\n')
    shell.write("device.toml", '[store]\npath = "/dev/null"\n')
    (shell.folder / "circle").symlink_to("circle")
    said = shell.run(*arguments)
    assert said.code == 1
    assert said.err.startswith("error: ")
    assert words in said.err


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no device that is always full")
@pytest.mark.parametrize("arguments", [("--help",), ("check",)])
def test_a_full_disk_is_told_in_words(shell: Shell, arguments: tuple[str, ...]) -> None:
    shell.write("lookgate.toml", "")
    shell.write("actions/_none.py", "")
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(  # noqa: S603 - our own program
            command(arguments),
            cwd=shell.folder,
            env=environment({}),
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            timeout=60,
            check=False,
        )
    assert (done.returncode, done.stderr) == (1, "error: No space left on device\n")
