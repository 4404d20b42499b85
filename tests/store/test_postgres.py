from __future__ import annotations

import contextlib
import socket
import subprocess
import sys
import threading
import traceback
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest

from gateway_site import HANDLE, Site
from lookgate.core.audit import AuditEvent
from lookgate.core.secret import Secret
from lookgate.errors import InvalidInput, LookgateError, Unavailable
from lookgate.store.postgres import READERS, WRITERS, PostgresStore
from lower_rooms import ANA, START
from postgres import Server, running_server
from store_places import new_database, open_at, url_of

CANARY = "canary5ecret"
WRITER = Path(__file__).parents[1] / "contract" / "store_writer.py"


def event(number: int = 1) -> AuditEvent:
    return AuditEvent(at=START, request_id=f"r{number}", outcome="allowed")


@pytest.fixture(scope="module")
def mortal() -> Iterator[Server]:
    """A server that these tests kill and start again."""
    with running_server() as made:
        yield made


@pytest.fixture
def store(mortal: Server) -> Iterator[PostgresStore]:
    made = PostgresStore(Secret(new_database(mortal.conninfo)))
    yield made
    made.close()


@pytest.fixture
def own(postgres_url: str) -> Iterator[PostgresStore]:
    """A store on a server that stays, whose statements are given up soon."""
    made = PostgresStore(Secret(new_database(postgres_url)), seconds=0.5)
    yield made
    made.close()


@pytest.mark.counts("chaos", "Postgres killed and restarted")
def test_a_server_that_was_killed_is_unavailable_until_it_is_back_and_then_all_goes_on(
    mortal: Server, store: PostgresStore
) -> None:
    store.record(event(1))
    store.check()
    mortal.kill()
    for ask in (
        lambda: store.record(event(2)),
        lambda: store.tail(limit=1),
        store.check,
        lambda: store.consumed.consume("claim", "x", START),
    ):
        with pytest.raises(Unavailable):
            ask()
    mortal.start()
    store.check()
    assert store.consumed.consume("claim", "x", START)
    store.record(event(3))
    assert [one.event.request_id for one in store.tail(limit=10)] == ["r1", "r3"]


@pytest.mark.counts("chaos", "Postgres killed and restarted")
def test_a_server_killed_in_the_middle_of_a_commit_keeps_nothing_of_it(mortal: Server, store: PostgresStore) -> None:
    with psycopg.connect(url_of(mortal.conninfo), autocommit=True) as raw:
        raw.execute(
            "CREATE FUNCTION slowly() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN NOTIFY committing; PERFORM pg_advisory_xact_lock(7, 7); RETURN NULL; END $$"
        )
        raw.execute(
            "CREATE CONSTRAINT TRIGGER slowly AFTER INSERT ON lookgate.record DEFERRABLE INITIALLY DEFERRED "
            "FOR EACH ROW EXECUTE FUNCTION slowly()"
        )
        raw.execute("SELECT pg_advisory_lock(7, 7)")
        with ThreadPoolExecutor(1) as threads:
            writing = threads.submit(_write, store)
            waiting = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
            while not (raw.execute(waiting).fetchone() or (0,))[0]:
                pass
            mortal.kill()
            with pytest.raises(Unavailable) as refused:
                writing.result(20)
    assert refused.value.code == "store_commit_unknown"
    mortal.start()
    assert store.records.list("notes") == []
    assert store.tail(limit=10) == []


def _write(store: PostgresStore) -> None:
    with store.begin() as unit:
        unit.records.append("notes", "UA", {}, actor=ANA, at=START)
        unit.record(event())


@pytest.mark.counts("chaos", "Postgres killed and restarted")
def test_what_was_told_as_stored_is_there_after_the_server_was_killed_and_nothing_is_half_there(
    mortal: Server, store: PostgresStore
) -> None:
    command = [sys.executable, str(WRITER), url_of(mortal.conninfo), "a", "100000", "pause"]
    with subprocess.Popen(  # noqa: S603 - our own file
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as writer:
        assert writer.stdin is not None
        assert writer.stdout is not None
        for _ in range(40):  # when it says so for the fortieth time, 39 are committed
            assert writer.stdout.readline() == "between\n"
            writer.stdin.write("\n")
            writer.stdin.flush()
        mortal.kill()
        with contextlib.suppress(BrokenPipeError):
            writer.communicate("\n" * 5, timeout=20)
        assert writer.returncode == 1
    mortal.start()
    rows = [row.body["number"] for row in reversed(store.records.list("written", limit=1000))]
    assert rows == list(range(len(rows)))
    assert len(rows) >= 39
    assert [one.event.request_id for one in store.tail(limit=1000)] == [f"a-{number}" for number in rows]


@pytest.mark.counts("chaos", "Postgres killed and restarted")
def test_a_call_during_an_outage_is_answered_503_and_the_next_one_works(mortal: Server, store: PostgresStore) -> None:
    site = Site(store=store)
    key = ("x-lookgate-handle", HANDLE)
    assert site.act("note", {"text": "before"}, key).status == 200
    mortal.kill()
    for name in ("note", "known"):
        refused = site.act(name, {"text": "lost"}, key)
        assert (refused.status, refused.json["code"]) == (503, "store_unavailable")
    assert site.call("GET", "/readyz").status == 503
    mortal.start()
    site.clock.seconds += 60
    assert site.call("GET", "/readyz").status == 200
    assert site.act("note", {"text": "after"}, key).status == 200
    assert [row.body["text"] for row in store.records.list("notes")] == ["after", "before"]
    assert [told for told in site.events() if told[1] == "allowed" and told[0] == "note"] == [
        ("note", "allowed", "")
    ] * 2


def test_a_password_is_in_no_error_whatever_is_wrong(mortal: Server, store: PostgresStore) -> None:
    store.close()
    hba = mortal.folder / "data" / "pg_hba.conf"
    before = hba.read_text()
    with psycopg.connect(mortal.conninfo, autocommit=True) as raw:
        raw.execute("CREATE ROLE locked LOGIN PASSWORD 'right'")
    hba.write_text("local all locked scram-sha-256\nlocal all all trust\n")
    mortal.reload()
    place = url_of(mortal.conninfo, f"locked:{CANARY}")
    try:
        _refused(place, "refused the user or the password")
        _refused(place.replace(CANARY, "right"), "may not")  # the right one goes on to the tables
        _refused(place.replace("/gate", "/elsewhere"), "Postgres, database elsewhere")
        _refused(place.replace(str(mortal.folder), str(mortal.folder / "nowhere")), "no connection came about")
        _refused(f"{place}&sslmode=verify-full&sslrootcert=/nowhere", "Postgres, database gate")
        _refused(f"{place}&nosuchoption=1", "Postgres, database gate")
        _refused(place.replace("?", f"?x={CANARY}&password="), "password")
    finally:
        hba.write_text(before)
        mortal.reload()


def _refused(url: str, match: str) -> None:
    with pytest.raises(LookgateError) as refused:
        open_at(url)
    assert match in refused.value.detail
    told = "".join(traceback.format_exception(refused.value)) + refused.value.hint + repr(refused.value.__context__)
    assert CANARY not in told


@pytest.mark.counts("chaos", "Postgres says nothing, or too late")
def test_a_statement_that_waits_too_long_is_given_up(postgres_url: str, own: PostgresStore) -> None:
    with psycopg.connect(url_of(postgres_url)) as other:
        other.execute("LOCK TABLE lookgate.audit, lookgate.handle IN ACCESS EXCLUSIVE MODE")
        for ask in (lambda: own.record(event()), lambda: own.tail(limit=1), lambda: own.handles.remove("x")):
            with pytest.raises(Unavailable, match="timeout"):
                ask()
    own.record(event())
    assert len(own.tail(limit=10)) == 1


@pytest.mark.counts("chaos", "Postgres says nothing, or too late")
def test_a_server_that_accepts_and_then_says_nothing_is_given_up(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("s")
    with socket.socket(socket.AF_UNIX) as silent:
        silent.bind(str(folder / ".s.PGSQL.5432"))
        silent.listen()
        with pytest.raises(Unavailable, match="no connection came about"):
            open_at(f"postgresql://gate@/gate?host={folder}&connect_timeout=2")


def test_connections_are_few_however_many_threads_ask(postgres_url: str, own: PostgresStore) -> None:
    with ThreadPoolExecutor(24) as threads:
        list(threads.map(lambda number: (own.record(event(number)), own.tail(limit=1)), range(200)))
        with psycopg.connect(postgres_url) as raw:
            query = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'lookgate' AND datname = 'gate'"
            assert 0 < (raw.execute(query).fetchone() or (99,))[0] <= WRITERS + READERS
    assert len(own.tail(limit=1000)) == 200


def test_a_thread_that_finds_no_free_connection_is_told_so(own: PostgresStore) -> None:
    hold, held = threading.Event(), threading.Barrier(WRITERS + 1)

    def keep() -> None:
        with own.begin():
            held.wait(10)
            hold.wait(10)

    with ThreadPoolExecutor(WRITERS) as threads:
        kept = [threads.submit(keep) for _ in range(WRITERS)]
        held.wait(10)
        with pytest.raises(Unavailable) as refused:
            own.record(event())
        assert own.tail(limit=1) == []  # a reader does not wait for writers
        hold.set()
        for each in kept:
            each.result(10)
    assert refused.value.code == "store_busy"
    own.record(event())


def test_a_handler_that_hides_a_failed_row_does_not_get_a_commit(own: PostgresStore) -> None:
    def hiding() -> None:
        with own.begin() as unit:
            unit.records.append("notes", "UA", {}, actor=ANA, at=START)
            with contextlib.suppress(psycopg.Error, Unavailable):
                unit.records.append("notes", "UA", {}, actor=ANA, at="never")  # type: ignore[arg-type] # on purpose
            unit.record(event())

    with pytest.raises(Unavailable, match="nothing is stored"):
        hiding()
    assert own.records.list("notes") == []
    assert own.tail(limit=1) == []
    own.check()


def test_a_character_that_postgres_cannot_hold_loses_no_event(own: PostgresStore) -> None:
    nul = "a\0b"
    own.record(AuditEvent(START, nul, nul, replace(ANA, subject=nul, email=nul), "denied", nul, nul, nul))
    stored = own.tail(limit=1)[0].event
    assert (stored.request_id, stored.detail) == ("a\ufffdb", "a\ufffdb")
    assert stored.principal.subject == nul
    with own.begin() as unit:
        written = unit.records.append("notes", "UA", {nul: nul}, actor=replace(ANA, email=nul), at=START)
    assert written.body == {nul: nul}
    with pytest.raises(InvalidInput), own.begin() as unit:
        unit.records.append("notes", nul, {}, actor=ANA, at=START)
    assert own.records.list("notes", nul) == []
    assert own.handles.find(nul) is None
    assert own.consumed.consume("claim", nul, START)
    assert not own.consumed.consume("claim", nul, START)


def test_a_key_may_be_longer_than_an_index_takes(own: PostgresStore) -> None:
    keys = ["k" * 200 + tail * 9000 for tail in "ab"]
    with own.begin() as unit:
        for key in keys:
            unit.records.append("notes", key, {}, actor=ANA, at=START)
    assert [row.key for row in own.records.list("notes", keys[0])] == [keys[0]]


def test_a_check_notices_that_the_store_can_no_longer_be_written(postgres_url: str, own: PostgresStore) -> None:
    with psycopg.connect(url_of(postgres_url), autocommit=True) as raw:
        raw.execute("DELETE FROM lookgate.probe")
        with pytest.raises(Unavailable, match="probe"):
            own.check()
        raw.execute("ALTER ROLE postgres IN DATABASE gate SET default_transaction_read_only = on")
        reading = open_at(url_of(postgres_url))
        try:
            with pytest.raises(Unavailable, match="read-only"):
                reading.check()
        finally:
            reading.close()
            raw.execute("SET default_transaction_read_only = off")
            raw.execute("ALTER ROLE postgres IN DATABASE gate RESET default_transaction_read_only")


def test_what_was_used_up_long_ago_is_forgotten_a_bounded_number_at_a_time(
    postgres_url: str, own: PostgresStore
) -> None:
    with psycopg.connect(url_of(postgres_url), autocommit=True) as raw:
        raw.execute(
            "INSERT INTO lookgate.consumed SELECT 'claim', sha256(n::text::bytea), '2020-01-01' "
            "FROM generate_series(1, 250) n"
        )
        left = []
        for number in range(4):
            own.consumed.consume("claim", f"new{number}", START)
            left.append((raw.execute("SELECT count(*) FROM lookgate.consumed").fetchone() or (0,))[0])
    assert left == [151, 52, 3, 4]
