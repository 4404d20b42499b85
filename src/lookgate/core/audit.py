"""One event per decision: who did what, when, how they were known, and how it ended."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from lookgate.core.identity import ANONYMOUS, Principal

Outcome = Literal["pending", "allowed", "denied", "failed"]


@dataclass(slots=True)
class AuditEvent:
    """What happened to one request, filled in on the way down the straight line and stored once at its end.

    A remote effect is stored twice: first with outcome ``pending`` (the intent), then with how it ended; both rows
    carry the same ``request_id``.
    """

    at: datetime
    """Aware, UTC."""
    request_id: str
    action: str = ""
    """The action's name, or the route for a request that never reached one, such as ``GET /metrics``."""
    principal: Principal = ANONYMOUS
    outcome: Outcome = "pending"
    rule: str = ""
    """The code of the rule that refused, or of the error; empty when allowed."""
    detail: str = ""
    """One sentence, free of secrets."""
    origin: str = ""
    """The browser's Origin header: told, not proven."""


@dataclass(frozen=True, slots=True)
class StoredEvent:
    """An event as it was stored, with its place in the log."""

    id: int
    event: AuditEvent
