"""What the rest of Lookgate needs from the outside world, each as the smallest protocol that will do.

Adapters live in ``store``, ``looker``, ``google`` and ``warehouse``; only ``compose`` builds them. Tests pass fakes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from lookgate.core.audit import AuditEvent, StoredEvent
from lookgate.core.facts import Facts, Need
from lookgate.core.identity import Assurance, Principal
from lookgate.core.secret import Secret
from lookgate.errors import Unavailable

if TYPE_CHECKING:  # only who renews pays for it
    from lookgate.core.renewal import Notes, RenewalStates
    from lookgate.core.stored import StoredTokens

Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]


class Clock(Protocol):
    """Time, passed in."""

    def now(self) -> datetime:
        """Return the time: aware, UTC."""
        ...

    def monotonic(self) -> float:
        """Return seconds that never go backwards, for durations and cache ages."""
        ...


class RandomBytes(Protocol):
    """Randomness, passed in; in production the operating system's generator."""

    def __call__(self, size: int, /) -> bytes:
        """Return ``size`` unpredictable bytes."""
        ...


@dataclass(frozen=True, slots=True)
class Record:
    """One row that an action wrote: what, by whom, when."""

    id: int
    collection: str
    key: str
    at: datetime
    actor_issuer: str
    actor_subject: str
    actor_label: str
    body: Mapping[str, Json]


class Records(Protocol):
    """Append-only JSON rows that actions write and read back; they are never changed in place."""

    def append(self, collection: str, key: str, body: Mapping[str, Json], *, actor: Principal, at: datetime) -> Record:
        """Add one row. Only inside a ``UnitOfWork``."""
        ...

    def list(self, collection: str, key: str | None = None, *, limit: int = 100) -> Sequence[Record]:
        """Return the newest rows first, of one key or of all."""
        ...


class UnitOfWork(Protocol):
    """One transaction: what is done through it commits together or not at all."""

    @property
    def records(self) -> Records:
        """The rows, readable and writable within this transaction."""
        ...

    def record(self, event: AuditEvent) -> None:
        """Store an audit event with the rest of the transaction."""
        ...


@dataclass(frozen=True, slots=True)
class HandleRecord:
    """What the gateway knows of a handle: its SHA-256 and whose it is, never the handle."""

    digest: str
    user_id: str
    """The Looker user's id."""
    issued_at: datetime
    ends_at: datetime | None = None
    """From when on it is no longer valid, because another has replaced it or it was never confirmed; else None."""
    used_at: datetime | None = None
    """When it was last used, to the hour; None if it never was. A use is noted some minutes later."""

    def is_live(self, now: datetime) -> bool:
        """Whether it is valid now."""
        return self.ends_at is None or now < self.ends_at


class Handles(Protocol):
    """Which handle belongs to which Looker user."""

    def find(self, digest: str) -> HandleRecord | None:
        """Return the owner of the handle with this SHA-256 (hex), or None."""
        ...

    def add(self, record: HandleRecord) -> None:
        """Make a handle valid."""
        ...

    def end(self, digest: str, at: datetime | None) -> None:
        """Let a handle end at a time, or not at all; unknown digests are ignored.

        What was exchanged for it before stays good.
        """
        ...

    def used(self, uses: Mapping[str, datetime]) -> None:
        """Note when handles were used, by digest: all or none. The latest use counts; unknown digests are ignored."""
        ...

    def remove(self, digest: str) -> None:
        """Make a handle, and what was exchanged for it, invalid at once; unknown digests are ignored."""
        ...

    def of_user(self, user_id: str) -> Sequence[HandleRecord]:
        """Return a user's handles, newest first: the valid ones, and those that have ended and were not yet removed."""
        ...


class Consumed(Protocol):
    """What may be used once: the ``jti`` of claims, codes, states."""

    def consume(self, namespace: str, value: str, until: datetime) -> bool:
        """Use a value up, in one atomic operation; of any number of callers exactly one is told True.

        Args:
            namespace: what kind of value it is; all of a kind live about equally long.
            value: what is used up.
            until: when the value ends by itself (aware). It is remembered at least that long, then forgotten.

        Raises:
            Unavailable: the store does not answer; nothing was used up.
        """
        ...


class Store(Protocol):
    """The gateway's own state. Methods block briefly: call them from a worker thread, not from the event loop."""

    @property
    def records(self) -> Records:
        """Rows outside a transaction: reading only; ``append`` raises RuntimeError."""
        ...

    @property
    def handles(self) -> Handles:
        """Handles; each call is its own transaction."""
        ...

    @property
    def consumed(self) -> Consumed:
        """What was used up; each call is its own transaction."""
        ...

    @property
    def renewals(self) -> RenewalStates:
        """What is remembered of tokens stored in Looker; each call is its own transaction."""
        ...

    @property
    def notes(self) -> Notes:
        """Short texts that outlive the process; each call is its own transaction."""
        ...

    def begin(self) -> AbstractContextManager[UnitOfWork]:
        """Open a transaction: committed when the block ends, rolled back when it raises."""
        ...

    def record(self, *events: AuditEvent, wait: bool = True) -> bool:
        """Store audit events in a transaction of their own.

        When it returns, they survive the end of the process. An intent (outcome ``pending``) survives a power cut as
        well, because the effect it announces will; the last moments of other events may be lost by one.

        Args:
            events: what to store, in this order.
            wait: False to give up at once where this would wait for a disk or for another writer, so that an event
                loop may ask.

        Returns:
            False when nothing was stored because it would have had to wait.
        """
        ...

    def tail(self, *, limit: int, after: int = 0) -> Sequence[StoredEvent]:
        """Return the last ``limit`` events with an id above ``after``, oldest first."""
        ...

    def check(self) -> None:
        """Prove that the store can be read and written.

        Raises:
            Unavailable: it cannot; the detail says why.
        """
        ...

    def close(self) -> None:
        """Release files and connections. The store cannot be used afterwards."""
        ...


@dataclass(frozen=True, slots=True)
class LookerUser:
    """A Looker user as the directory knows them now."""

    id: str
    name: str
    email: str
    enabled: bool
    groups: frozenset[str]
    roles: frozenset[str]

    def principal(self, issuer: str, authenticated_by: str) -> Principal:
        """Return the user as a proven caller.

        Args:
            issuer: the instance's base URL.
            authenticated_by: the verifier's name.
        """
        return Principal(
            issuer=issuer,
            subject=self.id,
            kind="user",
            assurance=Assurance.USER,
            authenticated_by=authenticated_by,
            email=self.email,
            name=self.name,
            groups=self.groups,
            roles=self.roles,
        )


@dataclass(frozen=True, slots=True)
class Fetched:
    """A public document."""

    body: bytes
    cache_control: str = ""
    """The header as it came; empty when there was none."""


class Fetch(Protocol):
    """Gets public documents, such as key sets, from hosts that the settings name."""

    async def __call__(self, url: str, /) -> Fetched:
        """Return what stands at an https URL, and no other place: redirects are not followed.

        Raises:
            Unavailable: the host does not answer, with another status than 200, at too great a length, or its name
                leads to an address that is not dialled.
        """
        ...


class TokenOwners(Protocol):
    """Whose API token of the instance this is."""

    async def owner_of(self, token: Secret) -> str | None:
        """Return the Looker user's id; None when the instance does not know the token.

        Raises:
            Unavailable: Looker does not answer, so nobody can say.
        """
        ...


class Directory(Protocol):
    """The instance's users."""

    async def user(self, user_id: str) -> LookerUser | None:
        """Return the user, at most ``instance.directory_ttl`` seconds old; None when there is no such user.

        Raises:
            Unavailable: Looker does not answer and nothing fresh enough is known. There is no stale fallback: a user
                who was disabled must not live on in a cache.
        """
        ...

    async def facts(self, principal: Principal, needs: frozenset[Need]) -> Facts:
        """Return what ``needs`` ask for, under the same age limit; nothing unless the principal is a proven user here.

        Raises:
            Unavailable: as above.
        """
        ...


class StoredTokenReader(Protocol):
    """Tells of the tokens that are kept fresh in Looker; also while Looker is down."""

    async def read(self) -> StoredTokens:
        """Return what is known now.

        Raises:
            Unavailable: nothing is kept fresh here, or the store does not answer.
        """
        ...


class NoStoredTokens:
    """A gateway that keeps no tokens fresh."""

    async def read(self) -> StoredTokens:
        raise Unavailable(
            "no_sync_rules", "This gateway keeps no tokens fresh.", "Add [[sync.rules]] to lookgate.toml: docs/sync.md."
        )


NO_STORED_TOKENS = NoStoredTokens()
