"""A gateway with neither key nor warehouse: Looker itself is asked whether a claim is genuine."""

from __future__ import annotations

import asyncio
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import jwt
import pytest

import asgi
import claim_engines
from claim_check_site import RUN, TABLE, Site, signing_looker
from contract.hostile_tokens import b64
from flow_site import WHOAMI
from lookgate.claims.check import ASKED
from lookgate.claims.check_lookml import CHECK
from lookgate.claims.dialect import dialect_named
from lookgate.claims.install import install
from lookgate.compose import Gateway, build, close
from lookgate.core.secret import Secret
from lookgate.settings import load
from lookgate.verify.jwt import read
from lookgate.warehouse.connection import connect
from lookgate.web.app import build_app
from lookgate.web.log import Log
from lower_rooms import StillClock
from postgres import postgres_url  # noqa: F401 - a fixture

SETTINGS = """
[instance]
base_url = "LOOKER"
client_id = "env:ID"
client_secret = "env:SECRET"

[actions]
enabled = ["whoami"]

[claims]
issuer = "looker_air"
audiences = ["gateway_air"]
dialect = "DIALECT"
source = "SOURCE"
verify = "looker"
"""
KEY = claim_engines.signing_key()
ANY = dict.fromkeys(ASKED, "none")


@dataclass
class Flow:
    """A local Looker, and a gateway that knows nothing but it."""

    site: Site
    gateway: Gateway
    clock: StillClock
    url: str

    def call(self, *tokens: str) -> list[tuple[int, str]]:
        """Call the action with each claim; return the status, and the code or the user's address."""
        app = build_app(self.gateway, Log(io.StringIO()))

        async def work() -> list[tuple[int, str]]:
            told = []
            for token in tokens:
                headers = [("authorization", f"Bearer {token}"), ("content-type", "application/json")]
                reply = await asgi.call(app, "POST", "http://gateway.example/actions/whoami", headers, b"{}")
                said = json.loads(reply.body)
                told.append((reply.status, said.get("code") or said["email"]))
            assert self.gateway.looker is not None
            await self.gateway.looker.close()
            return told

        return asyncio.run(work())


@pytest.fixture(params=["duckdb", "postgres", "postgres, keys minted in a PDT"])
def flow(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Flow]:
    dialect, _, minted = request.param.partition(",")
    if dialect == "duckdb":
        database, url = str(tmp_path / "warehouse.duckdb"), f"duckdb:{tmp_path / 'warehouse.duckdb'}"
    else:
        database, url = request.getfixturevalue("postgres_url"), claim_engines.url_of("postgres", request)
    (tmp_path / "actions").mkdir()
    (tmp_path / "actions/whoami.py").write_text(WHOAMI)
    source: Literal["gateway", "pdt"] = "pdt" if minted else "gateway"
    with signing_looker(tmp_path, dialect=dialect, database=database, url=url, source=source, keys=[KEY]) as site:
        text = SETTINGS.replace("LOOKER", site.looker.instance.base_url).replace("DIALECT", dialect)
        (tmp_path / "lookgate.toml").write_text(text.replace("SOURCE", source))
        clock = StillClock(datetime.now(UTC))
        gateway = build(load(tmp_path / "lookgate.toml", site.environ()), clock=clock)
        yield Flow(site, gateway, clock, url)
        asyncio.run(close(gateway))


def rewritten(token: str, **changes: object) -> str:
    """Return the claim as the warehouse would write it with these changes, under the signature of the old."""
    header, claims = jwt.get_unverified_header(token), jwt.decode(token, options={"verify_signature": False})
    parts = ({**header, **{name: changes[name] for name in changes if name in header}},
             {**claims, **{name: changes[name] for name in changes if name in claims}})  # fmt: skip
    texts = [b64(json.dumps(part, separators=(",", ":")).encode()) for part in parts]
    return ".".join((*texts, token.rpartition(".")[2]))


def test_a_gateway_without_a_key_knows_each_user_by_their_claim(flow: Flow) -> None:
    assert flow.call(flow.site.claim("Eve", nonce="n1"), flow.site.claim("Wim", nonce="n1")) == [
        (200, "eve@air.example"),
        (200, "wim@air.example"),
    ]


def test_each_claim_costs_exactly_one_call_that_no_cache_answers(flow: Flow) -> None:
    flow.call(flow.site.claim("Eve"))
    flow.site.wire.asked.clear()
    assert flow.call(flow.site.claim("Eve"), flow.site.claim("Eve")) == [(200, "eve@air.example")] * 2
    question = f"{RUN}?cache=false&force_production=true"
    login, logout = "POST /api/4.0/login?", "DELETE /api/4.0/logout?"
    assert flow.site.wire.asked == [login, question, question, logout]


def test_a_second_use_is_refused(flow: Flow) -> None:
    token = flow.site.claim("Eve")
    assert flow.call(token, token, token) == [(200, "eve@air.example"), (401, "claim_used"), (401, "claim_used")]


def test_nobody_gets_another_user_s_claim_by_changing_their_own(flow: Flow) -> None:
    token = flow.site.claim("Eve")
    wim = flow.site.looker.user("Wim").id
    other = flow.site.claim("Wim")
    mac = read(token).signature
    flipped = bytes([mac[0] ^ 1]) + mac[1:]
    later = int(read(token).claims["exp"]) - 1
    forged = [
        rewritten(token, sub=wim),
        rewritten(token, jti="none_1"),
        rewritten(token, exp=later),
        token.rpartition(".")[0] + "." + other.rpartition(".")[2],
        token.rpartition(".")[0] + "." + b64(flipped),
        token.rpartition(".")[0] + "." + b64(bytes(32)),
    ]
    assert flow.call(*forged) == [(401, "claim_signature")] * len(forged)
    assert flow.call(rewritten(token, kid="k_nobody01")) == [(401, "claim_key_unknown")]
    assert flow.call(token) == [(200, "eve@air.example")], "none of that used it up"


def test_what_can_be_refused_without_looker_costs_no_call(flow: Flow) -> None:
    token, sea = flow.site.claim("Eve"), flow.site.claim("Eve", audience="gateway_sea")
    spaced = ".".join((token.partition(".")[0], b64(json.dumps(read(token).claims).encode()), token.rpartition(".")[2]))
    flow.site.wire.asked.clear()
    assert flow.call(
        sea,
        rewritten(token, typ="JWT"),
        rewritten(token, iss="other_looker"),
        rewritten(token, sub="1 OR 1=1"),
        rewritten(token, jti="x" * 97),
        rewritten(token, kid="k' OR '1'='1"),
        rewritten(token, exp=int(read(token).claims["exp"]) + 1),
        spaced,
        token.rpartition(".")[0] + "." + b64(bytes(31)),
    ) == [
        (401, "claim_audience"),
        (401, "unknown_credential"),
        (401, "claim_issuer"),
        (401, "claim_content"),
        (401, "claim_content"),
        (401, "claim_header"),
        (401, "claim_time"),
        (401, "claim_signature"),
        (401, "claim_signature"),
    ]
    flow.clock.move(331)
    assert flow.call(token) == [(401, "claim_expired")]
    assert flow.site.wire.asked == []


def test_while_looker_does_not_answer_nobody_is_let_in_and_no_claim_is_used_up(flow: Flow) -> None:
    token = flow.site.claim("Eve")
    for status in (400, 403, 404, 422, 429, 500, 502, 503):
        flow.site.wire.status = status
        assert flow.call(token, token) == [(503, "claim_check_refused")] * 2
    flow.site.wire.status = 200
    assert flow.call(token) == [(200, "eve@air.example")]


def test_a_disabled_user_s_claim_is_refused(flow: Flow) -> None:
    token, wim = flow.site.claim("Wim"), flow.site.looker.user("Wim").id
    assert flow.site.looker.call("Ada", "PATCH", f"/users/{wim}", {"is_disabled": True}).status == 200
    assert flow.call(token) == [(401, "user_disabled")]


@pytest.mark.parametrize("who", ["Eve", "Ada"])
def test_nobody_but_the_gateway_s_user_may_ask_not_even_an_admin(flow: Flow, who: str) -> None:
    assert flow.site.run(who, CHECK, "verdict", **ANY).status == 404
    assert flow.site.looker.call(who, "GET", f"/lookml_models/lookgate_claims/explores/{CHECK}").status == 404
    assert flow.site.run("Gus", CHECK, "verdict", **ANY).value == [{f"{CHECK}.verdict": "key_unknown"}]


def test_the_gateway_s_user_gets_no_claim_of_somebody_else_either(flow: Flow) -> None:
    token = flow.site.claim("Gus")
    assert read(token).claims["sub"] == flow.site.looker.user("Gus").id


def test_what_looker_records_of_a_check_is_no_claim(flow: Flow) -> None:
    token = flow.site.claim("Eve")
    assert flow.call(token) == [(200, "eve@air.example")]
    recorded = b"".join(flow.site.wire.bodies).decode()
    mac = read(token).signature
    assert str(read(token).claims["jti"]) in recorded
    assert token.rpartition(".")[2] not in recorded
    assert mac.hex() not in recorded


@pytest.mark.parametrize("flow", ["postgres"], indirect=True)
def test_a_key_that_the_warehouse_retires_stops_verifying(flow: Flow) -> None:
    before, after = flow.site.claim("Eve"), flow.site.claim("Eve")
    assert flow.call(before) == [(200, "eve@air.example")]
    warehouse = connect(Secret(flow.url))
    install(warehouse, dialect_named("postgres"), TABLE, [], now=datetime.now(UTC))
    warehouse.close()
    assert flow.call(after) == [(401, "claim_key_unknown")]
