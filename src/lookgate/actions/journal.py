"""Storing audit events from the event loop: those of one moment together, without waiting where that is possible.

Every call waits for its own event. One transaction for each would cost more than all the rest of a call; so the events
of calls that end in the same turn of the loop share one. It is written there and then; when the store would have to
wait for another writer or for the disk, in a thread, so that the loop never waits.
"""

from __future__ import annotations

import asyncio

from lookgate.core.audit import AuditEvent
from lookgate.core.ports import Store

_Waiting = list[tuple[AuditEvent, "asyncio.Future[None]"]]


class Journal:
    """Writes to one store. Its ``write`` is for event loops; threads use the store itself."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self._waiting: _Waiting = []
        self._threads = set[asyncio.Task[None]]()

    async def write(self, event: AuditEvent) -> None:
        """Store ``event``, to the end even if the caller goes away meanwhile.

        Raises:
            Unavailable: it is not stored.
        """
        loop = asyncio.get_running_loop()
        stored: asyncio.Future[None] = loop.create_future()
        self._waiting.append((event, stored))
        if len(self._waiting) == 1:
            loop.call_soon(self._flush)
        try:
            await asyncio.shield(stored)
        except asyncio.CancelledError:
            await asyncio.wait([stored])
            stored.exception()  # nobody is left to be told
            raise

    def _flush(self) -> None:
        waiting, self._waiting = self._waiting, []
        try:
            if not self.store.record(*(event for event, _ in waiting), wait=False):
                task = asyncio.ensure_future(self._in_thread(waiting))
                self._threads.add(task)  # the loop itself would let it be collected
                task.add_done_callback(self._threads.discard)
                return
        except Exception as error:  # noqa: BLE001 - each call raises it as its own
            _settle(waiting, error)
        else:
            _settle(waiting, None)

    async def _in_thread(self, waiting: _Waiting) -> None:
        try:
            await asyncio.to_thread(self.store.record, *(event for event, _ in waiting))
        except Exception as error:  # noqa: BLE001 - each call raises it as its own
            _settle(waiting, error)
        else:
            _settle(waiting, None)


def _settle(waiting: _Waiting, error: Exception | None) -> None:
    for _, stored in waiting:
        if error is None:
            stored.set_result(None)
        else:
            stored.set_exception(error)
