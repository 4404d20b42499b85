"""``INVOKE_CORE_SDK`` and ``RAW_INVOKE_CORE_SDK``: an extension calls Looker's API as the user who runs it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Any, Protocol
from urllib.parse import urlencode

import msgspec
from starlette.concurrency import run_in_threadpool

from lookgate.emulator.api.dispatch import Answer
from lookgate.emulator.api.route import Operation
from lookgate.emulator.host.application import Refusal
from lookgate.emulator.host.endpoint import Ask
from lookgate.emulator.instance import Instance, UiSession

API_VERSION = "4.0"
MOST_SECONDS = 120
"""How long a call may take, the SDK's own default; a smaller ``timeout`` in the call's options counts."""


class CoreApi(Protocol):
    """What the extension host needs of the API: ``api.dispatch.Api`` offers it."""

    def find(self, method: str, path: str) -> Operation | None:
        """Return the operation of a method and a path below ``/api/4.0``."""

    def handle(
        self, method: str, path: str, query: dict[str, str] | None = None, body: Any = None, *, token: str | None
    ) -> Answer:
        """Run one call."""


def invoke(api: CoreApi) -> Callable[[Ask], Awaitable[dict[str, Any]]]:
    """Return the handler of ``INVOKE_CORE_SDK``: ``{ok: true, value}`` or ``{ok: false, error}``."""

    async def handler(ask: Ask) -> dict[str, Any]:
        method, path = _request(ask)
        operation = api.find(method, path)
        name = operation.id if operation else f"{method} {path}"
        if name not in ask.extension.entitlements.listed("core_api_methods"):
            raise Refusal(f"Extension not entitled to use api method {name}")
        answer = await _call(api, ask, method, path)
        if _is_ok(answer):
            return {"ok": True, "value": answer.value}
        return {"ok": False, "error": answer.value}

    return handler


def invoke_raw(api: CoreApi) -> Callable[[Ask], Awaitable[dict[str, Any]]]:
    """Return the handler of ``RAW_INVOKE_CORE_SDK``; the host page adds the times that only it can measure."""

    async def handler(ask: Ask) -> dict[str, Any]:
        method, path = _request(ask)
        ask.extension.need("raw_api_request", "make raw api requests")
        answer = await _call(api, ask, method, path)
        query = urlencode(_query(ask.body.get("params")))
        return {
            "method": method,
            "url": f"{ask.instance.base_url}/api/{API_VERSION}{path}" + (f"?{query}" if query else ""),
            "ok": _is_ok(answer),
            "statusCode": answer.status,
            "statusMessage": HTTPStatus(answer.status).phrase,
            "contentType": answer.headers.get("content-type", ""),
            "headers": answer.headers,
            "body": answer.body.decode("utf-8", "replace"),
        }

    return handler


async def _call(api: CoreApi, ask: Ask, method: str, path: str) -> Answer:
    token = _token(ask.instance, ask.session)
    query = _query(ask.body.get("params"))

    def run() -> Answer:
        return api.handle(method, path, query, ask.body.get("body"), token=token)

    seconds = _seconds(ask.body.get("timeout"))
    try:
        return await asyncio.wait_for(run_in_threadpool(run), seconds)
    except TimeoutError as error:
        raise Refusal(f"Looker's API did not answer {method} {path} within {seconds:g} seconds.", 504) from error


def _seconds(asked: object) -> float:
    usable = isinstance(asked, int | float) and not isinstance(asked, bool) and 0 < asked < MOST_SECONDS
    return float(asked) if usable and isinstance(asked, int | float) else float(MOST_SECONDS)


def _request(ask: Ask) -> tuple[str, str]:
    version = ask.body.get("apiVersion") or API_VERSION
    if version != API_VERSION:
        raise Refusal(f"Looker's API {str(version)[:10]} is gone; use {API_VERSION}.", 400)
    method, path = ask.text("httpMethod", most=10).upper(), ask.text("path", most=8192)
    if not path.startswith("/") or "?" in path or "#" in path:
        raise Refusal("The path of an API call starts with a slash and has no query; use params.", 400)
    return method, path


def _query(params: object) -> dict[str, str]:
    if params is None:
        return {}
    if not isinstance(params, dict):
        raise Refusal("The params of an API call are an object.", 400)
    return {name: _text(value) for name, value in params.items() if value is not None}


def _text(value: object) -> str:
    if isinstance(value, list):
        return ",".join(_text(entry) for entry in value)
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


def _token(instance: Instance, session: UiSession) -> str:
    """Return the API token behind a browser session: one per session, so its workspace lasts as long."""
    with instance.lock:
        tokens = instance.shelf("extension_tokens")
        token = tokens.get(session.id)
        if not isinstance(token, str) or instance.user_of_token(token) is None:
            for ended in tokens.keys() - instance.sessions.keys():
                instance.tokens.pop(tokens.pop(ended), None)
            token = tokens[session.id] = instance.issue_token(session.user_id)
        return token


def _is_ok(answer: Answer) -> bool:
    return HTTPStatus.OK <= answer.status < HTTPStatus.MULTIPLE_CHOICES
