"""A DuckDB file that is only read: other processes read it too, and persistent tables are built in memory beside it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import duckdb
import pytest

from lookgate.emulator.connection import Connection, ConnectionConfig
from lookgate.emulator.lookml.errors import QueryError
from lookml_bench import Bench

LOOKML = """
explore: kept {}
view: kept {
  derived_table: { sql: SELECT word, count(*) AS n FROM base GROUP BY 1 ;;
    sql_trigger_value: SELECT max(id) FROM base ;; }
  dimension: word { primary_key: yes } dimension: n { type: number }
}
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "data.duckdb"
    with duckdb.connect(str(path)) as database:
        database.execute("CREATE TABLE base AS SELECT * FROM (VALUES (1, 'a'), (2, 'b'), (3, 'b')) AS rows(id, word)")
    return path


@pytest.fixture
def bench(file: Path, tmp_path: Path) -> Iterator[Bench]:
    bench = Bench(tmp_path, ConnectionConfig(name="db", database=str(file), read_only=True))
    bench.lookml(LOOKML)
    yield bench
    bench.connection.close()


def test_a_persistent_table_is_built_beside_the_file_and_found_again(bench: Bench, file: Path) -> None:
    before = file.read_bytes()
    first = bench.sql("kept", "kept.word", "kept.n")
    assert sorted(bench.rows("kept", "kept.word", "kept.n")) == [("a", 1), ("b", 2)]
    assert bench.sql("kept", "kept.word", "kept.n") == first
    assert "looker_scratch" in first
    assert file.read_bytes() == before


def test_others_can_read_the_file_meanwhile(bench: Bench, file: Path) -> None:
    bench.rows("kept", "kept.word")
    with duckdb.connect(str(file), read_only=True, config={"autoinstall_known_extensions": "false",
                                                           "autoload_known_extensions": "false"}) as other:  # fmt: skip
        assert other.execute("SELECT count(*) FROM base").fetchone() == (3,)


@pytest.mark.parametrize("sql", ["INSERT INTO base VALUES (4, 'c')", "DROP TABLE base", "CREATE TABLE more (id INT)"])
def test_the_file_itself_cannot_be_changed(bench: Bench, sql: str) -> None:
    with pytest.raises(QueryError, match="read-only"):
        bench.connection.execute(sql)


def test_no_other_database_can_be_attached(bench: Bench, tmp_path: Path) -> None:
    bench.rows("kept", "kept.word")
    with pytest.raises(QueryError):
        bench.connection.execute(f"ATTACH '{tmp_path / 'other.duckdb'}' AS other (READ_WRITE)")


@pytest.fixture
def bare(file: Path) -> Iterator[Connection]:
    """A file beside which nothing is built."""
    connection = Connection(ConnectionConfig(name="db", database=str(file), read_only=True, pdts_enabled=False))
    yield connection
    connection.close()


WRITER = """
import sys, duckdb
with duckdb.connect(sys.argv[1]) as database:
    print("open", flush=True)
    sys.stdin.readline()
    database.execute("INSERT INTO base VALUES (4, 'd')")
"""


def writer(file: Path) -> subprocess.Popen[str]:
    """Return another process that has the file open, and writes to it once it is told to."""
    command = [sys.executable, "-c", WRITER, str(file)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)  # noqa: S603 - our own
    assert process.stdout is not None
    assert process.stdout.readline() == "open\n"
    return process


def test_its_owner_writes_between_statements_to_a_file_beside_which_nothing_is_built(
    bare: Connection, file: Path
) -> None:
    assert bare.execute("SELECT count(*) FROM base")[1] == [(3,)]
    with writer(file) as process:
        process.communicate("write\n")
    assert process.returncode == 0
    assert bare.execute("SELECT count(*) FROM base")[1] == [(4,)]


def test_a_statement_waits_for_whoever_writes(bare: Connection, file: Path) -> None:
    with writer(file) as process, ThreadPoolExecutor() as pool:
        count = pool.submit(bare.execute, "SELECT count(*) FROM base")
        with pytest.raises(TimeoutError):
            count.result(0.3)
        process.communicate("write\n")
        assert count.result()[1] == [(4,)]


def test_closing_the_connection_ends_the_wait(bare: Connection, file: Path) -> None:
    with writer(file) as process, ThreadPoolExecutor() as pool:
        count = pool.submit(bare.execute, "SELECT count(*) FROM base")
        with pytest.raises(TimeoutError):
            count.result(0.3)
        bare.close()
        with pytest.raises(QueryError, match="lock"):
            count.result(2)
        process.communicate("write\n")


def test_statements_at_once_share_the_file_and_the_last_one_lets_it_go(bare: Connection, file: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        counts = list(pool.map(lambda _: bare.execute("SELECT count(*) FROM base")[1], range(64)))
    assert counts == [[(3,)]] * 64
    with duckdb.connect(str(file)) as owner:
        owner.execute("INSERT INTO base VALUES (4, 'd')")
    with pytest.raises(QueryError, match="read-only"):
        bare.execute("DELETE FROM base")
    with pytest.raises(QueryError):
        bare.execute("COPY base TO 'elsewhere.csv'")
