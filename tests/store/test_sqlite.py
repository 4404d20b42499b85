from __future__ import annotations

import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from lookgate.core.audit import AuditEvent
from lookgate.core.ports import HandleRecord
from lookgate.errors import LookgateError, Unavailable
from lookgate.store.sqlite import SqliteStore
from lower_rooms import ANA, START


def filled(file: Path) -> Path:
    store = SqliteStore(file)
    with store.begin() as unit:
        unit.records.append("notes", "UA", {}, actor=ANA, at=START)
        unit.record(AuditEvent(at=START, request_id="r1", outcome="allowed"))
    store.close()
    return file


@pytest.mark.parametrize("table", ["audit", "record"])
@pytest.mark.parametrize("verb", ["UPDATE {} SET id = id + 1", "DELETE FROM {}"])
def test_the_database_itself_refuses_to_change_or_delete_history(tmp_path: Path, table: str, verb: str) -> None:
    raw = sqlite3.connect(filled(tmp_path / "s"))
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        raw.execute(verb.format(table))
    raw.close()


@pytest.mark.parametrize("table", ["audit", "record"])
def test_a_row_cannot_be_replaced_by_inserting_over_it(tmp_path: Path, table: str) -> None:
    raw = sqlite3.connect(filled(tmp_path / "s"))
    with pytest.raises(sqlite3.IntegrityError):
        raw.execute(f"INSERT OR REPLACE INTO {table} SELECT * FROM {table}")  # noqa: S608 - the names above
    raw.close()


def test_what_was_written_is_there_after_a_restart(tmp_path: Path) -> None:
    store = SqliteStore(filled(tmp_path / "s"))
    assert len(store.tail(limit=10)) == 1
    store.close()


def test_the_file_can_be_read_by_its_owner_alone(tmp_path: Path) -> None:
    file = filled(tmp_path / "made" / "for" / "it" / "s")
    assert file.stat().st_mode & 0o077 == 0
    assert file.parent.stat().st_mode & 0o077 == 0


def test_no_handle_is_ever_in_the_file_only_its_digest(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "s")
    with pytest.raises(sqlite3.IntegrityError):
        store.handles.add(HandleRecord("lgh_" + "x" * 43, "7", START))
    store.close()


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (lambda file: file.write_bytes(b"not a database, but long enough to look like one" * 200), "store_damaged"),
        (lambda file: file.write_bytes(file.read_bytes()[:5000] + b"\xff" * 9000), "store_damaged"),
        (lambda file: _execute(file, "PRAGMA user_version = 999"), "store_newer"),
        (lambda file: _execute(file, "PRAGMA application_id = 7"), "store_foreign"),
        (lambda file: (file.unlink(), file.mkdir()), "store_unusable"),
    ],
)
def test_a_file_that_is_no_store_is_refused_with_its_name_and_a_fix(tmp_path: Path, spoil: object, code: str) -> None:
    file = filled(tmp_path / "s")
    assert callable(spoil)
    spoil(file)
    with pytest.raises(LookgateError) as refused:
        SqliteStore(file)
    assert refused.value.code == code
    assert str(file) in refused.value.detail
    assert refused.value.hint


def test_a_database_of_another_program_is_left_as_it_was(tmp_path: Path) -> None:
    file = tmp_path / "theirs"
    _execute(file, "CREATE TABLE theirs (x)")
    before = file.read_bytes()
    with pytest.raises(LookgateError, match="another program"):
        SqliteStore(file)
    assert file.read_bytes() == before
    assert [left.name for left in tmp_path.iterdir()] == ["theirs"]


def test_a_folder_that_cannot_be_made_is_an_error_with_a_fix(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(LookgateError) as refused:
        SqliteStore(tmp_path / "file" / "s")
    assert refused.value.code == "store_unusable"


@pytest.mark.counts("chaos", "store removed, replaced or locked")
@pytest.mark.parametrize("replaced", [False, True], ids=["removed", "replaced"])
@pytest.mark.parametrize("wait", [False, True], ids=["at once", "waiting"])
def test_nothing_is_written_into_a_file_that_was_removed_or_replaced(
    tmp_path: Path, *, replaced: bool, wait: bool
) -> None:
    store = SqliteStore(tmp_path / "s")
    (tmp_path / "s").rename(tmp_path / "away")
    if replaced:
        SqliteStore(tmp_path / "s").close()
    event = AuditEvent(START, "1", outcome="allowed")
    with pytest.raises(Unavailable) as refused:
        store.record(event, wait=wait)
    assert refused.value.code == "store_gone"
    with pytest.raises(Unavailable), store.begin():
        pass
    (tmp_path / "s").unlink(missing_ok=True)
    (tmp_path / "away").rename(tmp_path / "s")
    assert store.record(event)  # back in its place, it is the store again
    store.close()


def test_a_check_notices_that_the_file_is_gone(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "s")
    (tmp_path / "s").unlink()
    with pytest.raises(Unavailable, match="removed or replaced"):
        store.check()
    store.close()


def test_a_check_notices_that_the_file_can_no_longer_be_written(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "s")
    _execute(tmp_path / "s", "DROP TABLE probe")
    with pytest.raises(Unavailable):
        store.check()
    store.close()


@pytest.mark.counts("chaos", "store removed, replaced or locked")
def test_a_writer_that_waits_too_long_for_another_is_told_so(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "s", busy_seconds=0.05)
    other = sqlite3.connect(tmp_path / "s", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(Unavailable, match="locked"):
        store.record(AuditEvent(at=START, request_id="r1", outcome="allowed"))
    assert store.tail(limit=1) == []  # a reader does not wait for a writer
    other.execute("ROLLBACK")
    other.close()
    store.record(AuditEvent(at=START, request_id="r2", outcome="allowed"))
    store.close()


def test_whoever_will_not_wait_is_not_held_up_by_another_process(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "s")
    other = sqlite3.connect(tmp_path / "s", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    assert not store.record(AuditEvent(at=START, request_id="r1", outcome="allowed"), wait=False)
    other.execute("ROLLBACK")
    other.close()
    assert store.record(AuditEvent(at=START, request_id="r2", outcome="allowed"), wait=False)
    assert [one.event.request_id for one in store.tail(limit=10)] == ["r2"]
    store.close()


def test_units_of_work_wait_for_the_disk(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "s")
    with store.begin() as unit:
        assert unit.connection.execute("PRAGMA synchronous").fetchone() == (2,)  # FULL
    store.close()


@pytest.mark.counts("chaos", "process killed after an event was stored")
def test_an_event_that_was_stored_survives_a_killed_process(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from lookgate.store.sqlite import SqliteStore\n"
        "from lookgate.core.audit import AuditEvent; from lower_rooms import START\n"
        "store = SqliteStore(Path(sys.argv[1]))\n"
        "for number in range(100_000):\n"
        "    if store.record(AuditEvent(START, f'r{number}', outcome='allowed'), wait=number % 2 == 0):\n"
        "        print(number, flush=True)\n"
    )
    with subprocess.Popen(  # noqa: S603 - our own code
        [sys.executable, "-c", code, tmp_path / "s"],
        stdout=subprocess.PIPE,
        env={"PYTHONPATH": str(Path(__file__).parents[1])},
    ) as writer:
        assert writer.stdout is not None
        told = [int(writer.stdout.readline()) for _ in range(50)]
        writer.kill()
        told += [int(line) for line in writer.stdout if line.endswith(b"\n")]
    store = SqliteStore(tmp_path / "s")
    assert {f"r{number}" for number in told} <= {one.event.request_id for one in store.tail(limit=100_000)}
    store.close()


def test_the_write_ahead_log_is_folded_in_however_long_nobody_waits(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "s")
    waited = 0
    for number in range(1000):
        event = AuditEvent(at=START, request_id=f"r{number}", outcome="allowed")
        if not store.record(event, wait=False):
            waited += store.record(event)
    assert waited == 3
    assert (tmp_path / "s-wal").stat().st_size < 8_000_000
    assert len(store.tail(limit=2000)) == 1000
    store.close()


@pytest.mark.counts("chaos", "disk full")
def test_a_full_disk_fails_the_transaction_and_not_the_store(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "s")
    with store.begin() as unit:
        pages = unit.connection.execute("PRAGMA page_count").fetchone()[0]
        unit.connection.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(Unavailable, match="full"), store.begin() as unit:
        unit.records.append("notes", "UA", {"text": "x" * 100_000}, actor=ANA, at=START)
    assert store.records.list("notes") == []
    store.check()
    store.close()


def _execute(file: Path, statement: str) -> None:
    raw = sqlite3.connect(file)
    raw.execute(statement)
    raw.commit()
    raw.close()
