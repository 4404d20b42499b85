"""What may be used once is used once, in every store, by threads and by processes."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

from lookgate.core.ports import Store
from lower_rooms import START
from security_counts import Counted
from store_places import open_at

SOON = START + timedelta(minutes=5)
RACE = Path(__file__).with_name("consumer.py")


def test_of_a_thousand_racers_exactly_one_wins(store: Store, counted: Counted) -> None:
    with ThreadPoolExecutor(16) as racers:
        won = list(racers.map(lambda _: store.consumed.consume("claim", "jti", SOON), range(1000)))
    counted("replay", f"any value, {type(store).__name__}, threads", tried=len(won), bad=sum(won) - 1)
    assert (len(won), sum(won)) == (1000, 1)


def test_a_value_is_used_up_only_in_its_own_namespace(store: Store) -> None:
    assert store.consumed.consume("claim", "x", SOON)
    assert store.consumed.consume("state", "x", SOON)
    assert not store.consumed.consume("claim", "x", SOON + timedelta(days=30))


def test_a_value_is_remembered_past_its_end_and_forgotten_a_day_later(store: Store) -> None:
    consume = store.consumed.consume
    assert consume("claim", "x", SOON)
    assert consume("claim", "later", SOON + timedelta(hours=23))
    assert not consume("claim", "x", SOON)
    assert consume("state", "much later", SOON + timedelta(days=365))
    assert not consume("claim", "x", SOON)
    assert consume("claim", "next day", SOON + timedelta(days=1, seconds=1))
    assert consume("claim", "x", SOON)


def test_two_processes_share_what_is_used_up(place: str) -> None:
    assert sum(_race(place, count=150, racers=1)) == 150


def test_of_a_thousand_racers_in_two_processes_exactly_one_wins(place: str, counted: Counted) -> None:
    won = _race(place, count=1, racers=500)
    kind = "Postgres" if place.startswith("postgresql:") else "SQLite"
    counted("replay", f"any value, {kind}, two processes", tried=1000, bad=sum(won) - 1)
    assert sum(won) == 1


def test_what_was_used_up_stays_used_up_after_a_restart(place: str) -> None:
    for expected in (True, False):
        store = open_at(place)
        assert store.consumed.consume("claim", "x", SOON) is expected
        store.close()


def _race(place: str, *, count: int, racers: int) -> list[int]:
    open_at(place).close()
    command = [sys.executable, str(RACE), place, str(count), str(racers)]
    started = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in "ab"]  # noqa: S603 - our own file
    return [int(racer.communicate(timeout=60)[0]) for racer in started]
