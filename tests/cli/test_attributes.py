"""``lookgate attributes`` as a person runs it, against a local Looker."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gateway_cli import command, environment
from sync_shell import SyncShell, sync_shell
from sync_site import SERVICE

WRONG: list[dict[str, Any]] = [
    {"name": "open_token"},
    {"name": "old_token", "hidden": True, "user_can_view": False, "domains": ["https://old.example.com/*"]},
    {"name": "fine_token", "hidden": True, "user_can_view": False, "domains": [f"{SERVICE}/*"]},
]
NEW = {"attribute": "new_token"}
OPEN = {"attribute": "open_token"}
OLD = {"attribute": "old_token"}
FINE = {"attribute": "fine_token"}


@pytest.fixture
def place(tmp_path: Path) -> Iterator[SyncShell]:
    with sync_shell(tmp_path, attributes=WRONG) as shell:
        yield shell


def changes(place: SyncShell) -> list[str]:
    return [call for call in place.site.wire.calls if call.startswith(("POST /user_attr", "PATCH"))]


def test_the_plan_shows_each_difference_changes_nothing_and_makes_no_store(place: SyncShell) -> None:
    place.settings(NEW, OPEN, FINE)
    said = place.run("attributes", "plan")
    assert (said.code, said.err) == (0, "")
    assert (
        said.out
        == f"""\
new_token: to be created, for rule new_token for default
  type: string
  hide values: yes
  users may see it: no
  users may change it: no
  domain allow-list: {SERVICE}/*
  note: Looker lets nobody change the allow-list once it is set: look at it now.
open_token: to be changed, for rule open_token for default
  hide values: no → yes
  users may see it: yes → no
  domain allow-list: empty → {SERVICE}/*
  note: Hiding is for good. What stands in it could be seen until now: if secret, replace it (lookgate sync once).
  note: Looker lets nobody change the allow-list once it is set: look at it now.
fine_token: as it should be
1 to create, 1 to change, 1 as it should be
"""
    )
    assert changes(place) == []
    assert not place.store_file.exists()
    assert place.sessions() == 0


def test_a_pipeline_learns_of_a_difference_by_the_exit_code(place: SyncShell) -> None:
    place.settings(NEW)
    assert place.run("attributes", "plan", "--check").code == 1
    place.settings(FINE)
    assert place.run("attributes", "plan", "--check").code == 0


def test_a_program_reads_the_plan_as_json(place: SyncShell) -> None:
    place.settings(NEW, OLD, FINE)
    said = place.run("attributes", "plan", "--json")
    told = json.loads(said.out)
    assert said.code == 1
    assert [each["attribute"] for each in told["changes"]] == ["new_token"]
    assert told["changes"][0]["differences"][-1] == {
        "field": "domain allow-list",
        "before": "",
        "after": f"{SERVICE}/*",
    }
    assert [(each["attribute"], each["code"]) for each in told["impossible"]] == [("old_token", "allow_list_fixed")]
    assert [each["attribute"] for each in told["kept"]] == ["fine_token"]


def test_it_is_applied_once_told_and_in_the_audit_log_and_a_second_time_there_is_nothing_to_do(
    place: SyncShell,
) -> None:
    place.settings(NEW, OPEN)
    said = place.run("attributes", "apply", "--yes")
    number = place.site.looker.attribute_id("new_token")
    assert said.code == 0
    assert f"created new_token (id {number})\nchanged open_token (id " in said.out
    made = place.site.looker.instance.attributes[number]
    assert (made.type, made.value_is_hidden, made.user_can_view, made.user_can_edit) == ("string", True, False, False)
    assert made.hidden_value_domain_whitelist == f"{SERVICE}/*"
    again = place.run("attributes", "apply")
    assert (again.code, "0 to create, 0 to change, 2 as it should be" in again.out) == (0, True)
    assert len(changes(place)) == 2
    with place.store() as store:
        events = [one.event for one in store.tail(limit=50)]
    assert [(event.action, event.outcome) for event in events] == [
        ("attributes apply", outcome) for outcome in ("pending", "allowed") * 2
    ]
    assert place.sessions() == 0


def test_when_one_cannot_be_done_none_is(place: SyncShell) -> None:
    place.settings(NEW, OLD)
    said = place.run("attributes", "apply", "--yes")
    assert said.code == 1
    assert "old_token: cannot be done: The allow-list of 'old_token' is https://old.example.com/*" in said.out
    assert "its id changes, all its values are lost until: lookgate sync once" in said.out
    assert "1 of the attributes cannot be made what it should be; nothing was changed." in said.err
    assert changes(place) == []


def test_where_nobody_can_be_asked_nothing_is_changed(place: SyncShell) -> None:
    place.settings(NEW)
    said = place.run("attributes", "apply")
    assert (said.code, "fix: Say so: --yes." in said.err) == (1, True)
    assert changes(place) == []


@pytest.mark.parametrize(("answer", "code", "count"), [(b"y\n", 0, 1), (b"n\n", 1, 0), (b"\n", 1, 0)])
def test_a_person_is_asked_and_only_yes_is_a_yes(place: SyncShell, answer: bytes, code: int, count: int) -> None:
    place.settings(NEW)
    ours, theirs = pty.openpty()
    os.write(ours, answer)
    done = subprocess.run(  # noqa: S603 - our own program
        command(["attributes", "apply"]),
        cwd=place.shell.folder,
        env=environment(place.environment()),
        stdin=theirs,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    os.close(ours)
    os.close(theirs)
    assert (done.returncode, len(changes(place))) == (code, count), done
    assert "Change Looker? [y/N]" in done.stdout


def test_a_failure_midway_is_told_and_the_next_run_finishes(place: SyncShell) -> None:
    place.settings(NEW, OPEN)
    place.site.wire.statuses = [503]
    said = place.run("attributes", "apply", "--yes")
    assert said.code == 1
    assert "created new_token" in said.out
    assert said.err.startswith("failed open_token\nerror: Looker answers PATCH ")
    assert "'open_token' may have been changed all the same." in said.err
    again = place.run("attributes", "apply", "--yes")
    assert again.code == 0
    assert "new_token: as it should be" in again.out
    assert "changed open_token" in again.out


def test_names_in_looker_cannot_steer_the_terminal(place: SyncShell) -> None:
    attribute = place.site.looker.instance.attribute_named("old_token")
    assert attribute is not None
    attribute.hidden_value_domain_whitelist = "https://a.io/\x1b[2J\x9b31m*"
    place.settings(OLD)
    said = place.run("attributes", "plan")
    assert said.code == 1
    assert not {"\x1b", "\x9b"} & set(said.out + said.err)


def test_the_gateways_url_is_that_of_the_handles(place: SyncShell) -> None:
    place.settings(FINE)
    said = place.run("attributes", "plan", "--url", "https://gateway.example.com")
    assert "lookgate_handle: to be created, for handles" in said.out
    assert "domain allow-list: https://gateway.example.com/*" in said.out
    for wrong in ("gateway", "http://gateway.example.com", "https://*.example.com", "https://gateway.example.com/x"):
        refused = place.run("attributes", "plan", "--url", wrong)
        assert (refused.code, "--url" in refused.err) == (2, True), wrong


def test_without_anything_to_make_it_says_what_to_write(place: SyncShell) -> None:
    file = place.shell.folder / "lookgate.toml"
    file.write_text(file.read_text().partition("[[sync.rules]]")[0])
    said = place.run("attributes", "plan")
    assert (said.code, "need no user attribute" in said.err) == (1, True)
    file.write_text("")
    said = place.run("attributes", "plan", "--url", "https://gateway.example.com")
    assert (said.code, "No Looker instance" in said.err) == (1, True)


def test_an_unreachable_looker_is_one_error_and_changes_nothing(place: SyncShell) -> None:
    file = place.shell.folder / "lookgate.toml"
    file.write_text(file.read_text().replace(place.site.looker.instance.base_url, "http://127.0.0.1:1"))
    said = place.run("attributes", "apply", "--yes")
    assert (said.code, "cannot be reached" in said.err) == (1, True)


def test_help_imports_no_client() -> None:
    code = (
        "import sys\nfrom click.testing import CliRunner\nfrom lookgate.cli.main import group\n"
        "done = CliRunner().invoke(group, ['attributes', 'plan', '--help'])\n"
        "assert done.exit_code == 0, done\nprint('aiohttp' in sys.modules, 'msgspec' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)  # noqa: S603 - our own
    assert done.stdout == "False False\n"
