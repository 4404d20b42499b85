"""No text of somebody else's steers the terminal of whoever runs a command."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from gateway_cli import Shell
from lookgate.cli.sync_table import status_text
from lookgate.compose_sync import Renewals
from lookgate.looker.targets import Problem
from lookgate.sync.plan import Plan
from lower_rooms import START

HOSTILE = "\x1b]0;owned\x07\x1b[2J\x9b31m\x7f\u202e"


@pytest.mark.parametrize(
    "arguments",
    [
        ("claims", "lookml", "--dialect", HOSTILE, "--connection", "c", "--issuer", "i", "--audience", "a"),
        ("keys", "retire", HOSTILE),
    ],
    ids=["a dialect", "a key"],
)
def test_an_error_is_printed_without_what_a_terminal_takes_for_a_command(
    tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    said = Shell(tmp_path).run(*arguments)
    assert said.code == 1
    assert "owned" in said.err
    assert all(line.isprintable() for line in said.err.splitlines())
    assert "\nfix: " in said.err


def test_what_is_wrong_with_a_rule_is_printed_likewise() -> None:
    plan = Plan(due=(), waiting=(), stopped=(), conflicts=(), orphans=(), now=START, every=60.0)
    renewals = cast("Renewals", SimpleNamespace(world=SimpleNamespace(budget=None)))
    told = status_text(renewals, plan, [Problem("rule", "code", f"The group {HOSTILE}", HOSTILE)], 0)
    assert "owned" in told
    assert all(line.replace("\t", " ").isprintable() for line in told.splitlines())
