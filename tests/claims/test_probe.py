"""HMAC-SHA256 in SQL comes out as the standard says."""

from __future__ import annotations

import hashlib
import hmac

import duckdb
import pytest
import sqlglot

from claim_engines import Engine
from lookgate.claims.blocks import Blocks, blocks_of
from lookgate.claims.dialect import Dialect, dialects
from lookgate.claims.probe import VECTORS, probe_sql, wrong_answers
from security_counts import Counted


def test_the_vectors_are_those_of_rfc_4231() -> None:
    assert [vector.number for vector in VECTORS] == [1, 2, 3, 4, 5, 6, 7]
    for vector in VECTORS:
        assert hmac.new(vector.key, vector.data, hashlib.sha256).hexdigest().startswith(vector.mac)


def test_two_hashes_over_the_blocks_are_the_hmac() -> None:
    for vector in VECTORS:
        assert blocks_of(vector.key).sign(vector.data).hex().startswith(vector.mac)


@pytest.mark.parametrize("size", [0, 32, 63, 64, 65, 131])
def test_a_key_of_any_length_has_the_blocks_of_the_standard(size: int) -> None:
    secret, text = bytes(range(1, size + 1)), b"signed"
    assert blocks_of(secret).sign(text) == hmac.digest(secret, text, "sha256")


def test_the_engine_computes_every_vector_of_rfc_4231(engine: Engine, counted: Counted) -> None:
    wrong = wrong_answers([(int(number), str(mac)) for number, mac in engine.query(probe_sql(engine.dialect))])
    counted("HMAC in SQL", f"{engine.dialect.name}, computed", tried=len(VECTORS), bad=len(wrong))


@pytest.mark.counts("HMAC in SQL", "{dialect.name}, parsed")
@pytest.mark.parametrize("dialect", dialects().values(), ids=lambda dialect: dialect.name)
def test_the_question_is_sql_of_its_dialect(dialect: Dialect) -> None:
    assert len(sqlglot.parse(probe_sql(dialect), read=dialect.grammar)) == 1


@pytest.mark.parametrize("name", sorted(dialects().keys() - {"postgres"}))  # DuckDB cannot decode hex as Postgres does
def test_translated_for_duckdb_every_dialect_computes_every_vector(name: str, counted: Counted) -> None:
    dialect = dialects()[name]
    question = probe_sql(dialect)
    (translated,) = sqlglot.transpile(question, dialect.grammar, "duckdb", unsupported_level=sqlglot.ErrorLevel.RAISE)
    with duckdb.connect() as connection:
        answers = [(int(number), str(mac)) for number, mac in connection.execute(translated).fetchall()]
    counted("HMAC in SQL", f"{name}, translated for DuckDB", tried=len(VECTORS), bad=wrong_answers(answers))


def test_a_warehouse_that_answers_wrongly_or_not_at_all_is_found_out() -> None:
    right = [(vector.number, vector.mac) for vector in VECTORS]
    assert wrong_answers(right) == []
    assert wrong_answers(right[1:]) == [1]
    assert wrong_answers([(1, "00" * 32), *right[1:]]) == [1]


def test_defect_of_the_script_runner_a_block_of_32_bytes_is_refused() -> None:
    for inner, outer in ((32, 32), (64, 32), (32, 64), (65, 64), (64, 65)):
        with pytest.raises(ValueError, match="64 bytes"):
            Blocks(bytes(inner), bytes(outer))


def test_the_blocks_do_not_show_themselves() -> None:
    shown = repr(blocks_of(b"secret key"))
    assert shown == "Blocks()"
