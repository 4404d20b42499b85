"""A DuckDB file that is only read: other processes read it too, and persistent tables are built in memory beside it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from lookgate.emulator.connection import ConnectionConfig
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
