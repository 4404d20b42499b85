"""One statement signs a claim in every engine; independent libraries believe it (and the gateway: test_believed.py)."""

from __future__ import annotations

import time
from dataclasses import replace

import jwt
import pytest
import sqlglot
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from joserfc import jws
from joserfc.jwk import OctKey

from claim_engines import CLAIM, HOSTILE, KEY, KID, Engine, ask, quoted, row, tombstone
from lookgate.claims.dialect import Dialect, dialects
from lookgate.claims.format import CLAIMS, TYPE, is_word
from lookgate.claims.sql import Claim, create_sql, sign_sql
from security_counts import Counted


def test_the_claim_is_a_standard_jwt_for_independent_libraries(engine: Engine) -> None:
    engine.add(row())
    before = int(time.time())
    token = ask(engine)
    claims = jwt.decode(token, KEY, algorithms=["HS256"], audience="gateway_test", issuer="looker_test")
    assert jws.deserialize_compact(token, OctKey.import_key(KEY), algorithms=["HS256"]).headers() == {
        "alg": "HS256",
        "kid": KID,
        "typ": TYPE,
    }
    assert claims.keys() == CLAIMS
    assert (claims["iss"], claims["sub"], claims["aud"]) == ("looker_test", "7", "gateway_test")
    assert before - 1 <= claims["iat"] <= time.time() + 1
    assert claims["exp"] - claims["iat"] == 300
    assert claims["jti"].startswith("n1_")
    assert is_word(claims["jti"])


def test_each_claim_of_a_user_has_another_jti(engine: Engine) -> None:
    engine.add(row())
    tokens = {ask(engine, nonce=f"n{number}") for number in range(5)}
    assert len({jwt.decode(token, options={"verify_signature": False})["jti"] for token in tokens}) == 5


def test_an_input_that_is_no_plain_word_gives_no_claim(engine: Engine, counted: Counted) -> None:
    engine.add(row())
    signed = [
        text
        for text in HOSTILE
        for told in (ask(engine, user=text), ask(engine, nonce=text), ask(engine, audience=text))
        if told is not None
    ]
    counted("SQL injection", f"inputs of a claim, {engine.dialect.name}", tried=3 * len(HOSTILE), bad=len(signed))


def test_every_plain_word_is_signed_as_it_is(engine: Engine) -> None:
    engine.add(row())
    for word in ("A", "z" * 64, "0123456789", "_", "Az_09"):
        claims = jwt.decode(ask(engine, user=word, nonce=word), KEY, algorithms=["HS256"], audience="gateway_test")
        assert claims["sub"] == word
        assert claims["jti"].startswith(f"{word}_")


def test_an_audience_that_is_a_word_but_not_listed_gives_no_claim(engine: Engine) -> None:
    engine.add(row())
    assert ask(engine, audience="gateway_prod") is None
    assert ask(engine, audience="other_test")


def test_the_newest_key_whose_time_has_come_signs(engine: Engine) -> None:
    now = int(time.time())
    engine.add(row("k_old00001", b"o" * 32, now - 7200), row("k_new00001", b"n" * 32, now - 60))
    engine.add(row("k_later001", b"l" * 32, now + 600))
    assert jwt.get_unverified_header(ask(engine))["kid"] == "k_new00001"


def test_without_a_live_key_there_is_no_row(engine: Engine) -> None:
    now = int(time.time())
    assert ask(engine) == "no row"
    engine.add(row("k_gone0001", ends=now - 1), row("k_later001", begins=now + 600))
    assert ask(engine) == "no row"


def test_a_claim_never_outlives_its_key(engine: Engine) -> None:
    now = int(time.time())
    engine.add(row(ends=now + 290))
    assert ask(engine) == "no row"
    assert ask(engine, claim=replace(CLAIM, lifetime=60)) != "no row"


def test_a_second_row_ends_a_key_and_none_prolongs_it(engine: Engine) -> None:
    now = int(time.time())
    engine.add(row(), tombstone(KID, now - 1))
    assert ask(engine) == "no row"
    engine.add(row())
    assert ask(engine) == "no row"


@pytest.mark.counts("HMAC in SQL", "{dialect.name}, parsed")
@pytest.mark.parametrize("dialect", dialects().values(), ids=lambda dialect: dialect.name)
def test_every_dialect_is_one_statement_of_its_grammar(dialect: Dialect) -> None:
    claim = replace(CLAIM, table="lookgate.claim_keys")
    sql = sign_sql(dialect, claim, user="'7'", audience="'gateway_test'", nonce="'n'")
    assert len(sqlglot.parse(sql, read=dialect.grammar)) == 1
    assert len(sqlglot.parse(create_sql(dialect, claim.table), read=dialect.grammar)) == 1
    assert dialect.randomness


@pytest.mark.parametrize("dialect", dialects().values(), ids=lambda dialect: dialect.name)
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(user=st.text(max_size=80), audience=st.text(max_size=80), nonce=st.text(max_size=80))
def test_no_quoted_input_changes_the_shape_of_the_statement(
    dialect: Dialect, user: str, audience: str, nonce: str
) -> None:
    def shape(*texts: str) -> str:
        values = [quoted(dialect, text.replace("\0", "")) for text in texts]
        sql = sign_sql(
            dialect, CLAIM if dialect.name != "bigquery" else BIG, user=values[0], audience=values[1], nonce=values[2]
        )
        statements = sqlglot.parse(sql, read=dialect.grammar)
        assert len(statements) == 1
        assert statements[0] is not None
        for literal in statements[0].find_all(sqlglot.exp.Literal):
            if literal.is_string:
                literal.set("this", "x")
        return statements[0].sql()

    assert shape(user, audience, nonce) == shape("7", "gateway_test", "n1")


BIG = replace(CLAIM, table="lookgate.claim_keys")


@pytest.mark.counts("SQL injection", "names of key tables, {dialect.name}")
@pytest.mark.parametrize(
    "name", ["", "a.b.c.d", "A", "a-b", "a b", 'a"b', "a'b", "a;b", "a`", "1a", "a..b", "a" * 64, "ä"]
)
@pytest.mark.parametrize("dialect", dialects().values(), ids=lambda dialect: dialect.name)
def test_a_table_name_beyond_the_allow_list_is_refused(dialect: Dialect, name: str) -> None:
    with pytest.raises(ValueError, match="a table is"):
        dialect.table(name)


def test_bigquery_tables_have_a_project_and_a_dataset_inside_quotes_that_no_name_can_end() -> None:
    bigquery = dialects()["bigquery"]
    assert bigquery.table("my-project-1.claims.keys") == "`my-project-1.claims.keys`"
    with pytest.raises(ValueError, match="a table is"):
        bigquery.table("my-project-1.claims.keys` WHERE 1=1")


@pytest.mark.parametrize(
    ("issuer", "audience", "lifetime"),
    [
        ("", ("a",), 300),
        ("a", (), 300),
        ("a", ("a", "b c"), 300),
        ("a'b", ("a",), 300),
        ("a", ("a",), 301),
        ("a", ("a",), 0),
    ],
)
def test_the_constant_part_is_words_and_at_most_five_minutes(issuer: str, audience: str, lifetime: int) -> None:
    with pytest.raises(ValueError, match=r"issuer|lives"):
        Claim("claim_keys", issuer, (audience,), lifetime)


@pytest.mark.parametrize("dialect", dialects().values(), ids=lambda dialect: dialect.name)
def test_defect_of_the_script_runner_rand_is_used_for_nothing(dialect: Dialect) -> None:
    sql = sign_sql(dialect, BIG, user="'7'", audience="'a'", nonce="'n'") + (dialect.random or "")
    for weak in (" RAND(", " RANDOM(", "(RAND(", "(RANDOM(", "RANDSTR(", " UUID(", "(UUID(", "UUID_STRING("):
        assert weak not in sql.upper()
