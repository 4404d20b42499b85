"""A local Looker with the generated project: it signs claims, and tells its gateway's user whether one is genuine."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import msgspec
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from local_looker import Looker, served_looker
from lookgate.claims.dialect import dialect_named
from lookgate.claims.install import SigningKey, create, install
from lookgate.claims.lookml import Plan, write
from lookgate.claims.sql import Claim
from lookgate.claims.write import write_files
from lookgate.core.ports import Clock
from lookgate.core.secret import Secret
from lookgate.emulator.api.dispatch import Answer
from lookgate.emulator.world import World
from lookgate.looker.client import LookerClient
from lookgate.warehouse.connection import connect
from lower_rooms import START

RUN = "POST /api/4.0/queries/run/json"
TABLE = "lookgate_flow_keys"
ATTRIBUTE = "checks_claims"
WORLD: dict[str, Any] = {
    "permission_sets": [{"name": "Look", "permissions": ["access_data", "see_looks", "explore"]}],
    "model_sets": [{"name": "Claims", "models": ["lookgate_claims"]}],
    "roles": [{"name": "Viewer", "permission_set": "Look", "model_set": "Claims"}],
    "groups": [{"name": "Crew", "roles": ["Viewer"]}],
    "attributes": [{"name": ATTRIBUTE, "default": "no", "user_can_view": False}],
    "users": [
        {
            "first_name": "Gus",
            "last_name": "Gateway",
            "email": "gus@air.example",
            "roles": ["Admin"],
            "attributes": {ATTRIBUTE: "yes"},
        },
        {"first_name": "Ada", "last_name": "Admin", "email": "ada@air.example", "roles": ["Admin"]},
        {"first_name": "Eve", "last_name": "East", "email": "eve@air.example", "groups": ["Crew"]},
        {"first_name": "Wim", "last_name": "West", "email": "wim@air.example", "groups": ["Crew"]},
    ],
}


@dataclass
class Wire:
    """What is asked of Looker, and how Looker fails."""

    asked: list[str] = field(default_factory=list)
    """Each request line with its query."""
    bodies: list[bytes] = field(default_factory=list)
    """The bodies of the queries."""
    status: int = 200
    """When it is another: what every query is answered with."""

    @property
    def checks(self) -> int:
        return sum(one.startswith(RUN) for one in self.asked)

    def wrap(self, app: ASGIApp) -> ASGIApp:
        async def watched(scope: Scope, receive: Receive, send: Send) -> None:
            operation = f"{scope['method']} {scope['path']}"
            self.asked.append(f"{operation}?{scope['query_string'].decode()}")

            async def heard() -> Message:
                message = await receive()
                if operation == RUN:
                    self.bodies.append(message.get("body", b""))
                return message

            if operation == RUN and self.status != 200:
                await JSONResponse({"message": "No."}, self.status)(scope, receive, send)
            else:
                await app(scope, heard, send)

        return watched


@dataclass
class Site:
    """The local Looker, and short ways to ask it."""

    looker: Looker
    wire: Wire

    def run(self, who: str, view: str, name: str, **filters: str) -> Answer:
        """Run a query of one field as a user, past the wire."""
        full = {f"{view}.{key}": text for key, text in filters.items()}
        query = {"model": "lookgate_claims", "view": view, "fields": [f"{view}.{name}"], "filters": full}
        return self.looker.call(who, "POST", "/queries/run/json", query)

    def claim(self, who: str, **filters: str) -> str:
        """Return a claim, as the explore signs it for the user."""
        answer = self.run(who, "lookgate_claim", "claim", **filters)
        assert answer.status == 200, answer
        return str(answer.value[0]["lookgate_claim.claim"])

    def environ(self, who: str = "Gus") -> dict[str, str]:
        """Return the API key of a user, as the gateway's environment has it."""
        key = self.looker.user(who).api3[0]
        return {"ID": key.client_id, "SECRET": key.client_secret}

    def client(self, clock: Clock) -> LookerClient:
        """Return the API client of the gateway's user."""
        key = self.looker.user("Gus").api3[0]
        return LookerClient(
            self.looker.instance.base_url, Secret(key.client_id), Secret(key.client_secret), clock=clock
        )


@contextmanager
def signing_looker(
    folder: Path,
    *,
    database: str,
    url: str,
    dialect: str = "duckdb",
    issuer: str = "looker_air",
    source: Literal["gateway", "pdt"] = "gateway",
    keys: Sequence[SigningKey] = (),
) -> Iterator[Site]:
    """Serve it.

    Args:
        folder: for the project.
        database: of Looker's connection.
        url: of the same warehouse, as the admin installs keys there.
        dialect: of the warehouse.
        issuer: of the claims.
        source: where keys are minted.
        keys: what is installed, when they are not minted there.
    """
    claim = Claim(TABLE, issuer, ("gateway_air", "gateway_sea"))
    sql = dialect_named(dialect)
    plan = Plan(dialect=sql, connection="db", claim=claim, source=source, check_attribute=ATTRIBUTE)
    write_files(folder / "claims", write(plan))
    warehouse = connect(Secret(url))
    warehouse.execute(f"DROP TABLE IF EXISTS {TABLE}")
    if dialect == "postgres":
        warehouse.execute("DROP SCHEMA IF EXISTS looker_scratch CASCADE")
    create(warehouse, sql, TABLE)
    install(warehouse, sql, TABLE, keys, now=START)
    warehouse.close()
    connection = {"name": "db", "dialect": dialect, "database": database, "read_only": source == "gateway"}
    wire = Wire()
    world = msgspec.convert(WORLD | {"connections": [connection]}, World)
    with served_looker(world, projects=[folder / "claims"], wrap=wire.wrap) as looker:
        try:
            yield Site(looker, wire)
        finally:
            looker.instance.connections["db"].close()
