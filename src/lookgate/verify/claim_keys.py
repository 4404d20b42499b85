"""Where the verifier of claims finds the keys: in the gateway's own ring, or in the warehouse that minted them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from lookgate.claims.blocks import Blocks, blocks_of
from lookgate.claims.dialect import Dialect
from lookgate.claims.install import Warehouse
from lookgate.claims.sql import joined_keys_sql, live_keys_sql
from lookgate.core.ports import Clock
from lookgate.errors import LookgateError, Unavailable
from lookgate.keys.store import Rings
from lookgate.verify.claim import Verdict
from lookgate.verify.jwt import Unverified

RING = "claims"
"""The name of the ring whose keys sign claims."""
FRESH = 60.0
"""Seconds after which the warehouse's keys are read again."""
COOLDOWN = 5.0
"""Seconds between readings at least: a flood of unknown key names cannot become a flood of queries."""


class LiveKeys(Protocol):
    """The keys with which the warehouse may sign."""

    async def find(self, kid: str, now: datetime) -> Blocks | None:
        """Return the key of exactly this name, or None when there is none or it is retired.

        Raises:
            Unavailable: the keys cannot be read now.
        """
        ...


class InMemory:
    """``Signatures`` that are computed here, with the keys at hand."""

    def __init__(self, keys: LiveKeys) -> None:
        self._keys = keys

    async def verdict(self, claim: Unverified, now: datetime) -> Verdict:
        blocks = await self._keys.find(str(claim.header["kid"]), now)
        if blocks is None:
            return Verdict.KEY_UNKNOWN
        return Verdict.FITS if blocks.verify(claim.signed, claim.signature) else Verdict.WRONG


class RingKeys:
    """The keys of the ring, read again as soon as its file changes."""

    def __init__(self, rings: Rings) -> None:
        self._rings = rings
        self._blocks: dict[str, tuple[str, Blocks]] = {}

    async def find(self, kid: str, now: datetime) -> Blocks | None:
        try:
            key = self._rings.load(RING).find(kid, now)
        except LookgateError as error:
            raise _unreadable("lookgate keys list") from error
        if key is None or key.alg != "HS256":
            return None
        known = self._blocks.get(kid)
        if known is None or known[0] != key.secret.reveal():
            known = (key.secret.reveal(), blocks_of(key.raw))
            self._blocks[kid] = known
        return known[1]


@dataclass(frozen=True, slots=True)
class _Installed:
    blocks: Blocks
    ends: int


class TableKeys:
    """The keys of a warehouse that mints them itself, remembered until they retire."""

    def __init__(self, warehouse: Warehouse, dialect: Dialect, table: str, clock: Clock) -> None:
        """Read ``table_1`` and ``table_2`` (``claims.keys_lookml``)."""
        self._warehouse = warehouse
        self._sql = live_keys_sql(joined_keys_sql(*(dialect.table(f"{table}_{number}") for number in (1, 2))))
        self._clock = clock
        self._known: dict[str, _Installed] = {}
        self._read_at = -FRESH
        self._tried_at = -COOLDOWN
        self._failure: Unavailable | None = None
        self._one_at_a_time = asyncio.Lock()

    async def find(self, kid: str, now: datetime) -> Blocks | None:
        if kid not in self._known or self._clock.monotonic() - self._read_at >= FRESH:
            async with self._one_at_a_time:
                await self._refresh(kid)
        key = self._known.get(kid)
        return key.blocks if key is not None and now.timestamp() < key.ends else None

    async def _refresh(self, kid: str) -> None:
        moment = self._clock.monotonic()
        needed = kid not in self._known or moment - self._read_at >= FRESH
        if needed and moment - self._tried_at >= COOLDOWN:
            self._tried_at = moment
            try:
                self._remember(await asyncio.to_thread(self._warehouse.query, self._sql))
            except Unavailable as error:
                self._failure = _unreadable("lookgate claims probe")
                self._failure.__cause__ = error
            else:
                self._failure, self._read_at = None, moment
        if self._failure is not None and kid not in self._known:  # a key that is known ends at its own time
            raise self._failure

    def _remember(self, rows: Sequence[Sequence[object]]) -> None:
        for name, inner, outer, _, ends in rows:
            blocks = _blocks(str(inner), str(outer))
            if blocks is not None:
                self._known[str(name)] = _Installed(blocks, int(str(ends)))
        now = self._clock.now().timestamp()
        self._known = {name: key for name, key in self._known.items() if now < key.ends}


def _unreadable(command: str) -> Unavailable:
    """Say no more than this to whoever presents a claim: the cause names files and hosts."""
    return Unavailable(
        "claim_keys_unavailable",
        "The keys of claims cannot be read now.",
        f"Try again. An admin finds the cause with: {command}.",
    )


def _blocks(inner: str, outer: str) -> Blocks | None:
    try:
        return Blocks(bytes.fromhex(inner), bytes.fromhex(outer))
    except ValueError:
        return None
