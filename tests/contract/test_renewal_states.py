"""Every store keeps the same promises about renewals and notes."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest

from lookgate.core.audit import AuditEvent
from lookgate.core.ports import Store
from lookgate.core.renewal import LEASE_SKEW, TargetState
from lookgate.errors import Unavailable
from lookgate.store import opening, postgres_schema, schema
from lookgate.store.url import Place
from lower_rooms import ANA, START
from security_counts import Counted
from store_places import open_at

RACER = Path(__file__).with_name("lease_racer.py")
LATER = START + timedelta(seconds=90)
FULL = TargetState(
    "k", "f" * 64, 1, "d" * 64, START, LATER, 3600.0, 2, START, "g" * 64, "looker_busy", "Späť.\n\0", LATER, LATER,
    stopped=True, canary_at=START, canary="ok",
)  # fmt: skip


def event(number: int = 1) -> AuditEvent:
    return AuditEvent(at=START, request_id=f"k#{number}", action="sync.renew", principal=ANA, outcome="allowed")


def lease(store: Store, owner: str = "a", generation: int = 0, *, key: str = "k", late: float = 0) -> bool:
    now = START + timedelta(seconds=late)
    return store.renewals.lease(key, generation, owner, now=now, until=now + timedelta(seconds=90))


def ids(store: Store) -> list[str]:
    return [each.event.request_id for each in store.tail(limit=100)]


def test_what_is_known_of_a_target_comes_back_as_it_went_in(store: Store) -> None:
    assert list(store.renewals.all()) == []
    assert lease(store)
    assert list(store.renewals.all()) == [TargetState("k")]
    assert store.renewals.finish(FULL, "a", event())
    assert list(store.renewals.all()) == [FULL]
    assert ids(store) == ["k#1"]


def test_states_are_listed_by_their_key(store: Store) -> None:
    for key in ("b", "c", "a"):
        assert lease(store, key=key)
    assert [state.key for state in store.renewals.all()] == ["a", "b", "c"]


def test_a_lease_is_held_by_one_until_it_is_given_back_or_has_ended(store: Store) -> None:
    assert lease(store, "a")
    assert not lease(store, "b")
    assert not lease(store, "a")
    assert not lease(store, "b", late=89)
    assert lease(store, "b", late=90)
    assert store.renewals.finish(TargetState("k"), "b")
    assert lease(store, "c", late=90)


def test_a_lease_from_a_clock_that_was_set_back_holds_nobody_up(store: Store) -> None:
    hours = 3 * 3600.0
    assert lease(store, "a", late=hours)
    assert not lease(store, "b", late=hours - LEASE_SKEW.total_seconds())
    assert lease(store, "b")


def test_nobody_can_lease_a_generation_that_is_no_longer_the_last(store: Store) -> None:
    assert lease(store)
    assert store.renewals.finish(TargetState("k", generation=1), "a")
    assert not lease(store, "b", 0)
    assert not lease(store, "b", 2)
    assert lease(store, "b", 1)


def test_a_state_that_was_forgotten_is_leased_only_as_a_new_one(store: Store) -> None:
    assert not lease(store, "a", 7)
    assert lease(store, "a", 0)
    store.renewals.forget(["k", "nobody"])
    assert list(store.renewals.all()) == []
    assert not store.renewals.finish(TargetState("k", generation=1), "a", event())
    assert not store.renewals.extend("k", "a", event(), until=LATER)
    assert ids(store) == []
    assert lease(store, "b", 0)


def test_only_its_holder_extends_a_lease_and_with_it_says_what_is_about_to_happen(store: Store) -> None:
    assert lease(store, "a")
    assert not store.renewals.extend("k", "b", event(1), until=LATER)
    assert store.renewals.extend("k", "a", event(2), until=LATER + timedelta(seconds=60))
    assert ids(store) == ["k#2"]
    assert not lease(store, "b", late=100)
    assert lease(store, "b", late=150)
    assert not store.renewals.extend("k", "a", until=LATER)


def test_a_lease_that_ended_and_that_nobody_took_is_still_its_holder_s(store: Store) -> None:
    assert lease(store, "a")
    assert store.renewals.extend("k", "a", until=START - timedelta(days=1))
    assert store.renewals.finish(TargetState("k", generation=1), "a")


def test_no_generation_is_told_twice(store: Store) -> None:
    done = TargetState("k", generation=1)
    assert lease(store, "a")
    assert lease(store, "b", late=90)
    assert store.renewals.finish(done, "b", event(1))
    assert not store.renewals.finish(replace(done, digest="older"), "a", event(1))
    assert not store.renewals.finish(done, "b", event(1))
    assert lease(store, "a", 1)
    assert not store.renewals.finish(replace(done, generation=3), "a", event(3))
    assert not store.renewals.finish(replace(done, generation=0), "a", event(0))
    assert ids(store) == ["k#1"]
    assert list(store.renewals.all()) == [done]


def test_a_failure_keeps_the_generation(store: Store) -> None:
    assert lease(store)
    assert store.renewals.finish(TargetState("k", failures=1, code="looker_down"), "a")
    assert lease(store, "b", 0)


def test_an_event_that_cannot_be_stored_leaves_the_renewal_unrecorded(store: Store) -> None:
    wrong = replace(event(), outcome="perhaps")  # type: ignore[arg-type] # what the table refuses
    assert lease(store)
    with pytest.raises(Exception, match=r"(?i)check"):
        store.renewals.finish(TargetState("k", generation=1), "a", wrong)
    assert list(store.renewals.all()) == [TargetState("k")]
    assert store.renewals.finish(TargetState("k", generation=1), "a")


def test_a_canary_s_result_is_kept_unless_the_target_has_been_renewed_since(store: Store) -> None:
    assert lease(store)
    assert store.renewals.finish(TargetState("k", generation=1, digest="d"), "a")
    store.renewals.canary("k", 1, "refused_401", START, event(1))
    known = TargetState("k", generation=1, digest="d", canary="refused_401", canary_at=START)
    assert list(store.renewals.all()) == [known]
    store.renewals.canary("k", 0, "ok", START, event(0))
    store.renewals.canary("k", 2, "ok", START, event(2))
    store.renewals.canary("nobody", 1, "ok", START, event(3))
    assert list(store.renewals.all()) == [known]
    assert ids(store) == ["k#1"]
    assert lease(store, "b", 1)


def test_a_canary_takes_no_lease_away(store: Store) -> None:
    assert lease(store)
    assert store.renewals.finish(TargetState("k", generation=1), "a")
    assert lease(store, "b", 1)
    store.renewals.canary("k", 1, "ok", START)
    assert not lease(store, "c", 1)
    assert store.renewals.finish(TargetState("k", generation=2), "b")


def test_calls_are_counted_by_instance_and_month(store: Store) -> None:
    spend = store.renewals.spend
    assert spend("https://a.example", "2027-01", 0) == 0
    assert spend("https://a.example", "2027-01", 10) == 10
    assert spend("https://a.example", "2027-01", 5) == 15
    assert spend("https://a.example", "2027-01", -3) == 12
    assert spend("https://a.example", "2027-01", 0) == 12
    assert spend("https://b.example", "2027-01", 0) == 0
    assert spend("https://a.example", "2027-02", 1) == 1


def test_of_many_threads_exactly_one_wins_each_lease_and_no_call_is_lost(store: Store) -> None:
    won: list[int] = []

    def race(owner: str) -> None:
        for number in range(20):
            if lease(store, owner, key=f"k{number}"):
                won.append(number)
            store.renewals.spend("https://a.example", "2027-01", 1)

    threads = [threading.Thread(target=race, args=(owner,)) for owner in "abcdefgh"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(won) == list(range(20))
    assert store.renewals.spend("https://a.example", "2027-01", 0) == 160


def test_a_note_is_kept_until_another_takes_its_place(store: Store) -> None:
    assert store.notes.recall("rule") is None
    store.notes.remember("rule", '{"attribute": "12"}', START)
    assert store.notes.recall("rule") == ('{"attribute": "12"}', START)
    store.notes.remember("rule", "späť", LATER)
    assert store.notes.recall("rule") == ("späť", LATER)
    assert store.notes.recall("") is None


def test_keys_and_texts_are_values_and_never_sql(store: Store) -> None:
    nasty = "x'); DROP TABLE renewal; --\" \\ %_ %s ? {}"
    assert lease(store, nasty, key=nasty)
    assert store.renewals.finish(TargetState(nasty, generation=1, detail=nasty), nasty)
    store.notes.remember(nasty, nasty, START)
    assert store.notes.recall(nasty) == (nasty, START)
    assert store.renewals.spend(nasty, nasty, 2) == 2
    assert list(store.renewals.all()) == [TargetState(nasty, generation=1, detail=nasty)]
    store.renewals.forget(["%"])
    assert len(store.renewals.all()) == 1


def test_a_store_that_is_closed_says_so(store: Store) -> None:
    renewals, notes = store.renewals, store.notes
    store.close()
    with pytest.raises(Unavailable):
        renewals.all()
    with pytest.raises(Unavailable):
        lease(store)
    with pytest.raises(Unavailable):
        notes.recall("x")


def test_of_two_processes_that_race_for_1000_renewals_exactly_one_wins_each(place: str, counted: Counted) -> None:
    open_at(place).close()
    won: dict[str, list[str]] = {"a": [], "b": []}
    with racer(place, "a") as first, racer(place, "b") as second:
        pair = [("a", first), ("b", second)]
        for _ in range(50):
            pair.reverse()  # whoever is told first has a start of microseconds
            for _, (say, _) in pair:
                say("go")
            for name, (_, hear) in pair:
                won[name] += hear().split()
    store = open_at(place)
    told = [each.event.request_id for each in store.tail(limit=5000)]
    generations = [state.generation for state in store.renewals.all()]
    store.close()
    wins = won["a"] + won["b"]
    counted("replay", "renewals by two processes", tried=len(wins), bad=len(wins) - len(set(wins)))
    assert len(wins) == len(set(wins)) == sum(generations) >= 1000
    assert sorted(wins) == sorted(told)
    assert won["a"]
    assert won["b"]  # both took part, or it was no race


@contextmanager
def racer(place: str, name: str) -> Iterator[tuple[Callable[[str], None], Callable[[], str]]]:
    """Start a racer; yield what tells it a line and what hears one."""
    command = [sys.executable, str(RACER), place, name, "20"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 - our own file
        to, come = process.stdin, process.stdout
        assert to is not None
        assert come is not None
        assert come.readline() == "ready\n"

        def say(line: str) -> None:
            to.write(f"{line}\n")
            to.flush()

        yield say, come.readline
        to.close()
        assert process.wait(60) == 0


def test_a_store_made_before_there_were_renewals_gets_them_and_keeps_what_it_has(place: str) -> None:
    if place.startswith("postgresql:"):
        with psycopg.connect(place, autocommit=True) as database:
            postgres_schema.migrate(database, Place("here", "gate", ""), postgres_schema.MIGRATIONS[:2])
            database.execute("INSERT INTO lookgate.handle VALUES (%s, '7', now())", ("a" * 64,))
    else:
        connection = opening.connect(Path(place), 1)
        opening.migrate(connection, Path(place), schema.MIGRATIONS[:3])
        connection.execute("INSERT INTO handle VALUES (?, '7', ?, '')", ("a" * 64, START.isoformat()))
        connection.close()
    store = open_at(place)
    assert lease(store)
    assert store.renewals.finish(FULL, "a")
    store.notes.remember("rule", "12", START)
    store.close()
    again = open_at(place)
    assert list(again.renewals.all()) == [FULL]
    assert [record.digest for record in again.handles.of_user("7")] == ["a" * 64]
    again.close()
