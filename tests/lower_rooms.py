"""What the tests of settings, store, verifiers and Looker share: time and randomness that stand still."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any, TypeVar

from lookgate.core.facts import NO_FACTS, Facts, Need
from lookgate.core.identity import Assurance, Credential, Principal, Scheme
from lookgate.core.ports import HandleRecord, LookerUser
from lookgate.core.secret import Secret

T = TypeVar("T")

START = datetime(2026, 7, 1, 12, 0, tzinfo=UTC)
ANA = Principal(
    issuer="https://looker.example.com",
    subject="7",
    kind="user",
    assurance=Assurance.USER,
    authenticated_by="handle",
    email="ana@example.com",
    name="Ana",
    groups=frozenset({"Analysts", "EU"}),
    roles=frozenset({"Viewer"}),
    scopes=frozenset({"a", "b"}),
    expires_at=START + timedelta(hours=1),
)


class StillClock:
    """Time that a test moves."""

    def __init__(self, at: datetime = START) -> None:
        self.at = at
        self.seconds = 1000.0

    def now(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return self.seconds

    def move(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)
        self.seconds += seconds


class CountedBytes:
    """Bytes that differ each time and are the same in each run."""

    def __init__(self) -> None:
        self._numbers = count(1)

    def __call__(self, size: int, /) -> bytes:
        return next(self._numbers).to_bytes(size)


class DictHandles:
    """``core.ports.Handles`` in a dict."""

    def __init__(self) -> None:
        self.kept: dict[str, HandleRecord] = {}

    def find(self, digest: str) -> HandleRecord | None:
        return self.kept.get(digest)

    def add(self, record: HandleRecord) -> None:
        self.kept[record.digest] = record

    def end(self, digest: str, at: datetime | None) -> None:
        if digest in self.kept:
            self.kept[digest] = replace(self.kept[digest], ends_at=at)

    def used(self, uses: Mapping[str, datetime]) -> None:
        for digest in uses.keys() & self.kept.keys():
            self.kept[digest] = replace(self.kept[digest], used_at=uses[digest])

    def remove(self, digest: str) -> None:
        self.kept.pop(digest, None)

    def of_user(self, user_id: str) -> list[HandleRecord]:
        return [record for record in self.kept.values() if record.user_id == user_id]


class DictDirectory:
    """``core.ports.Directory`` in a dict."""

    def __init__(self, *users: LookerUser) -> None:
        self.users = {user.id: user for user in users}

    async def user(self, user_id: str) -> LookerUser | None:
        return self.users.get(user_id)

    async def facts(self, principal: Principal, needs: frozenset[Need]) -> Facts:  # noqa: ARG002 - the port's signature
        return NO_FACTS


def credential(scheme: Scheme, secret: str, location: str = "authorization") -> Credential:
    return Credential(scheme, Secret(secret), location)


def run(work: Coroutine[Any, Any, T]) -> T:
    return asyncio.run(work)
