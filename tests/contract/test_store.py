"""Every store keeps the same promises."""

from __future__ import annotations

import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from lookgate.core.audit import AuditEvent
from lookgate.core.identity import ANONYMOUS
from lookgate.core.ports import HandleRecord, Store
from lookgate.errors import Unavailable
from lower_rooms import ANA, START
from store_places import open_at

WRITER = Path(__file__).with_name("store_writer.py")


def event(number: int = 1, **changes: object) -> AuditEvent:
    base = AuditEvent(at=START, request_id=f"r{number}", action="notes", principal=ANA, outcome="allowed")
    return replace(base, **changes)  # type: ignore[arg-type] # the tests' own changes


def test_an_event_comes_back_as_it_went_in(store: Store) -> None:
    told = event(outcome="denied", rule="not_in_group", detail="No.\n\x1b[31m", origin="https://x.example")
    store.record(told)
    store.record(event(2, principal=ANONYMOUS))
    first, second = store.tail(limit=10)
    assert first.event == told
    assert second.event.principal == ANONYMOUS
    assert first.id < second.id


def test_events_told_together_are_stored_together_in_their_order(store: Store) -> None:
    assert store.record(event(1), event(2, outcome="pending"), event(3))
    assert store.record(event(4), event(5), wait=False) or store.record(event(4), event(5))
    assert [one.event.request_id for one in store.tail(limit=10)] == ["r1", "r2", "r3", "r4", "r5"]


def test_whoever_will_not_wait_for_another_writer_is_told_and_stores_nothing(store: Store) -> None:
    told: list[bool] = []
    with store.begin() as unit:
        asker = threading.Thread(target=lambda: told.append(store.record(event(1), wait=False)))
        asker.start()
        asker.join()
        unit.record(event(2))
    assert told == [False]
    assert [one.event.request_id for one in store.tail(limit=10)] == ["r2"]


def test_an_intent_is_never_stored_without_waiting_for_the_disk(store: Store) -> None:
    assert not store.record(event(1, outcome="pending"), wait=False)
    assert store.tail(limit=10) == []


def test_the_tail_is_the_newest_events_oldest_first(store: Store) -> None:
    for number in range(5):
        store.record(event(number))
    last = store.tail(limit=2)
    assert [one.event.request_id for one in last] == ["r3", "r4"]
    assert [one.event.request_id for one in store.tail(limit=10, after=last[0].id)] == ["r4"]
    assert store.tail(limit=0) == []


def test_a_record_and_its_event_commit_together(store: Store) -> None:
    with store.begin() as unit:
        written = unit.records.append("notes", "UA", {"text": "späť", "n": [1, None, 2.5]}, actor=ANA, at=START)
        assert unit.records.list("notes", "UA") == [written]
        unit.record(event())
    assert store.records.list("notes") == [written]
    assert written.actor_label == "ana@example.com"
    assert len(store.tail(limit=10)) == 1


def test_an_exception_rolls_back_the_record_and_the_event(store: Store) -> None:
    class Oops(Exception):
        pass

    def half_way() -> None:
        with store.begin() as unit:
            unit.records.append("notes", "UA", {"text": "x"}, actor=ANA, at=START)
            unit.record(event())
            raise Oops

    with pytest.raises(Oops):
        half_way()
    assert store.records.list("notes") == []
    assert store.tail(limit=10) == []
    store.record(event(2))
    assert [one.event.request_id for one in store.tail(limit=10)] == ["r2"]


def test_nobody_else_sees_a_transaction_before_it_commits(store: Store) -> None:
    seen: list[int] = []

    def look() -> None:
        seen.append(len(store.records.list("notes")))

    with store.begin() as unit:
        unit.records.append("notes", "UA", {}, actor=ANA, at=START)
        reader = threading.Thread(target=look)
        reader.start()
        reader.join(0.2)
        assert seen in ([], [0])  # a store may make the reader wait, never show it half
    reader.join()
    assert seen in ([0], [1])


def test_rows_are_listed_newest_first_by_key_and_limited(store: Store) -> None:
    for key in ("UA", "DL", "UA"):
        with store.begin() as unit:
            unit.records.append("notes", key, {"key": key}, actor=ANA, at=START)
    with store.begin() as unit:
        unit.records.append("other", "UA", {}, actor=ANA, at=START)
    assert [row.key for row in store.records.list("notes")] == ["UA", "DL", "UA"]
    assert [row.id for row in store.records.list("notes", "UA")] == sorted(
        (row.id for row in store.records.list("notes", "UA")), reverse=True
    )
    assert len(store.records.list("notes", "UA")) == 2
    assert len(store.records.list("notes", limit=1)) == 1


def test_a_row_outside_a_transaction_is_refused(store: Store) -> None:
    with pytest.raises(RuntimeError, match="inside a transaction"):
        store.records.append("notes", "UA", {}, actor=ANA, at=START)
    with store.begin() as unit:
        pass
    with pytest.raises(RuntimeError, match="inside a transaction"):
        unit.records.append("notes", "UA", {}, actor=ANA, at=START)
    with pytest.raises(RuntimeError, match="has ended"):
        unit.record(event())
    assert store.tail(limit=10) == []


def test_a_transaction_within_a_transaction_is_refused_and_spoils_nothing(store: Store) -> None:
    with store.begin() as unit:
        with pytest.raises(RuntimeError, match="already open"):
            store.record(event())
        unit.record(event(2))
    assert [one.event.request_id for one in store.tail(limit=10)] == ["r2"]


@pytest.mark.counts("SQL injection", "values in the store")
def test_values_are_values_and_never_sql(store: Store) -> None:
    nasty = "x'); DROP TABLE audit; --\" \\ %_"
    with store.begin() as unit:
        unit.records.append(nasty, nasty, {nasty: nasty}, actor=replace(ANA, subject=nasty), at=START)
        unit.record(event(request_id=nasty, detail=nasty))
    assert store.records.list(nasty, nasty)[0].body == {nasty: nasty}
    assert store.records.list("%") == []
    assert store.tail(limit=1)[0].event.detail == nasty


def test_a_handle_is_found_by_its_digest_until_it_is_removed(store: Store) -> None:
    old, new = HandleRecord("a" * 64, "7", START), HandleRecord("b" * 64, "7", START.replace(hour=13))
    store.handles.add(old)
    store.handles.add(new)
    store.handles.add(HandleRecord("c" * 64, "8", START))
    assert store.handles.find("a" * 64) == old
    assert store.handles.of_user("7") == [new, old]
    store.handles.remove("a" * 64)
    store.handles.remove("f" * 64)
    assert store.handles.find("a" * 64) is None
    assert store.handles.of_user("7") == [new]


def test_a_handle_keeps_the_time_at_which_it_ends_until_it_is_removed(store: Store) -> None:
    record = HandleRecord("a" * 64, "7", START)
    store.handles.add(record)
    store.handles.end("a" * 64, START.replace(hour=14))
    store.handles.end("f" * 64, START)
    ended = HandleRecord("a" * 64, "7", START, START.replace(hour=14))
    assert store.handles.find("a" * 64) == ended
    assert store.handles.of_user("7") == [ended]
    assert ended.is_live(START.replace(hour=13))
    assert not ended.is_live(START.replace(hour=14))
    store.handles.add(HandleRecord("b" * 64, "7", START.replace(hour=13), START.replace(hour=15)))
    store.handles.remove("a" * 64)
    assert store.handles.of_user("7") == [HandleRecord("b" * 64, "7", START.replace(hour=13), START.replace(hour=15))]


def test_many_threads_lose_nothing(store: Store) -> None:
    def write(name: int) -> None:
        for number in range(20):
            with store.begin() as unit:
                unit.records.append("notes", str(name), {"number": number}, actor=ANA, at=START)
                unit.record(event(number))
            store.records.list("notes", limit=1)

    threads = [threading.Thread(target=write, args=(name,)) for name in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(store.records.list("notes", limit=1000)) == 160
    assert len(store.tail(limit=1000)) == 160


def test_a_check_passes_on_a_sound_store_and_leaves_no_trace(store: Store) -> None:
    store.check()
    store.check()
    assert store.tail(limit=10) == []


def test_a_closed_store_is_unavailable_and_may_be_closed_again(store: Store) -> None:
    store.close()
    store.close()
    with pytest.raises(Unavailable):
        store.record(event())
    with pytest.raises(Unavailable):
        store.tail(limit=1)
    with pytest.raises(Unavailable):
        store.check()


@pytest.mark.counts("chaos", "processes that start and write at once")
def test_two_processes_that_write_at_once_lose_nothing(place: str) -> None:
    writers = [subprocess.Popen([sys.executable, WRITER, place, name, "60"]) for name in "abc"]  # noqa: S603 - our own file
    assert [writer.wait(60) for writer in writers] == [0, 0, 0]
    store = open_at(place)
    rows, events = store.records.list("written", limit=1000), store.tail(limit=1000)
    store.close()
    assert len(rows) == len({(row.key, row.body["number"]) for row in rows}) == 180
    assert {f"{row.key}-{row.body['number']}" for row in rows} == {one.event.request_id for one in events}


@pytest.mark.counts("chaos", "processes that start and write at once")
def test_processes_that_start_at_once_share_one_new_store(place: str, tmp_path: Path) -> None:
    starters = [subprocess.Popen([sys.executable, WRITER, place, name, "1"]) for name in "abcd"]  # noqa: S603 - our own file
    assert [starter.wait(60) for starter in starters] == [0, 0, 0, 0]
    store = open_at(place)
    assert {row.key for row in store.records.list("written")} == set("abcd")
    store.close()
    assert {left.name for left in tmp_path.iterdir()} <= {"store.sqlite3"}


@pytest.mark.counts("chaos", "process killed in a transaction")
def test_a_process_killed_between_write_and_commit_leaves_nothing_half_written(place: str) -> None:
    with subprocess.Popen(  # noqa: S603 - our own file
        [sys.executable, WRITER, place, "a", "3", "pause"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as writer:
        assert writer.stdin is not None
        assert writer.stdout is not None
        assert writer.stdout.readline() == "between\n"
        writer.stdin.write("go on\n")
        writer.stdin.flush()
        assert writer.stdout.readline() == "between\n"  # the first is committed, the second half written
        writer.kill()
    store = open_at(place)
    assert [row.body["number"] for row in store.records.list("written")] == [0]
    assert [one.event.request_id for one in store.tail(limit=10)] == ["a-0"]
    store.check()
    store.close()
