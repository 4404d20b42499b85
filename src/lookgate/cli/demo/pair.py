"""A local Looker with a local Google, a gateway and a private service, running together."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import json
import os
import socket
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import click

from lookgate.cli.demo import child
from lookgate.cli.demo.child import Child
from lookgate.cli.demo.stage import PREFIX, Stage, free_port, set_up
from lookgate.cli.demo.wire import LookerApi, Wire, WireError
from lookgate.core.secret import Secret
from lookgate.errors import LookgateError
from lookgate.verify.api_key import new_key

_EVERY_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class Pair:
    """What runs, and who may sign in."""

    stage: Stage
    looker: Child
    gateway: Child
    board: Child
    """The private service that the renewed tokens are for."""
    ready: dict[str, Any]
    """The local Looker's ready file: ``base_url``, ``admin`` and ``users`` with their API keys."""

    def watch(self) -> None:
        """Wait for ever.

        Raises:
            click.ClickException: one of them ended.
        """
        while True:
            for each in (self.looker, self.gateway, self.board):
                if each.ended:
                    raise click.ClickException(each.obituary())
            time.sleep(_EVERY_SECONDS)


def need_free(port: int) -> None:
    """Make sure that nobody listens on a port of this machine.

    Raises:
        click.ClickException: somebody does; it names the options that choose others.
    """
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise click.ClickException(
                f"Port {port} is in use by another program. Choose other ports, for instance with --port {free_port()} "
                f"--gateway-port {free_port()}."
            ) from error


def need_alone(stage: Stage) -> None:
    """Make sure that no demo runs in the folder; one that does not exist yet is not made.

    Raises:
        click.ClickException: one does; it says how to end it, and how to start another beside it.
    """
    if (stage.folder / "lock").exists():
        with _alone(stage):
            pass


@contextlib.contextmanager
def running(stage: Stage, say: Callable[[str], None], *, fresh: bool = False) -> Iterator[Pair]:
    """Start all servers, give every user a handle and a token, and end all afterwards.

    Args:
        stage: where, and on which ports.
        say: takes a line for whoever watches.
        fresh: forget what an earlier demo left in the folder.

    Raises:
        click.ClickException: something is missing, another demo uses the folder, or a server does not come up.
    """
    stage.folder.mkdir(parents=True, exist_ok=True)
    with contextlib.ExitStack() as stack:
        stack.enter_context(_alone(stage))
        if fresh:
            stage.forget()
        key = new_key(os.urandom)
        set_up(stage, key, say)
        say("Starting the local Looker and the gateway…")
        stage.looker_ready.unlink(missing_ok=True)
        stack.callback(stage.looker_ready.unlink, missing_ok=True)
        looker = stack.enter_context(_started(stage, "local Looker", _looker(stage), say))
        looker.wait_until(stage.looker_ready)
        ready = json.loads(stage.looker_ready.read_text(encoding="utf-8"))
        stage.keep_credentials(**ready["admin"])
        google = Wire(stage.google_url)
        try:
            stage.keep_google_keys(google.send("GET", "/oauth2/v3/certs").body)
            _share(stage, ready, key)
        except WireError as error:
            raise click.ClickException(f"The local Looker cannot be set up: {error}.") from error
        with ThreadPoolExecutor(2) as meanwhile:
            keys = meanwhile.submit(make_keys, stage)
            tokens = meanwhile.submit(forget_tokens, stage)
            board = stack.enter_context(_board(stage, say))
            gateway = stack.enter_context(start_gateway(stage, say))
            keys.result()
            tokens.result()
            first_run = meanwhile.submit(google.json, "POST", "/local/jobs/renew/run", {})
            board.wait_until(stage.board_ready)
            issue_handles(stage)
            first_run.result()  # whatever came of it: the page tells, and the next run is seconds away
        yield Pair(stage, looker, gateway, board, ready)


@contextlib.contextmanager
def start_gateway(stage: Stage, say: Callable[[str], None]) -> Iterator[Child]:
    """Run the gateway with the stage's settings as they are now."""
    arguments = ["serve", "--settings", str(stage.settings), "--ready-file", str(stage.gateway_ready)]
    stage.gateway_ready.unlink(missing_ok=True)
    with _started(stage, "gateway", arguments, say) as gateway:
        gateway.wait_until(stage.gateway_ready)
        try:
            yield gateway
        finally:
            stage.gateway_ready.unlink(missing_ok=True)


def issue_handles(stage: Stage, user_id: str | None = None) -> None:
    """Give one user, or everyone, a new handle, with the command that an admin would use."""
    whom = ["--everyone"] if user_id is None else ["--user", user_id]
    arguments = ["handles", "issue", "--settings", str(stage.settings), *whom]
    child.run(arguments, environment=stage.environment())


def revoke_handle(stage: Stage, user_id: str) -> None:
    """End one user's handle, with the command that an admin would use."""
    arguments = ["handles", "revoke", "--settings", str(stage.settings), "--user", user_id]
    child.run(arguments, environment=stage.environment())


def make_keys(stage: Stage) -> None:
    """Make the key that signs tokens, at the first start, and a new one that signs claims, at each.

    The gateway reads both when they are needed.
    """
    rotate_keys(stage, "claims")
    if not (stage.keys / "tokens.json").exists():
        rotate_keys(stage, "tokens")


def rotate_keys(stage: Stage, ring: str) -> None:
    """Make a new key that signs at once, with the command that an admin would use; it comes to the warehouse too."""
    arguments = ["keys", "rotate", "--ring", ring, "--delay", "0", "--overlap", "1", "--settings", str(stage.settings)]
    child.run(arguments, environment=stage.environment())


def forget_tokens(stage: Stage) -> None:
    """Forget the tokens of an earlier local Looker, and find the rules' places in this one."""
    from lookgate.compose import open_store  # noqa: PLC0415 - paid for while the servers start
    from lookgate.compose_sync import build_renewals  # noqa: PLC0415 - likewise
    from lookgate.settings.load import load  # noqa: PLC0415 - likewise

    settings = load(stage.settings, stage.environment())
    store = open_store(settings)

    async def find() -> None:
        renewals = build_renewals(settings, store)
        try:
            await renewals.updater().plan(fresh=True)
        finally:
            await renewals.close()

    try:
        store.renewals.forget([state.key for state in store.renewals.all()])
        asyncio.run(find())
    except LookgateError as error:
        raise click.ClickException(f"{error.detail} {error.hint}") from error
    finally:
        store.close()


@contextlib.contextmanager
def _board(stage: Stage, say: Callable[[str], None]) -> Iterator[Child]:
    arguments = ["serve", "--settings", str(stage.board_settings), "--ready-file", str(stage.board_ready)]
    stage.board_ready.unlink(missing_ok=True)
    with _started(stage, "departure board", arguments, say) as board:
        try:
            yield board
        finally:
            stage.board_ready.unlink(missing_ok=True)


@contextlib.contextmanager
def _started(
    stage: Stage,
    name: str,
    arguments: list[str],
    say: Callable[[str], None],
) -> Iterator[Child]:
    log = stage.folder / f"{name.rsplit(maxsplit=1)[-1].lower()}.log"
    started: Child | None = None
    try:
        with child.undisturbed():
            started = Child(name, arguments, environment=stage.environment(), log=log, say=say)
        yield started
    finally:
        if started is not None:
            started.stop()


def _looker(stage: Stage) -> list[str]:
    return [
        "looker",
        *("--port", str(stage.looker_port)),
        *("--world", str(stage.folder / "world.toml")),
        *("--project", str(stage.folder / "lookml")),
        *("--project", str(stage.folder / "claims")),
        *("--google-port", str(stage.google_port)),
        *("--ready-file", str(stage.looker_ready)),
    ]


def _share(stage: Stage, ready: dict[str, Any], key: Secret) -> None:
    """Make the key everybody's: the default of a hidden attribute."""
    admin = LookerApi(stage.looker_url, ready["admin"]["client_id"], ready["admin"]["client_secret"])
    attribute = admin.attribute_id(f"{PREFIX}api_key")
    admin.call("PATCH", f"/user_attributes/{attribute}", {"default_value": key.reveal()})


@contextlib.contextmanager
def _alone(stage: Stage) -> Iterator[None]:
    """Hold the folder: two demos in one would replace each other's handles."""
    with (stage.folder / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise click.ClickException(
                f"The demo already runs in {stage.folder}. End it there with Ctrl-C, or start another: make demo "
                "ARGS='--port 8790 --gateway-port 8791 --state .lookgate/demo2'"
            ) from error
        yield
