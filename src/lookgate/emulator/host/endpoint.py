"""What all internal endpoints of the host page share: who asks, from which page, for which extension, and the answer.

``POST /internal/extensions/{id}/…`` takes and gives JSON. Success is ``{"value": …}``; a refusal is ``{"error": "one
sentence"}`` with a status of its own, and the host page hands the sentence to the extension as it is.
"""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import msgspec
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from lookgate.emulator.host.application import Extension, Refusal, extension_for
from lookgate.emulator.instance import Instance, UiSession
from lookgate.emulator.pages import session as sessions
from lookgate.emulator.people.tree import User

MAX_BODY_BYTES = 20 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Ask:
    """One request of an extension, made by the host page for the user who is signed in."""

    instance: Instance
    request: Request
    session: UiSession
    user: User
    extension: Extension
    body: dict[str, Any]

    def text(self, name: str, *, most: int = 1024) -> str:
        """Return a field that must be a text.

        Raises:
            Refusal: it is missing, of another type or longer than ``most`` characters.
        """
        value = self.body.get(name)
        if not isinstance(value, str):
            raise Refusal(f"The request needs a text as {name}.", 400)
        if len(value) > most:
            raise Refusal(f"The {name} is longer than {most} characters.", 413)
        return value


Handler = Callable[[Ask], Any] | Callable[[Ask], Awaitable[Any]]


def post(instance: Instance, action: str, handler: Handler) -> Route:
    """Declare ``POST /internal/extensions/{id}/<action>``: only from this instance's own pages, with their token."""
    return Route(f"/internal/extensions/{{id}}/{action}", _endpoint(instance, handler, changes=True), methods=["POST"])


def get(instance: Instance, action: str, handler: Handler) -> Route:
    """Declare ``GET /internal/extensions/{id}/<action>`` for signed-in users."""
    return Route(f"/internal/extensions/{{id}}/{action}", _endpoint(instance, handler, changes=False), methods=["GET"])


def _endpoint(instance: Instance, handler: Handler, *, changes: bool) -> Callable[[Request], Awaitable[Response]]:
    async def answer(request: Request) -> Response:
        try:
            session, user = _caller(instance, request, changes=changes)
            extension = extension_for(instance, user, request.path_params["id"])
            body = await _body(request) if changes else {}
            result = handler(Ask(instance, request, session, user, extension, body))
            value = await _while_wanted(request, result) if inspect.isawaitable(result) else result
        except (Refusal, sessions.Refused) as refusal:
            return _json({"error": str(refusal)}, refusal.status)
        except ClientDisconnect:
            return Response(status_code=400)
        return _json({"value": value}, 200)

    return answer


async def _while_wanted(request: Request, work: Awaitable[Any]) -> Any:
    """Return what the work gives; when the host page hangs up first (the extension aborted), the work is stopped."""
    task = asyncio.ensure_future(work)
    gone = asyncio.ensure_future(_hangs_up(request))
    try:
        await asyncio.wait({task, gone}, return_when=asyncio.FIRST_COMPLETED)
        if not task.done():
            raise ClientDisconnect
        return task.result()
    finally:
        for each in (task, gone):
            each.cancel()
        await asyncio.wait({task, gone})


async def _hangs_up(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass


def _caller(instance: Instance, request: Request, *, changes: bool) -> tuple[UiSession, User]:
    session = sessions.session_of(request, instance)
    if changes:
        session = sessions.check_csrf(request, instance, session)
    user = sessions.current_user(request, instance)
    if session is None or user is None:
        raise Refusal("Nobody is signed in. Choose a user first.", 401)
    return session, user


async def _body(request: Request) -> dict[str, Any]:
    read = bytearray()
    async for chunk in request.stream():
        read += chunk
        if len(read) > MAX_BODY_BYTES:
            raise Refusal(f"The request is longer than {MAX_BODY_BYTES} bytes.", 413)
    try:
        return msgspec.json.decode(bytes(read), type=dict[str, Any])
    except (msgspec.DecodeError, RecursionError) as error:
        raise Refusal("The request is not a JSON object.", 400) from error


def _json(shape: dict[str, Any], status: int) -> Response:
    headers = {"cache-control": "no-store", "x-content-type-options": "nosniff"}
    return Response(msgspec.json.encode(shape), status, headers=headers, media_type="application/json")
