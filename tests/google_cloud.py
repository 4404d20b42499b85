"""A stand-in for Google Cloud's APIs that real ``gcloud`` talks to: it keeps what it is told, and notes each call.

It is gcloud's HTTP proxy. So regional hosts, which no setting overrides, come here as well, and nothing else is
reached: a call to any other host is refused and noted.
"""

from __future__ import annotations

import copy
import json
import os
import re
import shutil
import subprocess
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

_APIS = (
    *("run", "iam", "secretmanager", "serviceusage"),
    *("monitoring", "logging", "cloudscheduler", "cloudresourcemanager"),
)
_MISSING = "gcloud is not installed: install the Google Cloud CLI with its alpha component to run these tests"
Answer = tuple[int, Any]


class Missing(Exception):
    """There is no such thing."""


@dataclass
class GoogleCloud:
    """The state of a project."""

    things: dict[str, Any] = field(default_factory=dict)
    """Resource name → what is there."""
    policies: dict[str, Any] = field(default_factory=dict)
    """Resource name → its IAM policy."""
    enabled: set[str] = field(default_factory=set)
    calls: list[tuple[str, str, str, Any]] = field(default_factory=list)
    """Host, method, path and body of every call."""

    def answer(self, host: str, method: str, path: str, query: Mapping[str, list[str]], body: Any) -> Answer:
        """Do what one call asks for."""
        self.calls.append((host, method, path, body))
        service = host.removesuffix(".test").rpartition("-")[2]
        if not host.endswith(".test") or service not in _APIS:
            return 403, _error("PERMISSION_DENIED", f"{host} is not for tests")
        try:
            return 200, getattr(self, f"_{service}")(method, path, query, body)
        except Missing:
            return 404, _error("NOT_FOUND", f"{path} is not there")

    def changes(self) -> list[tuple[str, str]]:
        """Return method and path of each call that is not for reading."""
        return [(method, path) for _, method, path, _ in self.calls if method != "GET"]

    def fill(self, secret: str) -> None:
        """Give a secret a value."""
        self.things[f"{secret}/versions/1"] = {"name": f"{secret}/versions/1", "state": "ENABLED"}

    # --- the services -----------------------------------------------------------------------------------------------

    def _serviceusage(self, method: str, path: str, _query: Any, body: Any) -> Any:
        if path.startswith("/v1/operations/"):
            return {"name": path.removeprefix("/v1/"), "done": True}
        if method == "GET":
            return {"name": path, "state": "ENABLED" if path.rpartition("/")[2] in self.enabled else "DISABLED"}
        name = path.rpartition("/")[2].removesuffix(":enable")
        self.enabled |= set(body["serviceIds"]) if name == "services:batchEnable" else {name}
        return {"name": "operations/acf.1", "done": True, "response": {}}

    def _iam(self, method: str, path: str, _query: Any, body: Any) -> Any:
        name = path.removeprefix("/v1/")
        if match := re.fullmatch(r"(.*):(get|set)IamPolicy", name):
            return self._policy(match[1], match[2], body)
        if method == "POST":
            account = f"{body['accountId']}@{name.split('/')[1]}.iam.gserviceaccount.com"
            made = {"name": f"{name}/{account}", "email": account, **body["serviceAccount"]}
            return self._make(f"projects/-/serviceAccounts/{account}", made)
        return self._get(name)

    def _secretmanager(self, method: str, path: str, query: Mapping[str, list[str]], body: Any) -> Any:
        name = path.removeprefix("/v1/")
        if match := re.fullmatch(r"(.*):(get|set)IamPolicy", name):
            self._get(match[1])
            return self._policy(match[1], match[2], body)
        if method == "POST":
            made = f"{name}/{query['secretId'][0]}"
            return self._make(made, {**body, "name": made})
        if name.endswith("/versions"):
            self._get(name.removesuffix("/versions"))
            return {"versions": [thing for key, thing in self.things.items() if key.startswith(f"{name}/")]}
        return self._get(name)

    def _run(self, method: str, path: str, _query: Any, body: Any) -> Any:
        if match := re.fullmatch(r"/v1/(.*):(get|set)IamPolicy", path):
            return self._policy(match[1], match[2], body)
        if method in {"POST", "PUT"}:
            name = f"{path.rstrip('/')}/{body['metadata']['name']}" if method == "POST" else path
            ready = [{"type": kind, "status": "True"} for kind in ("Ready", "ConfigurationsReady", "RoutesReady")]
            made = copy.deepcopy(body)
            made["metadata"] |= {"generation": 1, "resourceVersion": "v1", "uid": "1", "namespace": path.split("/")[5]}
            url = f"https://{body['metadata']['name']}-x.a.run.app"
            made["status"] = {
                "conditions": ready,
                "observedGeneration": 1,
                "url": url,
                "address": {"url": url},
                "latestCreatedRevisionName": "one",
                "latestReadyRevisionName": "one",
                "traffic": [{"revisionName": "one", "percent": 100, "latestRevision": True}],
            }
            self.things[name] = made
            return made
        return self._get(path)

    def _cloudscheduler(self, method: str, path: str, _query: Any, body: Any) -> Any:
        name = path.removeprefix("/v1/")
        if method == "POST":
            return self._make(body.get("name") or f"{name}/?", body)
        if method == "PATCH":
            self._get(name)
            self.things[name] = {**self.things[name], **body}
        return self._get(name)

    def _monitoring(self, method: str, path: str, _query: Any, body: Any) -> Any:
        name = path.removeprefix("/v3/")
        if method == "GET" and name.endswith("/alertPolicies"):
            return {"alertPolicies": [thing for key, thing in self.things.items() if key.startswith(f"{name}/")]}
        if method == "POST":
            made = f"{name}/{1 + sum(key.startswith(name) for key in self.things)}"
            return self._make(made, {**body, "name": made})
        if method == "PATCH":
            self._get(name)
            self.things[name] = {**body, "name": name}
        return self._get(name)

    # --- what they share --------------------------------------------------------------------------------------------

    def _get(self, name: str) -> Any:
        if name not in self.things:
            raise Missing
        return self.things[name]

    def _make(self, name: str, thing: Any) -> Any:
        assert name not in self.things, f"{name} was made twice"
        self.things[name] = thing
        return thing

    def _policy(self, name: str, verb: str, body: Any) -> Any:
        if verb == "set":
            self.policies[name] = body["policy"]
        return self.policies.get(name, {"etag": "AAAA"})


def _error(status: str, message: str) -> Any:
    return {"error": {"status": status, "message": message}}


@contextmanager
def google_cloud() -> Iterator[tuple[GoogleCloud, int]]:
    """Serve an empty project on a free port of loopback."""
    cloud, lock = GoogleCloud(), threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_one_request(self) -> None:
            self.raw_requestline = self.rfile.readline(65537)
            if not self.raw_requestline or not self.parse_request():
                self.close_connection = True
                return
            length = int(self.headers.get("content-length") or 0)
            body = json.loads(self.rfile.read(length) or b"null")
            parts = urlsplit(self.path)
            with lock:
                status, answer = cloud.answer(
                    parts.hostname or self.path, self.command, parts.path, parse_qs(parts.query), body
                )
                content = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """Say nothing: the calls are kept."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield cloud, server.server_address[1]
    finally:
        server.shutdown()
        thread.join(10)
        server.server_close()


def gcloud() -> str:
    """Return where gcloud is."""
    if "gcloud" in os.environ.get("LOOKGATE_TEST_SKIP", "").split(","):
        pytest.skip("LOOKGATE_TEST_SKIP names gcloud")
    found = shutil.which("gcloud")
    if found is None:
        pytest.skip(_MISSING)
    return found


def gcloud_environ(port: int, folder: Path) -> dict[str, str]:
    """Return the environment in which gcloud knows no other place than the stand-in, and nobody's login."""
    token = folder / "token"
    token.write_text("not-a-token")
    overrides = {f"CLOUDSDK_API_ENDPOINT_OVERRIDES_{name.upper()}": f"http://{name}.test/" for name in _APIS}
    return overrides | {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "CLOUDSDK_CONFIG": str(folder / "gcloud"),
        "CLOUDSDK_AUTH_ACCESS_TOKEN_FILE": str(token),
        "CLOUDSDK_PROXY_TYPE": "http",
        "CLOUDSDK_PROXY_ADDRESS": "127.0.0.1",
        "CLOUDSDK_PROXY_PORT": str(port),
        "CLOUDSDK_CORE_DISABLE_USAGE_REPORTING": "1",
        "CLOUDSDK_COMPONENT_MANAGER_DISABLE_UPDATE_CHECK": "1",
        "CLOUDSDK_CORE_DISABLE_FILE_LOGGING": "1",
    }


def run(script: Path, environ: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """Run a script to its end."""
    return subprocess.run(  # noqa: S603 - what the test wrote
        ["/usr/bin/env", "bash", script],
        cwd=script.parent,
        env=dict(environ),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )
