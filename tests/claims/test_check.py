"""Each engine says of a claim whether it was signed there, and says nothing else."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from typing import Any

import jwt
import pytest
import sqlglot
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from claim_engines import CLAIM, HOSTILE, KEY, KID, TABLE, Engine, ask, quoted, row, tombstone
from lookgate.claims.blocks import blocks_of
from lookgate.claims.check import ASKED, KEY_UNKNOWN, NOT_PLAIN, WRONG, check_sql, fingerprint_of, fits
from lookgate.claims.dialect import Dialect, dialects
from lookgate.claims.format import signing_input
from lookgate.verify.jwt import read
from security_counts import Counted

OTHER = "k_other001"


def asked_about(token: str) -> dict[str, str]:
    """Return the question about a claim, as the gateway puts it."""
    parts = read(token)
    words = {name: str(parts.claims[name]) for name in ("sub", "aud", "iat", "exp", "jti")}
    return {"kid": str(parts.header["kid"]), **words, "fingerprint": fingerprint_of(parts.signature)}


def verdict(engine: Engine, asked: Mapping[str, str], issuer: str = CLAIM.issuer) -> Any:
    """Ask the engine; fail unless it answers with one row."""
    table = "keys" if engine.dialect.name == "bigquery" else TABLE
    values = {name: quoted(engine.dialect, text) for name, text in asked.items()}
    ((answer,),) = engine.query(check_sql(engine.dialect, issuer, table=table, **values))
    return answer


def made_by_hand(key: bytes, kid: str, **changes: Any) -> dict[str, str]:
    """Return the question about a claim that is signed with a key."""
    claims = {"iss": CLAIM.issuer, "sub": "7", "aud": "gateway_test", "iat": 1, "exp": 2, "jti": "n_1", **changes}
    words = {name: str(claims[name]) for name in ("sub", "aud", "iat", "exp", "jti")}
    mac = blocks_of(key).sign(signing_input(kid, claims))
    return {"kid": kid, **words, "fingerprint": fingerprint_of(mac)}


def test_what_the_engine_signed_fits_and_the_answer_names_the_question(engine: Engine) -> None:
    engine.add(row(), row(OTHER, b"o" * 32, begins=int(time.time()) + 600))
    for user, nonce in (("7", "n1"), ("A" * 64, "z" * 64), ("_", "0")):
        token = ask(engine, user=user, nonce=nonce)
        parts = read(token)
        assert signing_input(KID, parts.claims) == parts.signed
        asked = asked_about(token)
        assert verdict(engine, asked) == fits(asked["fingerprint"])


def test_a_key_that_only_waits_verifies_already(engine: Engine) -> None:
    engine.add(row(OTHER, b"o" * 32, begins=int(time.time()) + 600))
    asked = made_by_hand(b"o" * 32, OTHER)
    assert verdict(engine, asked) == fits(asked["fingerprint"])


def test_whatever_is_changed_does_not_fit(engine: Engine) -> None:
    engine.add(row(begins=1), row(OTHER, b"o" * 32))
    asked = asked_about(ask(engine))
    assert verdict(engine, asked | {"kid": OTHER}) == WRONG
    for name in ASKED.keys() - {"kid"}:
        changed = asked[name][:-1] + ("1" if asked[name][-1] != "1" else "2")
        assert verdict(engine, asked | {name: changed}) == WRONG, name
    assert verdict(engine, asked, issuer="other_looker") == WRONG
    assert verdict(engine, asked | {"sub": asked["jti"], "jti": asked["sub"]}) == WRONG
    assert verdict(engine, asked | {"sub": asked["sub"] + asked["aud"][:1], "aud": asked["aud"][1:]}) == WRONG


def test_a_key_that_is_not_there_or_retired_is_unknown(engine: Engine) -> None:
    now = int(time.time())
    asked = made_by_hand(KEY, KID)
    assert verdict(engine, asked) == KEY_UNKNOWN
    engine.add(row(ends=now - 1), row(OTHER, b"o" * 32))
    assert verdict(engine, asked) == KEY_UNKNOWN
    ended = made_by_hand(b"o" * 32, OTHER)
    assert verdict(engine, ended) == fits(ended["fingerprint"])
    engine.add(tombstone(OTHER, now - 1))
    assert verdict(engine, ended) == KEY_UNKNOWN


def test_the_name_of_a_key_in_other_letters_is_another_key(engine: Engine) -> None:
    engine.add(row())
    assert verdict(engine, made_by_hand(KEY, KID.upper())) in {KEY_UNKNOWN, WRONG}


def test_a_row_without_whole_blocks_is_no_key_that_everybody_knows(engine: Engine) -> None:
    whole = blocks_of(b"s" * 32)
    for number, (inner, outer) in enumerate((("", ""), (whole.inner.hex(), ""), ("", whole.outer.hex()), ("00", "00"))):
        engine.add((f"k_short{number}", inner, outer, 0, int(time.time()) + 1000))
        assert verdict(engine, made_by_hand(b"", f"k_short{number}")) == KEY_UNKNOWN


def test_no_input_is_more_than_a_value(engine: Engine, counted: Counted) -> None:
    engine.add(row())
    asked = asked_about(ask(engine))
    told = [verdict(engine, asked | {name: text}) for name in ASKED for text in (*HOSTILE, "a" * 97)]
    wrongly = [one for one in told if one not in {NOT_PLAIN, WRONG}]
    counted("SQL injection", f"inputs of a check, {engine.dialect.name}", tried=len(told), bad=len(wrongly))


def test_no_answer_holds_a_mac_or_a_key(engine: Engine) -> None:
    engine.add(row())
    token = ask(engine)
    asked = asked_about(token)
    mac = read(token).signature.hex()
    for changes in ({}, {"fingerprint": mac}, {"fingerprint": "0" * 64}, {"sub": "8"}, {"kid": OTHER}, {"sub": "x y"}):
        answer = verdict(engine, asked | changes)
        assert re.fullmatch(rf"fits_{asked['fingerprint']}|{WRONG}|{KEY_UNKNOWN}|{NOT_PLAIN}", answer)
        assert (answer == fits(asked["fingerprint"])) == (not changes)


def test_the_question_holds_no_claim_that_could_be_used(engine: Engine) -> None:
    engine.add(row())
    token = ask(engine)
    values = {name: quoted(engine.dialect, text) for name, text in asked_about(token).items()}
    sql = check_sql(
        engine.dialect, CLAIM.issuer, table=TABLE if engine.dialect.name != "bigquery" else "keys", **values
    )
    signature = read(token).signature
    assert token.rpartition(".")[2] not in sql
    assert signature.hex() not in sql
    assert jwt.decode(token, KEY, algorithms=["HS256"], audience="gateway_test")["jti"] in sql


@pytest.mark.parametrize("dialect", dialects().values(), ids=lambda dialect: dialect.name)
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@example(texts=["\\"] * len(ASKED))
@example(texts=["'"] * len(ASKED))
@given(texts=st.lists(st.text(max_size=70), min_size=len(ASKED), max_size=len(ASKED)))
def test_no_quoted_input_changes_the_shape_of_the_question(dialect: Dialect, texts: list[str]) -> None:
    def shape(values: list[str]) -> str:
        words = {name: quoted(dialect, text.replace("\0", "")) for name, text in zip(ASKED, values, strict=True)}
        statements = sqlglot.parse(check_sql(dialect, "looker_test", table="claim_keys", **words), read=dialect.grammar)
        assert len(statements) == 1
        assert statements[0] is not None
        for literal in statements[0].find_all(sqlglot.exp.Literal):
            if literal.is_string:
                literal.set("this", "x")
        return statements[0].sql()

    assert shape(texts) == shape(["x"] * len(ASKED))
