"""A scripted stand-in for the Looker API, on loopback: it counts what it is asked and does as a test tells it."""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

from aiohttp import web

from lookgate.core.secret import Secret
from lookgate.looker.client import LookerClient
from lower_rooms import StillClock

Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


class LookerDouble:
    """What the instance holds, what it was asked, and how it misbehaves."""

    def __init__(self) -> None:
        self.users: dict[str, dict[str, Any]] = {}
        self.groups = [{"id": "1", "name": "Analysts"}, {"id": "2", "name": "Analysts_"}]
        self.roles: list[dict[str, Any]] = [{"id": "10", "name": "Viewer"}, {"id": "11", "name": "Admin"}]
        self.attributes: list[dict[str, Any]] = []
        self.values: dict[tuple[str, str], str] = {}
        self.live: set[str] = set()
        self.asked: Counter[str] = Counter()
        self.seen: list[str] = []
        """Each request line with its query."""
        self.misbehave: dict[str, Answer] = {}
        """By ``METHOD path``: what is done instead."""
        self.expires_in: object = 3600
        self.gate: asyncio.Event | None = None
        """While set and not fired, reading a user waits."""
        self.waiting = asyncio.Event()
        """Fired once somebody waits at the gate."""

    def add_user(self, number: str, **changes: Any) -> None:
        base = {"display_name": f"User {number}", "email": f"u{number}@example.com", "is_disabled": False}
        self.users[number] = {"id": number, "group_ids": ["1"], "role_ids": ["10"]} | base | changes

    async def answer(self, request: web.Request) -> web.StreamResponse:
        path = request.path.removeprefix("/api/4.0")
        operation = f"{request.method} {path}"
        self.asked[operation] += 1
        self.seen.append(f"{request.method} {request.path_qs}")
        if operation in self.misbehave:
            return await self.misbehave[operation](request)
        if operation == "POST /login":
            return await self._login(request)
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        if token not in self.live:
            return web.json_response({"message": "Requires authentication."}, status=401)
        if operation == "DELETE /logout":
            self.live.remove(token)
            return web.Response(status=204)
        return await self._resource(request, path.strip("/").split("/"))

    def _values(self, number: str, wanted: list[str]) -> list[dict[str, Any]]:
        """Return what is set of the wanted attributes, as Looker does: a hidden value is null."""
        return [
            {
                "user_id": number,
                "user_attribute_id": one["id"],
                "name": one["name"],
                "value_is_hidden": one["value_is_hidden"],
                "value": None if one["value_is_hidden"] else self.values[number, one["id"]],
            }
            for one in self.attributes
            if one["id"] in wanted and (number, one["id"]) in self.values
        ]

    async def _login(self, request: web.Request) -> web.StreamResponse:
        form = await request.post()
        if (form.get("client_id"), form.get("client_secret")) != ("id", "secret") or request.query:
            return web.json_response({"message": "Not found"}, status=404)
        token = f"token-{self.asked['POST /login']}"
        self.live.add(token)
        return web.json_response({"access_token": token, "token_type": "Bearer", "expires_in": self.expires_in})

    async def _resource(self, request: web.Request, parts: list[str]) -> web.StreamResponse:  # noqa: C901, PLR0911 - a table
        match request.method, parts:
            case "GET", ["users", number]:
                if self.gate is not None:
                    self.waiting.set()
                    await self.gate.wait()
                return _found(self.users.get(number))
            case "GET", ["user"]:
                return web.json_response({"id": "1"})
            case "GET", ["users"]:
                return _page(request, list(self.users.values()))
            case "GET", ["groups", number, "users"]:
                return _page(request, [one for one in self.users.values() if number in one["group_ids"]])
            case "GET", ["groups"]:
                return _page(request, self.groups)
            case "GET", ["roles"]:
                return web.json_response(self.roles)
            case "GET", ["user_attributes"]:
                return web.json_response(self.attributes)
            case "GET", ["users", number, "attribute_values"]:
                return web.json_response(self._values(number, request.query.get("user_attribute_ids", "").split(",")))
            case "PATCH", ["users", number, "attribute_values", attribute]:
                self.values[number, attribute] = (await request.json())["value"]
                return web.json_response({})
            case "DELETE", ["users", number, "attribute_values", attribute]:
                return web.Response(status=204) if self.values.pop((number, attribute), None) else _found(None)
        return _found(None)


def _found(one: object) -> web.Response:
    return web.json_response(one) if one is not None else web.json_response({"message": "Not found"}, status=404)


def _page(request: web.Request, rows: list[dict[str, Any]]) -> web.Response:
    offset, limit = int(request.query.get("offset", 0)), int(request.query.get("limit", len(rows)))
    return web.json_response(rows[offset : offset + limit])


def says(status: int, body: object = None, headers: dict[str, str] | None = None) -> Answer:
    """Return a misbehaviour: this answer, whatever is asked."""

    async def answer(_: web.Request) -> web.StreamResponse:
        return web.json_response(body, status=status, headers=headers)

    return answer


@contextlib.asynccontextmanager
async def serving(
    double: LookerDouble, clock: StillClock | None = None, *, secret: str = "secret", seconds: float = 5.0
) -> AsyncIterator[LookerClient]:
    """Serve the double, and close both ends afterwards."""
    application = web.Application()
    application.router.add_route("*", "/{path:.*}", double.answer)
    runner = web.AppRunner(application, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    client = LookerClient(
        f"http://{host}:{port}", Secret("id"), Secret(secret), clock=clock or StillClock(), timeout=seconds
    )
    try:
        yield client
    finally:
        await client.close()
        await runner.cleanup()
