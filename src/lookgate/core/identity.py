"""Who is calling, and how strongly that is known."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from typing import Literal

from lookgate.core.secret import Secret

Kind = Literal["anonymous", "service", "user"]
Scheme = Literal["anonymous", "api_key", "bearer", "handle"]


class Assurance(IntEnum):
    """How strongly a caller is known; a higher level includes the lower ones.

    * ``ANONYMOUS``: nothing was proven.
    * ``SHARED_SECRET``: the caller knows a secret that many may know (an API key in a hidden attribute).
    * ``WORKLOAD``: a service proved its own identity (a signed ID token), but not which person stands behind it.
    * ``USER``: one Looker or directory user was proven.
    """

    ANONYMOUS = 0
    SHARED_SECRET = 1
    WORKLOAD = 2
    USER = 3

    @property
    def label(self) -> str:
        """The level as users read and write it: ``shared_secret``."""
        return self.name.lower()


@dataclass(frozen=True, slots=True)
class Credential:
    """What a caller presented: exactly one per request."""

    scheme: Scheme
    secret: Secret
    location: str
    """The header it stood in, lower case, such as ``authorization``; empty for an anonymous call."""


@dataclass(frozen=True, slots=True)
class Principal:
    """Who is calling."""

    issuer: str
    """Who vouches: a Looker base URL, an OIDC issuer, or ``lookgate`` for our own keys."""
    subject: str
    """The caller's id at the issuer: a Looker user id, a token's ``sub``, an API key's name."""
    kind: Kind
    assurance: Assurance
    authenticated_by: str
    """The verifier's name: ``handle``, ``google``, ``api_key``; empty for an anonymous caller."""
    email: str = ""
    name: str = ""
    groups: frozenset[str] = frozenset()
    """Looker group names, direct membership."""
    roles: frozenset[str] = frozenset()
    """Looker role names, direct or through a group."""
    scopes: frozenset[str] = frozenset()
    expires_at: datetime | None = None
    """When the proof ends (aware, UTC); None when it has no end of its own."""

    @property
    def label(self) -> str:
        """The shortest text by which a person recognises the caller."""
        return self.email or self.name or self.subject or self.kind


ANONYMOUS = Principal(issuer="", subject="", kind="anonymous", assurance=Assurance.ANONYMOUS, authenticated_by="")
