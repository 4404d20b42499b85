"""One request on its way through the gateway, and what is known of it so far."""

from __future__ import annotations

from typing import Literal

import msgspec

from lookgate.core.audit import AuditEvent
from lookgate.core.identity import ANONYMOUS, Principal
from lookgate.core.ports import Json
from lookgate.web.authn import Headers
from lookgate.web.reflection import Guard

ACTIONS = "/actions/"
"""What the path of a call begins with."""
TOKEN = "/token"  # noqa: S105 - a path
"""Where a handle is exchanged for a token."""

SYNC = "/api/sync-attributes"
"""Where a scheduler starts a run of renewals."""
IDENTITY_TOKEN, VALUE = "/identity_token", "/value"
"""Where the known updater is called."""
AUDITED = frozenset({("POST", TOKEN), ("POST", SYNC), ("POST", IDENTITY_TOKEN), ("POST", VALUE), ("DELETE", VALUE)})
"""Calls that leave an audit event whatever refuses them, beside those of actions."""

Verification = Literal["ok", "refused", "unavailable"]


class Exchange(msgspec.Struct):
    """Filled in on the way down; log line, metrics and audit event are made from it."""

    method: str
    path: str
    """Below the place where the gateway is mounted; told by the caller, so never logged."""
    headers: Headers
    started: float
    """Seconds on the clock that never goes backwards."""
    event: AuditEvent
    guard: Guard
    caller_request_id: str = ""
    route: str = ""
    """The route's template, never the path itself."""
    action: str = ""
    """The name of an enabled action."""
    principal: Principal = ANONYMOUS
    verifier: str = ""
    verification: Verification | None = None
    is_audited: bool = False
    """Whether this request leaves an audit event: calls of actions and of protected pages do."""
    is_closed: bool = False
    """Whether its audit event has been stored."""
    inspected: bytes = b""
    """A body the guard has already looked at."""
    report: dict[str, Json] = msgspec.field(default_factory=dict)
    """What a refusal tells beside its problem's own members."""
    status: int = 0
    rule: str = ""
    """The code of the refusal, if it was one."""

    @property
    def request_id(self) -> str:
        """Ours, random; the caller's own is kept beside it and never trusted."""
        return self.event.request_id
