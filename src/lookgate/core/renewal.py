"""What a renewal is made of: where a token is stored, what is known of it, and who makes, writes and remembers it.

The types and protocols that ``sync`` shares with ``google``, ``looker`` and ``store``. No token is ever part of a
state: only its SHA-256 and its expiry.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal, Protocol

from lookgate.core.audit import AuditEvent
from lookgate.core.secret import Secret

LEASE_SKEW = timedelta(minutes=5)
"""By how much the clocks of two processes may differ before one takes the other's lease for a forgotten one."""

Holder = Literal["default", "group", "user"]
"""Whose value of a user attribute: everyone's default, a group's, or one user's."""


@dataclass(frozen=True, slots=True)
class Target:
    """One stored value: which attribute of which instance, for whom, and what belongs there."""

    rule: str
    """The sync rule's name."""
    instance: str
    """The instance's base URL."""
    attribute_id: str
    attribute: str
    """The attribute's full name, for people."""
    holder: Holder
    holder_id: str
    """The group's or user's id; empty for the default."""
    label: str
    """Whose value, for people, such as ``group Analysts``."""
    source: str
    """The token source's name."""
    audience: str
    """For whom the token is; empty for a source that knows none."""
    margin: float
    """Seconds of life that a stored token has left at any time, as long as renewals succeed."""
    fingerprint: str
    """SHA-256 (hex) of all that decides about the value; when it changes, the value is renewed at once."""

    @property
    def key(self) -> str:
        """Where the value stands: the same for two rules that would write the same place."""
        return f"{self.instance}|{self.attribute_id}|{self.holder}|{self.holder_id}"


@dataclass(frozen=True, slots=True)
class TargetState:
    """What is remembered of one target between two ticks."""

    key: str
    fingerprint: str = ""
    """That of the last successful renewal."""
    generation: int = 0
    """How often it was renewed. With the key it names a renewal: each generation is written once."""
    digest: str = ""
    """SHA-256 (hex) of the stored value."""
    renewed_at: datetime | None = None
    expires_at: datetime | None = None
    """When the stored token ends; None when there is none, or when it has no end (a static secret)."""
    life: float = 0
    """Seconds that the stored token lives in all, from its issue to its end; 0 when it has no end."""
    failures: int = 0
    """In a row, since the last success."""
    failed_at: datetime | None = None
    tried: str = ""
    """The target's fingerprint when it last failed: after a change it is tried again at once."""
    code: str = ""
    """Of the last failure; empty after a success."""
    detail: str = ""
    """One sentence about it, free of secrets."""
    retry_at: datetime | None = None
    """Before this time it is not tried again."""
    paused_until: datetime | None = None
    """Until when the instance asked, with its last refusal, to be left alone: it holds for all of its targets."""
    stopped: bool = False
    """Whether the failure was permanent and has been told: no alert repeats it."""
    canary_at: datetime | None = None
    canary: str = ""
    """``ok``, or the code of what went wrong when the stored token was last tried; empty when it never was."""


@dataclass(frozen=True, slots=True)
class Minted:
    """A fresh token. It lives in memory, from the mint to the write."""

    value: Secret
    expires_at: datetime | None
    """When it ends (aware, UTC); None for a secret without an end."""
    issued_at: datetime | None = field(default=None)
    """When its source says that it was made; None when it does not say."""


class TokenSource(Protocol):
    """Makes tokens. One file each, in ``google`` or beside ``sync``."""

    async def mint(self, audience: str) -> Minted:
        """Return a token for an audience, bare: without ``Bearer``.

        Raises:
            Refused: it will not make one until somebody mends something.
            Unavailable: it does not answer; ``retry_after`` says when to try again, if it said so.
        """
        ...


class AttributeWriter(Protocol):
    """Writes values into Looker, one API call each."""

    async def write(self, target: Target, value: Secret) -> None:
        """Store the value, replacing the one that stands there.

        Raises:
            Refused: Looker says no for good (403), or the place is gone (404, code ``target_gone``).
            Unavailable: Looker does not answer, or asks to come back later (429, 5xx; see ``retry_after``).
        """
        ...


class Canary(Protocol):
    """Tries a stored token where it is meant to work."""

    async def check(self, target: Target, value: Secret) -> str:
        """Return ``ok``, or a code that says what went wrong, or "" when the target's rule names nothing to try.

        Never raises for a service that refuses.

        Args:
            target: where the token was stored.
            value: the token just stored, for a service that cannot be called through Looker.
        """
        ...


class RenewalStates(Protocol):
    """What is remembered of targets; every call is one transaction. All processes of a gateway share it.

    Methods block briefly: call them from a worker thread, not from the event loop. Each raises ``Unavailable`` when
    the store does not answer.
    """

    def all(self) -> Sequence[TargetState]:
        """Return every state, by key."""
        ...

    def lease(self, key: str, generation: int, owner: str, *, now: datetime, until: datetime) -> bool:
        """Take the right to make the next generation of a target, in one atomic operation.

        Args:
            key: the target's.
            generation: the one last seen; 0 for a target without a state.
            owner: who asks; unique per process and tick.
            now: the time (aware). A lease that ended before it is free again. So is one that ends more than
                ``LEASE_SKEW`` after ``until``: it was taken under a clock that has been set back since.
            until: when the lease ends by itself, so that a killed process holds nobody up.

        Returns:
            False when another process holds it, or has renewed the target since it was seen.
        """
        ...

    def extend(self, key: str, owner: str, *events: AuditEvent, until: datetime) -> bool:
        """Keep a lease that is still one's own, just before the write; False when it has been lost.

        Args:
            key: the target's.
            owner: who holds the lease.
            events: the intent to write, stored in the same transaction; not stored when the lease has been lost.
            until: when it ends now. A lease that has ended, and that nobody else took, is still one's own.
        """
        ...

    def finish(self, state: TargetState, owner: str, *events: AuditEvent) -> bool:
        """Store how a leased renewal ended, with its audit events in the same transaction, and give the lease back.

        Args:
            state: what is known now; its generation is the leased one after a failure, and the next after a write.
            owner: who holds the lease.
            events: how it ended.

        Returns:
            False, and nothing is stored, when the lease was lost to another process meanwhile: no generation is told
            twice.
        """
        ...

    def canary(self, key: str, generation: int, result: str, at: datetime, *events: AuditEvent) -> None:
        """Store what came of trying the stored token; ignored when the target has been renewed since."""
        ...

    def forget(self, keys: Sequence[str]) -> None:
        """Drop the states of targets that no rule names any more."""
        ...

    def spend(self, instance: str, month: str, calls: int) -> int:
        """Add to the API calls of a month (``2027-01``) and return the sum; 0 only asks, less gives back."""
        ...


class Notes(Protocol):
    """Short texts that outlive the process, such as the ids that names in Looker were resolved to. Never a secret."""

    def remember(self, key: str, text: str, at: datetime) -> None:
        """Keep a text in place of the one that was kept there."""
        ...

    def recall(self, key: str) -> tuple[str, datetime] | None:
        """Return the text and when it was kept, or None."""
        ...
