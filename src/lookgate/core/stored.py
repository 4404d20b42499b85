"""What may be told of the tokens that are kept fresh in Looker: their ends and renewals, never a token."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class StoredToken:
    """One stored value of one user attribute."""

    rule: str
    """The sync rule's name."""
    attribute: str
    """The attribute's full name."""
    label: str
    """Whose value, for people, such as ``group Analysts``."""
    source: str
    """The token source's name."""
    audience: str
    """For whom the token is; empty for a source that knows none."""
    margin: float
    """Seconds of life that it has left at any time, as long as renewals succeed."""
    life: float
    """Seconds that it lives in all; 0 when nothing is stored, or when it has no end."""
    renewed_at: datetime | None
    expires_at: datetime | None
    renewals: int
    """How often it was renewed."""
    failures: int
    """In a row, since the last success."""
    code: str
    """Of the last failure; empty after a success."""
    detail: str
    """One sentence about it, free of secrets."""
    state: str
    """Where a run would sort it now, such as ``fresh``, ``margin``, ``backoff`` or ``expired``."""
    says: str
    """The same as a sentence, with the failure if there is one."""
    next_at: datetime | None
    """When it is renewed or tried again; None when nothing but a change will make it so."""


@dataclass(frozen=True, slots=True)
class StoredTokens:
    """All of one gateway."""

    tokens: tuple[StoredToken, ...]
    """By rule and holder."""
    problems: tuple[str, ...]
    """Of rules that lead nowhere in Looker: a sentence each."""
    every: float
    """Seconds between two runs."""
    calls_this_month: int
    """API calls that renewals have cost."""
