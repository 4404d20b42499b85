"""Calls an ASGI application in process, as a browser with one cookie jar would."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from html import unescape
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import unquote, urlencode, urlsplit

from starlette.types import ASGIApp, Message


@dataclass(frozen=True)
class Reply:
    """What the application answered."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()

    def header(self, name: str) -> str | None:
        return next((value for key, value in self.headers if key == name), None)


async def call(
    app: ASGIApp, method: str, url: str, headers: Iterable[tuple[str, str]] = (), body: bytes = b""
) -> Reply:
    """Send one request and return the answer."""
    parts = urlsplit(url)
    scope: dict[str, Any] = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": parts.scheme or "http",
        "path": unquote(parts.path),
        "raw_path": parts.path.encode(),
        "query_string": parts.query.encode(),
        "root_path": "",
        "headers": [(b"host", parts.netloc.encode()), *((k.lower().encode(), v.encode()) for k, v in headers)],
        "client": ("127.0.0.1", 50000),
        "server": (parts.hostname or "127.0.0.1", parts.port or 80),
    }
    incoming = [{"type": "http.request", "body": body, "more_body": False}]
    sent: list[Message] = []

    async def receive() -> Message:
        return incoming.pop() if incoming else {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        sent.append(message)

    await app(scope, receive, send)
    start = next(message for message in sent if message["type"] == "http.response.start")
    received = tuple((name.decode().lower(), value.decode()) for name, value in start["headers"])
    content = b"".join(message.get("body", b"") for message in sent if message["type"] == "http.response.body")
    return Reply(start["status"], received, content)


@dataclass
class Visitor:
    """A browser without scripts: keeps cookies, sends forms from the page it last saw."""

    app: ASGIApp
    origin: str
    cookies: dict[str, str] = field(default_factory=dict)

    def request(self, method: str, path: str, headers: Mapping[str, str] | None = None, body: bytes = b"") -> Reply:
        sent = list((headers or {}).items())
        if self.cookies:
            sent.append(("cookie", "; ".join(f"{name}={value}" for name, value in self.cookies.items())))
        reply = asyncio.run(call(self.app, method, self.origin + path, sent, body))
        for name, value in reply.headers:
            if name == "set-cookie":
                for key, morsel in SimpleCookie(value).items():
                    self.cookies[key] = morsel.value
        return reply

    def get(self, path: str) -> Reply:
        return self.request("GET", path)

    def post(self, path: str, form: Mapping[str, str], *, origin: str | None = "") -> Reply:
        """Send a form; ``origin`` is the page's own unless given, None sends none."""
        headers = {"content-type": "application/x-www-form-urlencoded"}
        if origin is not None:
            headers["origin"] = origin or self.origin
        return self.request("POST", path, headers, urlencode(form).encode())

    def csrf(self) -> str:
        """Return the token that the pages carry."""
        found = re.search(r'<meta name="csrf-token" content="([^"]+)"', self.get("/account").text)
        assert found, "the page carries no CSRF token"
        return unescape(found[1])
