"""The demo's own folder: world, settings, LookML and data, made from ``examples/flights`` for the chosen ports."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import shutil
import socket
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import click

from lookgate.cli.demo.data import ensure_flights
from lookgate.cli.demo.warehouse import make_key_table, write_models
from lookgate.core.secret import Secret, sha256_hex

PROJECT = "flights"
EXTENSION = "flights::delays"
PREFIX = "flights_delays_"
"""What the names of the extension's user attributes begin with."""
LOOKER_PORT, GATEWAY_PORT = 8700, 8701
GOOGLE_PORT, BOARD_PORT = 8702, 8703
"""The ports that stand in the example's files."""
_CREDENTIALS = ("looker_client_id", "looker_client_secret")
_WAREHOUSE = "claims_warehouse"
_GOOGLE_KEYS = "google_keys.json"


def free_port() -> int:
    """Return a port that nobody listens on now, from below those that systems give to outgoing connections."""
    while True:
        port = 20_000 + secrets.randbelow(12_000)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


@dataclass(frozen=True, slots=True)
class Stage:
    """Where one demo keeps its state, and where its servers answer."""

    folder: Path
    example: Path
    looker_port: int = LOOKER_PORT
    gateway_port: int = GATEWAY_PORT
    google_port: int = field(default_factory=free_port)
    """Nobody types this one, nor the next: any free one will do."""
    board_port: int = field(default_factory=free_port)

    @property
    def looker_url(self) -> str:
        """The local Looker's origin."""
        return f"http://127.0.0.1:{self.looker_port}"

    @property
    def gateway_url(self) -> str:
        """The gateway's origin."""
        return f"http://127.0.0.1:{self.gateway_port}"

    @property
    def google_url(self) -> str:
        """The local Google's origin."""
        return f"http://127.0.0.1:{self.google_port}"

    @property
    def board_url(self) -> str:
        """The private service's origin, which is the audience of its tokens."""
        return f"http://127.0.0.1:{self.board_port}"

    @property
    def settings(self) -> Path:
        """The gateway's settings."""
        return self.folder / "lookgate.toml"

    @property
    def board_settings(self) -> Path:
        """The private service's settings."""
        return self.folder / "board.toml"

    @property
    def keys(self) -> Path:
        """The folder of the gateway's key rings."""
        return self.folder / "keys"

    @property
    def looker_ready(self) -> Path:
        """What the local Looker writes once it answers, for the owner only: it holds API keys."""
        return self.folder / "looker.json"

    @property
    def gateway_ready(self) -> Path:
        """What the gateway writes once it answers."""
        return self.folder / "gateway.json"

    @property
    def board_ready(self) -> Path:
        """What the private service writes once it answers."""
        return self.folder / "board.json"

    def environment(self) -> dict[str, str]:
        """Return the environment of the demo's processes.

        What belongs to another Looker or another gateway is left out: the demo must never reach a real instance.
        """
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("LOOKERSDK_", "LOOKGATE_")) and name != "PORT"
        }
        own = {
            "FLIGHTS_DATABASE": str(self.folder / "flights.duckdb"),
            "LOCAL_GOOGLE": self.google_url,
            "BOARD_AUDIENCE": self.board_url,
        }
        return kept | own

    def forget(self) -> None:
        """Remove an earlier demo's state, and only that: the folder may hold something of its owner's."""
        for name in (
            "lookgate.sqlite3",
            "lookgate.sqlite3-wal",
            "lookgate.sqlite3-shm",
            "flights.duckdb",
            "keys/tokens.json",
            "keys/claims.json",
            "warehouse/claims.duckdb",
            "warehouse/claims.duckdb.wal",
            "board.sqlite3",
            "board.sqlite3-wal",
            "board.sqlite3-shm",
        ):
            (self.folder / name).unlink(missing_ok=True)

    def keep_credentials(self, client_id: str, client_secret: str) -> None:
        """Put the local Looker's API credentials where the settings look for them."""
        for name, value in zip(_CREDENTIALS, (client_id, client_secret), strict=True):
            _keep(self.folder / name, value)

    def keep_google_keys(self, keys: bytes) -> None:
        """Put the local Google's public keys where the settings look for them."""
        (self.folder / _GOOGLE_KEYS).write_bytes(keys)


def find_example() -> Path:
    """Return the folder of the example: below the current one, or in the checkout this program runs from.

    Raises:
        click.ClickException: there is none.
    """
    for root in (Path.cwd(), Path(__file__).resolve().parents[4]):
        if (root / "examples" / PROJECT / "world.toml").is_file():
            return root / "examples" / PROJECT
    raise click.ClickException("There is no folder examples/flights here. Run the demo in a checkout of Lookgate.")


def set_up(stage: Stage, key: Secret, say: Callable[[str], None]) -> None:
    """Write everything the servers need. ``key`` is the shared API key; only its hash is stored.

    Raises:
        click.ClickException: the extension is not built, the example is incomplete, or the data cannot be loaded.
    """
    bundle = stage.example / "lookml" / "bundle"
    if not (bundle / "delays.js").is_file():
        raise click.ClickException(
            "The demo's extension is not built. 'make demo' builds it; by hand: "
            "npm ci && npm run build --workspace examples/flights/extension"
        )
    stage.folder.mkdir(parents=True, exist_ok=True)
    ensure_flights(stage.folder / "flights.duckdb", say)
    gateway = {f"http://127.0.0.1:{GATEWAY_PORT}": stage.gateway_url}
    board = {f"http://127.0.0.1:{BOARD_PORT}": stage.board_url}
    keys = {"env:GOOGLE_KEYS": f"file:{_GOOGLE_KEYS}"}
    _fill(stage.example / "world.toml", stage.folder / "world.toml", gateway | board)
    _fill(
        stage.example / "lookgate.toml",
        stage.settings,
        {
            f"http://127.0.0.1:{LOOKER_PORT}": stage.looker_url,
            **gateway,
            **board,
            **keys,
            f"http://127.0.0.1:{GOOGLE_PORT}": stage.google_url,
            f"port = {GATEWAY_PORT}": f"port = {stage.gateway_port}",
            **_actions(stage.example),
            "env:LOOKERSDK_CLIENT_ID": f"file:{_CREDENTIALS[0]}",
            "env:LOOKERSDK_CLIENT_SECRET": f"file:{_CREDENTIALS[1]}",
            "env:CLAIMS_WAREHOUSE": f"file:{_WAREHOUSE}",
            "0" * 64: sha256_hex(key),
        },
    )
    _fill(
        stage.example / "board" / "lookgate.toml",
        stage.board_settings,
        {**board, **keys, f"port = {BOARD_PORT}": f"port = {stage.board_port}", **_actions(stage.example / "board")},
    )
    _keep(stage.folder / _WAREHOUSE, make_key_table(stage.folder / "warehouse" / "claims.duckdb"))
    write_models(stage.folder / "claims", tomllib.loads(stage.settings.read_text(encoding="utf-8"))["claims"])
    lookml = stage.folder / "lookml"
    shutil.rmtree(lookml, ignore_errors=True)
    shutil.copytree(stage.example / "lookml", lookml)
    _fill(lookml / "manifest.lkml", lookml / "manifest.lkml", gateway | board)


def _actions(example: Path) -> dict[str, str]:
    return {'folder = "actions"': f"folder = {json.dumps(str(example.resolve() / 'actions'))}"}


def _keep(path: Path, value: str) -> None:
    """Write a secret that only the owner can read."""
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(value)


def _fill(source: Path, target: Path, changes: Mapping[str, str]) -> None:
    text = source.read_text(encoding="utf-8")
    for old, new in changes.items():
        if old not in text:
            raise click.ClickException(f"{source} does not contain '{old}', which the demo has to fill in.")
        text = text.replace(old, new)
    target.write_text(text, encoding="utf-8")
