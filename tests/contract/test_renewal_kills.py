"""A process may be killed at any point of a renewal: nothing is lost, nothing is told twice, no token lies about."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from lookgate.core.renewal import Target
from lookgate.core.secret import Secret, sha256_hex
from security_counts import Counted
from store_places import open_at
from sync_town import Looker, Town, target

PROCESS = Path(__file__).with_name("renewal_process.py")
TOKEN = "planted-token-of-the-process-that-dies"
POINTS = ("leased", "minted", "written", "recorded")


class FileLooker(Looker):
    """The Looker of the process that was killed."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.path = path

    async def write(self, target: Target, value: Secret) -> None:
        with self.path.open("a") as looker:
            looker.write(f"{target.key} {value.reveal()}\n")

    def lines(self) -> list[str]:
        return self.path.read_text().splitlines() if self.path.exists() else []


def killed_at(point: str, place: str, looker: Path) -> None:
    command = [sys.executable, str(PROCESS), place, str(looker), TOKEN, point]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 - our own file
        assert process.stdout is not None
        assert process.stdout.readline() == f"{point}\n"
        process.kill()


def kept(place: str, folder: Path) -> bytes:
    """Return everything that the store holds, as it lies there."""
    if not place.startswith("postgresql:"):
        return b"".join(path.read_bytes() for path in folder.glob("store.sqlite3*"))
    with psycopg.connect(place) as database:
        names = database.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'lookgate'").fetchall()
        rows = [database.execute(f"SELECT t::text FROM lookgate.{name} t").fetchall() for (name,) in names]  # noqa: S608 - the schema's own names
    return repr(rows).encode()


@pytest.mark.parametrize("point", POINTS)
def test_a_process_killed_at_any_point_of_a_renewal_loses_nothing_and_repeats_nothing(
    point: str, place: str, tmp_path: Path, counted: Counted
) -> None:
    looker = FileLooker(tmp_path / "looker")
    killed_at(point, place, looker.path)
    searched = kept(place, tmp_path)
    town = Town(store=open_at(place), looker=looker)
    town.clock.move(10)
    soon = town.tick(target(0))
    done = point == "recorded"
    assert [result.outcome for result in soon.results] == ([] if done else ["elsewhere"])
    town.clock.move(80)  # the lease has ended
    later = town.tick(target(0))
    assert later.ok
    assert [result.outcome for result in later.results] == ([] if done else ["renewed"])
    state = town.state(target(0))
    (key, value) = looker.lines()[-1].split()
    told = [(each.event.request_id, each.event.outcome) for each in town.log()]
    town.store.close()
    assert key == target(0).key
    assert state.digest == sha256_hex(Secret(value))  # what is recorded is what stands there
    assert len(looker.lines()) == (2 if point == "written" else 1)
    generation = f"{target(0).key}#1"
    assert told.count((generation, "allowed")) == 1
    assert told.count((generation, "pending")) == (1 if point in {"leased", "recorded"} else 2)
    assert state.generation == 1
    searched += kept(place, tmp_path)
    counted("chaos", f"killed when {point}", tried=1, bad=told.count((generation, "allowed")) - 1)
    counted("secret leaks", f"tokens in stores, killed when {point}", tried=2, bad=searched.count(TOKEN.encode()))
    assert state.digest.encode() in searched  # it was the right place to search
    assert TOKEN.encode() not in searched
    assert b"token-https" not in searched


def test_the_process_of_these_tests_ends_by_itself_when_nobody_kills_it(place: str, tmp_path: Path) -> None:
    done = subprocess.run(  # noqa: S603 - our own file
        [sys.executable, PROCESS, place, tmp_path / "looker", TOKEN, "end"], capture_output=True, text=True, check=True
    )
    assert (done.stdout, done.stderr) == ("True 1\n", "")


def test_two_processes_that_tick_at_once_over_200_targets_write_each_value_once(
    place: str, tmp_path: Path, counted: Counted
) -> None:
    looker = FileLooker(tmp_path / "looker")
    open_at(place).close()
    command = [sys.executable, str(PROCESS), place, str(looker.path), TOKEN, "race"]
    racers = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)  # noqa: S603 - our own file
        for _ in range(2)
    ]
    for racer in racers:
        assert racer.stdout is not None
        assert racer.stdout.readline() == "race\n"
    told = []
    for racer in racers:
        assert racer.stdin is not None
        racer.stdin.write("go\n")
        racer.stdin.flush()
    for racer in racers:
        told.append(racer.communicate(timeout=120)[0].split())
        assert racer.returncode == 0
    keys = [line.split()[0] for line in looker.lines()]
    counted("replay", "values written by two processes", tried=len(keys), bad=len(keys) - len(set(keys)))
    assert sorted(keys) == sorted(target(number).key for number in range(200))
    assert [ok for ok, _ in told] == ["True", "True"]
    assert sum(int(renewed) for _, renewed in told) == 200
