"""Secrets planted in every credential and key, and looked for in all that the product says, counts, logs and keeps."""

from __future__ import annotations

import asyncio
import base64
import io
import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest

import claim_engines
import claim_maker
from claim_engines import TABLE, Connected, signing_key
from contract.canaries import Places, Secrets, bytes_of, hits, token_parts
from contract.doors import DOORS, EXCHANGE, HANDLE, KEY, LOOKER_TOKEN, Gatehouse, Headers
from contract.hostile_tokens import Honest
from contract.token_verifiers import VERIFIERS
from gateway_cli import Shell
from gateway_site import JSON, Reply
from lookgate.claims.blocks import blocks_of
from lookgate.claims.install import install
from lookgate.core.secret import Secret, sha256_hex
from lookgate.errors import LookgateError
from lookgate.keys.ring import Ring, rotate
from lookgate.keys.store import FileRings
from lookgate.verify.claim_keys import RING, RingKeys
from lower_rooms import START
from mariadb import mariadb_url  # noqa: F401 - a fixture
from postgres import postgres_url  # noqa: F401 - a fixture
from security_counts import Counted
from store_places import open_at

SEAL = os.urandom(32)
LATER = 3600


@dataclass
class Scene:
    """A gateway whose every secret is planted, and all that it has said."""

    place: str
    folder: Path
    said: list[bytes] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.rings = FileRings(self.folder / "keys", encryption_key=SEAL, random=os.urandom)
        for name, algorithm in ((RING, "HS256"), ("tokens", "ES256")):
            self.rings.change(name, _grown(algorithm))
        self.key = self.rings.load(RING).keys[0]
        make, self.honest = VERIFIERS["standard"]
        self.store = open_at(self.place)
        self.house = Gatehouse(make, store=self.store, rings=self.rings, claim_keys=RingKeys(self.rings))

    def claim(self, **claims: object) -> str:
        return claim_maker.HonestClaim(secret=self.key.raw).token({"kid": self.key.kid}, claims)

    def keys(self) -> Secrets:
        """Return what signs, and what it is signed with."""
        blocks = blocks_of(self.key.raw)
        private = self.rings.load("tokens").keys[0]
        return {
            "claim key": self.key.raw,
            "claim key as it is kept": self.key.secret.reveal(),
            "inner block": blocks.inner,
            "outer block": blocks.outer,
            "token key": private.raw,
            "token key as it is kept": private.secret.reveal(),
            "seal of the key files": SEAL,
        }

    def hear(self, reply: Reply) -> Reply:
        self.said += [reply.body, *(part for pair in reply.raw_headers for part in pair)]
        return reply

    def attack(self, header: str, prefix: str, make: Callable[[], str]) -> list[str]:
        """Use credentials well and badly, at every door; return those that were used."""
        used: list[str] = []

        def fresh() -> str:
            used.append(make())
            return used[-1]

        def call(method: str, url: str, body: str, *more: tuple[str, str], with_it: str | None = None) -> Reply:
            own = [(header, prefix + (fresh() if with_it is None else with_it))]
            return self.hear(self.house.call(method, url, body.encode(), [JSON, *own, *more]))

        for method, url in (("POST", "/actions/known"), ("POST", "/token"), ("GET", "/docs"), ("GET", "/metrics")):
            body = json.dumps(EXCHANGE) if url == "/token" else "{}"
            again = fresh()
            for _ in range(2):  # good, and a claim then used up
                call(method, url, body, with_it=again)
            for spoilt in (again[:-1], again + "x", f"Bearer {again}", again.swapcase(), f"{again}, {again}"):
                call(method, url, body, with_it=spoilt)
            for odd in ('{"text": "%s"}', '{"%s": 1}', "%s", '["%s"'):
                call(method, url, odd % fresh())
            call(method, f"{url}?token={fresh()}", body)
            call(method, f"{url}/{fresh()}", body)
            call(method, url, body, ("x-request-id", fresh()), ("user-agent", fresh()), ("origin", fresh()))
            call(method, url, body, ("x-api-key", fresh()), ("cookie", fresh()))
        for name in ("breaks", "refuses", "echo", "note", "nothing"):
            call("POST", f"/actions/{name}", json.dumps({"text": fresh()}))
        asyncio.run(self._doors([[(header, prefix + fresh())] for _ in range(2)]))
        self.house.time.move(LATER)
        call("POST", "/actions/known", "{}", with_it=used[0])
        self.house.time.move(-LATER)
        return used

    async def _doors(self, presented: list[Headers]) -> None:
        for door in DOORS.values():
            knock = door(self.house)
            for headers in presented:
                await knock(headers)

    def places(self) -> Places:
        events = self.store.tail(limit=100_000)
        assert {event.event.outcome for event in events} >= {"allowed", "denied", "failed"}
        self.hear(self.house.call("GET", "/metrics", b"", [("x-api-key", KEY)]))
        self.store.close()
        return {
            "answers": b"\0".join(self.said),
            "log": self.house.log.getvalue(),
            "audit log": repr(events),
            "store": bytes_of(self.place),
            "key files": b"".join(file.read_bytes() for file in (self.folder / "keys").glob("*.json")),
        }


def _grown(algorithm: str) -> Callable[[Ring], Ring]:
    return lambda ring: rotate(ring, algorithm, now=START - timedelta(hours=1), random=os.urandom)  # type: ignore[arg-type] # a test's own


def numbered(honest: Honest) -> Callable[[], str]:
    count = iter(range(10**6))
    return lambda: honest.token(claims={"nonce": f"n{next(count)}"})


CREDENTIALS = ("handle", "API key", "Looker API token", "ID token", "our own token", "claim")


def story(scene: Scene, kind: str) -> Iterator[tuple[str, str]]:
    """Attack with one kind of credential; yield the secrets that were planted."""
    if kind in ("handle", "API key", "Looker API token"):
        header = {"handle": "x-lookgate-handle", "API key": "x-api-key"}.get(kind, "authorization")
        secret = {"handle": HANDLE, "API key": KEY}.get(kind, LOOKER_TOKEN)
        scene.attack(header, "Bearer " if header == "authorization" else "", lambda: secret)
        yield kind, secret
        yield f"{kind}'s digest in full", sha256_hex(Secret(secret))
        return
    if kind == "our own token":
        issued = scene.house.call(
            "POST", "/token", json.dumps(EXCHANGE).encode(), [JSON, ("x-lookgate-handle", HANDLE)]
        )
        token = str(issued.json["access_token"])
        used = scene.attack("authorization", "Bearer ", lambda: token)
    else:
        used = scene.attack("authorization", "Bearer ", scene.claim if kind == "claim" else numbered(scene.honest))
    for number, token in enumerate(dict.fromkeys(used)):
        yield from token_parts(f"{kind} {number}", token).items()


@pytest.mark.parametrize("kind", CREDENTIALS)
def test_no_credential_and_no_key_is_found_in_anything_said_logged_counted_or_kept(
    place: str, tmp_path: Path, kind: str, counted: Counted, capfd: pytest.CaptureFixture[str]
) -> None:
    scene = Scene(place, tmp_path)
    secrets = dict(story(scene, kind))
    keys, places = scene.keys(), dict(scene.places())
    out, err = capfd.readouterr()
    places["standard output and error"] = f"-{out}{err}"
    where = "Postgres" if place.startswith("postgresql:") else "SQLite"
    digests = {name: secrets.pop(name) for name in list(secrets) if "digest" in name}
    elsewhere = {name: text for name, text in places.items() if name != "store"}  # the store finds handles by them
    found = [*hits(secrets, places), *hits(digests, elsewhere), *hits(keys, places)]
    looked = len(secrets) * len(places) + len(digests) * len(elsewhere)
    counted("secret leaks", f"{kind}, {where}", tried=looked, bad=[pair for pair in found if pair[0] not in keys])
    counted("secret leaks", f"keys, {where}", tried=len(keys) * len(places), bad=found)


def test_the_search_itself_finds_what_is_there() -> None:
    secret = os.urandom(32)
    for text in (secret.hex(), base64.b64encode(b"xy" + secret + b"z"), b"a" + secret, base64.b64encode(b"{" + secret)):
        assert hits({"s": secret}, {"p": text}) == [("s", "p")]
    assert hits({"s": secret}, {"p": os.urandom(999)}) == []


@pytest.mark.parametrize("name", ["duckdb", "postgres", "mysql"])
@pytest.mark.parametrize("column", ["inner_block", "outer_block"])
@pytest.mark.parametrize("kind", ["BIGINT", "VARCHAR(9)", "DATE", "none"])
def test_a_key_table_that_does_not_fit_gets_no_block_repeated_in_its_error(
    name: str, column: str, kind: str, request: pytest.FixtureRequest, counted: Counted
) -> None:
    key = os.urandom(32)
    types = {"inner_block": "VARCHAR(200)", "outer_block": "VARCHAR(200)"} | {column: kind}
    columns = [f"{each} {types[each]}" for each in types if types[each] != "none"]
    with claim_engines.engine(name, request) as warehouse:
        assert isinstance(warehouse, Connected)
        warehouse.connection.execute(f"DROP TABLE {TABLE}")
        warehouse.connection.execute(
            f"CREATE TABLE {TABLE} (kid VARCHAR(64), {', '.join(columns)}, not_before BIGINT, retire_after BIGINT)"
        )
        told = "-"
        try:
            install(warehouse.connection, warehouse.dialect, TABLE, [signing_key(key=key)], now=START)
        except LookgateError as error:
            told += f"{error} {error!r} {error.__cause__!r}"
    blocks = blocks_of(key)
    parts = {"key": key, "inner": blocks.inner, "outer": blocks.outer}
    begin = {f"{name}'s beginning": part[:8] for name, part in parts.items()}
    counted("secret leaks", f"errors of a warehouse, {name}", tried=6, bad=hits(parts | begin, {"error": told}))


SETTINGS = """
[instance]
base_url = "https://looker.example.com"
client_id = "env:ID"
client_secret = "env:SECRET"

[tokens]
issuer = "https://gateway.example.com"

[claims]
issuer = "looker_test"
audiences = ["gateway_test"]
dialect = "duckdb"
warehouse = "env:WAREHOUSE"
"""
COMMANDS = (
    ("keys", "rotate"),
    ("claims", "install", "--create"),
    ("claims", "install"),
    ("keys", "rotate", "--delay", "0"),
    ("keys", "rotate", "--ring", "tokens"),
    ("keys", "list"),
    ("keys", "list", "--ring", "tokens"),
    ("keys", "retire", "k_unknown1"),
    ("claims", "probe"),
    (
        "claims",
        "lookml",
        "--connection",
        "db",
        "--issuer",
        "looker_test",
        "--audience",
        "gateway_test",
        "--dialect",
        "duckdb",
    ),
    ("check",),
    ("audit",),
    ("explain", "nothing", "--as", "7"),
)


def test_no_command_prints_a_key_a_block_or_a_client_secret(tmp_path: Path, counted: Counted) -> None:
    shell = Shell(tmp_path)
    shell.write("lookgate.toml", SETTINGS)
    environ = {"ID": "client-id", "SECRET": "hunter2hunter2hunter2", "WAREHOUSE": "duckdb:warehouse.duckdb"}
    told = io.StringIO("-")
    for command in COMMANDS:
        said = shell.run(*command, **environ)
        told.write(said.out + said.err)
    secrets: dict[str, str | bytes] = {"client secret": environ["SECRET"]}
    for name in (RING, "tokens"):
        for key in FileRings(tmp_path / ".lookgate" / "keys", encryption_key=None, random=os.urandom).load(name).keys:
            secrets[f"{key.kid} as it is kept"] = key.secret.reveal()
            secrets[key.kid] = key.raw
            if name == RING:
                secrets[f"{key.kid} inner"] = blocks_of(key.raw).inner
                secrets[f"{key.kid} outer"] = blocks_of(key.raw).outer
    assert len(secrets) == 1 + 2 * 4 + 2
    found = hits(secrets, {"output": told.getvalue()})
    counted("secret leaks", "what commands print", tried=len(secrets) * len(COMMANDS), bad=found)
