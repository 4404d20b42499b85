"""Names in sync rules, and what Looker calls them: the cases that a well-kept instance does not have."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from looker_double import LookerDouble, says, serving
from lookgate.errors import Unavailable
from lookgate.looker.targets import Found, Targets
from lookgate.store.memory import MemoryStore
from lookgate.sync.rule import AttributeName, Rule, Whom
from lower_rooms import StillClock, run

SAFE: dict[str, Any] = {
    "id": "42",
    "name": "orders_token",
    "type": "string",
    "value_is_hidden": True,
    "user_can_view": False,
    "user_can_edit": False,
    "hidden_value_domain_whitelist": "https://orders.example.com/*",
}


def rule(whom: Whom, name: str = "r") -> Rule:
    return Rule(name, "google", "", "https://orders.example.com", AttributeName("orders_token"), whom, 1800)


def found(double: LookerDouble, *rules: Rule, store: MemoryStore | None = None, later: float = 0) -> Found:
    double.attributes = double.attributes or [SAFE]
    kept = store or MemoryStore()

    async def story() -> Found:
        clock = StillClock()
        clock.move(later)
        async with serving(double) as client:
            return await Targets(_Same(client), kept.notes, clock).find(rules)  # type: ignore[arg-type] # what it uses

    try:
        return run(story())
    finally:
        if store is None:
            kept.close()


class _Same:
    """A client of always the same instance: each double has a port of its own, what is kept is of one instance."""

    def __init__(self, client: Any) -> None:
        self.base_url = "https://looker.example.com"
        self.row, self.rows, self.pages = client.row, client.rows, client.pages


def test_two_groups_of_one_name_are_told_apart_by_their_ids() -> None:
    double = LookerDouble()
    double.groups += [{"id": "3", "name": "Analysts"}]
    (problem,) = found(double, rule(Whom("group", "Analysts"))).problems
    assert problem.code == "group_ambiguous"
    assert "group_id:1, group_id:3" in problem.hint


def test_a_name_is_compared_exactly_and_the_nearest_one_is_offered() -> None:
    (problem,) = found(LookerDouble(), rule(Whom("group", "analysts"))).problems
    assert problem.code == "group_unknown"
    assert "Did you mean 'Analysts'?" in problem.detail


@pytest.mark.parametrize(
    ("listed", "codes"),
    [
        ("https://orders.example.com/*", []),
        ("https://stock.example.com/*, https://orders.example.com/api/*", []),  # one path of the service will do
        ("https://*.example.com/*", []),
        ("https://orders.example.com.evil.example/*", ["attribute_elsewhere"]),
        ("http://orders.example.com/*", ["attribute_elsewhere"]),
        ("https://stock.example.com/*", ["attribute_elsewhere"]),
    ],
)
def test_a_token_is_stored_where_looker_sends_it_to_its_service_and_nowhere_else(listed: str, codes: list[str]) -> None:
    double = LookerDouble()
    double.attributes = [SAFE | {"hidden_value_domain_whitelist": listed}]
    wanted = replace(rule(Whom("default")), service="https://orders.example.com")
    assert [problem.code for problem in found(double, wanted).problems] == codes


def test_what_was_found_is_kept_and_looker_is_not_asked_again() -> None:
    double, store = LookerDouble(), MemoryStore()
    wanted = rule(Whom("group", "Analysts"))
    first = found(double, wanted, store=store)
    asked = double.asked.total()
    again = found(double, wanted, store=store, later=86_400 * 30)
    assert again.targets == first.targets
    assert double.asked.total() == asked
    store.close()


def test_members_are_read_again_after_an_hour_and_never_a_disabled_one() -> None:
    double, store = LookerDouble(), MemoryStore()
    double.add_user("7")
    double.add_user("8", is_disabled=True)
    wanted = rule(Whom("members", "Analysts"))
    assert [each.holder_id for each in found(double, wanted, store=store).targets] == ["7"]
    double.add_user("9")
    assert [each.holder_id for each in found(double, wanted, store=store, later=3599).targets] == ["7"]
    assert [each.holder_id for each in found(double, wanted, store=store, later=3601).targets] == ["7", "9"]
    store.close()


def test_when_looker_does_not_answer_nobody_can_say_and_nothing_is_kept() -> None:
    double, store = LookerDouble(), MemoryStore()
    double.misbehave["GET /groups"] = says(500)
    wanted = rule(Whom("group", "Analysts"))
    with pytest.raises(Unavailable):
        found(double, wanted, store=store)
    del double.misbehave["GET /groups"]
    assert found(double, wanted, store=store).targets
    store.close()


def test_a_thousand_rules_ask_for_attributes_and_groups_once() -> None:
    double = LookerDouble()
    rules = [rule(Whom("group", "Analysts"), f"r{number}") for number in range(1000)]
    assert len(found(double, *rules).targets) == 1000
    assert double.asked["GET /user_attributes"] == double.asked["GET /groups"] == 1
