"""Keys minted in SQL: the one before the newest is kept by every rebuild, and nothing piles up."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import jwt
import pytest
from jwt.utils import base64url_decode

import claim_engines
from claim_engines import Engine, row
from lookgate.claims.check import KEY_UNKNOWN, fingerprint_of
from lookgate.claims.check import fits as fits_in_looker
from lookgate.claims.check_lookml import CHECK, VERDICT
from lookgate.claims.mint import RIPE_AFTER, mint_sql
from lookgate.claims.sql import joined_keys_sql, sign_sql
from lookgate.emulator.lookml.errors import QueryError
from lookgate.emulator.lookml.query import Query, QueryUser
from lookgate.verify.claim_keys import TableKeys
from lookgate.verify.jwt import read as unverified
from lower_rooms import run
from minting_looker import HOUR, PLAN, START, Looker, Warehouse, reader, warehouse
from security_counts import Counted

INCREMENTAL = """view: lookgate_claim_keys_1 { derived_table: {
  sql_trigger_value: SELECT EXTRACT(HOUR FROM STATEMENT_TIMESTAMP()) ;;
  increment_key: "made_hour"
  sql: SELECT * FROM (SELECT minted.*, STATEMENT_TIMESTAMP() AS made_at FROM (MINT) AS minted) AS one
    WHERE {% incrementcondition %} made_at {% endincrementcondition %} ;; }
  dimension_group: made { type: time timeframes: [hour] sql: ${TABLE}.made_at ;; } }
"""


@pytest.fixture
def made(postgres_url: str) -> Iterator[Warehouse]:
    with warehouse(postgres_url) as found:
        yield found


@pytest.fixture
def looker(made: Warehouse, tmp_path: Path) -> Iterator[Looker]:
    found = Looker(made, tmp_path)
    yield found
    found.connection.close()


def kid_of(token: str) -> str:
    return str(jwt.get_unverified_header(token)["kid"])


def fits(token: str, keys: TableKeys, now: datetime) -> bool:
    """Whether a gateway with these keys believes the signature; False when it does not know the key."""
    blocks = run(keys.find(kid_of(token), now))
    text, _, mac = token.rpartition(".")
    return blocks is not None and blocks.verify(text.encode(), base64url_decode(mac))


def believed(token: str, made: Warehouse) -> bool:
    """Ask a gateway that has just been started."""
    with reader(made) as keys:
        return fits(token, keys, made.clock.now())


def test_after_a_rebuild_the_newest_key_signs_and_the_one_before_still_verifies(
    made: Warehouse, looker: Looker
) -> None:
    made.turn_to(START + 100)
    first = looker.sign()
    assert believed(first, made)
    made.turn_to(START + HOUR)
    before = made.keys()
    looker.sign()  # builds one of the tables: its key is there, and known, before it signs
    assert len(before.keys() & made.keys().keys()) == 1
    made.move(RIPE_AFTER - 1)
    last_of_the_old = looker.sign()
    made.move(1)
    newest = looker.sign()
    assert kid_of(newest) not in before
    assert kid_of(last_of_the_old) in before
    made.move(299)
    assert believed(last_of_the_old, made)
    assert believed(newest, made)


def test_over_many_rotations_no_claim_is_refused_in_its_life_and_there_are_two_rows(
    made: Warehouse, looker: Looker, counted: Counted
) -> None:
    step, rotations, tried = 240, 8, 0
    refused: list[str] = []
    signers: list[str] = []
    on_their_way: list[tuple[int, str]] = []
    for now in range(START, START + rotations * HOUR, step):
        made.turn_to(now)
        token = looker.sign()
        on_their_way = [(end, sent) for end, sent in on_their_way if end > now] + [(now + 300, token)]
        for _, sent in on_their_way:
            tried += 1
            if not believed(sent, made):
                refused.append(kid_of(sent))
        assert len(made.keys()) == len(made.tables()) == 2
        if kid_of(token) not in signers:
            signers.append(kid_of(token))
        assert kid_of(token) == signers[-1], "an earlier key signed again"
    counted("key rotation", f"keys minted in SQL, {rotations} rotations", tried=tried, bad=refused)
    assert rotations <= len(signers) <= rotations + 1


def test_a_key_retires_when_its_table_is_due_and_signs_nothing_that_outlives_it(
    made: Warehouse, looker: Looker
) -> None:
    made.turn_to(START + 100)
    looker.sign()
    sql = looker.engine.sql(looker.query(), QueryUser("7", {}))
    # Both are new. One table is due at the next turn, the other at the one after that.
    assert sorted(made.keys().values()) == [START + HOUR, START + 2 * HOUR]
    # As if Looker rebuilt nothing any more: the same statement on the same tables.
    made.turn_to(START + 2 * HOUR - 300)
    ((last,),) = looker.connection.execute(sql)[1]
    assert jwt.decode(last, options={"verify_signature": False, "verify_exp": False})["exp"] == START + 2 * HOUR
    made.move(1)
    assert looker.connection.execute(sql)[1] == []
    made.turn_to(START + 2 * HOUR - 1)
    with reader(made) as keys:
        assert fits(last, keys, made.clock.now())
        made.move(1)
        assert not fits(last, keys, made.clock.now())
    assert not believed(last, made)


def test_claims_that_race_with_rebuilds_are_signed_and_believed(
    made: Warehouse, looker: Looker, counted: Counted
) -> None:
    rounds, readers, each = 20, 3, 3
    start = threading.Barrier(readers + 1, timeout=60)
    end = threading.Barrier(readers + 1, timeout=60)
    failures: list[str] = []
    signed: list[str] = []

    def ask(user: int) -> None:
        for _ in range(rounds):
            start.wait()
            for _ in range(each):
                try:
                    token = looker.sign(str(user))
                except (QueryError, AssertionError) as error:
                    failures.append(repr(error))
                    continue
                signed.append(token)
                if not believed(token, made):
                    failures.append(kid_of(token))
            end.wait()

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(readers)]
    for thread in threads:
        thread.start()
    for number in range(1, rounds + 1):
        made.turn_to(START + number * HOUR - 1)
        start.wait()
        made.move(1)  # now one of the tables is due
        looker.engine.rebuild("lookgate_claims", f"lookgate_claim_keys_{1 + number % 2}")
        end.wait()
    for thread in threads:
        thread.join()
    tried = rounds * readers * each
    counted("key rotation", f"keys minted in SQL, {rounds} rebuilds raced", tried=tried, bad=failures)
    assert len(signed) == rounds * readers * each
    assert len(set(map(kid_of, signed))) >= rounds / 2


@pytest.mark.parametrize("turn", [1, 2])
def test_a_claim_whose_table_is_replaced_before_its_query_runs_is_signed_and_believed(
    made: Warehouse, looker: Looker, turn: int
) -> None:
    made.turn_to(START + turn * HOUR - 1)
    waiting = looker.sign()
    before = looker.engine.sql(looker.query(), QueryUser("7", {}))

    def rebuild() -> None:
        made.move(1)
        for number in (1, 2):
            looker.engine.rebuild("lookgate_claims", f"lookgate_claim_keys_{number}")

    looker.connection.mark, looker.connection.meanwhile = "signing_input", rebuild
    token = looker.sign()
    assert looker.connection.raced == 1
    assert looker.engine.sql(looker.query(), QueryUser("7", {})) != before
    assert believed(token, made)
    assert believed(waiting, made)


def test_looker_s_own_check_believes_the_key_before_as_long_as_it_lives(made: Warehouse, looker: Looker) -> None:
    looker.deploy(replace(PLAN, check_attribute="checks"))
    gateway = QueryUser("1", {"checks": "yes"})

    def verdict(token: str) -> str:
        parts = unverified(token)
        asked = {name: str(parts.claims[name]) for name in ("sub", "aud", "iat", "exp", "jti")}
        asked |= {"kid": str(parts.header["kid"]), "fingerprint": fingerprint_of(parts.signature)}
        filters = {f"{CHECK}.{name}": text for name, text in asked.items()}
        query = Query(model="lookgate_claims", view=CHECK, fields=[VERDICT], filters=filters)
        (row,) = looker.engine.run(query, gateway).rows
        return str(row[VERDICT])

    made.turn_to(START + HOUR + RIPE_AFTER - 1)
    before = looker.sign()
    made.move(1)
    assert verdict(before) == fits_in_looker(fingerprint_of(unverified(before).signature))
    made.turn_to(START + 2 * HOUR - 300)
    last = looker.sign()
    ends = made.keys()[kid_of(last)]
    for sent in (last, looker.sign()):
        made.turn_to(ends - 1)
        assert verdict(sent).startswith("fits_")
    made.turn_to(ends)
    assert verdict(last) == KEY_UNKNOWN


def test_a_table_that_is_rebuilt_by_hand_leaves_the_other_s_key_to_verify(made: Warehouse, looker: Looker) -> None:
    looker.sign()
    made.turn_to(START + HOUR + RIPE_AFTER)
    looker.sign()
    made.move(RIPE_AFTER)
    token = looker.sign()
    for number in (1, 2):
        before = made.keys()
        looker.engine.rebuild("lookgate_claims", f"lookgate_claim_keys_{number}", force=True)
        assert len(before.keys() & made.keys().keys()) == 1
        assert believed(looker.sign(), made)
    # Both at once were replaced: this is the price, and it is written down.
    assert not believed(token, made)


def test_a_key_of_a_table_that_was_replaced_is_believed_until_its_last_claim_ended_and_no_longer(
    made: Warehouse, looker: Looker
) -> None:
    token = looker.sign()
    with reader(made) as keys:
        assert fits(token, keys, made.clock.now())
        looker.deploy(replace(PLAN, rotate_every=2 * HOUR))
        fresh = looker.sign()
        assert kid_of(fresh) != kid_of(token)
        made.move(60)
        assert fits(fresh, keys, made.clock.now())
        assert fits(token, keys, made.clock.now())
        assert not believed(token, made)
        made.move(300 + 29)
        assert fits(token, keys, made.clock.now())
        made.move(1)
        assert not fits(token, keys, made.clock.now())
        assert fits(fresh, keys, made.clock.now())


def test_another_audience_or_lifetime_in_the_lookml_keeps_the_keys(made: Warehouse, looker: Looker) -> None:
    token = looker.sign()
    looker.deploy(replace(PLAN, claim=replace(PLAN.claim, audiences=("gateway_air", "gateway_sea"), lifetime=60)))
    assert kid_of(looker.sign()) == kid_of(token)
    assert believed(token, made)


def test_a_new_process_of_looker_finds_the_keys_again(made: Warehouse, looker: Looker, tmp_path: Path) -> None:
    token = looker.sign()
    again = Looker(made, tmp_path / "again")
    assert kid_of(again.sign()) == kid_of(token)
    again.connection.close()


def test_one_incremental_table_would_lose_the_key_that_signed_last(made: Warehouse, looker: Looker) -> None:
    """Why there are two tables: decision 0034."""
    keys = looker.folder / "lookgate_claim_keys.view.lkml"
    keys.write_text(INCREMENTAL.replace("MINT", mint_sql(PLAN.dialect, rotate_every=HOUR, second=False)))
    looker.load()
    name = looker.engine.rebuild("lookgate_claims", "lookgate_claim_keys_1")
    select = f"SELECT kid FROM {name}"  # noqa: S608 - the engine's own table
    ((first,),) = looker.connection.execute(select)[1]
    made.turn_to(START + HOUR)
    assert looker.engine.rebuild("lookgate_claims", "lookgate_claim_keys_1") == name
    ((second,),) = looker.connection.execute(select)[1]
    assert first != second


def test_the_statement_that_joins_both_tables_runs_in_every_engine(engine: Engine) -> None:
    engine.add(row())
    name = "keys" if engine.dialect.name == "bigquery" else claim_engines.TABLE
    texts = {"user": "'7'", "audience": "'gateway_test'", "nonce": "'n1'"}
    sql = sign_sql(engine.dialect, claim_engines.CLAIM, **texts, table=joined_keys_sql(name, name), early=True)
    ((token,),) = engine.query(sql)
    assert kid_of(token) == claim_engines.KID


def test_a_key_that_has_not_begun_signs_only_where_it_may_and_only_while_there_is_no_other(engine: Engine) -> None:
    texts = {"user": "'7'", "audience": "'gateway_test'", "nonce": "'n1'"}
    table = "keys" if engine.dialect.name == "bigquery" else ""

    def signed(*, early: bool) -> list[str]:
        sql = sign_sql(engine.dialect, claim_engines.CLAIM, **texts, table=table, early=early)
        return [kid_of(token) for (token,) in engine.query(sql)]

    engine.add(row("k_later", begins=4_000_000_000))
    assert signed(early=False) == []
    assert signed(early=True) == ["k_later"]
    engine.add(row("k_sooner", begins=3_900_000_000))
    assert signed(early=True) == ["k_sooner"]
    engine.add(row("k_older", begins=1))
    assert signed(early=False) == signed(early=True) == ["k_older"]
    engine.add(row(begins=2))
    assert signed(early=False) == signed(early=True) == [claim_engines.KID]
