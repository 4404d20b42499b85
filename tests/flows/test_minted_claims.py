"""The full path with keys that the warehouse mints: Looker rebuilds its tables, and no claim is refused for it."""

from __future__ import annotations

import asyncio
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jwt
import msgspec
import pytest

import asgi
from flow_site import WHOAMI
from local_looker import Looker, served_looker
from lookgate.claims.lookml import write
from lookgate.claims.write import write_files
from lookgate.compose import Gateway, build, close
from lookgate.emulator.world import World
from lookgate.settings import load
from lookgate.web.app import build_app
from lookgate.web.log import Log
from minting_looker import CLAIM, HOUR, PLAN, PUBLISHED, START, Warehouse, warehouse
from postgres import postgres_url  # noqa: F401 - a fixture

SETTINGS = """
[instance]
base_url = "LOOKER"
client_id = "env:ID"
client_secret = "env:SECRET"

[actions]
enabled = ["whoami"]

[store]
path = "NAME.sqlite3"

[claims]
issuer = "looker_air"
audiences = ["gateway_air"]
dialect = "postgres"
source = "pdt"
table = "PUBLISHED"
warehouse = "env:WAREHOUSE"
"""
WORLD: dict[str, Any] = {
    "permission_sets": [{"name": "Look", "permissions": ["access_data", "see_looks"]}],
    "model_sets": [{"name": "Claims", "models": ["lookgate_claims"]}],
    "roles": [{"name": "Viewer", "permission_set": "Look", "model_set": "Claims"}],
    "users": [
        {"first_name": "Ada", "last_name": "Admin", "email": "ada@air.example", "roles": ["Admin"]},
        {"first_name": "Eve", "last_name": "East", "email": "eve@air.example", "roles": ["Viewer"]},
    ],
}


class Flow:
    """A local Looker with the generated project on Postgres, and gateways that may only read there."""

    def __init__(self, looker: Looker, made: Warehouse, folder: Path) -> None:
        self.looker = looker
        self.made = made
        self._folder = folder
        self._claims = 0

    def claim(self) -> str:
        """Run the explore as Eve, through Looker's API; each claim has a nonce of its own."""
        self._claims += 1
        nonce = {"lookgate_claim.nonce": f"n{self._claims}"}
        query = {"model": "lookgate_claims", "view": "lookgate_claim", "fields": [CLAIM], "filters": nonce}
        answer = self.looker.call("Eve", "POST", "/queries/run/json", query)
        assert answer.status == 200, answer
        (row,) = answer.value
        return str(row[CLAIM])

    def gateway(self, name: str) -> Gateway:
        """Start a gateway with a store of its own, which has read no key yet."""
        text = SETTINGS.replace("LOOKER", self.looker.instance.base_url).replace("NAME", name)
        (self._folder / f"{name}.toml").write_text(text.replace("PUBLISHED", PUBLISHED))
        key = self.looker.user("Ada").api3[0]
        environ = {"ID": key.client_id, "SECRET": key.client_secret, "WAREHOUSE": self.made.gateway}
        return build(load(self._folder / f"{name}.toml", environ), clock=self.made.clock)


def call(gateway: Gateway, *tokens: str) -> list[tuple[int, str]]:
    """Call the action with each claim; return the status and who was seen, or the code."""
    app = build_app(gateway, Log(io.StringIO()))

    async def work() -> list[tuple[int, str]]:
        found = []
        for token in tokens:
            headers = [("authorization", f"Bearer {token}"), ("content-type", "application/json")]
            reply = await asgi.call(app, "POST", "http://gateway.example/actions/whoami", headers, b"{}")
            told = json.loads(reply.body)
            found.append((reply.status, str(told.get("email") or told["code"])))
        assert gateway.looker is not None
        await gateway.looker.close()
        return found

    return asyncio.run(work())


def kid_of(token: str) -> str:
    return str(jwt.get_unverified_header(token)["kid"])


@pytest.fixture
def flow(tmp_path: Path, postgres_url: str) -> Iterator[Flow]:  # noqa: F811 - the fixture
    write_files(tmp_path / "claims", write(PLAN))
    (tmp_path / "actions").mkdir()
    (tmp_path / "actions/whoami.py").write_text(WHOAMI)
    with warehouse(postgres_url) as made:
        connection = {"name": "db", "dialect": "postgres", "database": made.looker}
        world = msgspec.convert(WORLD | {"connections": [connection]}, World)
        with served_looker(world, projects=[tmp_path / "claims"]) as looker:
            yield Flow(looker, made, tmp_path)
            for one in looker.instance.connections.values():
                one.close()


EVE = (200, "eve@air.example")


def test_a_claim_of_the_key_before_is_believed_after_the_rebuild_by_an_old_gateway_and_a_new_one(flow: Flow) -> None:
    flow.made.turn_to(START + 100)
    running = flow.gateway("running")
    assert call(running, flow.claim()) == [EVE]
    for turn in range(1, 5):
        # The next rebuild makes a key; ten minutes later it signs.
        flow.made.turn_to(START + turn * HOUR)
        assert call(running, flow.claim()) == [EVE]
        flow.made.move(599)
        before = [flow.claim(), flow.claim()]
        flow.made.move(1)
        after = flow.claim()
        assert kid_of(after) != kid_of(before[0])
        flow.made.move(250)
        fresh = flow.gateway(f"fresh_{turn}")
        assert call(running, before[0], after) == [EVE, EVE]
        assert call(fresh, before[1], after) == [EVE, EVE]
        assert call(fresh, before[1]) == [(401, "claim_used")]
        asyncio.run(close(fresh))
    asyncio.run(close(running))


def test_a_claim_that_is_on_its_way_while_its_table_is_rebuilt_is_believed(flow: Flow) -> None:
    flow.made.turn_to(START + HOUR - 10)
    sent = flow.claim()
    flow.made.move(10)
    assert kid_of(flow.claim()) == kid_of(sent)
    rows = flow.made.keys()
    assert len(rows) == 2
    gateway = flow.gateway("fresh")
    assert call(gateway, sent) == [EVE]
    asyncio.run(close(gateway))


def test_after_a_key_retired_its_claims_are_refused(flow: Flow) -> None:
    flow.made.turn_to(START + 2 * HOUR + 100)
    flow.claim()
    flow.made.turn_to(START + 4 * HOUR - 301)
    sent = flow.claim()
    gateway = flow.gateway("gateway")
    ends = flow.made.keys()[kid_of(sent)]
    flow.made.turn_to(ends)
    assert call(gateway, sent)[0][0] == 401
    asyncio.run(close(gateway))


def test_a_gateway_whose_tables_are_not_published_yet_says_so_and_recovers(flow: Flow) -> None:
    gateway = flow.gateway("early")
    token = flow.claim()
    flow.made.session.execute(f"ALTER VIEW {PUBLISHED}_2 RENAME TO hidden")
    ((status, code),) = call(gateway, token)
    assert (status, code) == (503, "claim_keys_unavailable")
    flow.made.session.execute(f"ALTER VIEW looker_scratch.hidden RENAME TO {PUBLISHED.partition('.')[2]}_2")
    flow.made.move(5)
    assert call(gateway, token) == [EVE]
    asyncio.run(close(gateway))


def test_a_session_that_the_warehouse_ended_is_opened_again(flow: Flow) -> None:
    gateway = flow.gateway("gateway")
    assert call(gateway, flow.claim()) == [EVE]
    flow.made.session.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() "
        "AND pid <> pg_backend_pid() AND query LIKE '%GROUP BY kid%'"
    )
    flow.made.move(HOUR)
    flow.claim()
    flow.made.move(700)
    assert call(gateway, flow.claim()) == [EVE]
    asyncio.run(close(gateway))
