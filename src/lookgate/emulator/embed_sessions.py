"""Cookieless embedding: one embed session, and the short-lived tokens that belong to it alone.

The authentication token lives 30 seconds and is used once; API and navigation tokens live 10 minutes and are accepted
only together with the session they were issued to.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from lookgate.emulator.instance import Instance, UiSession

AUTHENTICATION_SECONDS = 30
AS_ME_SECONDS = 300
TOKEN_SECONDS = 600


@dataclass(slots=True)
class EmbedSession:
    """A session of an embed user; browsers attach to it with authentication tokens."""

    reference: str
    user_id: str
    external_user_id: str
    expires_at: datetime
    api_tokens: dict[str, datetime] = field(default_factory=dict)
    navigation_tokens: dict[str, datetime] = field(default_factory=dict)
    ui_sessions: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Ticket:
    """What an authentication token opens, once."""

    user_id: str
    expires_at: datetime
    session_expires_at: datetime
    reference: str | None = None
    """The embed session to attach to."""
    target: str | None = None
    """The only path it opens; None for any."""


def sessions(instance: Instance) -> dict[str, EmbedSession]:
    """Return the embed sessions by reference token."""
    return instance.shelf("embed_sessions")


def live(instance: Instance, reference: str) -> EmbedSession | None:
    """Return the session while it lasts."""
    found = sessions(instance).get(reference)
    return None if found is None or found.expires_at <= instance.clock() else found


def start(instance: Instance, user_id: str, external_user_id: str, seconds: int) -> EmbedSession:
    """Begin an embed session; the user's earlier ones end."""
    for old in [entry for entry in sessions(instance).values() if entry.user_id == user_id]:
        end(instance, old)
    expires = instance.clock() + timedelta(seconds=seconds)
    made = EmbedSession(instance.new_secret(30), user_id, external_user_id, expires)
    sessions(instance)[made.reference] = made
    return made


def end(instance: Instance, session: EmbedSession) -> None:
    """End a session, its tickets and the browser sessions attached to it."""
    sessions(instance).pop(session.reference, None)
    for session_id in session.ui_sessions:
        instance.sessions.pop(session_id, None)
    tickets: dict[str, Ticket] = instance.shelf("embed_tickets")
    for key in [key for key, ticket in tickets.items() if ticket.reference == session.reference]:
        del tickets[key]


def issue_ticket(instance: Instance, ticket: Ticket) -> str:
    """Make an authentication token."""
    token = instance.new_secret(30)
    tickets: dict[str, Ticket] = instance.shelf("embed_tickets")
    for old in [key for key, known in tickets.items() if known.expires_at <= instance.clock()]:
        del tickets[old]
    tickets[token] = ticket
    return token


def attach(instance: Instance, token: str, target: str) -> UiSession | None:
    """Use an authentication token up and open a browser session; None when it opens nothing (any more)."""
    with instance.lock:
        ticket: Ticket | None = instance.shelf("embed_tickets").pop(token, None)
        if ticket is None or ticket.expires_at <= instance.clock() or ticket.target not in {None, target}:
            return None
        user = instance.users.get(ticket.user_id)
        if user is None or user.is_disabled:
            return None
        made = open_ui(instance, ticket.user_id, ticket.session_expires_at)
        session = sessions(instance).get(ticket.reference or "")
        if session is not None:
            session.ui_sessions.append(made.id)
        return made


def open_ui(instance: Instance, user_id: str, expires_at: datetime) -> UiSession:
    """Open a browser session that ends with the embed session."""
    made = UiSession(instance.new_secret(32), user_id, instance.new_secret(32), instance.clock(), expires_at)
    instance.sessions[made.id] = made
    return made


def fresh_tokens(instance: Instance, session: EmbedSession) -> dict[str, Any]:
    """Return new API and navigation tokens of a live session, and how long each lasts."""
    now = instance.clock()
    left = int((session.expires_at - now).total_seconds())
    seconds = min(TOKEN_SECONDS, left)
    answer: dict[str, Any] = {"session_reference_token": session.reference, "session_reference_token_ttl": left}
    for kind, known in (("api", session.api_tokens), ("navigation", session.navigation_tokens)):
        for old in [token for token, expires in known.items() if expires <= now]:
            del known[old]
        token = instance.new_secret(30)
        known[token] = now + timedelta(seconds=seconds)
        answer |= {f"{kind}_token": token, f"{kind}_token_ttl": seconds}
    return answer
