"""What is generated is, to the letter, what was reviewed.

After an intended change, write the files anew: ``python tests/claims/test_letter.py``, and review the difference.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from lookgate.claims.check_lookml import view as check_view
from lookgate.claims.dialect import Dialect, dialect_named, dialects
from lookgate.claims.keys_lookml import comment
from lookgate.claims.lookml import Plan, write
from lookgate.claims.mint import mint_sql, turn_sql
from lookgate.claims.probe import probe_sql
from lookgate.claims.sql import Claim, create_sql, live_keys_sql, sign_sql, whole

CLAIM = Claim(
    issuer="looker_prod",
    audiences=("gateway_prod", "gateway_test"),
    lifetime=240,
    table="lookgate.claim_keys",
)
URL = "https://gateway.example.com/consent"
PLANS = {
    "plain": Plan(dialect=dialect_named("duckdb"), connection="warehouse", claim=CLAIM),
    "full": Plan(
        dialect=dialect_named("snowflake"),
        connection="warehouse",
        claim=CLAIM,
        access_attribute="may_claim",
        check_attribute="may_check",
        consent_url=URL,
    ),
    "minted": Plan(
        dialect=dialect_named("postgres"),
        connection="warehouse",
        claim=CLAIM,
        source="pdt",
        rotate_every=7200,
        access_attribute="may_claim",
        check_attribute="may_check",
        consent_url=URL,
    ),
}


def sql_of(dialect: Dialect) -> dict[str, str]:
    """Return every statement of a dialect, beside what LookML adds."""
    table = dialect.table(CLAIM.table)
    statements = {
        "sign": sign_sql(dialect, CLAIM, user=":user", audience=":audience", nonce=":nonce"),
        "check": check_view(dialect, CLAIM.issuer, table),
        "create": create_sql(dialect, CLAIM.table),
        "live keys": live_keys_sql(table),
        "probe": probe_sql(dialect),
    }
    if dialect.random is not None:
        for second in (False, True):
            statements |= {
                f"turn {second}": turn_sql(dialect, rotate_every=7200, second=second),
                f"mint {second}": mint_sql(dialect, rotate_every=7200, second=second),
            }
    return statements


def text_of(name: str) -> str:
    parts = write(PLANS[name]) if name in PLANS else sql_of(dialect_named(name))
    return "\n".join(f"==> {part} <==\n{text}" for part, text in parts.items())


def reviewed(name: str) -> Path:
    return Path(__file__).parent / "letter" / f"{name}.txt"


@pytest.mark.parametrize("name", [*PLANS, *dialects()])
def test_every_text_is_to_the_letter_what_was_reviewed(name: str) -> None:
    assert text_of(name) == reviewed(name).read_text("utf-8")


def test_rotations_and_lives_are_accepted_up_to_their_limits() -> None:
    plan = PLANS["minted"]
    for seconds in (3600, 30 * 86400):
        assert replace(plan, rotate_every=seconds).rotate_every == seconds
    for seconds in (3599, 30 * 86400 + 1):
        with pytest.raises(ValueError, match="rotate"):
            replace(plan, rotate_every=seconds)
    for wrong in ({"issuer": "no word"}, {"audiences": ()}, {"audiences": ("a", "no word")}):
        with pytest.raises(ValueError, match="issuer"):
            replace(CLAIM, **wrong)
    assert replace(CLAIM, lifetime=1).lifetime == 1
    with pytest.raises(ValueError, match="seconds"):
        replace(CLAIM, lifetime=0)


def test_a_number_is_whole_in_whatever_type_a_driver_gives_it() -> None:
    assert [whole(one) for one in (5, "5", "5.000", Decimal("-3.0"), 0)] == [5, 5, 5, -3, 0]
    for other in ("5.1", "", "x", None, "5.", "1e3", "\n5"):
        with pytest.raises(ValueError, match="whole number"):
            whole(other)


def test_a_key_table_is_looked_at_where_there_is_one() -> None:
    claim = replace(CLAIM, table="no_dataset")
    assert replace(PLANS["minted"], dialect=dialect_named("bigquery"), claim=claim)
    with pytest.raises(ValueError, match="table"):
        replace(PLANS["plain"], dialect=dialect_named("bigquery"), claim=claim)


@pytest.mark.parametrize(
    ("url", "accepted"),
    [
        ("https://gateway.example.com/Consent/Z", True),
        ("https://gateway.example.com:1/", True),
        ("https://gateway.example.com:65535/", True),
        ("https://gateway.example.com:0/", False),
        ("https://gateway.example.com:65536/", False),
    ],
)
def test_a_consent_page_is_a_plain_url_with_a_possible_port(url: str, accepted: bool) -> None:
    if accepted:
        assert replace(PLANS["plain"], consent_url=url).consent_url == url
    else:
        with pytest.raises(ValueError, match="https URL"):
            replace(PLANS["plain"], consent_url=url)


def test_a_comment_has_lines_of_112_characters_at_most() -> None:
    assert comment("a" * 55 + " " + "b" * 54 + " c") == [f"# {'a' * 55} {'b' * 54}", "# c"]
    assert comment("a" * 55 + " " + "b" * 55) == [f"# {'a' * 55}", f"# {'b' * 55}"]


if __name__ == "__main__":
    for one in (*PLANS, *dialects()):
        reviewed(one).write_text(text_of(one), "utf-8")
