"""The whole line in one process: a local Looker with an extension, a gateway behind it, time that a test moves."""

from __future__ import annotations

import asyncio
import io
import json
import os
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import uvicorn
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from extension_site import Backend, Lab, call, listen, page_headers
from local_looker import Looker, served_looker
from lookgate.compose import Gateway, build, close, connect
from lookgate.core.audit import AuditEvent
from lookgate.emulator.world import World
from lookgate.looker.handles import HandleIssuer
from lookgate.settings import load
from lookgate.web.app import build_app
from lookgate.web.log import Log
from lower_rooms import StillClock

ATTRIBUTE = "air_crew_lookgate_handle"
TAG = "{{" + ATTRIBUTE + "}}"
TTL = 60
MANIFEST = """
project_name: "air"
application: crew { label: "Crew" file: "crew.js" entitlements: { external_api_urls: ["GATEWAY"] } }
"""
WORLD: dict[str, Any] = {
    "groups": [{"name": "East"}, {"name": "West"}],
    "users": [
        {"first_name": "Ada", "last_name": "Admin", "email": "ada@air.example", "roles": ["Admin"]},
        {"first_name": "Eve", "last_name": "East", "email": "eve@air.example", "groups": ["East"]},
        {"first_name": "Wim", "last_name": "West", "email": "wim@air.example", "groups": ["West"]},
    ],
}
HEAD = """
from __future__ import annotations

from lookgate import Assurance, Context, Input, Output, action, at_least, in_group


class Ask(Input):
    text: str = ""


class Answer(Output):
    email: str
    groups: list[str]
    proven_by: str


def answer(context: Context) -> Answer:
    who = context.principal
    return Answer(who.email, sorted(who.groups), f"{who.assurance.name} by {who.authenticated_by}")
"""
WHOAMI = f"""{HEAD}

@action(policy=[at_least(Assurance.USER)])
def whoami(ask: Ask, context: Context) -> Answer:
    '''Say who calls.'''
    return answer(context)
"""
"""An action file whose one action says who calls."""
WHOAMI = f"""{HEAD}

@action(policy=[at_least(Assurance.USER)])
def whoami(ask: Ask, context: Context) -> Answer:
    '''Say who calls.'''
    return answer(context)
"""
PLAN = f"""{HEAD}

@action(policy=[in_group("West")], effect="local")
def plan(ask: Ask, context: Context) -> Answer:
    '''Keep a plan.'''
    context.records.append("plans", "k", {{"text": ask.text}}, actor=context.principal, at=context.now)
    return answer(context)
"""
SETTINGS = """
[instance]
base_url = "LOOKER"
client_id = "env:ID"
client_secret = "env:SECRET"
directory_ttl = 60

[handle]
attribute = "air_crew_lookgate_handle"

[actions]
enabled = ["whoami", "plan"]
"""


class Switch:
    """Lets the local Looker's API fail while it is down; its pages and its proxy go on."""

    def __init__(self) -> None:
        self.is_down = False
        self.app: ASGIApp = PlainTextResponse("not wrapped yet")

    def wrap(self, app: ASGIApp) -> ASGIApp:
        self.app = app
        return self

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        fails = self.is_down and scope["path"].startswith("/api/")
        await (PlainTextResponse("down", 503) if fails else self.app)(scope, receive, send)


@dataclass(frozen=True)
class Reply:
    """What the gateway answered."""

    status: int
    json: Any


@dataclass
class Flow:
    """A local Looker, the gateway behind its proxy, and ways to call both."""

    looker: Looker
    gateway: Gateway
    clock: StillClock
    url: str
    switch: Switch

    def through_looker(self, who: str, action: str, body: str = "{}", handle: str = TAG) -> Reply:
        """Call an action as the extension does: Looker's server makes the request for the user who is signed in."""
        lab = Lab(self.looker.instance, Backend())
        init = {
            "method": "POST",
            "headers": {"content-type": "application/json", "x-lookgate-handle": handle},
            "body": body,
        }
        asked = json.dumps({"resource": f"{self.url}/actions/{action}", "init": init}).encode()
        status, _, text = call(
            lab, "POST", "/internal/extensions/air::crew/server_proxy", page_headers(lab, who), asked
        )
        assert status == 200, text
        value = json.loads(text)["value"]
        return Reply(value["status"], value["body"])

    def directly(self, action: str, handle: str) -> Reply:
        """Call an action as somebody does who got hold of the gateway's URL, and perhaps of a handle."""
        headers = {"content-type": "application/json", "x-lookgate-handle": handle}
        request = urllib.request.Request(f"{self.url}/actions/{action}", b"{}", headers)  # noqa: S310 - loopback
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:  # noqa: S310 - loopback
                return Reply(answer.status, json.load(answer))
        except urllib.error.HTTPError as error:
            with error:
                return Reply(error.code, json.load(error))

    def handle_of(self, who: str) -> str:
        """Return what Looker keeps for a user, which no answer of Looker tells."""
        attribute = self.looker.attribute_id(ATTRIBUTE)
        return self.looker.instance.user_values[self.looker.user(who).id, attribute]

    def set_handle(self, who: str, value: str) -> None:
        """Set the attribute in Looker, as an admin can."""
        path = f"/users/{self.looker.user(who).id}/attribute_values/{self.looker.attribute_id(ATTRIBUTE)}"
        assert self.looker.call("Ada", "PATCH", path, {"value": value}).status == 200

    def events(self) -> list[AuditEvent]:
        """Return what was decided about calls, oldest first."""
        kept = self.gateway.store.tail(limit=100)
        return [one.event for one in kept if not one.event.action.startswith("handles ")]

    def issuing(self, *, revoke: str = "") -> None:
        """Give every user a handle, or end one user's."""

        async def work() -> None:
            client = connect(self.gateway.settings, self.clock)
            assert client is not None
            issuer = HandleIssuer(client, self.gateway.store, random=os.urandom, clock=self.clock)
            attribute = await issuer.attribute(ATTRIBUTE)
            if revoke:
                (person,) = await issuer.people(user=self.looker.user(revoke).id)
                await issuer.revoke(person, attribute)
            else:
                for person in await issuer.people():
                    await issuer.issue(person, attribute)
            await client.close()

        asyncio.run(work())


@contextmanager
def running_flow(folder: Path) -> Iterator[Flow]:
    """Serve both on free ports of loopback, with a handle for every user."""
    listener, port = listen()
    url, switch, clock = f"http://127.0.0.1:{port}", Switch(), StillClock()
    project = folder / "air"
    project.mkdir()
    (project / "manifest.lkml").write_text(MANIFEST.replace("GATEWAY", url))
    (project / "crew.js").write_text("")
    hidden = {"hidden": True, "user_can_view": False, "user_can_edit": False, "domains": [f"{url}/*"]}
    world = msgspec.convert(WORLD | {"attributes": [{"name": ATTRIBUTE, **hidden}]}, World)
    with listener, served_looker(world, projects=[project], wrap=switch.wrap) as looker:
        gateway = _gateway(folder, looker, clock)
        with serving(gateway, listener):
            flow = Flow(looker, gateway, clock, url, switch)
            flow.issuing()
            yield flow


def _gateway(folder: Path, looker: Looker, clock: StillClock) -> Gateway:
    actions = folder / "actions"
    actions.mkdir()
    (actions / "whoami.py").write_text(WHOAMI)
    (actions / "plan.py").write_text(PLAN)
    file = folder / "lookgate.toml"
    file.write_text(SETTINGS.replace("LOOKER", looker.instance.base_url))
    key = looker.user("Ada").api3[0]
    return build(load(file, {"ID": key.client_id, "SECRET": key.client_secret}), clock=clock)


@contextmanager
def serving(gateway: Gateway, listener: Any) -> Iterator[None]:
    app = build_app(gateway, Log(io.StringIO()))
    server = uvicorn.Server(uvicorn.Config(app, log_level="error", lifespan="off", ws="none"))

    async def work() -> None:
        try:
            await server.serve([listener])
        finally:
            await close(gateway)

    thread = threading.Thread(target=lambda: asyncio.run(work()), daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.should_exit = True
        thread.join(20)
