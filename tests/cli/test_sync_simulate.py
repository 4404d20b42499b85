"""``lookgate sync simulate``: the same seed says the same, and the exit code says whether the rules keep their word."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from gateway_cli import Shell
from lookgate.cli.sync_simulate_text import verdict
from lookgate.sync.simulate.faults import DAY, Outage
from lookgate.sync.simulate.outages import Endurance, Trial
from lookgate.sync.simulate.run import Outcome
from simulations import scenario

RULES = """
[instance]
base_url = "https://looker.example.com"
client_id = "env:ID"
client_secret = "env:SECRET"
[sync]
every = 120
[[sync.impersonate]]
name = "caller"
service_account = "caller@project.iam.gserviceaccount.com"
[[sync.static]]
name = "key"
value = "env:SECRET"
[[sync.rules]]
source = "caller"
audience = "https://orders.example.com"
attribute = "orders_token"
target = "default"
margin = 600
[[sync.rules]]
source = "metadata"
audience = "https://orders.example.com"
attribute = "cached_token"
target = "default"
[[sync.rules]]
source = "key"
attribute = "static_token"
target = "default"
"""


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell(tmp_path)


def test_a_week_with_a_seed_is_told_to_the_letter(shell: Shell) -> None:
    said = shell.run("sync", "simulate", "--days", "7", "--seed", "7")
    assert (said.code, said.err) == (0, "")
    assert said.out == WEEK
    assert shell.run("sync", "simulate", "--days", "7", "--seed", "7").out == WEEK


def test_another_seed_is_another_week(shell: Shell) -> None:
    assert shell.run("sync", "simulate", "--days", "7", "--seed", "8").out != WEEK


def test_the_rules_of_the_settings_are_simulated_and_secrets_without_an_end_are_left_out(shell: Shell) -> None:
    shell.write("lookgate.toml", RULES)
    said = shell.run("sync", "simulate", "--days", "1", ID="an-id", SECRET="a-secret")
    assert "1 d, a run every 2 min, 2 values, seed 1" in said.out
    assert "1 rule: tokens of 1 h, margin 10 min\n  1 rule: tokens of 1 h, margin 2 min\n" in said.out
    assert "tokens of 1 h, margin 10 min: derived to survive 10 min" in said.out
    assert "tokens of 1 h, margin 2 min, the largest: derived to survive" in said.out
    assert "tokens of 1 h, margin 58 min" not in said.out
    assert "a-secret" not in said.out + said.err


def test_options_change_the_rules_of_the_settings(shell: Shell) -> None:
    shell.write("lookgate.toml", RULES)
    arguments = ["--life", "7200", "--every", "600", "--margin", "1200", "--targets", "5", "--days", "1"]
    said = shell.run("sync", "simulate", *arguments, "--restarts", "0", ID="an-id", SECRET="a-secret")
    assert "1 d, a run every 10 min, 5 values" in said.out
    assert "2 rules: tokens of 2 h, margin 20 min" in said.out
    assert "0 restarts a day, in a renewal: none" in said.out


def test_rules_whose_secrets_never_end_have_nothing_to_simulate(shell: Shell) -> None:
    shell.write("lookgate.toml", RULES.replace('"caller"\naud', '"key"\naud').replace('"metadata"', '"key"'))
    said = shell.run("sync", "simulate", ID="an-id", SECRET="a-secret")
    assert said.code == 1
    assert "without an end" in said.err


def test_an_expired_second_that_no_outage_explains_is_exit_code_1(shell: Shell) -> None:
    said = shell.run("sync", "simulate", "--days", "7", "--margin", "0", "--every", "1200", "--missed-ticks", "0")
    assert said.code == 1
    assert "Failed: a stored token was expired, though no outage was longer" in said.out


def test_an_outage_longer_than_the_rules_survive_is_told_and_no_failure(shell: Shell) -> None:
    said = shell.run("sync", "simulate", "--days", "2", "--outage", "7200", "--outage", "60")
    assert said.code == 0
    assert "away for 2 h, from day" in said.out
    assert "away for 1 min, from day" in said.out
    assert "A stored token was expired" in said.out
    assert "longer than the 30 min that the rules survive" in said.out


def test_help_for_sync_imports_nothing_that_only_a_simulation_needs(shell: Shell) -> None:
    heavy = ("asyncio", "sqlite3", "lookgate.sync.simulate", "lookgate.settings")
    program = f"import sys, lookgate.cli.sync_simulate; print([name for name in {heavy} if name in sys.modules])"
    done = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-c", program], cwd=shell.folder, capture_output=True, text=True, check=True
    )
    assert done.stdout == "[]\n"


def test_the_last_line_and_the_exit_code_follow_from_what_was_seen() -> None:
    whole = scenario(outages=(Outage("looker", 0, 1800),))
    longer = scenario(outages=(Outage("looker", 0, 1801),))
    fine = Outcome(targets=1, seconds=DAY, expired={"a": 0.0})
    dead = Outcome(targets=1, seconds=DAY, expired={"a": 0.2}, longest_disturbed=2100)
    kept = Endurance(3600, 1800, 300, 1800, (Trial(1800, 1, 0),), is_largest=False)
    broken = replace(kept, trials=(Trial(1800, 1, 0.2),))
    assert verdict(whole, fine, [kept]) == (True, "\nNo stored token was ever expired.")
    assert verdict(longer, dead, [kept])[0]
    good, why = verdict(whole, dead, [kept])
    assert (good, "missed or disturbed for 35 min on end" in why) == (False, True)
    good, why = verdict(whole, fine, [kept, broken])
    assert (good, "derived to leave no gap left one" in why) == (False, True)


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["--margin", "3600"], "cannot keep a margin of 3600 s"),
        (["--life", "0"], "not in the range"),
        (["--missed-ticks", "5"], "not in the range"),
        (["--every", "1"], "not in the range"),
        (["--life", "300"], "cannot keep a margin of 0 s"),
        (["--life", "nan"], "is not"),
        (["--outage", "inf"], "is not"),
        (["--restarts", "nan"], "is not a number"),
    ],
)
def test_what_cannot_be_simulated_is_refused_in_words(shell: Shell, arguments: list[str], why: str) -> None:
    said = shell.run("sync", "simulate", *arguments)
    assert said.code in {1, 2}
    assert why in said.err
    assert "Traceback" not in said.err


WEEK = """\
7 d, a run every 5 min, 1 value, seed 7; nothing is called.
  1 rule: tokens of 1 h, margin 30 min
Faults:
  5 % of runs missed, and all of an outage of the gateway: 95 of 2,016
  5 % of calls failing: an error, told to wait, hanging, or done and not answered
  1 restart a day, in a renewal: 2 between mint and write, 3 just before a write, 2 after a write, before its record
  longest time in which every run was missed or disturbed: 15 min

                                             Lookgate  known updater
seconds in which a stored token was expired       0 s      190,952 s
  of the worst value                              0 s      190,952 s
  of the time                                  0.00 %        31.57 %
  longest gap                                     0 s            3 h
renewals                                          395            114
API calls a renewal                              1.01           4.37
  beside calls that failed                         27             32
failed runs that said so                     12 of 12        0 of 41
The known updater, under the same faults: once an hour, four calls a write, one try, HTTP 200 whatever comes.

Outages of Looker, of the gateway and of the token source, with no other fault; each begins with the very run
that would have renewed, and at random:
  tokens of 1 h, margin 30 min: derived to survive 30 min
    25 min, a run less: 0 s expired, tried 12 times
    30 min, as derived: 0 s expired, tried 12 times
    35 min, a run more: 1 s expired in the worst, tried 12 times
    1 h, the token's own life, which none outlives: 1,501 s expired in the worst, tried 12 times
  tokens of 1 h, margin 50 min, the largest: derived to survive 50 min
    45 min, a run less: 0 s expired, tried 12 times
    50 min, as derived: 0 s expired, tried 12 times
    55 min, a run more: 1 s expired in the worst, tried 12 times
    1 h, the token's own life, which none outlives: 301 s expired in the worst, tried 12 times

No stored token was ever expired.
"""
