"""A local Looker for tests: a small world, time and randomness that the test holds, in process or served."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import uvicorn
from starlette.types import ASGIApp

from lookgate.emulator.api.dispatch import Answer, Api
from lookgate.emulator.app import build_app
from lookgate.emulator.build import build_instance
from lookgate.emulator.instance import Edition, Instance
from lookgate.emulator.listen import listen
from lookgate.emulator.people.tree import User
from lookgate.emulator.world import World

PEOPLE: dict[str, Any] = {
    "permission_sets": [
        {"name": "Look", "permissions": ["access_data", "see_looks"]},
        {"name": "Build", "permissions": ["access_data", "see_looks", "see_lookml", "develop"]},
    ],
    "model_sets": [{"name": "Air", "models": ["air"]}],
    "roles": [
        {"name": "Viewer", "permission_set": "Look", "model_set": "Air"},
        {"name": "Developer", "permission_set": "Build"},
    ],
    "groups": [
        {"name": "East", "roles": ["Viewer"]},
        {"name": "West", "external_id": "w-1"},
        {"name": "Coasts", "groups": ["East", "West"]},
    ],
    "attributes": [
        {
            "name": "handle",
            "hidden": True,
            "default": "shh-default",
            "groups": {"East": "shh-east"},
            "domains": ["http://127.0.0.1:8701/*"],
        },
        {"name": "carrier", "default": "UA", "user_can_edit": True, "groups": {"West": "DL", "Coasts": "B6"}},
        {"name": "limit", "type": "number"},
        {"name": "private_note", "user_can_view": False, "default": "not for you"},
    ],
    "users": [
        {"first_name": "Ada", "last_name": "Admin", "email": "ada@air.example", "roles": ["Admin"]},
        {
            "first_name": "Eve",
            "last_name": "East",
            "email": "eve@air.example",
            "groups": ["East"],
            "attributes": {"handle": "shh-eve"},
        },
        {"first_name": "Wim", "last_name": "West", "email": "wim@air.example", "groups": ["West"]},
        {
            "first_name": "Dan",
            "last_name": "Disabled",
            "email": "dan@air.example",
            "disabled": True,
            "external_id": "ext-dan",
        },
    ],
}


@dataclass
class Clock:
    """A clock that stands still until it is told to go on."""

    now: datetime = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **step: float) -> None:
        self.now += timedelta(**step)


@dataclass
class Bytes:
    """Bytes that look random and are the same in every run."""

    drawn: int = 0

    def __call__(self, size: int) -> bytes:
        self.drawn += 1
        return hashlib.shake_256(str(self.drawn).encode()).digest(size)


@dataclass
class Looker:
    """An instance, its API, and short ways to call it as somebody."""

    instance: Instance
    clock: Clock
    api: Api = field(init=False)

    def __post_init__(self) -> None:
        self.api = Api(self.instance)

    def user(self, first_name: str) -> User:
        return next(user for user in self.instance.users.values() if user.first_name == first_name)

    def group_id(self, name: str) -> str:
        return next(group.id for group in self.instance.groups.values() if group.name == name)

    def role_id(self, name: str) -> str:
        return next(role.id for role in self.instance.roles.values() if role.name == name)

    def attribute_id(self, name: str) -> str:
        return next(found.id for found in self.instance.attributes.values() if found.name == name)

    def token(self, first_name: str) -> str:
        return self.instance.issue_token(self.user(first_name).id)

    def call(self, who: str | None, method: str, path: str, body: Any = None, **query: str) -> Answer:
        """Call the API as the user of this first name; None is nobody."""
        return self.api.handle(method, path, query, body, token=self.token(who) if who else None)

    def get(self, who: str | None, path: str, **query: str) -> Any:
        """Return what a GET that succeeds answers."""
        answer = self.call(who, "GET", path, **query)
        assert answer.status == 200, answer
        return answer.value


def people(**changes: Any) -> World:
    """Return the test world, with parts of it replaced."""
    return msgspec.convert(PEOPLE | changes, World)


def make_looker(
    world: World | None = None,
    *,
    edition: Edition = "original",
    base_url: str = "http://127.0.0.1:9999",
    projects: Sequence[Path] = (),
    folder: Path = Path(),
) -> Looker:
    """Build an instance in memory."""
    clock = Clock()
    instance = build_instance(
        world or people(),
        folder,
        projects,
        base_url=base_url,
        sandbox_url=base_url.replace("127.0.0.1", "localhost"),
        edition=edition,
        clock=clock,
        random_bytes=Bytes(),
    )
    return Looker(instance, clock)


@contextmanager
def served_looker(
    world: World | None = None,
    *,
    edition: Edition = "original",
    projects: Sequence[Path] = (),
    wrap: Callable[[ASGIApp], ASGIApp] = lambda app: app,
    **options: Any,
) -> Iterator[Looker]:
    """Serve an instance on a free port of loopback; ``options`` are those of ``build_app``."""
    sockets, port = listen("127.0.0.1", 0)
    looker = make_looker(world, edition=edition, base_url=f"http://127.0.0.1:{port}", projects=projects)
    config = uvicorn.Config(
        wrap(build_app(looker.instance, **options)), lifespan="off", ws="none", log_level="warning", access_log=False
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, args=(sockets,), daemon=True)
    thread.start()
    try:
        yield looker
    finally:
        server.should_exit = True
        thread.join(10)
        for listener in sockets:
            listener.close()
