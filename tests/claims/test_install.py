"""Only blocks reach the warehouse, only as added rows, and installing twice adds nothing."""

from __future__ import annotations

import time
from collections.abc import Iterator

import jwt
import pytest

import claim_engines
from claim_engines import KEY, KID, TABLE, Connected, ask, moment, signing_key
from lookgate.claims.blocks import blocks_of
from lookgate.claims.install import SigningKey, install

NOW = int(time.time())


@pytest.fixture(params=["duckdb", "postgres", "mysql"])
def warehouse(request: pytest.FixtureRequest) -> Iterator[Connected]:
    with claim_engines.engine(request.param, request) as made:
        assert isinstance(made, Connected)
        yield made


def bring(warehouse: Connected, *keys: SigningKey, now: int = NOW) -> int:
    return install(warehouse.connection, warehouse.dialect, TABLE, keys, now=moment(now))


def test_what_is_installed_signs_and_the_key_itself_is_not_there(warehouse: Connected) -> None:
    assert bring(warehouse, signing_key()) == 1
    assert jwt.decode(ask(warehouse), KEY, algorithms=["HS256"], audience="gateway_test")["sub"] == "7"
    ((kid, inner, outer, begins, ends),) = warehouse.query(f"SELECT * FROM {TABLE}")  # noqa: S608 - a constant
    assert (kid, inner, outer) == (KID, blocks_of(KEY).inner.hex(), blocks_of(KEY).outer.hex())
    assert (begins, ends) == (0, 253402300799)
    assert KEY.hex() not in str(inner) + str(outer)


def test_installing_again_adds_nothing(warehouse: Connected) -> None:
    keys = (signing_key(), signing_key("k_second01", b"s" * 32, NOW + 60, NOW + 9999))
    assert bring(warehouse, *keys) == 2
    assert bring(warehouse, *keys) == 0


def test_a_key_that_ends_earlier_than_its_row_says_is_ended_by_a_second_row(warehouse: Connected) -> None:
    bring(warehouse, signing_key())
    assert bring(warehouse, signing_key(ends=NOW - 1)) == 1
    assert ask(warehouse) == "no row"
    assert bring(warehouse, signing_key(ends=NOW - 1)) == 0


def test_a_key_that_the_ring_does_not_have_is_ended(warehouse: Connected) -> None:
    bring(warehouse, signing_key())
    warehouse.add(claim_engines.row("k_intruder", b"i" * 32, NOW - 1))
    assert jwt.get_unverified_header(ask(warehouse))["kid"] == "k_intruder"
    assert bring(warehouse, signing_key()) == 1
    assert jwt.get_unverified_header(ask(warehouse))["kid"] == KID


@pytest.mark.counts("chaos", "installing claim keys is cut off")
def test_a_failed_installation_adds_nothing_and_the_next_one_finishes(warehouse: Connected) -> None:
    class Breaks:
        def query(self, sql: str) -> object:
            return warehouse.connection.query(sql)

        def execute(self, sql: str, rows: object = ()) -> None:
            broken = [*rows, {**rows[0], "kid": "x" * 200, "not_before": "not a number"}]  # type: ignore[index, misc]
            warehouse.connection.execute(sql, broken)

    from lookgate.errors import Unavailable  # noqa: PLC0415 - here only

    with pytest.raises(Unavailable):
        install(Breaks(), warehouse.dialect, TABLE, [signing_key()], now=moment(NOW))  # type: ignore[arg-type] # a broken one
    assert warehouse.query(f"SELECT * FROM {TABLE}") == []  # noqa: S608 - a constant
    assert bring(warehouse, signing_key()) == 1
