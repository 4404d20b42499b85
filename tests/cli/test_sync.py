"""``lookgate sync`` as a person and as a program runs it, against a local Looker and a local Google."""

from __future__ import annotations

import json
import os
import pty
import re
import select
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gateway_cli import Said, command, environment
from sync_shell import SyncShell, sync_shell
from sync_site import SERVICE

SEEN = "planted-canary-of-a-static-secret"
EVERY = (("plan",), ("once",), ("once", "--json"), ("status",), ("status", "--json"))
PROVIDER = """
[[sync.client_credentials]]
name = "crm"
token_url = "{google}/oauth2/generic/token"
client_id = "env:CLIENT"
client_secret = "env:CLIENT_SECRET"

[[sync.static]]
name = "key"
value = "env:STATIC"
"""


@pytest.fixture
def place(tmp_path: Path) -> Iterator[SyncShell]:
    clients = [{"client_id": "crm", "client_secret": "planted-canary-of-a-client"}]
    with sync_shell(tmp_path, clients=clients) as shell:
        yield shell


def status(place: SyncShell) -> Any:
    said = place.run("sync", "status", "--json")
    return json.loads(said.out) | {"exit": said.code}


# --- plan -----------------------------------------------------------------------------------------------------------


def test_the_plan_says_what_would_be_done_why_and_what_it_costs_and_writes_nothing(place: SyncShell) -> None:
    place.settings({"target": "group:East"})
    said = place.run("sync", "plan")
    assert (said.code, said.err) == (0, "")
    assert (
        said.out
        == """\
1 due, 0 fresh or waiting, 0 stopped
  orders_token for group East: nothing of ours is stored there: due
In steady state: 1728 API calls a month, one for each renewal.
No stored token expires in an outage of up to 30 min.
"""
    )
    assert (place.site.wire.writes, place.site.stored(), place.sessions()) == ([], "", 0)


def test_a_budget_that_the_rules_do_not_fit_in_is_refused_at_the_plan(place: SyncShell) -> None:
    place.settings(more="[sync]\ncalls_per_month = 1000")
    said = place.run("sync", "plan")
    assert said.code == 1
    assert "1728 API calls a month of 1000 allowed (sync.calls_per_month)" in said.out
    assert "Refused: the rules cost more than the budget. Fix: " in said.out
    place.settings(more="[sync]\ncalls_per_month = 2000")
    assert place.run("sync", "plan").code == 0


def test_all_rules_that_lead_nowhere_are_refused_at_once_each_with_its_fix(place: SyncShell) -> None:
    place.settings({"target": "group:Wset"}, {"attribute": "ordres_token"}, {"attribute": "number_token"})
    said = place.run("sync", "plan")
    assert said.code == 1
    assert "Did you mean 'West'?" in said.out
    assert "Did you mean 'orders_token'? Fix: Create it: lookgate attributes apply." in said.out
    assert "is of type number" in said.out
    assert place.site.wire.writes == []


@pytest.mark.parametrize("arguments", EVERY)
def test_an_unreachable_looker_is_one_error_with_its_fix_and_never_a_success(
    place: SyncShell, arguments: tuple[str, ...]
) -> None:
    file = place.shell.folder / "lookgate.toml"
    file.write_text(file.read_text().replace(place.site.looker.instance.base_url, "http://127.0.0.1:1"))
    said = place.run("sync", *arguments)
    assert said.code == 1
    assert said.err.startswith("error: Looker at http://127.0.0.1:1 cannot be reached")
    assert "\nfix: " in said.err


@pytest.mark.parametrize("name", ["plan", "once", "status", "watch"])
def test_without_rules_it_says_what_to_write(place: SyncShell, name: str) -> None:
    file = place.shell.folder / "lookgate.toml"
    file.write_text(file.read_text().partition("[[sync.rules]]")[0])
    said = place.run("sync", name)
    assert (said.code, "has no [[sync.rules]]" in said.err) == (1, True)


# --- once -----------------------------------------------------------------------------------------------------------


def test_a_run_renews_what_is_due_and_the_next_has_nothing_to_do(place: SyncShell) -> None:
    said = place.run("sync", "once")
    assert said.code == 0
    assert said.out == (
        "  orders_token for everyone (default): renewed\n1 renewed with 1 API call, 0 needed nothing yet.\n"
    )
    assert re.fullmatch(r"1/1  \d+\.\d s  renewed  everyone \(default\)\n", said.err)
    assert place.site.stored().startswith("ey")
    again = place.run("sync", "once")
    assert (again.code, again.out) == (0, "0 renewed with 0 API calls, 1 needed nothing yet.\n")
    assert (len(place.site.wire.writes), place.sessions()) == (1, 0)


def test_of_many_targets_every_fiftieth_and_each_failure_is_told_as_it_comes(place: SyncShell) -> None:
    names = [f"Group {number}" for number in range(60)]
    for name in names:
        assert place.site.looker.call("Ada", "POST", "/groups", {"name": name}).status == 200
    place.settings(*({"target": f"group:{name}"} for name in names))
    place.site.wire.statuses = [403]
    said = place.run("sync", "once")
    lines = [line for line in said.err.splitlines() if "looker_forbidden" not in line and "refuses" not in line]
    assert said.code == 1
    assert [line.split()[0] for line in lines] == ["50/60", "60/60"]
    assert len(said.err.splitlines()) - len(lines) == 1
    assert "59 renewed with 60 API calls" in said.out


def test_a_program_reads_the_report_as_json_and_nothing_else_is_printed(place: SyncShell) -> None:
    said = place.run("sync", "once", "--json")
    told = json.loads(said.out)
    assert (said.code, said.err) == (0, "")
    assert told["success"] is True
    assert told["problems"] == []
    assert "again" not in told
    (result,) = told["results"]
    assert (result["outcome"], result["attribute"]) == ("renewed", "orders_token")


def test_a_failure_is_exit_code_1_and_says_which_target_and_why(place: SyncShell) -> None:
    place.settings({"attribute": "orders_token"}, {"attribute": "other_token"})
    place.site.wire.statuses = [403]
    said = place.run("sync", "once")
    assert said.code == 1
    assert "_token for everyone (default): failed (looker_forbidden): Looker refuses to write " in said.out
    assert "Give the API user the Admin role." in said.out
    place.site.wire.statuses = [403]
    said = place.run("sync", "once", "--json")
    told = json.loads(said.out)
    assert (said.code, told["success"]) == (1, False)
    assert [(each["outcome"], each["code"]) for each in told["results"] if each["code"]] == [
        ("failed", "looker_forbidden")
    ]
    assert place.run("sync", "once").code == 0


def test_one_rule_alone_is_run_and_a_rule_that_is_not_there_is_told_with_those_that_are(place: SyncShell) -> None:
    place.settings({"name": "one"}, {"name": "two", "attribute": "other_token"})
    said = place.run("sync", "once", "--rule", "two", "--json")
    assert [each["rule"] for each in json.loads(said.out)["results"]] == ["two"]
    said = place.run("sync", "once", "--rule", "three")
    assert (said.code, "fix: Known: one, two." in said.err) == (1, True)


# --- status ---------------------------------------------------------------------------------------------------------


def test_the_status_tells_a_program_the_state_of_each_target(place: SyncShell) -> None:
    before = status(place)
    assert (before["targets"][0]["state"], before["targets"][0]["renewed_at"]) == ("new", None)
    place.run("sync", "once")
    after = status(place)
    assert (after["exit"], after["ok"], after["problems"]) == (0, True, [])
    assert after["budget"] == {"calls_this_month": 1, "calls_per_month": None}
    (one,) = after["targets"]
    assert {name: one[name] for name in ("attribute", "for", "audience", "life", "margin", "renewals", "failures")} == {
        "attribute": "orders_token",
        "for": "everyone (default)",
        "audience": SERVICE,
        "life": 3600,
        "margin": 1800,
        "renewals": 1,
        "failures": 0,
    }
    assert (one["state"], one["code"]) == ("fresh", "")
    assert re.fullmatch(r"expires in 59 min( \d+ s)?, margin 30 min \+ 5 min tick: renewed in 2\d min", one["why"])


def test_the_status_of_a_target_that_fails_is_exit_code_1(place: SyncShell) -> None:
    place.site.wire.statuses = [403]
    place.run("sync", "once")
    after = status(place)
    assert (after["exit"], after["ok"]) == (1, False)
    assert (after["targets"][0]["state"], after["targets"][0]["code"]) == ("stopped", "looker_forbidden")


# --- what must not be told ------------------------------------------------------------------------------------------


def test_no_token_and_no_secret_is_in_any_output_store_or_audit_event(place: SyncShell) -> None:
    more = PROVIDER.replace("{google}", place.site.google.base_url)
    place.site.environ |= {"CLIENT": "crm", "CLIENT_SECRET": "planted-canary-of-a-client"}
    place.settings(
        {},
        {"source": "crm", "audience": "", "attribute": "other_token"},
        {"source": "key", "audience": "", "target": "group:West"},
        more=more,
    )
    said: list[Said] = []
    for statuses in ([], [403, 500, 422]):
        place.site.wire.statuses = list(statuses)
        said += [place.run("sync", *arguments, STATIC=SEEN) for arguments in EVERY]
        place.site.later(3000)
    said.append(place.run("audit", "tail", "--json", STATIC=SEEN))
    values = {place.site.stored(), place.site.stored("other_token"), place.site.stored("orders_token", "Wim")}
    assert (len(values), SEEN in values) == (3, True)
    secrets = values | set(place.site.google.google.access_tokens) | {"planted-canary-of-a-client"}
    secrets |= {place.environment()["SECRET"], *place.site.looker.instance.tokens}
    assert len(secrets) > 5
    kept = b"".join(file.read_bytes() for file in place.store_file.parent.iterdir())
    told = "".join(each.out + each.err for each in said)
    assert [secret[:12] for secret in secrets if secret in told or secret.encode() in kept] == []


def test_names_in_looker_cannot_steer_the_terminal_and_are_no_markup(place: SyncShell) -> None:
    group = next(one for one in place.site.looker.instance.groups.values() if one.name == "East")
    group.name = "East\x1b[2J\x9b31m\n[bold]all is well[/bold]"
    place.settings({"target": f"group_id:{group.id}"})
    for arguments in (("plan",), ("once",), ("status",), ("once",)):
        said = place.run("sync", *arguments)
        assert said.code == 0
        assert not {"\x1b", "\x9b"} & set(said.out + said.err), arguments
        assert "\n[bold]" not in said.out + said.err
    place.site.wire.statuses = [403]
    place.settings({"target": f"group_id:{group.id}", "audience": "https://other.example.com", "domain": SERVICE})
    said = place.run("sync", "once")
    assert (said.code, {"\x1b", "\x9b"} & set(said.out + said.err)) == (1, set())


# --- watch ----------------------------------------------------------------------------------------------------------


class Terminal:
    """A pseudo-terminal in which a command runs."""

    def __init__(self, place: SyncShell, *arguments: str) -> None:
        self._ours, theirs = pty.openpty()
        self.process = subprocess.Popen(  # noqa: S603 - our own program
            command(arguments),
            cwd=place.shell.folder,
            env=environment(place.environment() | {"TERM": "xterm", "COLUMNS": "150", "LINES": "40"}),
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
        )
        os.close(theirs)
        self.drawn = ""

    def until(self, words: str, seconds: float = 20) -> None:
        """Read until the words were drawn; an empty text stands for the end."""
        ends = time.monotonic() + seconds
        while not words or words not in self.drawn:
            assert time.monotonic() < ends, self.drawn
            ready, _, _ = select.select([self._ours], [], [], 0.1)
            if not ready:
                continue
            try:
                more = os.read(self._ours, 65_536)
            except OSError:  # the other end is closed
                more = b""
            self.drawn += more.decode(errors="replace")
            if not more:
                assert not words, self.drawn
                return

    def close(self) -> None:
        self.process.kill()
        self.process.wait(10)
        os.close(self._ours)


@pytest.fixture
def terminals() -> Iterator[list[Terminal]]:
    opened: list[Terminal] = []
    yield opened
    for each in opened:
        each.close()


@pytest.mark.parametrize("renewed", [False, True])
def test_the_live_table_is_drawn_again_and_again_and_ctrl_c_leaves_no_session(
    place: SyncShell, terminals: list[Terminal], *, renewed: bool
) -> None:
    if renewed:
        assert place.run("sync", "once").code == 0
    terminal = Terminal(place, "sync", "watch")
    terminals.append(terminal)
    terminal.until("orders_token")
    if not renewed:  # another process renews, and the table shows it
        assert place.run("sync", "once").code == 0
    terminal.until("59 min")
    terminal.process.send_signal(signal.SIGINT)
    terminal.until("")
    assert terminal.process.wait(20) == 0
    assert "Stopped watching" in terminal.drawn
    assert "Traceback" not in terminal.drawn
    assert place.sessions() == 0
    assert place.site.stored() not in terminal.drawn


def test_the_status_on_a_terminal_is_a_table(place: SyncShell, terminals: list[Terminal]) -> None:
    assert place.run("sync", "once").code == 0
    terminal = Terminal(place, "sync", "status")
    terminals.append(terminal)
    terminal.until("")
    assert terminal.process.wait(20) == 0
    assert "everyone (default)" in terminal.drawn
    assert "\t" not in terminal.drawn
