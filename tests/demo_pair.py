"""The demo's two servers, started for a test on free ports, with a client that is no browser."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lookgate.cli.demo.pair import Pair, running
from lookgate.cli.demo.stage import Stage, free_port
from lookgate.cli.demo.visitor import Person, Visitor
from lookgate.cli.demo.wire import LookerApi

EXAMPLE = Path(__file__).resolve().parents[1] / "examples" / "flights"


def need_bundle() -> None:
    """Skip, visibly, where the extension was not built: `make test` builds it first."""
    if not (EXAMPLE / "lookml" / "bundle" / "delays.js").is_file():
        pytest.skip("the demo's extension is not built: run `make setup` first")


@contextlib.contextmanager
def running_demo(folder: Path) -> Iterator[Pair]:
    need_bundle()
    with running(Stage(folder, EXAMPLE, free_port(), free_port()), lambda _: None) as pair:
        yield pair


def person(pair: Pair, first_name: str) -> Person:
    user: dict[str, Any] = next(one for one in pair.ready["users"] if one["name"].startswith(first_name))
    groups = frozenset(user["groups"])
    return Person(user["id"], user["name"], user["email"], groups, user["client_id"], user["client_secret"])


def visitor(pair: Pair, first_name: str) -> Visitor:
    """Return a user who is signed in."""
    found = Visitor(pair.stage.looker_url, pair.stage.gateway_url, person(pair, first_name), [])
    found.sign_in()
    return found


def api(pair: Pair, first_name: str) -> LookerApi:
    user = person(pair, first_name)
    return LookerApi(pair.stage.looker_url, user.client_id, user.client_secret)
