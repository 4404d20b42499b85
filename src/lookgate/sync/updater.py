"""One run over all rules: names are looked up, tokens renewed, and what has moved in Looker is found again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from lookgate.core.ports import Json
from lookgate.core.renewal import Target
from lookgate.errors import Unavailable
from lookgate.sync.plan import Plan
from lookgate.sync.report import Progress, TickReport
from lookgate.sync.rule import Rule
from lookgate.sync.run import Runner

GONE = "target_gone"
"""The code of a write that Looker answered with 404: the ids that are kept are wrong."""


class Unfit(Protocol):
    """What keeps a rule from being carried out (``looker.targets.Problem``)."""

    @property
    def rule(self) -> str: ...
    @property
    def code(self) -> str: ...
    @property
    def detail(self) -> str: ...
    @property
    def hint(self) -> str: ...


class Places(Protocol):
    """Where rules lead (``looker.targets.Found``)."""

    @property
    def targets(self) -> tuple[Target, ...]: ...
    @property
    def problems(self) -> Sequence[Unfit]: ...


class Finder(Protocol):
    """``looker.targets.Targets``."""

    async def find(self, rules: Sequence[Rule], *, fresh: frozenset[str] = frozenset()) -> Places: ...


@dataclass(frozen=True, slots=True)
class RunReport:
    """What one run did, rules that lead nowhere included."""

    tick: TickReport
    again: TickReport | None
    """What came of targets that had moved; None when none had."""
    problems: tuple[Unfit, ...]
    moved: frozenset[str] = frozenset()
    """Keys of places that are gone, and that no rule names any more."""

    @property
    def ok(self) -> bool:
        """Whether every rule is carried out. A place that is gone, and that no rule names any more, is no failure."""
        first = all(result.ok or result.target.key in self.moved for result in self.tick.results)
        if self.again is None:
            return not self.problems and self.tick.ok
        waits = any(step.why in {"backoff", "paused"} for step in self.tick.plan.waiting)
        bad = waits or self.tick.stale or self.tick.plan.conflicts or self.problems
        return first and not bad and self.again.ok

    def as_json(self) -> dict[str, Json]:
        """Return the whole report; nothing in it is secret."""
        problems: list[Json] = [
            {"rule": each.rule, "code": each.code, "detail": each.detail, "hint": each.hint} for each in self.problems
        ]
        told = self.tick.as_json() | {"success": self.ok, "problems": problems}
        return told if self.again is None else told | {"again": self.again.as_json()}


class Updater:
    """Carries out the rules of one gateway.

    Args:
        rules: what the settings say.
        finder: finds the places that they name.
        runner: renews.
        whole: whether these are all the rules there are. Only then is forgotten what no rule names any more.
    """

    def __init__(self, rules: Sequence[Rule], finder: Finder, runner: Runner, *, whole: bool = True) -> None:
        self.rules = rules
        self._whole = whole
        self._finder = finder
        self.runner = runner

    async def plan(self, *, fresh: bool = False) -> tuple[Plan, Sequence[Unfit]]:
        """Return what a run would do now, and which rules lead nowhere. Nothing is written to Looker.

        Args:
            fresh: whether every name is looked up anew.

        Raises:
            Unavailable: Looker or the store does not answer.
        """
        names = frozenset(rule.name for rule in self.rules) if fresh else frozenset[str]()
        found = await self._finder.find(self.rules, fresh=names)
        return await self.runner.plan(found.targets), found.problems

    async def run(
        self, *, only: frozenset[str] | None = None, retry: bool = False, progress: Progress | None = None
    ) -> RunReport:
        """Renew what is due.

        Args:
            only: names of the rules to carry out; None for all.
            retry: whether what failed is tried again before its time, as a person asks for.
            progress: told after each step.

        Raises:
            Unavailable: Looker or the store does not answer, so nothing was done.
        """
        rules = [rule for rule in self.rules if only is None or rule.name in only]
        found = await self._finder.find(rules)
        # A rule that leads nowhere now may have states all the same: they are kept, for when it is mended.
        complete = self._whole and only is None and not found.problems
        tick = await self.runner.tick(found.targets, retry=retry, complete=complete, progress=progress)
        moved = frozenset(result.target.rule for result in tick.results if result.code == GONE)
        if not moved:
            return RunReport(tick, None, tuple(found.problems))
        affected = [rule for rule in rules if rule.name in moved]
        try:
            refound = await self._finder.find(affected, fresh=moved)
        except Unavailable:  # what was done is told all the same; the next run looks again
            return RunReport(tick, None, tuple(found.problems))
        old = {target.key for target in found.targets}
        new = [target for target in refound.targets if target.key not in old]
        again = await self.runner.tick(new, retry=True, complete=False, progress=progress)
        gone = {result.target.key for result in tick.results if result.code == GONE}
        left = gone - {target.key for target in refound.targets}
        return RunReport(tick, again, (*found.problems, *refound.problems), frozenset(left))
