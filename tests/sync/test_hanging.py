"""Whoever accepts and says nothing holds up what depends on it, and nothing else."""

from __future__ import annotations

import asyncio
import threading
from datetime import timedelta

import pytest

from lookgate.core.renewal import Minted, Target
from lookgate.core.secret import Secret
from lookgate.errors import Unavailable
from lookgate.sync.sources.static import StaticSecret
from lookgate.sync.turns import Turns
from lower_rooms import START, run
from sync_town import LIFE, Town, target


class Silent:
    """A source, and a canary, that never answers."""

    def __init__(self) -> None:
        self.asked = 0

    async def mint(self, audience: str) -> Minted:  # noqa: ARG002 - the port's signature
        self.asked += 1
        await asyncio.Event().wait()
        raise AssertionError

    async def check(self, target: Target, value: Secret) -> str:  # noqa: ARG002 - the port's signature
        self.asked += 1
        await asyncio.Event().wait()
        raise AssertionError


async def until_stored(town: Town, wanted: list[Target], work: list[Target]) -> None:
    """Run a tick until these are stored, then end it as a run's limit does."""
    stored = asyncio.Event()

    async def look(_: Target) -> None:
        if {each.key for each in wanted} <= town.looker.values.keys():
            stored.set()

    town.looker.after = look
    tick = asyncio.create_task(town.runner.tick(work))
    async with asyncio.timeout(20):
        await stored.wait()
    assert not tick.done()
    tick.cancel()
    with pytest.raises(asyncio.CancelledError):
        await tick


@pytest.mark.counts("chaos", "a source or a service that hangs")
def test_a_source_that_hangs_holds_up_no_other_source_however_many_and_urgent_its_targets_are() -> None:
    town, silent = Town(concurrency=2), Silent()
    town.sources["silent"] = silent
    stuck = [target(number, source="silent", audience=f"https://{number % 5}.example.com") for number in range(40)]
    well = [target(number) for number in range(100, 110)]
    run(until_stored(town, well, [*stuck, *well]))
    assert town.looker.most <= 2
    assert silent.asked == 5


@pytest.mark.counts("chaos", "a source or a service that hangs")
def test_a_source_that_hangs_is_asked_for_a_few_tokens_at_a_time() -> None:
    town, silent = Town(), Silent()
    town.sources["silent"] = silent
    stuck = [target(number, source="silent", audience=f"https://{number}.example.com") for number in range(30)]
    run(until_stored(town, [target(100)], [*stuck, target(100)]))
    assert silent.asked == 8


@pytest.mark.counts("chaos", "a source or a service that hangs")
def test_a_service_that_hangs_holds_up_the_trials_of_its_own_rule_and_no_renewal() -> None:
    silent = Silent()
    town = Town(concurrency=2, canary=silent)
    wanted = [target(number, audience=f"https://{number}.example.com", rule="all") for number in range(20)]
    run(until_stored(town, wanted, wanted))
    assert town.looker.most <= 2


def test_one_trial_of_a_rules_token_tells_for_all_of_its_targets() -> None:
    class Trial:
        tried = 0

        async def check(self, target: Target, value: Secret) -> str:  # noqa: ARG002 - the port's signature
            self.tried += 1
            await asyncio.sleep(0)
            return f"canary_{self.tried}"

    trial = Trial()
    town = Town(canary=trial)
    report = town.tick(*(target(number, rule="members") for number in range(50)), target(50, rule="other"))
    told = {(result.target.rule, result.canary) for result in report.results}
    assert (len(told), trial.tried) == (2, 2)
    assert all(town.state(result.target).canary == result.canary for result in report.results)


def test_of_several_sources_the_most_urgent_targets_are_written_first_all_the_same() -> None:
    town = Town(concurrency=1)
    town.sources["other"] = town.tokens
    wanted = [target(number, source=("google", "other")[number % 2]) for number in range(6)]
    for each in wanted:  # each renewed a minute after the one before
        town.tick(each, complete=False)
        town.clock.move(60)
    town.looker.writes.clear()
    town.clock.at = START + timedelta(seconds=LIFE)
    town.tick(*reversed(wanted))
    # The first of each source is there before any waits; from then on the order is theirs.
    assert town.looker.writes == [each.key for each in wanted]


@pytest.mark.counts("chaos", "a source or a service that hangs")
def test_a_secret_on_a_mount_that_hangs_is_told_and_costs_one_thread() -> None:
    go, readings = threading.Event(), [0]

    def read() -> Secret:
        readings[0] += 1
        go.wait()
        return Secret("a-secret")

    async def story() -> None:
        source = StaticSecret(read, seconds=0.01)
        for _ in range(20):
            with pytest.raises(Unavailable) as refused:
                await source.mint("")
            assert refused.value.code == "secret_unreadable"
        assert readings == [1]
        go.set()
        async with asyncio.timeout(20):
            while True:
                try:
                    assert (await source.mint("")).value.reveal() == "a-secret"
                except Unavailable:
                    continue
                return

    run(story())


def test_who_gives_up_waiting_for_a_turn_takes_nobodys_place() -> None:
    async def story() -> None:
        turns, order = Turns(1), list[int]()

        async def take(rank: int) -> None:
            async with turns.taken(rank):
                order.append(rank)
                await asyncio.sleep(0)

        async with turns.taken(0):
            waiting = [asyncio.create_task(take(rank)) for rank in (5, 4, 3, 2, 1)]
            await asyncio.sleep(0)
            waiting[4].cancel()
        waiting[3].cancel()  # to whom the place was given just now
        await asyncio.gather(*waiting, return_exceptions=True)
        assert order == [3, 4, 5]
        async with asyncio.timeout(5):
            await take(9)

    run(story())
