"""Requests to a local Looker's application, in process."""

from __future__ import annotations

import asyncio
import json as json_module
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from starlette.types import ASGIApp

from asgi import Reply, call


@dataclass(frozen=True)
class HttpReply:
    """An answer with its headers by name."""

    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json_module.loads(self.body)


@dataclass(frozen=True)
class Http:
    """Sends requests to one origin of an application."""

    app: ASGIApp
    origin: str

    def request(
        self,
        method: str,
        path: str,
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
        json: Any = None,
        **query: str,
    ) -> HttpReply:
        if json is not None:
            body = json_module.dumps(json).encode()
        url = self.origin + path + (f"?{urlencode(query)}" if query else "")
        reply: Reply = asyncio.run(call(self.app, method, url, list((headers or {}).items()), body))
        return HttpReply(reply.status, dict(reply.headers), reply.body)

    def get(self, path: str, headers: Mapping[str, str] | None = None, **query: str) -> HttpReply:
        return self.request("GET", path, headers, b"", None, **query)
