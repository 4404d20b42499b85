"""The runs of one process: shared by who asks at once, ended in time, told however they end."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from lookgate.core.renewal import Target
from lookgate.errors import LookgateError, Refused, Unavailable
from lookgate.sync.runs import LAST, Ended, Last, Progressed, Runs
from lookgate.sync.updater import RunReport, Updater
from lower_rooms import run
from sync_town import DOWN, Town, target


class Finding:
    """``sync.updater.Finder`` that finds these, or raises."""

    def __init__(self, *targets: Target, error: Exception | None = None) -> None:
        self.targets = targets
        self.problems: tuple[Any, ...] = ()
        self.error = error

    async def find(self, rules: object, *, fresh: frozenset[str] = frozenset()) -> Any:  # noqa: ARG002 - the port's
        if self.error is not None:
            raise self.error
        return self


class House:
    """A town, and the runs of a process in it."""

    def __init__(self, *targets: Target, error: Exception | None = None, limit: float = 60.0) -> None:
        self.town = Town()
        self.runs = Runs(self.town.clock, self.town.store.notes, limit=limit)
        self.told: list[Progressed | Ended] = []
        self.runs.tell.append(self.told.append)
        self.finding = Finding(*(targets or (target(),)), error=error)
        self.gate, self.reached = asyncio.Event(), asyncio.Event()

    @property
    def updater(self) -> Updater:
        return Updater((), self.finding, self.town.runner)

    async def at_the_gate(self, _: Target) -> None:
        """Hold a write up until the gate is opened."""
        self.reached.set()
        await self.gate.wait()

    async def go(self, name: str = "") -> RunReport:
        return await self.runs.run(self.updater, by="request", name=name)

    def ended(self) -> Ended:
        (only,) = (each for each in self.told if isinstance(each, Ended))
        return only

    def last(self) -> Last:
        kept = self.town.store.notes.recall(LAST)
        assert kept is not None
        return msgspec.json.decode(kept[0], type=Last)


def test_who_asks_while_a_run_goes_on_is_answered_with_its_report() -> None:
    async def story() -> None:
        house = House()
        reports = await asyncio.gather(*(house.go() for _ in range(10)))
        assert all(report is reports[0] for report in reports)
        assert len(house.town.looker.writes) == 1
        assert house.ended().ok
        assert await house.go() is not reports[0]

    run(story())


def test_runs_of_different_rules_do_not_wait_for_each_other() -> None:
    async def story() -> None:
        house = House()
        one, other = await asyncio.gather(house.go("a"), house.go("b"))
        assert one is not other

    run(story())


def test_a_caller_who_goes_away_does_not_end_the_run() -> None:
    async def story() -> None:
        house = House()
        house.town.looker.before = house.at_the_gate
        asking = asyncio.create_task(house.go())
        await house.reached.wait()
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        house.gate.set()
        report = await house.go()  # the same run
        assert report.ok
        assert len(house.town.looker.writes) == 1

    run(story())


def test_a_run_is_ended_before_the_scheduler_gives_up_and_says_how_far_it_came() -> None:
    async def story() -> None:
        house = House(*(target(number) for number in range(1, 4)), limit=0.05)
        house.town.concurrency = 1

        async def stuck(_: Target) -> None:
            if len(house.town.looker.writes) == 3:
                await asyncio.Event().wait()

        house.town.looker.before = stuck
        with pytest.raises(Unavailable) as ended:
            await house.go()
        assert ended.value.code == "sync_timeout"
        assert "2 of 3 steps" in ended.value.detail
        assert house.last() == Last(ok=False, by="request", codes=("sync_timeout",))
        house.town.looker.before = None
        house.town.clock.move(house.town.runner.world.lease_seconds + 1)
        assert (await house.go()).ok

    run(story())


@pytest.mark.parametrize("error", [DOWN, ValueError("secret inside")])
def test_a_run_that_breaks_is_told_by_its_code_and_raised(error: Exception) -> None:
    async def story() -> None:
        house = House(error=error)
        with pytest.raises(LookgateError) as raised:
            await house.go()
        assert "secret" not in str(raised.value)
        assert (raised.value is error) == isinstance(error, LookgateError)
        assert (raised.value.__cause__ is error) == isinstance(error, ValueError)
        assert [each.code for each in house.ended().failures] == [raised.value.code]
        assert house.last().codes == (raised.value.code,)

    run(story())


def test_nobody_need_wait_for_a_run_that_breaks() -> None:
    async def story() -> None:
        house = House(error=DOWN)
        house.runs.tell.append(lambda _: house.reached.set())
        asking = asyncio.create_task(house.go())
        await asyncio.sleep(0)
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        await house.reached.wait()
        await asyncio.sleep(0)  # a task whose error nobody looked at would be told here

    run(story())


def test_closing_ends_what_runs() -> None:
    async def story() -> None:
        house = House()
        house.town.looker.before = house.at_the_gate
        asking = asyncio.create_task(house.go())
        await house.reached.wait()
        await house.runs.close()
        for waiting in (asking, house.go()):
            with pytest.raises(Unavailable) as told:
                await waiting
            assert told.value.code == "gateway_ending"
        assert house.told == []

    run(story())


def failing(house: House) -> None:
    house.town.looker.errors = [Refused("looker_forbidden", "No.", "Give the API user the Admin role.")]


def away(house: House) -> None:
    house.town.looker.errors = [DOWN] * 3


@pytest.mark.parametrize(
    ("prepare", "code", "passes"), [(failing, "looker_forbidden", False), (away, "looker_down", True)]
)
def test_a_failure_says_where_why_and_whether_another_try_is_worth_it(
    prepare: Callable[[House], None], code: str, passes: bool
) -> None:
    async def story() -> None:
        house = House()
        prepare(house)
        report = await house.go()
        assert not report.ok
        (failure,) = house.ended().failures
        assert (failure.where, failure.code, failure.passes) == ("orders_token for group 1", code, passes)
        assert house.ended().detail == f"Not as it should be: orders_token for group 1 ({code})."
        assert (house.runs.renewed, house.runs.failed) == (0, 1)

    run(story())


def test_the_first_few_failures_are_named_and_the_others_counted() -> None:
    async def story() -> None:
        house = House(*(target(number) for number in range(1, 6)))
        house.town.looker.errors = [Refused("looker_forbidden", "No.")] * 5
        await house.go()
        assert house.ended().detail.endswith("(looker_forbidden), and 2 more.")
        assert len(house.ended().failures) == 5

    run(story())


def test_a_target_that_waits_after_a_failure_is_one() -> None:
    async def story() -> None:
        house = House()
        away(house)
        await house.go()
        house.told.clear()
        assert not (await house.go()).ok
        (failure,) = house.ended().failures
        assert (failure.code, failure.passes) == ("looker_down", True)

    run(story())


def test_rules_that_want_different_values_are_a_failure_that_names_them() -> None:
    async def story() -> None:
        house = House(target(1), target(1, rule="other", fingerprint="f2"))
        await house.go()
        (failure,) = house.ended().failures
        assert (failure.code, failure.passes) == ("rules_conflict", False)
        assert failure.hint == "Leave one of the rules other, rule1."

    run(story())


def test_a_long_run_says_how_far_it_is() -> None:
    async def story() -> None:
        house = House(*(target(number) for number in range(1, 5)))
        house.town.concurrency = 1

        async def slow(_: Target) -> None:
            house.town.clock.move(6.0)

        house.town.looker.before = slow
        await house.go()
        told = [each for each in house.told if isinstance(each, Progressed)]
        assert [(each.done, each.of) for each in told] == [(2, 4), (4, 4)]

    run(story())
