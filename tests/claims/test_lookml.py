"""The generated LookML signs in the local Looker, for the user who runs it, and shows nothing else."""

from __future__ import annotations

import difflib
import re
import time
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import jwt
import lkml
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from claim_engines import KEY, KID, row
from lookgate.claims.blocks import Blocks, blocks_of
from lookgate.claims.dialect import Dialect, dialect_named, dialects
from lookgate.claims.lookml import Plan, write
from lookgate.claims.sql import Claim, create_sql
from lookgate.claims.write import write_files
from lookgate.core.identity import Principal
from lookgate.core.ports import LookerUser
from lookgate.emulator.connection import Connection, ConnectionConfig
from lookgate.emulator.lookml.engine import Engine, QueryError
from lookgate.emulator.lookml.project import Project, load_project
from lookgate.emulator.lookml.query import Query, QueryUser
from lookgate.errors import Conflict, LookgateError, Unauthenticated
from lookgate.store.memory import MemoryStore
from lookgate.verify.claim import ClaimVerifier
from lookgate.verify.claim_keys import InMemory
from lower_rooms import DictDirectory, StillClock, credential, run
from postgres import server as postgres_server

CLAIM = Claim("lookgate_claim_keys", "looker_test", ("gateway_test", "gateway_prod"))
PLAN = Plan(dialect=dialect_named("duckdb"), connection="db", claim=CLAIM)
CONSENT = "https://gateway.example.com/consent"
CLAIM_FIELD = "lookgate_claim.claim"
FIELDS = ("connection", "access_attribute", "consent_url", "issuer", "audience", "table")


def text_of(files: Mapping[str, str]) -> str:
    return "\n".join(files.values())


class Looker:
    """A local Looker with the generated project on DuckDB."""

    def __init__(self, folder: Path, plan: Plan = PLAN) -> None:
        write_files(folder, write(plan))
        self.project: Project = load_project(folder)
        assert self.project.problems == []
        self.connection = Connection(ConnectionConfig(name="db"))
        self.connection.execute(create_sql(dialect_named("duckdb"), "lookgate_claim_keys"))
        values = ", ".join(f"'{part}'" for part in row())
        self.connection.execute(f"INSERT INTO lookgate_claim_keys VALUES ({values})")  # noqa: S608 - our own row
        self.engine = Engine([self.project], {"db": self.connection}, lambda: datetime.now(UTC))

    def query(self, **filters: str) -> Query:
        full = {f"lookgate_claim.{name}": text for name, text in filters.items()}
        return Query(model="lookgate_claims", view="lookgate_claim", fields=[CLAIM_FIELD], filters=full)

    def claim(self, user: QueryUser, **filters: str) -> str | None:
        rows = self.engine.run(self.query(**filters), user).rows
        assert len(rows) == 1
        value = rows[0][CLAIM_FIELD]
        return None if value is None else str(value)


EVE, SAM = QueryUser("12", {}), QueryUser("13", {})


@pytest.fixture
def looker(tmp_path: Path) -> Looker:
    return Looker(tmp_path)


class OneKey:
    async def find(self, kid: str, now: datetime) -> Blocks | None:
        assert now
        return blocks_of(KEY) if kid == KID else None


def gateway(
    audience: str = "gateway_test", issuer: str = "looker_test", clock: StillClock | None = None
) -> ClaimVerifier:
    people = [LookerUser(user.id, "", "", enabled=True, groups=frozenset(), roles=frozenset()) for user in (EVE, SAM)]
    return ClaimVerifier(
        issuer=issuer,
        audiences=frozenset({audience}),
        signatures=InMemory(OneKey()),
        consumed=MemoryStore().consumed,
        directory=DictDirectory(*people),
        instance="https://looker.example.com",
        clock=clock or StillClock(datetime.now(UTC)),
    )


def present(token: str | None, to: ClaimVerifier) -> Principal | None:
    assert token is not None
    return run(to.verify(credential("bearer", token)))


def test_the_explore_s_claim_is_verified_as_the_user_who_ran_it(looker: Looker) -> None:
    made = gateway()
    for user in (EVE, SAM):
        principal = present(looker.claim(user, nonce="fresh_1"), made)
        assert principal is not None
        assert principal.subject == user.id


def test_a_second_use_another_audience_another_instance_and_an_old_claim_are_refused(looker: Looker) -> None:
    late = StillClock(datetime.now(UTC) + timedelta(seconds=331))
    once = gateway()
    token = looker.claim(EVE)
    assert present(token, once)
    cases = {
        "claim_used": (token, once),
        "claim_audience": (looker.claim(EVE, audience="gateway_prod"), gateway()),
        "claim_issuer": (looker.claim(EVE), gateway(issuer="other_looker")),
        "claim_expired": (looker.claim(EVE), gateway(clock=late)),
    }
    for code, (presented, to) in cases.items():
        with pytest.raises(Unauthenticated) as refused:
            present(presented, to)
        assert refused.value.code == code


def test_a_user_cannot_get_another_user_s_claim(looker: Looker) -> None:
    for tricks in ({"nonce": "13"}, {"audience": "gateway_test"}, {}):
        token = looker.claim(EVE, **tricks)
        assert jwt.decode(str(token), options={"verify_signature": False})["sub"] == "12"


def test_the_independent_library_agrees(looker: Looker) -> None:
    claims = jwt.decode(
        str(looker.claim(EVE)), KEY, algorithms=["HS256"], audience="gateway_test", issuer="looker_test"
    )
    assert abs(claims["iat"] - time.time()) < 5


@pytest.mark.counts("SQL injection", "nonces through Looker")
@pytest.mark.parametrize("text", ["x'y", "x y", "x-y", "x;", "", "%", "é", "x\n", "'||'", '","sub":"1'])
def test_looker_and_the_sql_both_keep_anything_but_words_out_of_the_nonce(looker: Looker, text: str) -> None:
    try:
        token = looker.claim(EVE, nonce=text)
    except QueryError:
        return
    assert jwt.decode(str(token), options={"verify_signature": False})["jti"].startswith("none_")


@pytest.mark.parametrize("user_id", ["7'", "7' OR 1=1 --", '7","sub":"1', "7 8", "7\n", "x" * 65, "", "é"])
def test_a_user_id_that_is_no_word_gives_no_claim_though_looker_would_let_it_through(
    looker: Looker, user_id: str
) -> None:
    assert looker.claim(QueryUser(user_id, {})) is None


def test_the_only_field_is_the_claim_and_the_keys_can_be_selected_by_nobody(looker: Looker) -> None:
    model = looker.project.models["lookgate_claims"]
    assert list(model.explores) == ["lookgate_claim"]
    fields = looker.engine.fields("lookgate_claims", "lookgate_claim", EVE)
    assert {field.name: field.category for field in fields} == {
        "lookgate_claim.audience": "parameter",
        "lookgate_claim.nonce": "parameter",
        CLAIM_FIELD: "dimension",
    }
    for name in ("kid", "inner_block", "outer_block", "signing_input"):
        with pytest.raises(QueryError):
            looker.engine.run(replace_fields(looker.query(), f"lookgate_claim.{name}"), EVE)


def replace_fields(query: Query, field: str) -> Query:
    query.fields = [field]
    return query


def test_the_explore_is_hidden_joins_nothing_and_is_never_cached() -> None:
    model = lkml.load(write(PLAN)["lookgate_claims.model.lkml"])
    assert model["persist_for"] == "0 seconds"
    assert model["explores"] == [{"name": "lookgate_claim", "hidden": "yes", "persist_for": "0 seconds"}]


def test_with_an_access_attribute_only_its_holders_get_a_claim(tmp_path: Path) -> None:
    looker = Looker(tmp_path, replace(PLAN, access_attribute="may_claim"))
    assert looker.claim(QueryUser("12", {"may_claim": "yes"}))
    for attributes in ({}, {"may_claim": "no"}, {"may_claim": "Yes please"}):
        with pytest.raises(QueryError):
            looker.claim(QueryUser("12", attributes))


def test_the_consent_tile_links_to_the_gateway_with_claim_and_state_in_the_fragment(tmp_path: Path) -> None:
    looker = Looker(tmp_path, replace(PLAN, consent_url=CONSENT))
    (dashboard,) = looker.project.dashboards
    assert dashboard.name == "lookgate_consent"
    query = looker.query(state="abc_123")
    result = looker.engine.run(query, EVE)
    html = looker.engine.render_html(result.fields[0], result.rows[0], EVE, query)
    assert html is not None
    match = re.fullmatch(
        r'<a href="https://gateway\.example\.com/consent#claim=([\w.-]+)&state=abc_123" target="_blank" '
        r'rel="noopener noreferrer">Continue as yourself</a>',
        html.strip(),
    )
    assert match
    assert present(match[1], gateway())


@pytest.mark.parametrize("state", ['"><script>', "a&claim=x", "a b", "é", "a'b", "#"])
def test_a_state_that_is_no_word_reaches_no_link(tmp_path: Path, state: str) -> None:
    looker = Looker(tmp_path, replace(PLAN, consent_url=CONSENT))
    query = looker.query(state=state)
    result = looker.engine.run(query, EVE)
    html = looker.engine.render_html(result.fields[0], result.rows[0], EVE, query) or ""
    assert state not in html.partition("&state=")[2].partition('" target')[0] or state == ""
    assert html.count("<") == 2
    assert html.count("#") == 1


@pytest.mark.parametrize("dialect", dialects().values(), ids=lambda dialect: dialect.name)
def test_every_dialect_s_project_is_free_of_problems_and_written_the_same_each_time(
    dialect: Dialect, tmp_path: Path
) -> None:
    table = "lookgate.claim_keys"
    plan = replace(
        PLAN, dialect=dialect, claim=replace(CLAIM, table=table), consent_url=CONSENT, access_attribute="may"
    )
    for source in ("gateway", "pdt"):
        chosen = replace(plan, source=source)
        if source == "pdt" and dialect.random is None:
            with pytest.raises(Conflict):
                write(chosen)
            continue
        files = write(chosen)
        assert list(difflib.unified_diff(text_of(files).splitlines(), text_of(write(chosen)).splitlines())) == []
        assert write_files(tmp_path / source, files)
        assert load_project(tmp_path / source).problems == []


def test_the_keys_stand_in_two_tables_that_no_field_or_explore_shows(tmp_path: Path) -> None:
    plan = replace(PLAN, dialect=dialect_named("postgres"), source="pdt", rotate_every=3600)
    views = lkml.load(write(plan)["lookgate_claim_keys.view.lkml"])["views"]
    seconds = plan.dialect.seconds
    assert [view["name"] for view in views] == ["lookgate_claim_keys_1", "lookgate_claim_keys_2"]
    for view, clock in zip(views, (seconds, f"({seconds} + 3600)"), strict=True):
        assert view.keys() == {"name", "derived_table"}
        assert view["derived_table"].keys() == {"sql", "sql_trigger_value", "publish_as_db_view"}
        assert view["derived_table"]["sql_trigger_value"] == f"SELECT FLOOR({clock} / 7200)"
    write_files(tmp_path, write(plan))
    assert list(load_project(tmp_path).models["lookgate_claims"].explores) == ["lookgate_claim"]


def test_a_key_minted_in_a_pdt_of_the_local_looker_signs_a_claim(tmp_path: Path) -> None:
    write_files(tmp_path, write(replace(PLAN, dialect=dialect_named("postgres"), source="pdt")))
    project = load_project(tmp_path)
    assert project.problems == []
    with postgres_server() as url:
        connection = Connection(ConnectionConfig(name="db", dialect="postgres", database=url))
        engine = Engine([project], {"db": connection}, lambda: datetime.now(UTC))
        query = Query(model="lookgate_claims", view="lookgate_claim", fields=[CLAIM_FIELD])
        token = str(engine.run(query, EVE).rows[0][CLAIM_FIELD])
        again = str(engine.run(query, SAM).rows[0][CLAIM_FIELD])
        assert jwt.get_unverified_header(token)["kid"] == jwt.get_unverified_header(again)["kid"]
        names = re.findall(r'FROM ("looker_scratch"."[^"]+")', engine.sql(query, EVE))
        found = [connection.execute(f"SELECT kid, inner_block FROM {name}")[1] for name in names]  # noqa: S608 - the engine's own tables
        blocks = {str(kid): str(inner) for rows in found for kid, inner in rows}
        assert len(blocks) == 2
        key = bytes(byte ^ 0x36 for byte in bytes.fromhex(blocks[jwt.get_unverified_header(token)["kid"]]))
        assert jwt.decode(token, key, algorithms=["HS256"], audience="gateway_test")["sub"] == "12"
        assert jwt.decode(again, key, algorithms=["HS256"], audience="gateway_test")["sub"] == "13"
        connection.close()


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    text=st.text(max_size=70),
    field=st.sampled_from(["connection", "access_attribute", "consent_url", "issuer", "audience", "table"]),
)
def test_no_argument_can_write_anything_but_itself_into_the_files(text: str, field: str) -> None:
    try:
        claim = replace(
            CLAIM,
            issuer=text if field == "issuer" else "looker_test",
            audiences=(text,) if field == "audience" else ("gateway_test",),
            table=text if field == "table" else "lookgate_claim_keys",
        )
        more = {field: text} if field in {"connection", "access_attribute", "consent_url"} else {}
        files = write(replace(PLAN, claim=claim, **more))  # type: ignore[arg-type] # texts only
    except ValueError:
        return
    assert re.fullmatch(r"[A-Za-z0-9_.:/~-]*", text)
    assert lkml.load(files["lookgate_claim.view.lkml"])["views"][0]["name"] == "lookgate_claim"


@pytest.mark.counts("SQL injection", "arguments of the LookML")
@pytest.mark.parametrize(
    "change",
    [
        {"connection": 'c"'},
        {"connection": ""},
        {"connection": "c\n}"},
        {"access_attribute": "a b"},
        {"consent_url": "http://gateway.example.com/"},
        {"consent_url": "https://gateway.example.com/?x=1"},
        {"consent_url": 'https://gateway.example.com/"><script>'},
        {"consent_url": "https://user:pw@gateway.example.com/"},
        {"consent_url": "https://gateway.example.com/{{ x }}"},
        {"consent_url": "javascript:alert(1)"},
        {"consent_url": "https://gateway.example.com:99999/"},
        {"rotate_every": 3599},
        {"rotate_every": 31 * 86400},
    ],
)
def test_an_argument_beyond_its_allow_list_is_refused(change: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=r"letters|https|rotate"):
        replace(PLAN, **change)  # type: ignore[arg-type] # one at a time


def test_files_are_replaced_only_if_they_are_ours_and_all_or_none(tmp_path: Path) -> None:
    files = write(PLAN)
    assert len(write_files(tmp_path, files)) == 2
    assert write_files(tmp_path, files) == []
    other = tmp_path / "lookgate_claim.view.lkml"
    other.write_text("view: lookgate_claim {}")
    before = (tmp_path / "lookgate_claims.model.lkml").read_text()
    with pytest.raises(Conflict) as refused:
        write_files(tmp_path, write(replace(PLAN, connection="other")))
    assert refused.value.code == "file_taken"
    assert (tmp_path / "lookgate_claims.model.lkml").read_text() == before
    assert other.read_text() == "view: lookgate_claim {}"
    (tmp_path / "file").write_text("")
    with pytest.raises(LookgateError):
        write_files(tmp_path / "file", files)


def test_the_reviewer_is_told_who_must_be_trusted() -> None:
    text = text_of(write(PLAN))
    for word in ("develop", "SQL Runner", "sudo", "schedule", "one use", "300 seconds"):
        assert word in text
