"""A handle for each user who proved themself by a claim and has none: issued beside the request, never in its way.

Of all processes that share a store one tries at a time. The time is cut into windows, and whoever tries must be the
first to use up this one and the next, so that no two attempts for a user are closer than a window, on whatever side of
its end they begin. What failed is tried again by the first claim after that; a killed process holds nobody up longer.
"""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

from lookgate.core.identity import Principal
from lookgate.core.ports import Clock, RandomBytes, Store
from lookgate.core.tasks import end
from lookgate.errors import LookgateError
from lookgate.looker.client import LookerClient
from lookgate.looker.handles import NOT_A_PERSON, HandleIssuer

WINDOW = 60
"""Seconds; longer than one attempt, and than the clocks of two gateways differ by."""
PATIENCE = 20.0
"""Seconds that one attempt may take."""
AT_ONCE = 4
"""Attempts at the same time."""
WAITING = 256
"""Users for whom attempts wait or run. Beyond that a claim starts none; a later one will."""
NOBODY_SECONDS = 3600.0
"""How long it is remembered that a user is no person."""
_NAMESPACE = "first_handle"


class FirstHandles:
    """Issues first handles in the background. Use it within one event loop."""

    def __init__(
        self,
        client: LookerClient,
        store: Store,
        *,
        attribute: str,
        random: RandomBytes,
        clock: Clock,
        patience: float = PATIENCE,
    ) -> None:
        self._issuer = HandleIssuer(client, store, random=random, clock=clock)
        self._store = store
        self._attribute = attribute
        self._clock = clock
        self._patience = patience
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._nobody: dict[str, float] = {}
        self._places = asyncio.Semaphore(AT_ONCE)
        self._is_closed = False

    def proven(self, principal: Principal, *, jti: str, request_id: str) -> None:
        """A user was proven by a claim. Returns at once, whatever comes of it.

        Args:
            principal: the user.
            jti: the claim's.
            request_id: of the request that presented it.
        """
        user_id = principal.subject
        if self._is_closed or user_id in self._tasks or len(self._tasks) >= WAITING:
            return
        if self._nobody.get(user_id, 0.0) > self._clock.monotonic():
            return
        because = f"who has no handle, for the claim {jti} in the request {request_id}"
        task = asyncio.get_running_loop().create_task(self._give(user_id, because))
        self._tasks[user_id] = task
        task.add_done_callback(lambda _: self._tasks.pop(user_id, None))

    async def close(self) -> None:
        """End what runs; afterwards nothing does any more. May be called twice."""
        self._is_closed = True
        await end(list(self._tasks.values()))

    async def _give(self, user_id: str, because: str) -> None:
        try:
            async with self._places, asyncio.timeout(self._patience):
                if await asyncio.to_thread(self._may_try, user_id):
                    await self._issuer.issue_first(user_id, self._attribute, because=because)
        except LookgateError as error:  # it is in the audit log, unless that is what failed
            if error.code == NOT_A_PERSON:
                self._remember_nobody(user_id)
        except TimeoutError:
            pass  # likewise

    def _may_try(self, user_id: str) -> bool:
        """Whether the user has no handle, and nobody else is about to give them one."""
        if self._has_handle(user_id):
            return False
        window = int(self._clock.now().timestamp()) // WINDOW
        for number in (window, window + 1):
            ends = datetime.fromtimestamp((number + 1) * WINDOW, UTC)
            if not self._store.consumed.consume(_NAMESPACE, f"{user_id}.{number}", ends):
                return False
        return not self._has_handle(user_id)  # somebody may have finished before this window was ours

    def _has_handle(self, user_id: str) -> bool:
        now = self._clock.now()
        return any(one.is_live(now) for one in self._store.handles.of_user(user_id))

    def _remember_nobody(self, user_id: str) -> None:
        now = self._clock.monotonic()
        if len(self._nobody) >= WAITING:
            self._nobody = {one: until for one, until in self._nobody.items() if until > now}
        if len(self._nobody) < WAITING:
            self._nobody[user_id] = now + NOBODY_SECONDS
