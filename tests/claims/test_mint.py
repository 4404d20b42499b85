"""Keys minted in SQL are standard HMAC keys of a strong generator, or there are none."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
import sqlglot

import claim_engines
from claim_engines import CLAIM, Engine, tombstone
from lookgate.claims.blocks import blocks_of
from lookgate.claims.dialect import Dialect, dialects
from lookgate.claims.mint import RIPE_AFTER, mint_sql, turn_sql
from lookgate.claims.sql import sign_sql
from lookgate.errors import Conflict

STRONG = ("bigquery", "databricks", "mysql", "postgres")


@pytest.fixture(params=["postgres", "mysql"])
def minting(request: pytest.FixtureRequest) -> Iterator[Engine]:
    with claim_engines.engine(request.param, request) as made:
        yield made


def test_a_minted_key_has_the_blocks_of_one_standard_hmac_key(minting: Engine) -> None:
    for _ in range(20):
        ((kid, inner, outer, begins, ends),) = minting.query(mint_sql(minting.dialect, rotate_every=3600, second=False))
        key = bytes(byte ^ 0x36 for byte in bytes.fromhex(str(inner)))
        assert blocks_of(key).inner.hex() == inner
        assert blocks_of(key).outer.hex() == outer
        assert len(key) == 64
        assert set(key) <= set(b"0123456789abcdef")
        assert str(kid).startswith("k")
        assert len(str(kid)) == 21
        assert abs(int(begins) - RIPE_AFTER - time.time()) < 60
        assert int(ends) % 7200 == 0
        assert 0 < int(ends) - (int(begins) - RIPE_AFTER) <= 7200


def test_each_table_s_key_retires_when_its_trigger_says_that_it_is_due(minting: Engine) -> None:
    for second, remainder in ((False, 0), (True, 3600)):
        ((*_, ends),) = minting.query(mint_sql(minting.dialect, rotate_every=3600, second=second))
        assert int(ends) % 7200 == remainder
        turn = turn_sql(minting.dialect, rotate_every=3600, second=second)
        values = [
            float(minting.query(f"SELECT {turn.replace(minting.dialect.seconds, str(at))} AS turn")[0][0])
            for at in (int(ends) - 7200, int(ends) - 1, int(ends))
        ]
        assert values[0] == values[1] == values[2] - 1


def test_no_two_minted_keys_are_alike(minting: Engine) -> None:
    rows = [minting.query(mint_sql(minting.dialect, rotate_every=3600, second=False))[0] for _ in range(50)]
    assert len({row[0] for row in rows}) == len({row[1] for row in rows}) == 50
    counts = [sum(bytes.fromhex(str(row[1])).count(ord(digit) ^ 0x36) for row in rows) for digit in "0123456789abcdef"]
    assert all(100 < count < 320 for count in counts)  # 200 of each of 3200 digits, give or take eight deviations


def test_what_a_minted_key_signs_is_a_claim_that_verifies(minting: Engine) -> None:
    ((kid, inner, outer, begins, ends),) = minting.query(mint_sql(minting.dialect, rotate_every=3600, second=False))
    minting.add((str(kid), str(inner), str(outer), int(begins) - RIPE_AFTER, int(ends)))
    token = claim_engines.ask(minting)
    text, _, mac = str(token).rpartition(".")
    key = bytes(byte ^ 0x36 for byte in bytes.fromhex(str(inner)))
    from jwt.utils import base64url_decode  # noqa: PLC0415 - an independent decoder, here only

    assert blocks_of(key).verify(text.encode(), base64url_decode(mac))
    minting.add(tombstone(str(kid), int(begins) - RIPE_AFTER))
    assert claim_engines.ask(minting) == "no row"


@pytest.mark.parametrize("dialect", dialects().values(), ids=lambda dialect: dialect.name)
def test_a_warehouse_without_a_cryptographic_generator_mints_nothing_and_says_what_to_do(dialect: Dialect) -> None:
    if dialect.name in STRONG:
        assert len(sqlglot.parse(mint_sql(dialect, rotate_every=3600, second=False), read=dialect.grammar)) == 1
        return
    with pytest.raises(Conflict) as refused:
        mint_sql(dialect, rotate_every=3600, second=False)
    assert refused.value.code == "no_generator"
    assert "--source gateway" in refused.value.hint


def test_defect_of_the_script_runner_rand_was_the_secret() -> None:
    for name in STRONG:
        sql = mint_sql(dialects()[name], rotate_every=3600, second=False).upper()
        for weak in (" RAND(", "(RAND(", "RANDOM()", " UUID(", "(UUID(", "GENERATE_UUID"):
            assert weak not in sql


def test_the_signing_statement_can_read_any_table_expression() -> None:
    sql = sign_sql(
        dialects()["postgres"],
        CLAIM,
        user="'7'",
        audience="'a'",
        nonce="'n'",
        table="${lookgate_claim_keys.SQL_TABLE_NAME}",
    )
    assert "FROM ${lookgate_claim_keys.SQL_TABLE_NAME}" in sql
