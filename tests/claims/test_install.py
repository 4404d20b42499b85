"""Only blocks reach the warehouse, only as added rows, and installing twice adds nothing."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence

import jwt
import pytest

import claim_engines
from claim_engines import KEY, KID, TABLE, Connected, ask, moment, signing_key
from lookgate.claims.blocks import blocks_of
from lookgate.claims.dialect import dialects
from lookgate.claims.install import SigningKey, install
from lookgate.errors import Conflict

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


class Recorder:
    """A warehouse that holds these keys, by name and end, and remembers what is added."""

    def __init__(self, **ends: int) -> None:
        self.ends, self.added = ends, list[object]()

    def query(self, sql: str) -> list[tuple[object, ...]]:
        assert TABLE in sql
        ours = blocks_of(KEY)
        return [(kid, ours.inner.hex(), ours.outer.hex(), 0, end) for kid, end in self.ends.items()]

    def execute(self, sql: str, rows: Sequence[Mapping[str, str | int]] = ()) -> None:
        assert sql.startswith(f"INSERT INTO {TABLE} ")
        self.added += [tuple(row.values()) for row in rows]

    def bring(self, *keys: SigningKey) -> list[object]:
        assert install(self, dialects()["duckdb"], TABLE, keys, now=moment(NOW)) == len(self.added)
        return self.added


def test_a_row_that_ends_a_key_holds_nothing_to_sign_with() -> None:
    assert Recorder(**{KID: NOW + 9}).bring(signing_key(ends=NOW + 8)) == [(KID, "", "", 0, NOW + 8)]
    assert Recorder(k_intruder=NOW + 1).bring() == [("k_intruder", "", "", 0, NOW)]


@pytest.mark.parametrize("end", [NOW, NOW - 1])
def test_a_key_that_the_ring_does_not_have_and_that_ends_now_needs_no_row(end: int) -> None:
    assert Recorder(k_intruder=end).bring() == []


def test_a_row_never_prolongs_a_key() -> None:
    assert Recorder(**{KID: NOW + 9}).bring(signing_key(ends=NOW + 9)) == []
    assert Recorder(**{KID: NOW + 9}).bring(signing_key(ends=NOW + 10)) == []


def test_a_key_whose_end_is_no_time_gets_one() -> None:
    table = Recorder()
    table.ends = {KID: None, "k_intruder": "soon"}  # type: ignore[dict-item] # what somebody else wrote
    assert table.bring(signing_key(ends=NOW + 8)) == [(KID, "", "", 0, NOW + 8), ("k_intruder", "", "", 0, NOW)]


def test_a_row_that_somebody_else_wrote_under_the_name_of_our_key_is_found_out(warehouse: Connected) -> None:
    bring(warehouse, signing_key())
    kid, _, outer, _, ends = claim_engines.row()
    warehouse.add((kid, "ff" * 64, outer, 0, ends))  # the greater one is what signs
    with pytest.raises(Conflict) as raised:
        bring(warehouse, signing_key(), signing_key("k_second01", b"s" * 32))
    assert raised.value.code == "key_table_altered"
    assert KID in raised.value.detail
    assert warehouse.query(f"SELECT COUNT(*) FROM {TABLE} WHERE kid = 'k_second01'") == [(1,)]  # noqa: S608 - a constant
