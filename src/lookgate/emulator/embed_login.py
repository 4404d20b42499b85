"""``/login/embed/{target}``: where a browser begins an embed session, with a signed URL or an authentication token."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import unquote

from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from lookgate.emulator import embed_sessions, embed_urls
from lookgate.emulator.embed_users import put
from lookgate.emulator.instance import Instance, UiSession
from lookgate.emulator.pages import session as sessions

_PREFIX = b"/login/embed/"


def routes(instance: Instance) -> list[Route]:
    """Return the route."""

    def login(request: Request) -> Response:
        # The path's own percent-encoding is signed, so it is read before any decoding.
        raw: bytes = request.scope.get("raw_path") or request.scope["path"].encode()
        raw = raw.partition(b"?")[0]
        token = request.query_params.get("embed_authentication_token")
        if token is not None:
            target = unquote(raw.removeprefix(_PREFIX).decode("ascii", "replace"))
            return _enter(request, instance, target, embed_sessions.attach(instance, token, target))
        url = f"{instance.base_url}{raw.decode('ascii', 'replace')}?{request.url.query}"
        try:
            with instance.lock:
                told = embed_urls.use(instance, url)
                user = put(instance, told.user)
                until = instance.clock() + timedelta(seconds=told.session_seconds)
                session = embed_sessions.open_ui(instance, user.id, until)
        except embed_urls.BadUrl as error:
            return PlainTextResponse(f"{error} Ask for a new one.\n", 401, {"cache-control": "no-store"})
        return _enter(request, instance, told.target, session)

    return [Route("/login/embed/{target:path}", login, methods=["GET"])]


def _enter(request: Request, instance: Instance, target: str, session: UiSession | None) -> Response:
    if session is None or sessions.return_to(target) != target:
        message = "This embed authentication token is unknown, used or expired. Ask for a new one.\n"
        return PlainTextResponse(message, 401, {"cache-control": "no-store"})
    # A browser has one session: whoever it was until now, it is the embed user from here on.
    previous = sessions.session_of(request, instance)
    if previous is not None:
        sessions.end(instance, previous)
    response = RedirectResponse(target, 303, {"cache-control": "no-store"})
    sessions.set_cookie(response, session)
    return response
