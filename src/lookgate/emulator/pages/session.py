"""Who is looking at a page, and whether a change was asked for from one of our own pages.

There are no passwords: a person chooses a user, because this is a toy on loopback. Everything else is meant seriously:
the cookie is opaque and unreadable to scripts, every change needs this instance's Origin and the session's CSRF token
(forms carry it as ``csrf``, scripts read it from ``<meta name="csrf-token">`` and send ``x-csrf-token``).
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from datetime import timedelta
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import Response

from lookgate.emulator.instance import Instance, UiSession
from lookgate.emulator.people.tree import User

COOKIE = "looker_session"
CSRF_HEADER = "x-csrf-token"
CSRF_FIELD = "csrf"
SESSION_HOURS = 24
MAX_FORM_BYTES = 64 * 1024


class Refused(Exception):
    """A change was not asked for from one of our pages (403), or its form is too long (413)."""

    def __init__(self, message: str, status: int = 403) -> None:
        super().__init__(message)
        self.status = status


def session_of(request: Request, instance: Instance) -> UiSession | None:
    """Return the browser's live session: known, not ended (after a day, if nothing else), and of an enabled user."""
    with instance.lock:
        session = instance.sessions.get(request.cookies.get(COOKIE, ""))
        if session is None:
            return None
        if _is_over(session, instance):
            instance.sessions.pop(session.id, None)
            return None
        return session


def _is_over(session: UiSession, instance: Instance) -> bool:
    user = instance.users.get(session.user_id)
    ends = session.expires_at or session.created_at + timedelta(hours=SESSION_HOURS)
    return instance.clock() >= ends or user is None or user.is_disabled


def current_user(request: Request, instance: Instance) -> User | None:
    """Return the user the browser has chosen, or None."""
    session = session_of(request, instance)
    return None if session is None else instance.users.get(session.user_id)


def start(instance: Instance, user_id: str) -> UiSession:
    """Open a session for a user.

    Raises:
        KeyError: there is no such user, or they are disabled.
    """
    with instance.lock:
        if instance.users[user_id].is_disabled:
            raise KeyError(user_id)
        for old in [each for each in instance.sessions.values() if _is_over(each, instance)]:
            del instance.sessions[old.id]
        session = UiSession(instance.new_secret(32), user_id, instance.new_secret(32), instance.clock())
        instance.sessions[session.id] = session
        return session


def end(instance: Instance, session: UiSession) -> None:
    """Close a session; its cookie means nothing from now on."""
    with instance.lock:
        instance.sessions.pop(session.id, None)


def set_cookie(response: Response, session: UiSession) -> None:
    """Hand the session to the browser."""
    response.set_cookie(COOKIE, session.id, path="/", httponly=True, samesite="strict")


def clear_cookie(response: Response) -> None:
    """Take the session from the browser."""
    response.delete_cookie(COOKIE, path="/", httponly=True, samesite="strict")


def check_origin(request: Request, instance: Instance) -> None:
    """Refuse a change that another origin's page asks for, or one that does not say where it comes from.

    Raises:
        Refused: the Origin header is missing or is not the instance's own.
    """
    if request.headers.getlist("origin") != [instance.base_url]:
        raise Refused(f"Changes are accepted only from pages of {instance.base_url}. Open that address and try again.")


def check_csrf(
    request: Request, instance: Instance, session: UiSession | None, form: Mapping[str, str] | None = None
) -> UiSession:
    """Let a change through only from this session's own pages; call it for every method that changes something.

    Args:
        request: the request, with its Origin and perhaps ``x-csrf-token``.
        instance: whose ``base_url`` the Origin must be.
        session: ``session_of(request, instance)``.
        form: the decoded form, when the token may stand in its ``csrf`` field.

    Returns:
        The session, known to be there.

    Raises:
        Refused: no session, a foreign Origin, or a token that is missing or of another session.
    """
    check_origin(request, instance)
    if session is None:
        raise Refused("Nobody is signed in. Choose a user first.")
    token = request.headers.get(CSRF_HEADER) or (form or {}).get(CSRF_FIELD, "")
    if not hmac.compare_digest(token.encode(), session.csrf.encode()):
        raise Refused("This page is out of date: its session has ended or the user was switched. Reload and try again.")
    return session


async def read_form(request: Request) -> dict[str, str]:
    """Decode an urlencoded form; of a repeated field the last value counts.

    Raises:
        Refused: it is longer than 64 KiB.
    """
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_FORM_BYTES:
            raise Refused("The form is longer than 64 KiB. Send less.", 413)
    return dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=None))


def return_to(value: str | None) -> str:
    """Return a path on this instance to go to next, or ``/`` when the value is anything else.

    Only printable ASCII paths that start with exactly one slash pass: no scheme, host, backslash or control character,
    which browsers read as another origin.
    """
    path = value or ""
    plain = path.isascii() and path.isprintable() and "\\" not in path and " " not in path
    return path if plain and path.startswith("/") and not path.startswith("//") else "/"
