"""Rules over what must be looked up: models, permissions, attribute values, access grants."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from lookgate.core.facts import ACCESS, NO_FACTS, Access, AttributeValue, Facts, Flaw, Need
from lookgate.core.identity import Principal
from lookgate.core.policy import (
    ALLOW,
    Deny,
    Policy,
    access_grant,
    all_of,
    any_of,
    attribute,
    has_model,
    has_permission,
    in_group,
    not_,
)
from policy_kit import ADMIN, ANALYST, ANNA, BUILDER, CALLERS, FULL, IMPOSTORS, USER_RULES, asked


def allowed(policy: Policy, *roles: Access) -> bool:
    return policy.check(ANNA, asked(Facts(roles))) is ALLOW


def holds(policy: Policy, name: str, value: str) -> bool:
    return policy.check(ANNA, asked(Facts(None, {name: AttributeValue(value)}))) is ALLOW


def denial(policy: Policy, facts: Facts, principal: Principal = ANNA) -> Deny:
    decision = policy.check(principal, asked(facts))
    assert isinstance(decision, Deny)
    return decision


@pytest.mark.parametrize("rule", USER_RULES, ids=lambda rule: type(rule).__name__)
def test_only_a_proven_user_satisfies_a_rule_about_users_whatever_else_is_claimed(rule: Policy) -> None:
    assert rule.check(ANNA, asked(FULL)) is ALLOW
    for impostor in IMPOSTORS:
        decision = denial(rule, FULL, impostor)
        assert not decision.known
        assert "serverProxy" in decision.hint


@pytest.mark.parametrize("rule", [rule for rule in USER_RULES if rule.needs()], ids=lambda rule: type(rule).__name__)
@pytest.mark.parametrize("principal", CALLERS)
def test_what_was_not_looked_up_denies(rule: Policy, principal: Principal) -> None:
    assert not denial(rule, NO_FACTS, principal).known


def test_a_model_counts_only_with_the_permission_to_query_it() -> None:
    assert allowed(has_model("flights"), ANALYST)
    assert allowed(has_model("ships", "flights"), ANALYST)
    assert allowed(has_model("flights"), ADMIN)
    assert not allowed(has_model("ships"), ANALYST)
    assert not allowed(has_model("flights"), BUILDER)  # every model, and no access_data
    assert not allowed(has_model("Flights"), ANALYST)
    assert not allowed(has_model("flights"))
    decision = denial(has_model("ships"), FULL)
    assert decision.code == "lacks_model"
    assert decision.detail == "approve_budget is for users who may query the LookML model 'ships'."
    assert denial(has_model("b", "a"), FULL).detail.endswith("query the LookML models 'a' or 'b'.")


def test_a_permission_counts_on_the_model_of_the_same_role_only() -> None:
    assert allowed(has_permission("see_sql"), ANALYST, BUILDER)
    assert allowed(has_permission("see_looks", model="flights"), ANALYST)
    assert not allowed(has_permission("see_looks", model="ships"), ANALYST, BUILDER)
    assert allowed(has_permission("see_sql", model="ships"), BUILDER)
    assert allowed(has_permission("anything", model="any"), ADMIN)
    assert not allowed(has_permission("see_sql"), ANALYST)
    assert denial(has_permission("schedule"), FULL).code == "lacks_permission"
    narrow = Access("Narrow", frozenset({"see_sql"}), frozenset())
    assert allowed(has_permission("see_sql"), narrow)
    assert not allowed(has_permission("see_sql", model="flights"), narrow)


def test_an_attribute_is_compared_exactly() -> None:
    rule = attribute("region", "east", "west")
    for value in ("east", "west"):
        assert holds(rule, "region", value)
    for value in ("East", "east ", " east", "east,west", "eastern", "%", ""):
        assert not holds(rule, "region", value)
    assert not holds(rule, "regions", "east")


def test_an_access_grant_looks_at_each_value_of_the_list_as_lookml_does() -> None:
    rule = access_grant(attribute="regions", allowed=["east", "west"])
    for value in ("east", "north,east", "north , west ", ",east"):
        assert holds(rule, "regions", value)
    for value in ("north", "eastern,western", "East", "", ",", "east;west"):
        assert not holds(rule, "regions", value)


@pytest.mark.parametrize(
    ("flaw", "words"),
    [("unset", "set"), ("unknown", "has no user attribute"), ("hidden", "hidden"), ("editable", "edit")],
)
@pytest.mark.parametrize("rule", [attribute("region", "east"), access_grant(attribute="region", allowed=["east"])])
def test_a_value_that_proves_nothing_denies_even_turned_round_and_says_why(
    rule: Policy, flaw: Flaw, words: str
) -> None:
    facts = Facts(None, {"region": AttributeValue("east" if flaw == "editable" else "", flaw)})
    for policy in (rule, not_(rule)):
        decision = denial(policy, facts)
        assert not decision.known
        assert words in decision.hint
        assert "'region'" in decision.hint


@pytest.mark.parametrize(
    "write",
    [
        has_model,
        lambda: has_model(""),
        lambda: has_permission(""),
        lambda: has_permission("see_sql", model=""),
        lambda: attribute("region"),
        lambda: attribute("", "east"),
        lambda: attribute("region", ""),
        lambda: access_grant(attribute="region", allowed=[]),
        lambda: access_grant(attribute="region", allowed="east"),
        lambda: access_grant(attribute="region", allowed=["east", ""]),
    ],
)
def test_a_rule_about_nothing_cannot_be_written(write: object) -> None:
    assert callable(write)
    with pytest.raises(ValueError, match="needs"):
        write()


ANY: Any = 5


@pytest.mark.parametrize(
    ("write", "words"),
    [
        (lambda: attribute(ANY, "east"), r"^attribute\(\) takes the name of a user attribute as text, not 5"),
        (lambda: attribute("region", ANY), r"^attribute\(\) takes text, not 5"),
        (lambda: access_grant(attribute=ANY, allowed=["east"]), r"^access_grant\(\) takes the name of a user attr"),
        (lambda: access_grant(attribute="region", allowed=[ANY]), r"^access_grant\(\) takes text, not 5"),
        (lambda: access_grant(attribute="region", allowed="east"), r"^access_grant\(\) needs a list"),
    ],
)
def test_a_rule_of_the_wrong_thing_says_which_rule_it_is(write: Callable[[], Policy], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        write()


@pytest.mark.parametrize("name", ["first_name", "last_name", "full_name", "name", "locale"])
def test_an_attribute_that_everybody_writes_about_themselves_cannot_carry_a_rule(name: str) -> None:
    with pytest.raises(ValueError, match="decide for themselves"):
        attribute(name, "Anna")
    with pytest.raises(ValueError, match="decide for themselves"):
        access_grant(attribute=name, allowed=["Anna"])


def test_a_composition_needs_what_its_parts_need_and_groups_need_nothing() -> None:
    assert in_group("Finance").needs() == frozenset()
    policy = all_of(in_group("Finance"), any_of(has_model("flights"), not_(attribute("region", "east"))))
    assert policy.needs() == {ACCESS, Need("attribute", "region")}


def test_a_denied_caller_learns_what_is_asked_for_and_nothing_of_what_is_known_or_of_other_values() -> None:
    east = attribute("region", "customer-17", "customer-18")
    for policy in (east, not_(attribute("region", "east")), access_grant(attribute="region", allowed=["customer-17"])):
        decision = denial(policy, FULL)
        told = decision.detail + decision.hint
        assert "customer-17" not in told
        assert "'east'" not in told
    assert "'ships'" in denial(has_model("ships"), FULL).detail
    assert "'flights'" not in denial(has_model("ships"), FULL).detail
    assert "Analyst" not in denial(has_permission("schedule"), FULL).detail


def test_a_rule_describes_whom_it_means() -> None:
    assert has_permission("see_sql").describe() == "users with the Looker permission 'see_sql'"
    assert (
        has_permission("see_sql", model="a").describe() == "users with the Looker permission 'see_sql' on the model 'a'"
    )
    assert has_model("a").describe() == "users who may query the LookML model 'a'"
    assert has_model("b", "a").describe() == "users who may query the LookML models 'a' or 'b'"
    assert attribute("region", "west", "east").describe() == "users whose user attribute 'region' is 'east' or 'west'"
    grant = access_grant(attribute="region", allowed=["east"])
    assert grant.describe() == "users whose user attribute 'region' contains 'east'"


def test_a_value_does_not_show_in_a_traceback_by_accident() -> None:
    assert "east" not in repr(FULL)
