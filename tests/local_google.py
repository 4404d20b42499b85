"""A local Google for tests: time, randomness and keys that the test holds, in process or served on a free port."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from itertools import count
from typing import Any
from urllib.parse import urlencode, urlsplit

import msgspec
import uvicorn
from cryptography.hazmat.primitives.asymmetric import rsa
from starlette.types import ASGIApp

from asgi import Reply, call
from local_looker import Bytes, Clock
from lookgate.core.ports import Fetched
from lookgate.emulator.google.app import build_google_app
from lookgate.emulator.google.faults import Faults
from lookgate.emulator.google.jwt import peek
from lookgate.emulator.google.keys import new_private_key
from lookgate.emulator.google.scheduler import HttpCall, Scheduler
from lookgate.emulator.google.service import Google
from lookgate.emulator.google.world import GooglePart
from lookgate.emulator.listen import listen
from lookgate.errors import Unavailable

UPDATER, SCHEDULER, SERVICE = (
    f"{name}@local-project.iam.gserviceaccount.com" for name in ("updater", "scheduler", "service")
)
"""The accounts of the default world."""


@cache
def private_key(_number: int) -> rsa.RSAPrivateKey:
    """Return the n-th key of the tests; each is drawn once a run."""
    return new_private_key()


@dataclass
class LocalGoogle:
    """A service, its scheduler, and short ways to ask it."""

    google: Google
    clock: Clock
    calls: list[HttpCall] = field(default_factory=list)
    """What the scheduler sent, unless the test gave another ``send``."""
    statuses: list[int] = field(default_factory=list)
    """What those calls were answered, one after another; then 200."""
    slept: list[float] = field(default_factory=list)
    scheduler: Scheduler = field(init=False)
    app: ASGIApp = field(init=False)

    @property
    def base_url(self) -> str:
        return self.google.base_url

    def ask(self, method: str, path: str, body: bytes = b"", *, headers: Mapping[str, str] | None = None) -> Reply:
        """Send one request, in process."""
        return asyncio.run(call(self.app, method, self.base_url + path, (headers or {}).items(), body))

    def metadata(self, path: str, **query: str) -> Reply:
        """Ask the metadata server as an instance would."""
        whole = f"/computeMetadata/v1/{path}" + (f"?{urlencode(query)}" if query else "")
        return self.ask("GET", whole, headers={"metadata-flavor": "Google"})

    def iam(self, name: str, method: str, body: Any, *, caller: str = "updater") -> Reply:
        """Call IAM Credentials as a service account."""
        account = self.google.account(caller)
        assert account is not None
        headers = {"authorization": f"Bearer {self.google.access_token(account)}", "content-type": "application/json"}
        path = f"/v1/projects/-/serviceAccounts/{name}:{method}"
        return self.ask("POST", path, json.dumps(body).encode(), headers=headers)

    def post_form(self, path: str, fields: Mapping[str, str], **headers: str) -> Reply:
        """Post a form to a token endpoint."""
        kind = {"content-type": "application/x-www-form-urlencoded"}
        return self.ask("POST", path, urlencode(fields).encode(), headers=kind | headers)

    def control(self, path: str, body: Any = None) -> Any:
        """Post to the control and return what a request that succeeds answers."""
        content = json.dumps({} if body is None else body).encode()
        answer = self.ask("POST", f"/local/{path}", content, headers={"content-type": "application/json"})
        assert answer.status == 200, answer
        return json.loads(answer.body)

    async def send(self, sent: HttpCall) -> int:
        self.calls.append(sent)
        return self.statuses.pop(0) if self.statuses else 200

    def tick(self, **step: float) -> list[int]:
        """Let time pass, tick, and return the statuses of the attempts made."""
        self.clock.forward(**step)
        return [attempt.status for attempt in asyncio.run(self.scheduler.tick(self.clock()))]


GOOGLES_KEYS = "https://www.googleapis.com/oauth2/v3/certs"
"""Where Google's own configuration says that the keys are: the ``jwks_uri`` for a gateway that insists on https."""


@dataclass
class GoogleFetch:
    """``core.ports.Fetch``: what the gateway takes for Google's own addresses is answered by a local Google."""

    local: LocalGoogle
    fetched: list[str] = field(default_factory=list)

    async def __call__(self, url: str, /) -> Fetched:
        parts = urlsplit(url)
        assert (parts.scheme, parts.netloc) in {("https", "accounts.google.com"), ("https", "www.googleapis.com")}, url
        self.fetched.append(url)
        answer = await call(self.local.app, "GET", self.local.base_url + parts.path)
        if answer.status != 200:
            raise Unavailable("fetch_status", f"{url} answers {answer.status}.", "Check the address.")
        return Fetched(answer.body, answer.header("cache-control") or "")


def claims_of(token: str) -> dict[str, Any]:
    """Return a token's claims, unverified."""
    return peek(token)[1]


def google_part(**keys: Any) -> GooglePart:
    """Return a world section with these keys, as TOML would give it."""
    return msgspec.convert(keys, GooglePart)


def make_google(
    world: GooglePart | None = None,
    *,
    base_url: str = "http://127.0.0.1:9998",
    send: Callable[[HttpCall], Any] | None = None,
    clock: Clock | None = None,
    chance: Callable[[], float] = lambda: 0.0,
) -> LocalGoogle:
    """Build a service in memory. ``chance`` decides about faults with a rate: 0.0 lets each one strike."""
    clock, numbers, slept = clock or Clock(), count(), list[float]()

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    faults = Faults(chance, sleep)
    google = Google(world or GooglePart(), base_url, clock, Bytes(), faults, lambda: private_key(next(numbers)))
    local = LocalGoogle(google, clock, slept=slept)
    local.scheduler = Scheduler(google, send or local.send)
    local.app = build_google_app(google, local.scheduler)
    return local


@contextmanager
def served_google(world: GooglePart | None = None, **options: Any) -> Iterator[LocalGoogle]:
    """Serve on a free port of loopback; ``options`` are those of ``make_google``. Nobody ticks but the test."""
    sockets, port = listen("127.0.0.1", 0)
    local = make_google(world, base_url=f"http://127.0.0.1:{port}", **options)
    config = uvicorn.Config(
        local.app, lifespan="off", ws="none", log_level="warning", access_log=False, server_header=False
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, args=(sockets,), daemon=True)
    thread.start()
    try:
        yield local
    finally:
        server.should_exit = True
        thread.join(10)
        for listener in sockets:
            listener.close()
