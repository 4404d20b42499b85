from __future__ import annotations

import itertools
import re
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest

from lookgate.core.audit import AuditEvent
from lookgate.core.ports import Store
from lookgate.core.secret import Secret
from lookgate.errors import LookgateError, Unavailable
from lookgate.store.postgres import PostgresStore
from lookgate.store.postgres_schema import MIGRATIONS, grants, migrate
from lookgate.store.url import Place, parse
from lower_rooms import ANA, START
from store_places import new_database, open_at, url_of

NEXT = (*MIGRATIONS, ("CREATE TABLE lookgate.later (x text)", "INSERT INTO lookgate.later VALUES ('kept')"))
BROKEN = (*MIGRATIONS, ("CREATE TABLE lookgate.later (x text)", "INSERT INTO lookgate.nowhere VALUES (1)"))
HERE = Place("here", "gate", "")
AUDIT = "at, request_id, action, issuer, subject, principal, outcome, rule, detail, origin"


@pytest.fixture
def url(postgres_url: str) -> str:
    return new_database(postgres_url)


@pytest.fixture
def raw(url: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(url, autocommit=True) as connection:
        yield connection


@pytest.fixture
def filled(url: str) -> str:
    store = open_at(url)
    with store.begin() as unit:
        unit.records.append("notes", "UA", {}, actor=ANA, at=START)
        unit.record(AuditEvent(at=START, request_id="r1", outcome="allowed"))
    store.close()
    return url


def scalar(connection: psycopg.Connection, query: str) -> object:
    row = connection.execute(query).fetchone()
    return row[0] if row else None


@pytest.mark.parametrize("table", ["audit", "record"])
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE lookgate.{} SET at = now()",
        "UPDATE lookgate.{} SET at = now() WHERE false",
        "DELETE FROM lookgate.{}",
        "TRUNCATE lookgate.{}",
        """
        INSERT INTO lookgate.{0} OVERRIDING SYSTEM VALUE SELECT * FROM lookgate.{0}
        ON CONFLICT (id) DO UPDATE SET at = now()
        """,
    ],
)
def test_the_database_itself_refuses_to_change_or_delete_history(
    filled: str, raw: psycopg.Connection, table: str, statement: str
) -> None:
    with pytest.raises(psycopg.errors.RestrictViolation, match="append-only"):
        raw.execute(statement.format(table))
    assert scalar(raw, f"SELECT count(*) FROM lookgate.{table}") == 1  # noqa: S608 - two names
    open_at(filled).close()


def test_an_older_store_gets_what_it_lacks_and_keeps_what_it_has(raw: psycopg.Connection) -> None:
    migrate(raw, HERE)
    raw.execute("INSERT INTO lookgate.handle VALUES (%s, '7', now())", ("a" * 64,))
    migrate(raw, HERE, NEXT)
    migrate(raw, HERE, NEXT)
    assert scalar(raw, "SELECT version FROM lookgate.version") == len(NEXT)
    assert scalar(raw, "SELECT x FROM lookgate.later") == "kept"
    assert scalar(raw, "SELECT user_id FROM lookgate.handle") == "7"


@pytest.mark.counts("chaos", "migration fails half-way")
def test_a_migration_that_fails_half_way_leaves_the_store_at_its_old_version(raw: psycopg.Connection) -> None:
    migrate(raw, HERE)
    with pytest.raises(psycopg.errors.UndefinedTable):
        migrate(raw, HERE, BROKEN)
    assert scalar(raw, "SELECT version FROM lookgate.version") == len(MIGRATIONS)
    assert scalar(raw, "SELECT to_regclass('lookgate.later')") is None
    migrate(raw, HERE, NEXT)


def test_processes_that_migrate_at_once_migrate_once(url: str, raw: psycopg.Connection) -> None:
    with ThreadPoolExecutor(6) as starters:
        for store in starters.map(lambda _: open_at(url), range(6)):
            store.close()
    assert scalar(raw, "SELECT version FROM lookgate.version") == len(MIGRATIONS)
    assert scalar(raw, "SELECT count(*) FROM lookgate.probe") == 1


def test_an_older_program_leaves_a_newer_store_alone(url: str, raw: psycopg.Connection) -> None:
    migrate(raw, HERE, NEXT)
    with pytest.raises(LookgateError, match="newer Lookgate") as refused:
        open_at(url)
    assert refused.value.code == "store_newer"
    assert scalar(raw, "SELECT version FROM lookgate.version") == len(NEXT)


@pytest.mark.parametrize(
    "theirs",
    [
        "CREATE TABLE lookgate.theirs (x int)",
        "CREATE TABLE lookgate.version (x int)",
        "CREATE TABLE lookgate.version (application int, version int)",
        "CREATE TABLE lookgate.version AS SELECT 7 AS application, 1 AS version",
    ],
)
def test_a_schema_of_another_program_is_left_as_it_was(url: str, raw: psycopg.Connection, theirs: str) -> None:
    raw.execute("CREATE SCHEMA lookgate")
    raw.execute(theirs)
    with pytest.raises(LookgateError, match="another program") as refused:
        open_at(url)
    assert refused.value.code == "store_foreign"
    assert scalar(raw, "SELECT count(*) FROM pg_class WHERE relnamespace = 'lookgate'::regnamespace") == 1


def test_a_reader_makes_no_store_where_there_is_none(url: str, raw: psycopg.Connection) -> None:
    with pytest.raises(LookgateError, match="no store"):
        PostgresStore(Secret(url), make=False)
    assert scalar(raw, "SELECT to_regnamespace('lookgate')") is None


@pytest.fixture
def gateway_url(postgres_url: str, url: str, raw: psycopg.Connection) -> str:
    """A role of its own that may do nothing yet."""
    raw.execute("DROP ROLE IF EXISTS gateway")
    raw.execute("CREATE ROLE gateway LOGIN")
    return url_of(postgres_url, "gateway") if url else ""


def test_a_role_without_rights_is_told_which_it_lacks_and_how_to_get_them(url: str, gateway_url: str) -> None:
    with pytest.raises(LookgateError, match="gateway may not") as refused:
        open_at(gateway_url)
    assert refused.value.code == "store_rights"
    owner = PostgresStore(Secret(url))
    owner.grant("gateway")
    open_at(gateway_url).close()
    owner.write("REVOKE INSERT, SELECT ON lookgate.audit FROM gateway")
    owner.write("REVOKE INSERT (at) ON lookgate.audit FROM gateway")
    with pytest.raises(LookgateError, match="lacks SELECT on audit, INSERT on audit") as refused:
        open_at(gateway_url)
    assert "--grant gateway" in refused.value.hint
    with pytest.raises(LookgateError, match="nobody"):
        owner.grant("nobody")
    owner.close()


def test_a_granted_role_can_do_all_that_a_gateway_does_and_nothing_else(url: str, gateway_url: str) -> None:
    owner = PostgresStore(Secret(url))
    owner.grant("gateway")
    store = open_at(gateway_url)
    with store.begin() as unit:
        unit.records.append("notes", "UA", {}, actor=ANA, at=START)
        unit.record(AuditEvent(at=START, request_id="r1", outcome="allowed"))
    assert store.consumed.consume("claim", "x", START)
    store.check()
    store.close()
    with psycopg.connect(gateway_url, autocommit=True) as gateway:
        for statement in (
            "UPDATE lookgate.audit SET at = now()",
            "DELETE FROM lookgate.record",
            "TRUNCATE lookgate.audit",
            "ALTER TABLE lookgate.audit DISABLE TRIGGER ALL",
            "DROP TABLE lookgate.audit",
            "CREATE TABLE lookgate.mine (x int)",
            f"INSERT INTO lookgate.audit (id, {AUDIT}) OVERRIDING SYSTEM VALUE SELECT 10, {AUDIT} FROM lookgate.audit",  # noqa: S608 - constants
            "SELECT setval('lookgate.audit_id_seq', 1000)",
            "UPDATE lookgate.version SET version = 9",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                gateway.execute(statement)
    owner.close()


def test_the_page_shows_the_grants_that_are_made() -> None:
    page = (Path(__file__).parents[2] / "docs" / "store.md").read_text("utf-8")
    shown = [" ".join(each.split()) for each in re.findall(r"^(GRANT [^;]* lookgate[. ][^;]*);", page, re.MULTILINE)]
    made = [each.as_string().replace('"', "") for each in grants("lookgate_gateway")]
    assert shown[-len(made) :] == made


def test_whoever_only_reads_the_log_needs_no_more_than_that(url: str, gateway_url: str) -> None:
    owner = PostgresStore(Secret(url))
    owner.record(AuditEvent(at=START, request_id="r1", outcome="allowed"))
    owner.write("GRANT USAGE ON SCHEMA lookgate TO gateway")
    owner.write("GRANT SELECT ON lookgate.version, lookgate.audit TO gateway")
    owner.close()
    reader = PostgresStore(Secret(gateway_url), make=False)
    assert len(reader.tail(limit=10)) == 1
    with pytest.raises(Unavailable, match="permission denied"):
        reader.record(AuditEvent(at=START, request_id="r2", outcome="allowed"))
    reader.close()


def test_no_value_that_was_used_up_stands_in_the_database(url: str, raw: psycopg.Connection) -> None:
    store = open_at(url)
    assert store.consumed.consume("code", "canary5ecret", START)
    store.close()
    assert "canary5ecret" not in str(raw.execute("SELECT * FROM lookgate.consumed").fetchall())


def test_whoever_reads_by_number_misses_nothing_though_transactions_end_in_another_order(url: str) -> None:
    store = open_at(url)
    stop, seen, last = threading.Event(), [], 0

    def write(name: int) -> None:
        for number in range(60):
            with store.begin() as unit:
                unit.record(AuditEvent(at=START, request_id=f"{name}-{number}", outcome="allowed"))
                if number % 3 == name % 3:
                    unit.records.append("notes", "x" * 50_000, {}, actor=ANA, at=START)

    def follow() -> None:
        nonlocal last
        for _ in itertools.takewhile(lambda _: not stop.is_set(), itertools.count()):
            for one in store.tail(limit=1000, after=last):
                seen.append(one.event.request_id)
                last = one.id

    follower = threading.Thread(target=follow)
    follower.start()
    with ThreadPoolExecutor(4) as writers:
        list(writers.map(write, range(4)))
    stop.set()
    follower.join()
    seen += [one.event.request_id for one in store.tail(limit=1000, after=last)]
    store.close()
    assert len(seen) == len(set(seen)) == 240


def test_a_reader_waits_for_a_smaller_number_that_has_not_committed_yet(url: str, raw: psycopg.Connection) -> None:
    store = open_at(url)
    store.record(AuditEvent(at=START, request_id="first", outcome="allowed"))
    values = AUDIT.replace("request_id", "'theirs'")
    row = f"INSERT INTO lookgate.audit ({AUDIT}) SELECT {values} FROM lookgate.audit"  # noqa: S608 - constants
    with ThreadPoolExecutor(1) as threads:
        with raw.transaction():  # a program of somebody else: the database itself makes it take part
            raw.execute(row)
            store.record(AuditEvent(at=START, request_id="ours", outcome="allowed"))  # writers do not wait
            reading = threads.submit(lambda: raw_tail(store))
            with pytest.raises(TimeoutError):
                reading.result(0.3)
        assert reading.result(10) == ["first", "theirs", "ours"]
    store.close()


def raw_tail(store: Store) -> list[str]:
    rows = store.tail(limit=10)
    return [one.event.request_id for one in rows]


def test_the_place_is_told_without_the_password() -> None:
    assert "pw" not in repr(parse("postgresql://gate:pw@localhost/db"))
