from __future__ import annotations

import json
import signal
from dataclasses import replace
from pathlib import Path

import pytest

from gateway_cli import Shell
from lookgate.core.audit import AuditEvent
from lookgate.store.sqlite import SqliteStore
from lower_rooms import ANA, START


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    made = Shell(tmp_path)
    made.write("lookgate.toml", '[store]\npath = "state"\n')
    return made


def record(shell: Shell, *names: str) -> None:
    store = SqliteStore(shell.folder / "state")
    for name in names:
        store.record(AuditEvent(START, name, "notes_add", ANA, "denied", "not_in_group", "Not for you."))
    store.close()


def test_the_newest_events_are_shown_oldest_first_one_a_line(shell: Shell) -> None:
    record(shell, "r1", "r2", "r3")
    said = shell.run("audit", "tail", "-n", "2")
    assert said.code == 0
    cells = [line.split("\t") for line in said.out.splitlines()]
    assert (
        cells
        == [
            [
                "2026-07-01T12:00:00.000+00:00",
                "denied",
                "notes_add",
                ANA.email,
                "handle",
                "not_in_group",
                "Not for you.",
            ]
        ]
        * 2
    )


def test_json_has_every_field(shell: Shell) -> None:
    record(shell, "r1")
    event = json.loads(shell.run("audit", "tail", "--json").out)
    assert (event["id"], event["request_id"], event["principal"]["groups"]) == (1, "r1", ["Analysts", "EU"])


def test_reading_makes_no_store_where_there_is_none(shell: Shell) -> None:
    said = shell.run("audit", "tail")
    assert said.code == 1
    assert "There is no store" in said.err
    assert not (shell.folder / "state").exists()


def test_an_empty_log_is_shown_as_nothing(shell: Shell) -> None:
    record(shell)
    said = shell.run("audit", "tail")
    assert (said.code, said.out, said.err) == (0, "", "")


def test_what_callers_sent_cannot_steer_the_terminal(shell: Shell) -> None:
    store = SqliteStore(shell.folder / "state")
    nasty = "\x1b]0;owned\x07\n2026\tallowed\r\u202e"
    store.record(AuditEvent(START, "r1", nasty, replace(ANA, email=nasty), "denied", nasty, nasty, nasty))
    store.close()
    said = shell.run("audit", "tail")
    assert len(said.out.splitlines()) == 1
    assert not set("\x1b\x07\r\u202e") & set(said.out)
    assert said.out.count("\t") == 6


def test_json_cannot_steer_the_terminal_and_still_says_the_same(shell: Shell) -> None:
    nasty = "é\x1b]0;owned\x07\n\x7f\x9b2J\x85\u2028\u202e\U000e0041"
    store = SqliteStore(shell.folder / "state")
    store.record(AuditEvent(START, "r1", "notes_add", replace(ANA, name=nasty), "denied", nasty, nasty, nasty))
    store.close()
    said = shell.run("audit", "tail", "--json").out
    assert said.isascii()
    assert said.removesuffix("\n").isprintable()
    event = json.loads(said)
    assert event["principal"]["name"] == event["detail"] == nasty


def test_follow_shows_events_as_they_come_and_ends_quietly(shell: Shell) -> None:
    record(shell, "r1")
    process = shell.start("audit", "tail", "--follow", "--json", PYTHONUNBUFFERED="1")
    assert process.stdout is not None
    try:
        assert json.loads(process.stdout.readline())["request_id"] == "r1"
        record(shell, "r2", "r3")
        assert json.loads(process.stdout.readline())["request_id"] == "r2"
        assert json.loads(process.stdout.readline())["request_id"] == "r3"
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=10)
        assert (process.returncode, err) == (0, "")
    finally:
        process.kill()
        process.communicate()
