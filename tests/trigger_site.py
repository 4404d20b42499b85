"""A gateway whose renewals a scheduler starts, in process; a local Looker and a local Google are served."""

from __future__ import annotations

import io
import json
import os
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from msgspec import structs

from asgi import Reply, call
from local_google import SCHEDULER
from lookgate.compose import Gateway, build, close
from lookgate.compose_sync import Renewals, build_renewals
from lookgate.emulator.google.scheduler import HttpCall, Scheduler
from lookgate.web.app import build_app
from lookgate.web.entrance import Entrance
from lookgate.web.log import Log
from lower_rooms import CountedBytes
from sync_site import Site, sync_site

GATEWAY = "https://gateway.example.com"
SYNC = "/api/sync-attributes"
AUDIENCE = f"{GATEWAY}{SYNC}"
JOB = {"name": "renew", "uri": AUDIENCE, "schedule": "*/5 * * * *", "account": "scheduler", "audience": AUDIENCE}


@dataclass
class Served:
    """One gateway, and ways to call it."""

    gateway: Gateway
    renewals: Renewals
    app: Entrance
    log: io.StringIO
    site: TriggerSite

    async def post(
        self, token: str = "", path: str = SYNC, body: Any = None, *, method: str = "POST", **headers: str
    ) -> Reply:
        """Call a route with a token; an empty one is not sent."""
        sent = [(name.replace("_", "-"), value) for name, value in headers.items()]
        if token:
            sent.append(("authorization", f"Bearer {token}"))
        content = b"" if body is None else json.dumps(body).encode()
        if body is not None:
            sent.append(("content-type", "application/json"))
        return await call(self.app, method, GATEWAY + path, sent, content)

    async def ticks(self, scheduler: Scheduler) -> list[int]:
        """Let the local Google's scheduler do what is due; return the statuses that it was answered."""
        return [attempt.status for attempt in await scheduler.tick(self.site.google.google.clock())]

    def scheduler(self) -> Scheduler:
        """Return the local Google's scheduler, calling this gateway."""

        async def send(sent: HttpCall) -> int:
            target = GATEWAY + urlsplit(sent.uri).path
            reply = await call(self.app, sent.method, target, sent.headers.items(), sent.body or b"")
            return reply.status

        return Scheduler(self.site.google.google, send)

    def lines(self, event: str = "sync") -> list[dict[str, Any]]:
        """Return the log's lines about runs."""
        return [each for each in map(json.loads, self.log.getvalue().splitlines()) if each["event"] == event]

    def events(self) -> list[tuple[str, str, str]]:
        """Return what was audited about requests."""
        found = [each.event for each in self.gateway.store.tail(limit=200)]
        return [(each.action, each.outcome, each.rule) for each in found if not each.action.startswith("sync.")]


@dataclass
class TriggerSite(Site):
    """Both, and what a scheduler is told."""

    issued: list[str] = field(default_factory=list)

    def token(self, audience: str = AUDIENCE, account: str = SCHEDULER, **claims: Any) -> str:
        """Return a token that Google makes for an account."""
        google = self.google.google
        found = google.account(account)
        assert found is not None
        self.issued.append(google.id_token(found, audience, email=True, more=claims))
        return self.issued[-1]

    def tables(self, sync: str = "", more: str = "", place: str = "") -> str:
        """Return what the settings say beside instance, Google and rules."""
        store = f'path = "{place or self.folder / "store.sqlite3"}"'
        if place.startswith("postgresql:"):
            file = self.folder / "store.url"
            file.write_text(place)
            file.chmod(0o600)
            store = 'url = "file:store.url"'
        return f"""
[store]
{store}
{more}
[sync]
audience = "{AUDIENCE}"
callers = ["{SCHEDULER}"]
keys = "file:google.json"
{sync}
"""

    @asynccontextmanager
    async def served(
        self, *rules: Mapping[str, Any], sync: str = "", more: str = "", place: str = "", behind_iam: bool = False
    ) -> AsyncIterator[Served]:
        """Run a gateway with these rules, each changed from one that is good.

        Args:
            rules: what is renewed.
            sync: further lines of ``[sync]``.
            more: further tables.
            place: where the store is (``store_places``); a file by default.
            behind_iam: whether Cloud Run stands before it, and lets in nobody but the scheduler.
        """
        settings = self.settings(*map(dict, rules), more=self.tables(sync, more, place))
        settings = structs.replace(settings, sync=structs.replace(settings.sync, behind_iam=behind_iam))
        gateway = build(settings, clock=self.clock, random=CountedBytes())
        # Each gateway has an owner's name of its own in leases: two that count from the same number would share it.
        renewals = build_renewals(settings, gateway.store, clock=self.clock, random=os.urandom)
        log = io.StringIO()
        try:
            yield Served(gateway, renewals, build_app(gateway, Log(log), renewals), log, self)
        finally:
            await renewals.close()
            await close(gateway)


@contextmanager
def trigger_site(folder: Path, **google: Any) -> Iterator[TriggerSite]:
    """Serve Looker and Google.

    Args:
        folder: for the settings, the store and Google's key set.
        google: what the world of the local Google says otherwise.
    """
    with sync_site(folder, **({"jobs": [JOB]} | google)) as site:
        (folder / "google.json").write_bytes(site.google.ask("GET", "/oauth2/v3/certs").body)
        yield TriggerSite(site.looker, site.google, site.wire, site.folder, site.clock)
