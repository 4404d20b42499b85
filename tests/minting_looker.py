"""A local Looker on Postgres whose keys are minted in SQL, with a clock in the database that the test moves."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import psycopg

from lookgate.claims.dialect import dialect_named
from lookgate.claims.lookml import Plan, write
from lookgate.claims.sql import Claim
from lookgate.claims.write import write_files
from lookgate.core.secret import Secret
from lookgate.emulator.connection import ConnectionConfig
from lookgate.emulator.lookml.engine import Engine
from lookgate.emulator.lookml.project import load_project
from lookgate.emulator.lookml.query import Query, QueryUser
from lookgate.verify.claim_keys import TableKeys
from lookgate.warehouse.connection import connect
from lower_rooms import StillClock
from racing_connection import RacingConnection

HOUR = 3600
START = 500_000 * HOUR
"""A full hour, at which the first of the two tables is due."""
PUBLISHED = "looker_scratch.lookgate_claims_lookgate_claim_keys"
CLAIM = "lookgate_claim.claim"
PLAN = Plan(
    dialect=dialect_named("postgres"),
    connection="db",
    claim=Claim("unused", "looker_air", ("gateway_air",)),
    source="pdt",
    rotate_every=HOUR,
)
_numbers = itertools.count(1)
_CLOCK = """
CREATE SCHEMA clock;
CREATE TABLE clock.hand (seconds BIGINT);
INSERT INTO clock.hand VALUES (0);
CREATE FUNCTION clock.statement_timestamp() RETURNS timestamptz LANGUAGE sql STABLE
  AS 'SELECT pg_catalog.to_timestamp(seconds) FROM clock.hand';
"""
_PATH = "-csearch_path=clock,pg_catalog,public"
"""The database's own functions come second: statement_timestamp is the test's."""


@contextmanager
def warehouse(postgres_url: str) -> Iterator[Warehouse]:
    """Yield a database of the test's own."""
    name = f"minting_{next(_numbers)}"
    with psycopg.connect(postgres_url, autocommit=True) as server:
        server.execute(f"CREATE DATABASE {name}")
    host = dict(part.split("=") for part in postgres_url.split())["host"]
    with psycopg.connect(f"host={host} user=postgres dbname={name}", autocommit=True) as session:
        session.execute(_CLOCK)
        yield Warehouse(session, host, name)
    with psycopg.connect(postgres_url, autocommit=True) as server:
        server.execute(f"DROP DATABASE {name} WITH (FORCE)")


class Warehouse:
    """A database with a clock, and the two ways to it."""

    def __init__(self, session: psycopg.Connection[tuple[object, ...]], host: str, name: str) -> None:
        self.session = session
        self.looker = f"host={host} user=postgres dbname={name} options={_PATH}"
        """For Looker."""
        self.gateway = f"postgresql+psycopg://postgres@/{name}?host={host}"
        """For the gateway, which reads the published views."""
        self.clock = StillClock()
        self.turn_to(START)

    def turn_to(self, seconds: int) -> None:
        """Set the clocks of the database and of the gateway."""
        self.session.execute("UPDATE clock.hand SET seconds = %s", (seconds,))
        self.clock.move(seconds - self.clock.at.timestamp())

    def move(self, seconds: int) -> None:
        self.turn_to(int(self.clock.at.timestamp()) + seconds)

    def tables(self) -> list[str]:
        found = self.session.execute(
            "SELECT table_name FROM information_schema.tables WHERE table_schema = 'looker_scratch' "
            "AND table_type = 'BASE TABLE' ORDER BY 1"
        )
        return [str(row[0]) for row in found.fetchall()]

    def keys(self) -> dict[str, int]:
        """Return when each key of both published views retires."""
        both = " UNION ALL ".join(f"SELECT kid, retire_after FROM {PUBLISHED}_{number}" for number in (1, 2))  # noqa: S608 - constants
        found = self.session.execute(both.encode()).fetchall()
        assert len(found) <= 2
        return {str(kid): int(str(ends)) for kid, ends in found}


@contextmanager
def reader(made: Warehouse) -> Iterator[TableKeys]:
    """Yield the keys as a gateway reads them that has just been started, and remembers none."""
    connection = connect(Secret(made.gateway))
    try:
        yield TableKeys(connection, PLAN.dialect, PUBLISHED, made.clock)
    finally:
        connection.close()


class Looker:
    """The generated project in a local Looker."""

    def __init__(self, made: Warehouse, folder: Path, plan: Plan = PLAN) -> None:
        self.connection = RacingConnection(ConnectionConfig(name="db", dialect="postgres", database=made.looker))
        self.folder = folder
        self.deploy(plan)

    def deploy(self, plan: Plan) -> None:
        """Write the project again and load it."""
        write_files(self.folder, write(plan))
        self.load()

    def load(self) -> None:
        """Load the project as it stands now."""
        project = load_project(self.folder)
        assert project.problems == []
        self.engine = Engine([project], {"db": self.connection}, lambda: datetime.now(UTC))

    def query(self) -> Query:
        return Query(model="lookgate_claims", view="lookgate_claim", fields=[CLAIM])

    def sign(self, user: str = "7") -> str:
        """Run the explore as this user; there is one row with a claim."""
        (row,) = self.engine.run(self.query(), QueryUser(user, {})).rows
        assert row[CLAIM]
        return str(row[CLAIM])
