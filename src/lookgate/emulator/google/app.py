"""The local Google as one ASGI application."""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from lookgate.emulator.google import certs, client_credentials, control, iam, jwt_bearer, metadata, page
from lookgate.emulator.google.faults import FaultyPaths
from lookgate.emulator.google.scheduler import Scheduler
from lookgate.emulator.google.service import Google


def build_google_app(google: Google, scheduler: Scheduler) -> ASGIApp:
    """Return the application of a service."""
    app: ASGIApp = Starlette(
        routes=[
            *metadata.routes(google),
            *iam.routes(google),
            *certs.routes(google),
            *jwt_bearer.routes(google),
            *client_credentials.routes(google),
            *control.routes(google, scheduler),
            *page.routes(google, scheduler),
        ],
        exception_handlers=control.EXCEPTIONS,
    )
    return _OwnHost(FaultyPaths(app, google.faults), google.base_url)


class _OwnHost:
    """Refuses requests by another host name (DNS rebinding), and those that a page of another origin sends."""

    def __init__(self, app: ASGIApp, base_url: str) -> None:
        self.app = app
        port = urlsplit(base_url).port
        names = {urlsplit(base_url).hostname or "", "127.0.0.1", "localhost"}
        self.hosts = {f"{name}:{port}" if port else name for name in names}
        self.origins = {f"http://{host}" for host in self.hosts}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        headers = [(name, value.decode("latin-1").lower()) for name, value in scope["headers"]]
        hosts = [value for name, value in headers if name == b"host"]
        if len(hosts) != 1 or hosts[0] not in self.hosts:
            answer = PlainTextResponse(f"This is {', '.join(sorted(self.hosts))}, and no other host.\n", 421)
            await answer(scope, receive, send)
        elif any(name == b"origin" and value not in self.origins for name, value in headers):
            await PlainTextResponse("Pages of other origins get nothing here.\n", 403)(scope, receive, send)
        else:
            await self.app(scope, receive, send)
