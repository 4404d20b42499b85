"""The local Looker as one ASGI application: pages, API and extension host on one origin, bundles on another."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from lookgate.emulator import deploy, embed_login, host, oauth, pages
from lookgate.emulator.api import http
from lookgate.emulator.api.dispatch import Api
from lookgate.emulator.faults import Fail, Faults
from lookgate.emulator.instance import Instance


def build_app(
    instance: Instance,
    *,
    latency_ms: int = 0,
    fail: Fail | None = None,
    refresh: Callable[[], object] | None = None,
    chance: Callable[[], float] = random.random,
    sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
) -> ASGIApp:
    """Return the application of an instance.

    Args:
        instance: What it serves.
        latency_ms: Milliseconds added to each API call.
        fail: Status and rate of API calls that fail on purpose.
        refresh: Called before each request, in a thread: picks up edited LookML.
        chance: Uniform numbers from 0 up to 1, for ``fail``.
        sleep: Waits for seconds, for ``latency_ms``.
    """
    api = Api(instance)
    looker: ASGIApp = Starlette(
        routes=[
            *http.routes(api),
            *host.routes(instance, api),
            *oauth.routes(instance, api),
            *embed_login.routes(instance),
            *deploy.routes(instance),
            *pages.routes(instance, api),
        ],
    )
    if latency_ms or fail:
        looker = Faults(looker, latency_ms=latency_ms, fail=fail, random=chance, sleep=sleep)
    sandbox = host.sandbox_app(instance)
    return _Origins({_host(instance.base_url): looker, _host(instance.sandbox_url): sandbox}, refresh)


class _Origins:
    """Sends a request to the application of the host it names; a host that is neither is refused.

    A page of some other site that points its own name at this address (DNS rebinding) gets nothing.
    """

    def __init__(self, apps: dict[str, ASGIApp], refresh: Callable[[], object] | None) -> None:
        self.apps = apps
        self.refresh = refresh

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        hosts = [value.decode("latin-1").lower() for name, value in scope["headers"] if name == b"host"]
        app = self.apps.get(hosts[0]) if len(hosts) == 1 else None
        if app is None:
            text = f"This is {' and '.join(self.apps)}, and answers to no other host name.\n"
            await PlainTextResponse(text, 421)(scope, receive, send)
            return
        if self.refresh is not None:
            await run_in_threadpool(self.refresh)
        await app(scope, receive, send)


def _host(url: str) -> str:
    return urlsplit(url).netloc.lower().removesuffix(":80")  # as a browser writes it
