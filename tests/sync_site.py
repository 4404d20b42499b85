"""A local Looker and a local Google for renewals, both served, and settings that know them."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from starlette.types import ASGIApp, Receive, Scope, Send

from local_google import LocalGoogle, google_part, served_google
from local_looker import PEOPLE, Looker, people, served_looker
from lookgate.compose_sync import Renewals, build_renewals
from lookgate.core.ports import Store
from lookgate.settings import Settings, load
from lower_rooms import CountedBytes, StillClock

SERVICE = "https://orders-abc.a.run.app"
ATTRIBUTES: list[dict[str, Any]] = [
    {"name": name, "hidden": True, "user_can_view": False, "domains": [f"{SERVICE}/*"]}
    for name in ("orders_token", "other_token")
]
UNFIT: list[dict[str, Any]] = [
    {"name": "shown_token", "user_can_view": False},
    {"name": "number_token", "type": "number"},
]
API_USER = {"first_name": "Gus", "last_name": "Gateway", "email": "gus@air.example", "roles": ["Admin"]}
RULE = {"source": "google", "audience": SERVICE, "attribute": "orders_token", "target": "default"}


@dataclass
class Wire:
    """What passes to Looker: counted, and answered in its place when a test says so."""

    calls: list[str] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)
    """What the next writes are answered instead, one after another."""
    headers: dict[str, str] = field(default_factory=dict)
    """Of those answers."""
    silent: bool = False
    """Whether writes are taken, and nothing is said."""
    waits: threading.Event = field(default_factory=threading.Event)
    """Set once such a write has come."""

    def wrap(self, app: ASGIApp) -> ASGIApp:
        async def wired(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] == "http" and scope["path"].startswith("/api/"):
                self.calls.append(f"{scope['method']} {scope['path'].removeprefix('/api/4.0')}")
                if scope["method"] == "PATCH" and self.silent:
                    self.waits.set()
                    while (await receive())["type"] != "http.disconnect":
                        pass
                    return
                if scope["method"] == "PATCH" and self.statuses:
                    named = [(name.encode(), value.encode()) for name, value in self.headers.items()]
                    await send({"type": "http.response.start", "status": self.statuses.pop(0), "headers": named})
                    await send({"type": "http.response.body", "body": b"{}"})
                    return
            await app(scope, receive, send)

        return wired

    @property
    def writes(self) -> list[str]:
        return [call for call in self.calls if call.startswith("PATCH")]


@dataclass
class Site:
    """Everything that renewals stand between."""

    looker: Looker
    google: LocalGoogle
    wire: Wire
    folder: Path
    clock: StillClock
    environ: dict[str, str] = field(default_factory=dict)
    """What more the settings' references lead to."""

    def settings(self, *rules: dict[str, Any], more: str = "") -> Settings:
        """Return settings with these rules, each changed from one that is good."""
        key = self.looker.user("Gus").api3[0]
        text = f"""
[instance]
base_url = "{self.looker.instance.base_url}"
client_id = "env:ID"
client_secret = "env:SECRET"
[google]
metadata = "{self.google.base_url}"
iam = "{self.google.base_url}"
{more}
"""
        for rule in rules or ({},):
            text += "[[sync.rules]]\n" + "".join(
                f"{name} = {value if isinstance(value, int | float) else repr(value)}\n"
                for name, value in (RULE | rule).items()
                if value != ""
            )
        path = self.folder / "lookgate.toml"
        path.write_text(text)
        return load(path, self.environ | {"ID": key.client_id, "SECRET": key.client_secret, "STATIC": "static-secret"})

    def renewals(self, store: Store, *rules: dict[str, Any], more: str = "") -> Renewals:
        """Return what carries out these rules."""
        return build_renewals(self.settings(*rules, more=more), store, clock=self.clock, random=CountedBytes())

    def later(self, seconds: float) -> None:
        """Let time pass for everybody."""
        self.clock.move(seconds)
        self.google.clock.forward(seconds=seconds)
        self.looker.clock.forward(seconds=seconds)

    def stored(self, attribute: str = "orders_token", first_name: str = "Eve") -> str:
        """Return the value that Looker would substitute for a user; empty when there is none."""
        instance = self.looker.instance
        found = instance.attribute_named(attribute)
        assert found is not None
        return instance.value_of(self.looker.user(first_name), found).value or ""


@contextmanager
def sync_site(
    folder: Path,
    *,
    attributes: Sequence[dict[str, Any]] = (*ATTRIBUTES, *UNFIT),
    projects: Sequence[Path] = (),
    **google: Any,
) -> Iterator[Site]:
    """Serve both.

    Args:
        folder: for the settings.
        attributes: what user attributes the local Looker has.
        projects: with the extensions that it has.
        google: what the world of the local Google says otherwise.
    """
    wire, clock = Wire(), StillClock()
    world = people(
        attributes=list(attributes),
        users=[{**user, "attributes": {}} for user in PEOPLE["users"]] + [API_USER],
        groups=PEOPLE["groups"],
    )
    grants = [
        {"member": "updater", "role": "roles/iam.serviceAccountOpenIdTokenCreator", "on": on}
        for on in ("updater", "service")
    ]
    part = google_part(**({"grants": grants} | google))
    with served_looker(world, wrap=wire.wrap, projects=projects) as looker, served_google(part) as local:
        local.clock.now = looker.clock.now = clock.at
        yield Site(looker, local, wire, folder, clock)
