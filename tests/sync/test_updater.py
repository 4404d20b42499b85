"""A run over rules: what leads nowhere, what has moved, and what is forgotten."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest

from lookgate.core.renewal import Target
from lookgate.errors import Unavailable
from lookgate.sync.rule import AttributeName, Rule, Whom
from lookgate.sync.updater import RunReport, Updater
from lower_rooms import run
from sync_town import DOWN, GONE, Town, target


@dataclass(frozen=True)
class Problem:
    """``looker.targets.Problem``."""

    rule: str
    code: str = "group_unknown"
    detail: str = "Looker has no such group."
    hint: str = "Mend the rule."


@dataclass(frozen=True)
class Found:
    """``looker.targets.Found``."""

    targets: tuple[Target, ...]
    problems: tuple[Problem, ...] = ()


@dataclass
class Places:
    """A finder by rule: its targets, or its problem. ``again`` is what is found when it is looked up anew."""

    places: dict[str, Sequence[Target] | Problem]
    again: dict[str, Sequence[Target] | Problem] = field(default_factory=dict)
    asked: list[tuple[list[str], frozenset[str]]] = field(default_factory=list)
    down: bool = False

    async def find(self, rules: Sequence[Rule], *, fresh: frozenset[str] = frozenset()) -> Found:
        self.asked.append(([rule.name for rule in rules], fresh))
        if fresh and self.down:
            raise DOWN
        found = [(self.again if rule.name in fresh else self.places)[rule.name] for rule in rules]
        targets = [each for one in found if not isinstance(one, Problem) for each in one]
        return Found(tuple(targets), tuple(one for one in found if isinstance(one, Problem)))


def rule(name: str) -> Rule:
    return Rule(name, "google", "", "https://orders.example.com", AttributeName("orders_token"), Whom("default"), 1800)


def updater(town: Town, places: Places, *, whole: bool = True) -> Updater:
    return Updater([rule(name) for name in places.places], places, town.runner, whole=whole)


def once(town: Town, places: Places, *, whole: bool = True, only: frozenset[str] | None = None) -> RunReport:
    return run(updater(town, places, whole=whole).run(only=only))


def test_a_rule_that_leads_nowhere_makes_the_run_a_failure_and_the_others_are_carried_out() -> None:
    town, places = Town(), Places({"rule1": [target(1)], "rule2": Problem("rule2")})
    report = once(town, places)
    assert not report.ok
    assert list(town.looker.values) == [target(1).key]
    told = report.as_json()
    assert told["success"] is False
    assert told["problems"] == [
        {"rule": "rule2", "code": "group_unknown", "detail": "Looker has no such group.", "hint": "Mend the rule."}
    ]


def test_one_rule_alone_may_be_carried_out_and_nothing_is_forgotten_for_it() -> None:
    town, places = Town(), Places({"rule1": [target(1)], "rule2": [target(2)]})
    once(town, places)
    town.clock.move(3000)
    report = once(town, places, only=frozenset({"rule2"}))
    assert places.asked[-1][0] == ["rule2"]
    assert [result.target.rule for result in report.tick.results] == ["rule2"]
    assert len(town.store.renewals.all()) == 2


@pytest.mark.parametrize(("places", "whole", "kept"), [(Problem("rule2"), True, 2), ((), True, 1), ((), False, 2)])
def test_what_no_rule_names_is_forgotten_only_when_all_rules_are_known(
    places: Sequence[Target] | Problem, *, whole: bool, kept: int
) -> None:
    town = Town()
    once(town, Places({"rule1": [target(1)], "rule2": [target(2)]}))
    once(town, Places({"rule1": [target(1)], "rule2": places}), whole=whole)
    assert len(town.store.renewals.all()) == kept


def test_what_has_moved_is_looked_up_once_more_and_written_to_its_new_place_in_the_same_run() -> None:
    moved = target(1, holder_id="99")
    town, places = Town(), Places({"rule1": [target(1)], "rule2": [target(2)]}, again={"rule1": [moved]})
    town.looker.errors = [GONE]
    report = once(town, places)
    assert report.ok
    assert places.asked == [(["rule1", "rule2"], frozenset()), (["rule1"], frozenset({"rule1"}))]
    assert set(town.looker.values) == {moved.key, target(2).key}
    assert "again" in report.as_json()


def test_what_is_still_where_it_is_gone_is_written_once_and_the_run_fails() -> None:
    town, places = Town(), Places({"rule1": [target(1)]}, again={"rule1": [target(1)]})
    town.looker.errors = [GONE]
    report = once(town, places)
    assert not report.ok
    assert len(town.looker.writes) == 1


def test_what_is_gone_for_good_is_told_with_its_rule() -> None:
    town, places = Town(), Places({"rule1": [target(1)]}, again={"rule1": Problem("rule1")})
    town.looker.errors = [GONE]
    report = once(town, places)
    assert not report.ok
    assert [problem.rule for problem in report.problems] == ["rule1"]


def test_a_place_that_its_rule_names_no_more_is_no_failure() -> None:
    town, places = Town(), Places({"rule1": [target(1), target(2, rule="rule1")]}, again={"rule1": [target(1)]})
    town.looker.errors = [None, GONE]
    once(town, places)
    town.clock.move(3000)
    town.looker.errors = [None, GONE]
    assert once(town, places).ok


def test_when_looker_goes_away_in_the_middle_what_was_done_is_told() -> None:
    town, places = Town(), Places({"rule1": [target(1)], "rule2": [target(2)]}, down=True)
    town.looker.errors = [GONE]
    report = once(town, places)
    assert not report.ok
    assert [result.outcome for result in report.tick.results].count("renewed") == 1


def test_when_looker_is_away_from_the_start_nothing_is_done() -> None:
    class Away:
        async def find(self, rules: Sequence[Rule], *, fresh: frozenset[str] = frozenset()) -> Found:  # noqa: ARG002 - the port's signature
            raise DOWN

    town = Town()
    with pytest.raises(Unavailable):
        run(Updater([rule("rule1")], Away(), town.runner).run())
    assert (town.tokens.made, town.looker.writes) == (0, [])


def test_a_plan_asks_anew_only_when_told_to_and_writes_nothing() -> None:
    town, places = Town(), Places({"rule1": [target(1)]}, again={"rule1": [target(1)]})
    plan, problems = run(updater(town, places).plan())
    run(updater(town, places).plan(fresh=True))
    assert ([step.why for step in plan.due], list(problems)) == (["new"], [])
    assert [fresh for _, fresh in places.asked] == [frozenset(), frozenset({"rule1"})]
    assert (town.tokens.made, town.looker.writes) == (0, [])


def test_the_report_has_no_token() -> None:
    town, places = Town(), Places({"rule1": [target(1)]})
    report = once(town, places)
    (value,) = town.looker.values.values()
    assert value not in json.dumps(report.as_json())
    assert value not in repr(report)
