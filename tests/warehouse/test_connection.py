"""One door to every warehouse: values are bound, errors are sentences, passwords stay hidden."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

from claim_engines import url_of
from lookgate.core.secret import Secret
from lookgate.errors import LookgateError, Unavailable
from lookgate.warehouse.connection import Connection, connect

HOSTILE = "x'); DROP TABLE probe; --\\\" % %s :a $1 ${a} {{a}}"


@pytest.fixture(params=["duckdb", "postgres", "mysql"])
def connection(request: pytest.FixtureRequest) -> Iterator[Connection]:
    made = connect(Secret(url_of(request.param, request)))
    made.execute("DROP TABLE IF EXISTS probe")
    made.execute("CREATE TABLE probe (name VARCHAR(100), n BIGINT NOT NULL)")
    yield made
    made.close()


@pytest.mark.counts("SQL injection", "values in a warehouse")
def test_values_are_bound_whatever_they_contain(connection: Connection) -> None:
    connection.execute("INSERT INTO probe VALUES (:a, :b)", [{"a": HOSTILE, "b": 1}, {"a": "", "b": 2}])
    assert [tuple(row) for row in connection.query("SELECT name, n FROM probe ORDER BY n")] == [(HOSTILE, 1), ("", 2)]


def test_a_literal_with_colons_and_percent_signs_is_only_a_literal(connection: Connection) -> None:
    assert [tuple(row) for row in connection.query("SELECT ':a %s % $a' AS x")] == [(":a %s % $a",)]
    connection.execute("INSERT INTO probe VALUES (':a %', 1)")
    assert [tuple(row) for row in connection.query("SELECT name FROM probe")] == [(":a %",)]


def test_several_rows_are_added_together_or_not_at_all(connection: Connection) -> None:
    with pytest.raises(Unavailable) as refused:
        connection.execute("INSERT INTO probe VALUES (:a, :b)", [{"a": "x", "b": 1}, {"a": "y", "b": "no number"}])
    assert refused.value.code == "warehouse_unavailable"
    assert "\n" not in refused.value.detail
    assert connection.query("SELECT * FROM probe") == []


def test_a_statement_that_fails_is_one_sentence_and_the_connection_goes_on(connection: Connection) -> None:
    with pytest.raises(Unavailable):
        connection.query("SELECT * FROM nowhere")
    assert [tuple(row) for row in connection.query("SELECT 1")] == [(1,)]


def test_duckdb_reaches_neither_files_nor_the_network(tmp_path: Path) -> None:
    (tmp_path / "secret.csv").write_text("a\n1\n")
    made = connect(Secret(f"duckdb:{tmp_path / 'w.duckdb'}"))
    with pytest.raises(Unavailable):
        made.query(f"SELECT * FROM '{tmp_path / 'secret.csv'}'")  # noqa: S608 - a test's own path
    with pytest.raises(Unavailable):
        made.execute("INSTALL httpfs")
    made.close()


@pytest.mark.parametrize(
    "url", ["", "nonsense", "nosuch://x", "postgresql+psycopg://u:p@h:port/x", "snowflake://u:secret@a"]
)
def test_a_url_that_cannot_be_used_is_one_clear_error_that_does_not_repeat_it(url: str) -> None:
    with pytest.raises(LookgateError) as refused:
        connect(Secret(url))
    assert refused.value.code in {"warehouse_url", "warehouse_driver"}
    assert not url or url not in str(refused.value)
    assert "secret" not in str(refused.value)


def test_a_password_is_in_no_error(tmp_path: Path) -> None:
    made = connect(Secret(f"postgresql+psycopg://someone:hunter22@/db?host={tmp_path}"))
    with pytest.raises(Unavailable) as refused:
        made.query("SELECT 1")
    assert "hunter22" not in str(refused.value)
    assert refused.value.__cause__ is None
    made.close()


def test_a_duckdb_file_that_is_none_is_one_clear_error(tmp_path: Path) -> None:
    (tmp_path / "text").write_text("this is no database" * 1000)
    with pytest.raises(Unavailable):
        connect(Secret(f"duckdb:{tmp_path / 'text'}"))


URLS = {
    "an option nobody knows": "mysql+pymysql://u:hunter22@127.0.0.1:1/db?bogus=hunter22",
    "a character set that is none": "mysql+pymysql://u:hunter22@127.0.0.1:1/db?charset=none",
    "a file that is not there": "mysql+pymysql://u:hunter22@127.0.0.1:1/db?ssl_ca=hunter22",
    "a wrong option of the server's": "postgresql+psycopg://u@127.0.0.1:1/db?sslmode=bogus&password=hunter22",
}


@pytest.mark.counts("secret leaks", "errors of warehouses")
@pytest.mark.parametrize("url", URLS.values(), ids=URLS.keys())
def test_whatever_a_driver_fails_with_is_one_error_without_a_secret_of_the_url(url: str) -> None:
    made = connect(Secret(url))
    with pytest.raises(Unavailable) as refused:
        made.query("SELECT 1")
    assert refused.value.code == "warehouse_unavailable"
    assert "hunter22" not in refused.value.detail
    assert refused.value.__cause__ is None


@pytest.mark.counts("secret leaks", "errors of warehouses")
@pytest.mark.parametrize("secret", ["hunter22", "a b/c@d%25é", "x'y\"z"])
def test_a_secret_of_the_url_is_struck_out_of_an_error_however_it_is_spelt(secret: str, tmp_path: Path) -> None:
    (tmp_path / quote(secret, safe="")).mkdir()
    where = tmp_path / quote(secret, safe="") / "nothing here"
    url = f"postgresql+psycopg://u@/db?password={quote(secret, safe='')}&host={quote(str(where), safe='')}"
    made = connect(Secret(url))
    with pytest.raises(Unavailable) as refused:
        made.query("SELECT 1")
    assert "nothing here" in refused.value.detail  # the driver did repeat it
    for spelling in (secret, quote(secret, safe="")):
        assert spelling not in refused.value.detail


@pytest.mark.counts("secret leaks", "errors of warehouses")
def test_a_password_of_one_letter_is_not_told_by_what_is_struck_out() -> None:
    made = connect(Secret("mysql+pymysql://u:e@127.0.0.1:1/db"))
    with pytest.raises(Unavailable) as refused:
        made.query("SELECT 1")
    assert "refuses" in refused.value.detail
    assert "…" not in refused.value.detail


def test_a_duckdb_file_that_is_made_here_is_its_owners_alone_and_others_stay_as_they_are(tmp_path: Path) -> None:
    file = tmp_path / "w.duckdb"
    connect(Secret(f"duckdb:{file}")).close()
    assert file.stat().st_mode & 0o777 == 0o600
    file.chmod(0o640)
    connect(Secret(f"duckdb:{file}")).close()
    assert file.stat().st_mode & 0o777 == 0o640
    connect(Secret("duckdb::memory:")).close()
