"""A local Looker with probe extensions, and a backend for them, served on loopback for tests of the extension host."""

from __future__ import annotations

import contextlib
import os
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.client import HTTPConnection, HTTPMessage
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import msgspec
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from lookgate.emulator.app import build_app
from lookgate.emulator.build import build_instance
from lookgate.emulator.instance import Instance
from lookgate.emulator.lookml.project import load_project
from lookgate.emulator.pages import session as sessions
from lookgate.emulator.world import World

SECRET = "s3cr3t-of-ana"
WORLD: dict[str, Any] = {
    "permission_sets": [{"name": "Viewing", "permissions": ["access_data", "see_lookml_dashboards"]}],
    "model_sets": [{"name": "Probe", "models": ["probe"]}],
    "roles": [{"name": "Viewer", "permission_set": "Viewing", "model_set": "Probe"}],
    "users": [
        {"first_name": "Ada", "last_name": "Admin", "email": "ada@example.com", "roles": ["Admin"]},
        {"first_name": "Ana", "last_name": "Analyst", "email": "ana@example.com", "roles": ["Viewer"],
         "attributes": {"lab_probe_key": SECRET, "lab_probe_elsewhere": SECRET, "lab_probe_open": SECRET}},
        {"first_name": "Olga", "last_name": "Outside", "email": "olga@example.com"},
    ],
    "connections": [{"name": "memory"}],
}  # fmt: skip

EVERYTHING = """
      local_storage: yes
      navigation: yes
      new_window: yes
      new_window_external_urls: ["{backend}"]
      use_form_submit: yes
      use_clipboard: yes
      use_downloads: yes
      raw_api_request: yes
      core_api_methods: ["me", "all_groups"]
      external_api_urls: ["{backend}"]
      oauth2_urls: ["{backend}/authorize", "{backend}/token"]
      scoped_user_attributes: ["color", "hidden", "fixed", "missing"]
      global_user_attributes: ["email", "key_of_all"]
"""
MANIFEST = """
project_name: "lab"
application: probe {{
  label: "Probe </script> & more"
  file: "bundle/bundle.js"
  mount_points: {{ standalone: yes dashboard_tile: yes dashboard_vis: yes }}
  entitlements: {{ {everything} }}
}}
application: bare {{ label: "Bare" file: "bundle/bundle.js" entitlements: {{ core_api_methods: [] }} }}
application: split {{ label: "Split" file: "module/bundle.js" entitlements: {{ use_embeds: yes }} }}
application: remote {{ label: "Remote" url: "{backend}/bundle.js" entitlements: {{ core_api_methods: ["me"] }} }}
application: mute {{ label: "Mute" file: "bundle/mute.js" entitlements: {{ core_api_methods: [] }} }}
application: silent {{ label: "Silent" file: "bundle/silent.js" entitlements: {{ core_api_methods: [] }} }}
application: broken {{ label: "Broken" file: "bundle/broken.js" entitlements: {{ core_api_methods: [] }} }}
application: careless {{ label: "Careless" file: "bundle/bundle.js" }}
"""
VIEW = """
view: flights {
  derived_table: { sql: SELECT 'UA' AS carrier UNION ALL SELECT 'UA' UNION ALL SELECT 'AA' ;; }
  dimension: carrier { sql: ${TABLE}.carrier ;; }
  measure: count { type: count }
}
explore: flights {}
"""
CHART = """
- dashboard: chart
  title: A visualization
  layout: newspaper
  elements:
  - name: drawn
    type: lab::probe
    model: probe
    explore: flights
    fields: [flights.carrier, flights.count]
    sorts: [flights.carrier]
    shade: teal
"""
DASHBOARD = """
- dashboard: board
  title: Two tiles
  layout: newspaper
  filters:
  - name: Carrier
    type: string_filter
    default_value: AA
  elements:
  - name: left
    type: extension
    extension_id: lab::probe
  - name: right
    type: lab::probe
"""


class Backend:
    """A service that an extension calls; it remembers what arrived."""

    def __init__(self, bundle: bytes = b"") -> None:
        self.url = ""
        self.bundle = bundle
        self.seen: list[dict[str, Any]] = []
        self.codes: dict[str, dict[str, str]] = {}
        self.asked = threading.Event()
        self.hung_up = threading.Event()
        self.app = Starlette(
            routes=[
                Route("/bundle.js", self._bundle),
                Route("/authorize", self._authorize, methods=["GET", "POST"]),
                Route("/token", self._token, methods=["POST"]),
                Route("/redirect", lambda _: RedirectResponse("/echo")),
                Route("/long", lambda _: Response(b"x" * (21 * 1024 * 1024))),
                Route("/never", self._never),
                Route("/text", lambda _: PlainTextResponse("plain words", 418)),
                Route("/no-cors", lambda _: PlainTextResponse("not for browsers")),
                Route("/{path:path}", self._echo, methods=["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]),
            ]
        )

    def _cors(self, request: Request) -> dict[str, str]:
        return {
            "access-control-allow-origin": request.headers.get("origin", "*"),
            "access-control-allow-headers": "content-type, x-probe",
            "access-control-allow-methods": "GET, POST, PUT",
            "access-control-allow-credentials": "true",
        }

    async def _echo(self, request: Request) -> Response:
        if request.method == "OPTIONS":
            return Response(headers=self._cors(request))
        body = (await request.body()).decode()
        seen = {"method": request.method, "path": request.url.path, "query": request.url.query,
                "headers": request.headers.items(), "body": body}  # fmt: skip
        self.seen.append(seen)
        return JSONResponse(seen | {"headers": dict(request.headers)}, headers=self._cors(request))

    async def _bundle(self, _request: Request) -> Response:
        return Response(self.bundle, media_type="text/javascript", headers={"access-control-allow-origin": "*"})

    async def _never(self, request: Request) -> Response:
        """Answer never; notice when the caller goes."""
        self.asked.set()
        while (await request.receive())["type"] != "http.disconnect":
            pass
        self.hung_up.set()
        return Response()

    async def _authorize(self, request: Request) -> Response:
        asked = await _form(request) if request.method == "POST" else dict(request.query_params)
        self.codes["code-1"] = asked
        if asked["response_type"] == "token":
            target = f"{asked['redirect_uri']}#access_token=t-1&expires_in=3600&state={asked['state']}"
        else:
            target = f"{asked['redirect_uri']}?code=code-1&state={asked['state']}"
        return RedirectResponse(target, 303)

    async def _token(self, request: Request) -> Response:
        form = await _form(request)
        self.seen.append({"path": "/token", "form": form, "origin": request.headers.get("origin")})
        if form.get("code") not in self.codes:
            return JSONResponse({"error": "invalid_grant"}, 400, headers=self._cors(request))
        return JSONResponse({"access_token": "t-2", "expires_in": 60}, headers=self._cors(request))


async def _form(request: Request) -> dict[str, str]:
    return dict(parse_qsl((await request.body()).decode(), keep_blank_values=True))


@contextlib.contextmanager
def serving(app: ASGIApp, listener: socket.socket) -> Iterator[None]:
    """Serve an app on a socket that is already bound, in a thread, until the block ends."""
    server = uvicorn.Server(uvicorn.Config(app, log_level="error", lifespan="off", ws="none"))
    thread = threading.Thread(target=lambda: server.run(sockets=[listener]), daemon=True)
    thread.start()
    with socket.create_connection(listener.getsockname(), timeout=20) as probe:  # the backlog accepts at once…
        probe.sendall(b"GET /up HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
        probe.recv(1)  # …and the answer comes once it runs
    try:
        yield
    finally:
        server.should_exit = True
        thread.join(20)


def listen() -> tuple[socket.socket, int]:
    """Bind a free port on loopback."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(64)
    return listener, int(listener.getsockname()[1])


@dataclass
class Clock:
    """Time that a test moves."""

    now: datetime = field(default_factory=lambda: datetime(2026, 7, 1, tzinfo=UTC))

    def __call__(self) -> datetime:
        return self.now


def attributes(backend_url: str) -> list[dict[str, Any]]:
    """Return the user attributes of the world: hidden secrets with different allow-lists, and plain ones."""
    here = [f"{backend_url}/*"]
    return [
        {"name": "lab_probe_key", "hidden": True, "domains": here},
        {"name": "lab_probe_unset", "hidden": True, "domains": here},
        {"name": "lab_probe_elsewhere", "hidden": True, "domains": ["https://elsewhere.example/*"]},
        {"name": "lab_probe_open"},
        {"name": "lab_probe_color", "user_can_edit": True, "default": "blue"},
        {"name": "lab_probe_hidden", "hidden": True, "default": "unseen", "domains": here},
        {"name": "lab_probe_fixed", "default": "stone"},
        {"name": "key_of_all", "default": "one for all"},
        {"name": "lab_bare_key", "hidden": True, "domains": here, "default": "of another extension"},
    ]


def build_lab(folder: Path, base_url: str, sandbox_url: str, backend_url: str) -> Instance:
    """Write the project ``lab`` into a folder and return a local Looker that has loaded it."""
    manifest = MANIFEST.replace("{everything}", EVERYTHING).replace("{{", "{").replace("}}", "}")
    (folder / "manifest.lkml").write_text(manifest.replace("{backend}", backend_url), "utf-8")
    model = 'connection: "memory"\ninclude: "*.dashboard.lookml"\n'
    (folder / "probe.model.lkml").write_text(model + VIEW, "utf-8")
    (folder / "chart.dashboard.lookml").write_text(CHART, "utf-8")
    (folder / "probe.dashboard.lookml").write_text(DASHBOARD, "utf-8")
    world = msgspec.convert(WORLD | {"attributes": attributes(backend_url)}, World)
    instance = build_instance(
        world,
        folder,
        [],
        base_url=base_url,
        sandbox_url=sandbox_url,
        edition="original",
        clock=Clock(),
        random_bytes=os.urandom,
    )
    project = load_project(folder)
    instance.projects[project.name] = project
    return instance


@dataclass
class Lab:
    """A running local Looker with its backend."""

    instance: Instance
    backend: Backend


@contextlib.contextmanager
def running_lab(folder: Path, bundle: bytes = b"") -> Iterator[Lab]:
    """Serve the local Looker at 127.0.0.1, its sandbox at localhost, and a backend."""
    backend = Backend(bundle)
    backend_listener, backend_port = listen()
    listener, port = listen()
    backend.url = f"http://127.0.0.1:{backend_port}"
    instance = build_lab(folder, f"http://127.0.0.1:{port}", f"http://localhost:{port}", backend.url)
    with serving(backend.app, backend_listener), serving(build_app(instance), listener):
        backend.seen.clear()
        yield Lab(instance, backend)


def user_id(instance: Instance, first_name: str) -> str:
    """Return the id of a user by first name."""
    return next(user.id for user in instance.users.values() if user.first_name == first_name)


def page_headers(lab: Lab, first_name: str) -> dict[str, str]:
    """Return what a page of the local Looker sends for a user: session, token and origin."""
    session = sessions.start(lab.instance, user_id(lab.instance, first_name))
    return {
        "origin": lab.instance.base_url,
        "x-csrf-token": session.csrf,
        "cookie": f"{sessions.COOKIE}={session.id}",
        "content-type": "application/json",
    }


def call(
    lab: Lab, method: str, path: str, headers: dict[str, str], body: bytes | None = None
) -> tuple[int, HTTPMessage, bytes]:
    """Make one plain HTTP call to the local Looker; the host header chooses between its two origins."""
    connection = HTTPConnection(urlsplit(lab.instance.base_url).netloc, timeout=20)
    try:
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read()
    finally:
        connection.close()
