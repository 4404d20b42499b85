"""The API over HTTP: one route, any method; CORS for the origins of the embed allow-list."""

from __future__ import annotations

from urllib.parse import parse_qsl, quote

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from lookgate.emulator.api.dispatch import Answer, Api
from lookgate.emulator.api.route import ApiError
from lookgate.emulator.api.setting import allowed_origins
from lookgate.emulator.instance import Instance

VERSIONED = "/api/4.0"
UNVERSIONED = frozenset({"/logout", "/token"})
"""What the clients also call without a version."""

MAX_BODY_BYTES = 16 * 1024 * 1024
METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]


def routes(api: Api) -> list[BaseRoute]:
    """Return the API's routes."""

    async def endpoint(request: Request) -> Response:
        try:
            answer = await _answer(api, request)
        except ClientDisconnect:
            return Response(status_code=400)
        headers = {**answer.headers, "cache-control": "no-store", "vary": "Origin"}
        return Response(answer.body, answer.status, headers={**headers, **_cors(api.instance, request)})

    return [Route("/api/{path:path}", endpoint, methods=METHODS)]


async def _answer(api: Api, request: Request) -> Answer:
    path = _path(request)
    if request.method == "OPTIONS":
        allowed = ", ".join([*api.methods_of(path), "OPTIONS"]) if path else "OPTIONS"
        return Answer(204, b"", {"allow": allowed})
    body = await _body(request)
    if body is None:
        return _refusal(413, f"The body is longer than {MAX_BODY_BYTES} bytes.")
    if path is None:
        return _refusal(404, "Not found")
    query = dict(parse_qsl(request.scope["query_string"].decode("latin-1"), keep_blank_values=True, errors="replace"))
    return await run_in_threadpool(api.handle, request.method, path, query, body, token=_token(request))


def _path(request: Request) -> str | None:
    raw = request.scope.get("raw_path")
    whole = raw.decode("latin-1").partition("?")[0] if raw else quote(request.scope["path"])
    if whole.startswith(VERSIONED + "/"):
        return whole.removeprefix(VERSIONED)
    rest = whole.removeprefix("/api")
    return rest if rest in UNVERSIONED else None


def _token(request: Request) -> str | None:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() in {"bearer", "token"} and token.strip() else None


async def _body(request: Request) -> bytes | None:
    parts: list[bytes] = []
    size = 0
    async for part in request.stream():
        size += len(part)
        if size > MAX_BODY_BYTES:
            return None
        parts.append(part)
    return b"".join(parts)


def _cors(instance: Instance, request: Request) -> dict[str, str]:
    origin = request.headers.get("origin")
    allowed = allowed_origins(instance)
    if origin is None or origin not in allowed:
        return {}
    headers = {"access-control-allow-origin": origin}
    if request.method == "OPTIONS":
        headers["access-control-allow-methods"] = ", ".join(METHODS)
        headers["access-control-allow-headers"] = "authorization, content-type, x-looker-appid"
        headers["access-control-max-age"] = "600"
    return headers


def _refusal(status: int, message: str) -> Answer:

    return Answer(status, msgspec.json.encode(ApiError(status, message).body()), {"content-type": "application/json"})
