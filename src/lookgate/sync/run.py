"""One tick: what is due is renewed, several at a time, the most urgent first."""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Sequence

from lookgate.core.renewal import Target
from lookgate.errors import Unavailable
from lookgate.sync.instance import Instance
from lookgate.sync.mints import Mints
from lookgate.sync.plan import Plan, Step, plan
from lookgate.sync.renew import Renewer
from lookgate.sync.report import Progress, Result, TickReport
from lookgate.sync.world import World


class Runner:
    """Runs ticks. It keeps nothing between two of them but what stands in the store."""

    def __init__(self, world: World) -> None:
        self.world = world

    async def plan(self, targets: Sequence[Target], *, retry: bool = False) -> Plan:
        """Return what a tick would do now, without doing it. Sources of secrets without an end are asked.

        Raises:
            Unavailable: the store does not answer.
        """
        world = self.world
        instances = await self._instances(targets)
        return await self._plan(targets, self._mints(), instances, retry=retry, world=world)

    async def tick(
        self,
        targets: Sequence[Target],
        *,
        retry: bool = False,
        complete: bool = True,
        progress: Progress | None = None,
    ) -> TickReport:
        """Renew what is due.

        May be cancelled at any time: a lease that was taken then runs out by itself.

        Args:
            targets: the places that rules name now.
            retry: whether what failed is tried again before its time, as a person asks for.
            complete: whether ``targets`` are all there are; only then are the states of others forgotten.
            progress: told after each step.

        Raises:
            Unavailable: the store does not answer, so nothing was done.
        """
        world = self.world
        began = world.clock.monotonic()
        mints, instances = self._mints(), await self._instances(targets)
        decided = await self._plan(targets, mints, instances, retry=retry, world=world)
        renewer = Renewer(world, mints, decided, quiet=not retry)
        # A source that hangs holds up its own targets, and no others: a token is waited for outside of any turn.
        queues: dict[tuple[str, str, str], deque[Step]] = {}
        for step in decided.due:
            target = step.target
            queues.setdefault((target.instance, target.source, target.audience), deque()).append(step)
        results: list[Result] = []

        async def work(queue: deque[Step], instance: Instance) -> None:
            while queue:
                results.append(await renewer.renew(queue.popleft(), instance))
                if progress:
                    progress(len(results), len(decided.due), results[-1])

        try:
            async with asyncio.TaskGroup() as workers:
                for (base_url, *_), queue in queues.items():
                    for _ in range(min(world.concurrency, len(queue))):
                        workers.create_task(work(queue, instances[base_url]))
        finally:
            for instance in instances.values():
                await instance.close()
        if complete and decided.orphans:
            with contextlib.suppress(Unavailable):  # they are still there at the next tick
                await world.blocking(world.states.forget, decided.orphans)
        return TickReport(
            plan=decided,
            seconds=world.clock.monotonic() - began,
            results=tuple(results),
            calls=sum(instance.calls for instance in instances.values()),
            over_budget=tuple(base_url for base_url, instance in instances.items() if instance.exhausted),
        )

    def _mints(self) -> Mints:
        return Mints(self.world.sources, self.world.random, self.world.sleep)

    async def _instances(self, targets: Sequence[Target]) -> dict[str, Instance]:
        instances = {
            base_url: Instance(base_url, self.world) for base_url in sorted({each.instance for each in targets})
        }
        for instance in instances.values():
            await instance.open()
        return instances

    async def _plan(
        self, targets: Sequence[Target], mints: Mints, instances: dict[str, Instance], *, retry: bool, world: World
    ) -> Plan:
        states = await world.blocking(world.states.all)
        endless = {state.key for state in states if state.renewed_at and state.expires_at is None}
        pairs = sorted({(each.source, each.audience) for each in targets if each.key in endless})
        return plan(
            targets,
            states,
            world.clock.now(),
            every=world.every,
            digests=dict(zip(pairs, await asyncio.gather(*(mints.digest(*pair) for pair in pairs)), strict=True)),
            retry=retry,
            exhausted=frozenset(base_url for base_url, instance in instances.items() if instance.exhausted),
        )
