"""Where the verifier of claims finds the keys: in the gateway's own ring, or in the warehouse that minted them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from lookgate.claims.blocks import Blocks, blocks_of
from lookgate.claims.dialect import Dialect
from lookgate.claims.format import LONGEST_LIFE
from lookgate.claims.install import Warehouse
from lookgate.claims.sql import joined_keys_sql, live_keys_sql, whole
from lookgate.core.ports import Clock
from lookgate.errors import LookgateError, Unavailable
from lookgate.keys.store import Rings
from lookgate.verify.claim import LEEWAY, Verdict
from lookgate.verify.jwt import Unverified

RING = "claims"
"""The name of the ring whose keys sign claims."""
FRESH = 60.0
"""Seconds after which the warehouse's keys are read again."""
COOLDOWN = 5.0
"""Seconds between readings at least: a flood of unknown key names cannot become a flood of queries."""
PATIENCE = 5.0
"""Seconds that a claim waits for the warehouse: one that hangs does not hold everybody up for as long as it likes."""
_BELIEVED_AFTER = LONGEST_LIFE + LEEWAY
"""Seconds for which a key that left the table is believed: the last claim that it signed ends no later."""


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
    """The keys of a warehouse that mints them itself.

    * They are read again every minute, and when a claim names one that is not known, at most every five seconds.
    * A key that is not there any more is believed as long as a claim can be that it has signed before, then no more: so
      who replaces both tables ends a key that leaked.
    * While the warehouse does not answer, a known key serves at once, until it retires.
    """

    def __init__(
        self, warehouse: Warehouse, dialect: Dialect, table: str, clock: Clock, *, patience: float = PATIENCE
    ) -> None:
        """Read ``table_1`` and ``table_2`` (``claims.keys_lookml``).

        Args:
            warehouse: where.
            dialect: its SQL.
            table: the common part of both names.
            clock: tells ages.
            patience: seconds that a claim waits for the warehouse.
        """
        self._warehouse = warehouse
        self._sql = live_keys_sql(joined_keys_sql(*(dialect.table(f"{table}_{number}") for number in (1, 2))))
        self._clock = clock
        self._patience = patience
        self._known: dict[str, _Installed] = {}
        self._read_at = -FRESH
        self._tried_at = -COOLDOWN
        self._failure: Unavailable | None = None
        self._asking: asyncio.Task[None] | None = None

    async def find(self, kid: str, now: datetime) -> Blocks | None:
        is_known = kid in self._known
        if not is_known or self._clock.monotonic() - self._read_at >= FRESH:
            await self._ask(wait=not is_known or self._failure is None)
        key = self._known.get(kid)
        if key is None and self._failure is not None:  # a key that is known ends at its own time
            raise self._failure
        return key.blocks if key is not None and now.timestamp() < key.ends else None

    async def _ask(self, *, wait: bool) -> None:
        if self._asking is None:
            if self._clock.monotonic() - self._tried_at < COOLDOWN:
                return
            self._tried_at = self._clock.monotonic()
            self._asking = asyncio.create_task(self._read())
            self._asking.add_done_callback(self._answered)
        asked = self._asking
        if wait:
            await asyncio.wait([asked], timeout=self._patience)  # nobody's going away ends it for the others
            if asked.done():
                asked.result()
            else:
                self._failure = _unreadable("lookgate claims probe")

    def _answered(self, asked: asyncio.Task[None]) -> None:
        self._asking = None
        if not asked.cancelled():
            asked.exception()  # whoever waited was told

    async def _read(self) -> None:
        moment = self._clock.monotonic()
        try:
            self._remember(await asyncio.to_thread(self._warehouse.query, self._sql))
        except Unavailable as error:
            self._failure = _unreadable("lookgate claims probe")
            self._failure.__cause__ = error
        else:
            self._failure, self._read_at = None, moment

    def _remember(self, rows: Sequence[Sequence[object]]) -> None:
        now = self._clock.now().timestamp()
        found = {str(row[0]): key for row in rows if (key := _installed(row)) is not None}
        for name, key in self._known.items():
            if name not in found:
                found[name] = _Installed(key.blocks, min(key.ends, int(now) + _BELIEVED_AFTER))
        self._known = {name: key for name, key in found.items() if now < key.ends}


def _unreadable(command: str) -> Unavailable:
    """Say no more than this to whoever presents a claim: the cause names files and hosts."""
    return Unavailable(
        "claim_keys_unavailable",
        "The keys of claims cannot be read now.",
        f"Try again. An admin finds the cause with: {command}.",
    )


def _installed(row: Sequence[object]) -> _Installed | None:
    """Return the key of a row; None where somebody wrote what is no key. The other rows count all the same."""
    _, inner, outer, _, ends = row
    try:
        return _Installed(Blocks(bytes.fromhex(str(inner)), bytes.fromhex(str(outer))), whole(ends))
    except ValueError:
        return None
