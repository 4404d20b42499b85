"""The full path: a user runs the generated explore in the local Looker, and the gateway knows who that is."""

from __future__ import annotations

import asyncio
import io
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

import asgi
from flow_site import WHOAMI
from local_looker import Looker, served_looker
from lookgate.claims.dialect import dialect_named
from lookgate.claims.install import SigningKey, create, install
from lookgate.claims.lookml import Plan, write
from lookgate.claims.sql import Claim
from lookgate.claims.write import write_files
from lookgate.cli.claims import bring_keys
from lookgate.compose import Gateway, build, close, open_rings
from lookgate.core.audit import AuditEvent
from lookgate.core.secret import Secret
from lookgate.emulator.world import World
from lookgate.keys.ring import retire, rotate
from lookgate.settings import Settings, load
from lookgate.warehouse.connection import connect
from lookgate.web.app import build_app
from lookgate.web.log import Log
from lower_rooms import StillClock

FIELD = "lookgate_claim.claim"
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
dialect = "duckdb"
warehouse = "env:WAREHOUSE"
"""
WORLD: dict[str, Any] = {
    "permission_sets": [{"name": "Look", "permissions": ["access_data", "see_looks"]}],
    "model_sets": [{"name": "Claims", "models": ["lookgate_claims"]}],
    "roles": [{"name": "Viewer", "permission_set": "Look", "model_set": "Claims"}],
    "groups": [{"name": "Crew", "roles": ["Viewer"]}],
    "users": [
        {"first_name": "Ada", "last_name": "Admin", "email": "ada@air.example", "roles": ["Admin"]},
        {"first_name": "Eve", "last_name": "East", "email": "eve@air.example", "groups": ["Crew"]},
        {"first_name": "Wim", "last_name": "West", "email": "wim@air.example", "groups": ["Crew"]},
    ],
}


@dataclass
class Flow:
    """A local Looker with the generated project, and a gateway."""

    looker: Looker
    settings: Settings
    gateway: Gateway
    clock: StillClock

    def claim(self, who: str, **filters: str) -> str:
        """Run the explore through Looker's API, as the extension does for the user who is signed in."""
        query = {
            "model": "lookgate_claims",
            "view": "lookgate_claim",
            "fields": [FIELD],
            "filters": {f"lookgate_claim.{name}": text for name, text in filters.items()},
        }
        answer = self.looker.call(who, "POST", "/queries/run/json", query)
        assert answer.status == 200, answer
        (row,) = answer.value
        return str(row[FIELD])

    def call(self, *tokens: str) -> tuple[int, Any]:
        """Call the action with the claims, all in one event loop."""
        app = build_app(self.gateway, Log(io.StringIO()))

        async def work() -> asgi.Reply:
            for token in tokens:
                headers = [("authorization", f"Bearer {token}"), ("content-type", "application/json")]
                reply = await asgi.call(app, "POST", "http://gateway.example/actions/whoami", headers, b"{}")
            await close_looker(self.gateway)
            return reply

        reply = asyncio.run(work())
        return reply.status, json.loads(reply.body)

    def events(self) -> list[AuditEvent]:
        return [one.event for one in self.gateway.store.tail(limit=100)]


async def close_looker(gateway: Gateway) -> None:
    """Leave Looker, so that the next event loop opens its own session; the store stays open."""
    assert gateway.looker is not None
    await gateway.looker.close()


@pytest.fixture
def flow(tmp_path: Path) -> Iterator[Flow]:
    warehouse = tmp_path / "warehouse.duckdb"
    claim = Claim("lookgate_claim_keys", "looker_air", ("gateway_air", "gateway_sea"))
    write_files(tmp_path / "claims", write(Plan(dialect=dialect_named("duckdb"), connection="db", claim=claim)))
    (tmp_path / "actions").mkdir()
    (tmp_path / "actions/whoami.py").write_text(WHOAMI)
    connections = [{"name": "db", "database": str(warehouse), "read_only": True}]
    world = msgspec.convert(WORLD | {"connections": connections}, World)
    with served_looker(world, projects=[tmp_path / "claims"]) as looker:
        (tmp_path / "lookgate.toml").write_text(SETTINGS.replace("LOOKER", looker.instance.base_url))
        key = looker.user("Ada").api3[0]
        environ = {"ID": key.client_id, "SECRET": key.client_secret, "WAREHOUSE": f"duckdb:{warehouse}"}
        settings = load(tmp_path / "lookgate.toml", environ)
        now = datetime.now(UTC)
        open_rings(settings).change("claims", lambda ring: rotate(ring, "HS256", now=now, random=os.urandom))
        bring_keys(settings, create=True)
        clock = StillClock(datetime.now(UTC))
        gateway = build(settings, clock=clock)
        yield Flow(looker, settings, gateway, clock)
        asyncio.run(close(gateway))


def test_the_gateway_knows_each_user_by_the_claim_that_the_warehouse_signed(flow: Flow) -> None:
    for name in ("Eve", "Wim"):
        status, told = flow.call(flow.claim(name, nonce="n1"))
        assert (status, told["email"]) == (200, f"{name.lower()}@air.example")
        assert told["proven_by"] == "USER by claim"
        assert "Crew" in told["groups"]
    assert [event.principal.subject for event in flow.events()] == [flow.looker.user(n).id for n in ("Eve", "Wim")]


def test_a_second_use_is_refused_and_audited(flow: Flow) -> None:
    token = flow.claim("Eve")
    status, told = flow.call(token, token)
    assert (status, told["code"]) == (401, "claim_used")
    assert [(event.outcome, event.rule) for event in flow.events()] == [("allowed", ""), ("denied", "claim_used")]
    assert token not in repr(flow.events())


def test_an_old_claim_and_one_for_another_audience_are_refused_and_audited(flow: Flow) -> None:
    assert flow.call(flow.claim("Eve", audience="gateway_sea"))[1]["code"] == "claim_audience"
    token = flow.claim("Eve")
    flow.clock.move(331)
    assert flow.call(token)[1]["code"] == "claim_expired"
    assert [event.rule for event in flow.events()] == ["claim_audience", "claim_expired"]


def test_a_disabled_user_s_claim_is_refused(flow: Flow) -> None:
    token = flow.claim("Wim")
    wim = flow.looker.user("Wim").id
    assert flow.looker.call("Ada", "PATCH", f"/users/{wim}", {"is_disabled": True}).status == 200
    assert flow.call(token)[1]["code"] == "user_disabled"


def test_a_rotation_and_a_retirement_are_seen_without_a_restart(flow: Flow) -> None:
    before, after = flow.claim("Eve"), flow.claim("Eve")
    rings, now = open_rings(flow.settings), flow.clock.now()
    (old,) = rings.load("claims").keys
    rings.change("claims", lambda ring: rotate(ring, "HS256", now=now, random=os.urandom, delay=timedelta()))
    assert flow.call(before)[0] == 200
    rings.change("claims", lambda ring: retire(ring, old.kid, now=now))
    assert flow.call(after)[1]["code"] == "claim_key_unknown"


def test_no_user_can_run_the_explore_without_the_role(flow: Flow) -> None:
    crew = flow.looker.group_id("Crew")
    assert flow.looker.call("Ada", "DELETE", f"/groups/{crew}/users/{flow.looker.user('Eve').id}").status == 204
    query = {"model": "lookgate_claims", "view": "lookgate_claim", "fields": [FIELD]}
    assert flow.looker.call("Eve", "POST", "/queries/run/json", query).status in {403, 404}


def test_a_gateway_that_only_reads_the_warehouses_keys_believes_the_same_claims(flow: Flow, tmp_path: Path) -> None:
    copy = f"duckdb:{tmp_path / 'copy.duckdb'}"
    text = (tmp_path / "lookgate.toml").read_text().replace('dialect = "duckdb"', 'dialect = "duckdb"\nsource = "pdt"')
    (tmp_path / "pdt.toml").write_text(text + f'\n[store]\npath = "{tmp_path / "second.sqlite3"}"\n')
    (key,) = open_rings(flow.settings).load("claims").keys
    warehouse = connect(Secret(copy))
    for number in (1, 2):
        create(warehouse, dialect_named("duckdb"), f"lookgate_claim_keys_{number}")
    signing = SigningKey(key.kid, key.raw, key.not_before, key.retire_after)
    install(warehouse, dialect_named("duckdb"), "lookgate_claim_keys_2", [signing], now=flow.clock.now())
    warehouse.close()
    api = flow.looker.user("Ada").api3[0]
    settings = load(tmp_path / "pdt.toml", {"ID": api.client_id, "SECRET": api.client_secret, "WAREHOUSE": copy})
    reader = Flow(flow.looker, settings, build(settings, clock=flow.clock), flow.clock)
    token = flow.claim("Eve")
    status, told = reader.call(token, token)
    assert (status, told["code"]) == (401, "claim_used")
    assert reader.call(flow.claim("Wim"))[1]["email"] == "wim@air.example"
    asyncio.run(close(reader.gateway))
