"""The explore that checks claims: for the gateway's user alone, with a verdict and nothing else."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import lkml
import pytest
from hypothesis import given
from hypothesis import strategies as st

from claim_engines import HOSTILE, row
from lookgate.claims.check import ASKED, KEY_UNKNOWN, NOT_PLAIN
from lookgate.claims.check_lookml import CHECK, VERDICT, explore, grant, view
from lookgate.claims.dialect import Dialect, dialect_named, dialects
from lookgate.claims.lookml import Plan, write
from lookgate.claims.sql import Claim, create_sql
from lookgate.claims.write import write_files
from lookgate.emulator.connection import Connection, ConnectionConfig
from lookgate.emulator.lookml.engine import Engine, QueryError
from lookgate.emulator.lookml.project import load_project
from lookgate.emulator.lookml.query import Query, QueryUser
from security_counts import Counted

CLAIM = Claim("lookgate_claim_keys", "looker_test", ("gateway_test",))
PLAN = Plan(dialect=dialect_named("duckdb"), connection="db", claim=CLAIM, check_attribute="checks_claims")
GATEWAY = QueryUser("1", {"checks_claims": "yes"})
FILE = f"{CHECK}.view.lkml"


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    """Yield the generated project on DuckDB, with one key."""
    write_files(tmp_path, write(PLAN))
    project = load_project(tmp_path)
    assert project.problems == []
    connection = Connection(ConnectionConfig(name="db"))
    connection.execute(create_sql(PLAN.dialect, CLAIM.table))
    values = ", ".join(f"'{part}'" for part in row())
    connection.execute(f"INSERT INTO {CLAIM.table} VALUES ({values})")  # noqa: S608 - our own row
    yield Engine([project], {"db": connection}, lambda: datetime.now(UTC))
    connection.close()


def ask(engine: Engine, user: QueryUser = GATEWAY, field: str = VERDICT, **asked: str) -> object:
    filters = {f"{CHECK}.{name}": asked.get(name, "none") for name in ASKED}
    rows = engine.run(Query(model="lookgate_claims", view=CHECK, fields=[field], filters=filters), user).rows
    assert len(rows) == 1
    return rows[0][field]


def test_without_the_attribute_s_name_nothing_of_it_is_written() -> None:
    files = write(replace(PLAN, check_attribute=""))
    assert FILE not in files
    assert CHECK not in "".join(files.values())


def test_the_explore_is_hidden_joins_nothing_is_never_cached_and_needs_the_grant() -> None:
    files = write(PLAN)
    model = lkml.load(files["lookgate_claims.model.lkml"])
    assert model["access_grants"] == [{"name": CHECK, "user_attribute": "checks_claims", "allowed_values": ["yes"]}]
    assert model["explores"][1] == {
        "name": CHECK,
        "hidden": "yes",
        "persist_for": "0 seconds",
        "required_access_grants": [CHECK],
    }
    (view,) = lkml.load(files[FILE])["views"]
    assert view["required_access_grants"] == [CHECK], "so that no other explore can join it past the grant"


def test_who_may_make_claims_needs_no_right_to_check_them_and_the_reverse() -> None:
    model = lkml.load(write(replace(PLAN, access_attribute="may_claim"))["lookgate_claims.model.lkml"])
    assert [one["required_access_grants"] for one in model["explores"]] == [["lookgate_claims"], [CHECK]]
    with pytest.raises(ValueError, match="gateway's alone"):
        replace(PLAN, access_attribute="checks_claims")


@pytest.mark.parametrize("attributes", [{}, {"checks_claims": "no"}, {"checks_claims": "yes please"}, {"other": "yes"}])
def test_nobody_without_the_attribute_gets_a_verdict(engine: Engine, attributes: dict[str, str]) -> None:
    with pytest.raises(QueryError):
        ask(engine, QueryUser("1", dict(attributes)), kid="k")
    assert ask(engine, kid="k") == KEY_UNKNOWN


def test_the_only_field_is_the_verdict(engine: Engine) -> None:
    fields = engine.fields("lookgate_claims", CHECK, GATEWAY)
    parameters = {f"{CHECK}.{name}": "parameter" for name in ASKED}
    assert {field.name: field.category for field in fields} == parameters | {VERDICT: "dimension"}
    for name in ("kid_column", "inner_block", "outer_block", "signing_input", "mac"):
        with pytest.raises(QueryError):
            ask(engine, field=f"{CHECK}.{name}")


def test_looker_and_the_sql_both_keep_anything_but_words_out_of_every_input(engine: Engine, counted: Counted) -> None:
    tried = passed = 0
    for name in ASKED:
        for text in HOSTILE:
            tried += 1
            try:
                passed += ask(engine, GATEWAY, VERDICT, **{name: text}) not in (NOT_PLAIN, KEY_UNKNOWN)
            except QueryError:
                continue
    counted("SQL injection", "filters of the check explore", tried=tried, bad=passed)


@pytest.mark.parametrize(
    ("dialect", "source"),
    [(one, "gateway") for one in dialects().values()] + [(one, "pdt") for one in dialects().values() if one.random],
    ids=lambda value: getattr(value, "name", value),
)
def test_every_dialect_s_project_is_free_of_problems_and_checks_the_table_that_signs(
    dialect: Dialect, source: Literal["gateway", "pdt"], tmp_path: Path
) -> None:
    claim = replace(CLAIM, table="lookgate.claim_keys")
    files = write(replace(PLAN, dialect=dialect, claim=claim, source=source, access_attribute="may"))
    assert dict(files) == dict(
        write(replace(PLAN, dialect=dialect, claim=claim, source=source, access_attribute="may"))
    )
    write_files(tmp_path, files)
    assert load_project(tmp_path).problems == []
    pattern = r"\$\{\w+\.SQL_TABLE_NAME\}" if source == "pdt" else re.escape(dialect.table(claim.table))
    checked, signed = (re.findall(pattern, files[name]) for name in (FILE, "lookgate_claim.view.lkml"))
    assert checked == signed != []


def test_what_is_written_is_to_the_letter_what_was_reviewed() -> None:
    lines = [*grant("checks_claims"), *explore()]
    written = "\n".join(lines) + "\n" + view(dialect_named("postgres"), CLAIM.issuer, CLAIM.table)
    assert written == (Path(__file__).parent / "check_lookml.txt").read_text("utf-8")


def test_the_reviewer_is_told_what_it_is_and_who_must_be_trusted() -> None:
    text = "".join(write(PLAN).values())
    for words in ("The answer is yes or", "SHA-256(MAC)", "nobody may edit it", "that user alone"):
        assert words in text


@given(st.text(max_size=70))
def test_no_attribute_s_name_writes_anything_but_itself(name: str) -> None:
    try:
        files = write(replace(PLAN, check_attribute=name))
    except ValueError:
        return
    if name:
        model = lkml.load(files["lookgate_claims.model.lkml"])
        assert [one["user_attribute"] for one in model["access_grants"]] == [name]
