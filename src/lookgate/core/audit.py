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

    def copy(self) -> AuditEvent:
        """Return what is known so far, to be stored while the event itself may change."""
        return AuditEvent(
            self.at,
            self.request_id,
            self.action,
            self.principal,
            self.outcome,
            self.rule,
            self.detail,
            self.origin,
        )


@dataclass(frozen=True, slots=True)
class StoredEvent:
    """An event as it was stored, with its place in the log."""

    id: int
    event: AuditEvent
