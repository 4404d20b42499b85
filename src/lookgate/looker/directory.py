"""Who the instance's users are now: asked once per user and age limit, however many requests wait for it."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from dataclasses import dataclass
from typing import Any

from lookgate.core.ports import Clock, LookerUser
from lookgate.errors import Unavailable
from lookgate.looker.client import LookerClient, segment
from lookgate.looker.refusal import NOT_FOUND, LookerRefused

_USERS = 10_000
_FIELDS = "id,display_name,first_name,last_name,email,is_disabled,group_ids,role_ids"


@dataclass(frozen=True, slots=True)
class _Known:
    user: LookerUser | None
    at: float


class LookerDirectory:
    """``core.ports.Directory`` over the API. Costs one call per user and age limit, two more for all names together."""

    def __init__(self, client: LookerClient, clock: Clock, *, ttl: float) -> None:
        self._client = client
        self._clock = clock
        self._ttl = ttl
        self._users: OrderedDict[str, _Known] = OrderedDict()
        self._asking: dict[str, asyncio.Task[LookerUser | None]] = {}
        self._groups = _Names(client, clock, "/groups", ttl)
        self._roles = _Names(client, clock, "/roles", ttl)

    async def user(self, user_id: str) -> LookerUser | None:
        known = self._users.get(user_id)
        if known is not None and self._clock.monotonic() - known.at < self._ttl:
            return known.user
        task = self._asking.get(user_id)
        if task is None:
            task = asyncio.create_task(self._ask(user_id))
            self._asking[user_id] = task
            task.add_done_callback(lambda _: self._asking.pop(user_id, None))
        # Shielded: one caller who hangs up must not fail the others who wait for the same answer.
        return await asyncio.shield(task)

    async def _ask(self, user_id: str) -> LookerUser | None:
        # The age counts from before the question: what Looker changes meanwhile is not held longer for it.
        at = self._clock.monotonic()
        try:
            found = await self._client.get(f"/users/{segment(user_id)}", fields=_FIELDS)
        except LookerRefused as refusal:
            if refusal.answer != NOT_FOUND or refusal.code == "looker_login_refused":
                raise
            user = None
        else:
            user = await self._read(user_id, found)
        self._users[user_id] = _Known(user, at)
        self._users.move_to_end(user_id)
        while len(self._users) > _USERS:
            self._users.popitem(last=False)
        return user

    async def _read(self, user_id: str, found: Any) -> LookerUser:
        try:
            enabled = found["is_disabled"] is False and str(found["id"]) == user_id
            groups = [str(one) for one in found["group_ids"]]
            roles = [str(one) for one in found["role_ids"]]
            name = found.get("display_name") or f"{found.get('first_name') or ''} {found.get('last_name') or ''}"
            email = str(found.get("email") or "")
        except (KeyError, TypeError, AttributeError) as error:
            # A user without Admin gets a public subset, which does not say whether the user is disabled.
            raise Unavailable(
                "looker_user_unreadable",
                f"Looker does not tell the gateway all it must know of the user {user_id}.",
                "Give the API user the Admin role.",
            ) from error
        return LookerUser(
            id=user_id,
            name=str(name).strip(),
            email=email,
            enabled=enabled,
            groups=await self._groups.of(groups),
            roles=await self._roles.of(roles),
        )


class _Names:
    """Names by id, all fetched together, no older than the age limit."""

    def __init__(self, client: LookerClient, clock: Clock, path: str, ttl: float) -> None:
        self._client = client
        self._clock = clock
        self._path = path
        self._ttl = ttl
        self._names: dict[str, str] = {}
        self._at: float | None = None
        self._lock = asyncio.Lock()

    async def of(self, ids: list[str]) -> frozenset[str]:
        """Return the names; an id that has none (deleted meanwhile) grants nothing."""
        if not ids:
            return frozenset()
        async with self._lock:
            now = self._clock.monotonic()
            old = self._at is None or now - self._at >= self._ttl
            if old or any(one not in self._names for one in ids):
                found = await self._client.get(self._path, fields="id,name")
                try:
                    self._names = {str(one["id"]): str(one["name"]) for one in found}
                except (KeyError, TypeError) as error:
                    raise Unavailable(
                        "looker_unreadable", f"Looker's answer to GET {self._path} cannot be read.", "Try again."
                    ) from error
                self._at = now
        return frozenset(self._names[one] for one in ids if one in self._names)
