from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lookgate.core.facts import NO_FACTS, Facts
from lookgate.core.identity import ANONYMOUS, Assurance, Principal
from lookgate.core.policy import (
    ALLOW,
    AllOf,
    AnyOf,
    Decision,
    Deny,
    Not,
    Policy,
    Request,
    all_of,
    any_of,
    at_least,
    attribute,
    has_model,
    has_permission,
    has_role,
    has_scope,
    in_group,
    is_policy,
    not_,
    public,
)
from lookgate.core.policy.people import InGroup
from policy_kit import ANNA, CALLERS, FACTS, IMPOSTORS, POLICIES, SERVICE, STRANGER, asked

REQUEST = Request(action="approve_budget", request_id="r1")
EVERYONE = [ANONYMOUS, SERVICE, ANNA]


def denied(policy: Policy, principal: Principal) -> Deny:
    decision = policy.check(principal, REQUEST)
    assert isinstance(decision, Deny)
    return decision


@pytest.mark.parametrize("principal", EVERYONE, ids=lambda p: p.kind)
def test_an_empty_list_denies_everyone(principal: Principal) -> None:
    assert denied(AllOf(()), principal).code == "no_policy"
    assert denied(AnyOf(()), principal).code == "no_policy"


@pytest.mark.parametrize("principal", EVERYONE, ids=lambda p: p.kind)
def test_public_lets_everyone_in(principal: Principal) -> None:
    assert public().check(principal, REQUEST) is ALLOW


@pytest.mark.parametrize("level", list(Assurance))
@pytest.mark.parametrize("principal", EVERYONE, ids=lambda p: p.kind)
def test_a_level_includes_the_higher_ones_and_excludes_the_lower_ones(principal: Principal, level: Assurance) -> None:
    allowed = at_least(level).check(principal, REQUEST) is ALLOW
    assert allowed == (principal.assurance >= level)


def test_a_denied_level_says_which_one_was_asked_for_and_which_one_was_there() -> None:
    decision = denied(at_least(Assurance.USER), SERVICE)
    assert decision.code == "assurance_too_low"
    assert "'user'" in decision.detail
    assert "'workload'" in decision.detail
    assert decision.hint


def test_a_group_is_compared_exactly() -> None:
    assert in_group("Finance").check(ANNA, REQUEST) is ALLOW
    for near in ("finance", "Finance ", "Fin%", "Finance,Other", "F_nance"):
        assert denied(in_group(near), ANNA).code == "not_in_group"


def test_a_denied_group_says_whom_to_ask_and_when_it_takes_effect() -> None:
    hint = denied(in_group("Finance"), replace(ANNA, groups=frozenset({"Sales"}))).hint
    assert hint == "Ask a Looker admin to add you to the group; it takes effect within a minute."


def test_a_denial_names_one_group_or_role_as_one_and_several_as_several() -> None:
    assert denied(in_group("a"), ANNA).detail == "approve_budget is for the Looker group 'a'."
    assert denied(in_group("b", "a"), ANNA).detail == "approve_budget is for the Looker groups 'a' or 'b'."
    assert denied(has_role("a"), ANNA).detail == "approve_budget is for the Looker role 'a'."
    assert denied(has_role("b", "a"), ANNA).detail == "approve_budget is for the Looker roles 'a' or 'b'."
    assert has_role("b", "a").describe() == "holders of the Looker roles 'a' or 'b'"


def test_one_of_several_groups_is_enough() -> None:
    assert in_group("Sales", "Finance").check(ANNA, REQUEST) is ALLOW


def test_a_role_and_a_scope_are_compared_exactly() -> None:
    assert has_role("Analyst").check(ANNA, REQUEST) is ALLOW
    assert denied(has_role("analyst"), ANNA).code == "lacks_role"
    assert has_scope("metrics").check(ANNA, REQUEST) is ALLOW
    assert denied(has_scope("docs"), ANNA).code == "lacks_scope"


@pytest.mark.parametrize("rule", [in_group, has_role])
@pytest.mark.parametrize("names", [(), ("",), ("Finance", "")])
def test_a_rule_about_nobody_cannot_be_written(rule: type, names: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="at least one name"):
        rule(*names)


@pytest.mark.parametrize(
    ("rule", "given", "words"),
    [
        (at_least, "user", r"at_least\(\) takes an Assurance, not 'user'. Write at_least\(Assurance.USER\)."),
        (at_least, 3, "takes an Assurance, not 3"),
        (in_group, ["Finance"], r"in_group\(\) takes text, not \['Finance'\]"),
        (has_role, 5, r"^has_role\(\) takes text, not 5"),
        (has_scope, None, r"^has_scope\(\) takes text, not None"),
        (has_model, Assurance.USER, r"^has_model\(\) takes text"),
        (has_permission, 5, r"^has_permission\(\) takes text, not 5"),
        (any_of, "Finance", r"any_of\(\) takes rules, not 'Finance'"),
        (all_of, None, r"all_of\(\) takes rules, not None"),
        (not_, in_group, r"not_\(\) takes rules, not <function in_group"),
    ],
)
def test_a_rule_of_the_wrong_thing_is_refused_where_it_is_written(
    rule: Callable[[Any], Policy], given: Any, words: str
) -> None:
    with pytest.raises(ValueError, match=words):
        rule(given)


def test_all_of_gives_the_first_denial() -> None:
    policy = all_of(in_group("Sales"), has_role("Admin"))
    assert denied(policy, ANNA).code == "not_in_group"


def test_any_of_gives_the_first_denial_when_none_allows() -> None:
    policy = any_of(in_group("Sales"), has_role("Admin"))
    assert denied(policy, ANNA).code == "not_in_group"
    assert any_of(in_group("Sales"), has_role("Analyst")).check(ANNA, REQUEST) is ALLOW


def test_not_turns_a_rule_round() -> None:
    assert denied(not_(in_group("Finance")), ANNA).code == "excluded"
    assert not_(in_group("Sales")).check(ANNA, REQUEST) is ALLOW


def test_not_lets_in_nobody_of_whom_nothing_is_known() -> None:
    for rule in (in_group("Sales"), has_role("Admin"), attribute("region", "west"), has_model("ships")):
        for caller in (ANONYMOUS, SERVICE, STRANGER, *IMPOSTORS):
            assert denied(not_(rule), caller).code == "excluded"
            assert denied(not_(not_(rule)), caller).code == "excluded"
    assert denied(not_(attribute("region", "west")), ANNA).hint  # it was not looked up
    for rule in (at_least(Assurance.WORKLOAD), has_scope("x"), public(), not_(public())):
        assert denied(not_(rule), ANONYMOUS).code == "excluded"


def test_not_lets_in_nobody_when_one_of_several_rules_could_not_tell() -> None:
    unknown, refused = attribute("region", "west"), in_group("Sales")
    for inner in (any_of(refused, unknown), any_of(unknown, refused), any_of(refused, unknown, refused)):
        assert not denied(inner, ANNA).known
        assert denied(not_(inner), ANNA).code == "excluded"
    both = denied(all_of(unknown, refused), ANNA)  # one that refuses for certain is enough, and the first is named
    assert (both.code, both.known) == ("attribute_differs", True)
    assert not_(all_of(unknown, refused)).check(ANNA, REQUEST) is ALLOW


def test_a_users_groups_are_known_when_looker_names_any_group_or_role_of_theirs() -> None:
    for known in (replace(ANNA, roles=frozenset()), replace(ANNA, groups=frozenset())):
        for rule in (in_group("Sales"), has_role("Admin"), any_of(in_group("Sales"), has_role("Admin"))):
            assert not_(rule).check(known, REQUEST) is ALLOW
    for rule in (in_group("Sales"), has_role("Admin")):
        assert not denied(rule, STRANGER).known
        assert not denied(not_(rule), ANONYMOUS).known


def test_a_composition_describes_its_parts_in_their_order() -> None:
    assert all_of(public(), in_group("a", "b")).describe() == "everyone and members of the Looker groups 'a' or 'b'"
    assert any_of(has_role("a"), public()).describe() == "(holders of the Looker role 'a' or everyone)"
    assert not_(has_scope("a")).describe() == "known callers other than credentials with the scope 'a'"
    assert (all_of().describe(), any_of().describe()) == ("nobody", "(nobody)")


def test_not_lets_in_a_known_caller_who_is_plainly_another() -> None:
    key = replace(SERVICE, assurance=Assurance.SHARED_SECRET)
    assert not_(at_least(Assurance.WORKLOAD)).check(key, REQUEST) is ALLOW
    assert not_(has_scope("docs")).check(SERVICE, REQUEST) is ALLOW
    # Whatever the group: a caller below the level is not in both.
    assert not_(all_of(in_group("Sales"), at_least(Assurance.USER))).check(SERVICE, REQUEST) is ALLOW


@pytest.mark.parametrize("empty", [all_of(), any_of(), all_of(any_of()), any_of(all_of(), all_of())])
@pytest.mark.parametrize("principal", EVERYONE, ids=lambda p: p.kind)
def test_nothing_turns_an_empty_list_into_a_yes(empty: Policy, principal: Principal) -> None:
    for policy in (empty, not_(empty), not_(not_(empty))):
        denied(policy, principal)


def test_a_rule_of_ones_own_needs_only_to_decide_and_to_speak() -> None:
    class Nights(Policy):
        def check(self, principal: Principal, request: Request) -> Decision:
            return ALLOW if principal.name else Deny("by_day", f"{request.action} is for nights.")

        def describe(self) -> str:
            return "callers at night"

    rule = all_of(Nights(), any_of(Nights()))
    assert denied(rule, ANNA).code == "by_day"
    assert rule.needs() == frozenset()
    assert is_policy(rule)
    assert denied(not_(Nights()), ANONYMOUS).code == "excluded"


HALF_A_RULE: Any = SimpleNamespace(check=print, describe=print)
NOTHING: Any = None


@pytest.mark.parametrize(
    "other",
    [
        NOTHING,
        "Finance",
        in_group,
        InGroup,
        ANNA,
        HALF_A_RULE,
        AllOf((public(), NOTHING)),
        AnyOf((HALF_A_RULE, public())),
        Not(NOTHING),
    ],
)
def test_what_is_no_rule_is_recognised_wherever_it_stands(other: object) -> None:
    assert not is_policy(other)


@given(POLICIES, st.sampled_from(CALLERS), FACTS)
def test_every_composition_decides_and_speaks(policy: Policy, principal: Principal, facts: Facts) -> None:
    decision = policy.check(principal, asked(facts))
    assert policy.describe()
    if isinstance(decision, Deny):
        assert decision.code
        assert decision.detail


@given(st.lists(POLICIES, min_size=1, max_size=4), st.sampled_from(CALLERS), FACTS)
def test_all_and_any_agree_with_their_names(policies: list[Policy], principal: Principal, facts: Facts) -> None:
    request = asked(facts)
    each = [policy.check(principal, request) is ALLOW for policy in policies]
    assert (all_of(*policies).check(principal, request) is ALLOW) == all(each)
    assert (any_of(*policies).check(principal, request) is ALLOW) == any(each)


@given(POLICIES, st.sampled_from(CALLERS), FACTS)
def test_a_rule_and_its_opposite_never_both_allow(policy: Policy, principal: Principal, facts: Facts) -> None:
    assert isinstance(all_of(policy, not_(policy)).check(principal, asked(facts)), Deny)


@given(POLICIES, FACTS)
def test_what_is_allowed_stays_allowed_whatever_else_becomes_known(policy: Policy, facts: Facts) -> None:
    little = [NO_FACTS, Facts(facts.access), Facts(None, facts.attributes)]
    if any(policy.check(ANNA, asked(less)) is ALLOW for less in little):
        assert policy.check(ANNA, asked(facts)) is ALLOW


@given(POLICIES.filter(lambda policy: not policy.needs()), st.sampled_from(CALLERS), FACTS)
def test_a_policy_without_needs_decides_the_same_without_facts(
    policy: Policy, principal: Principal, facts: Facts
) -> None:
    assert policy.check(principal, asked(facts)) == policy.check(principal, asked(NO_FACTS))
