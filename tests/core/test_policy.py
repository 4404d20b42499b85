from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lookgate.core.identity import ANONYMOUS, Assurance, Principal
from lookgate.core.policy import (
    ALLOW,
    AllOf,
    AnyOf,
    Deny,
    Policy,
    Request,
    all_of,
    any_of,
    at_least,
    has_role,
    has_scope,
    in_group,
    not_,
    public,
)

REQUEST = Request(action="approve_budget", request_id="r1")
ANNA = Principal(
    issuer="https://looker.example",
    subject="7",
    kind="user",
    assurance=Assurance.USER,
    authenticated_by="handle",
    groups=frozenset({"Finance"}),
    roles=frozenset({"Analyst"}),
    scopes=frozenset({"metrics"}),
)
SERVICE = replace(ANNA, kind="service", assurance=Assurance.WORKLOAD, groups=frozenset(), roles=frozenset())
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


LEAVES = st.sampled_from(
    [public(), in_group("Finance"), in_group("Sales"), has_role("Analyst"), at_least(Assurance.USER)]
)
POLICIES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda found: all_of(*found)),
        st.lists(inner, max_size=3).map(lambda found: any_of(*found)),
        inner.map(not_),
    ),
    max_leaves=8,
)


@given(POLICIES, st.sampled_from(EVERYONE))
def test_every_composition_decides_and_speaks(policy: Policy, principal: Principal) -> None:
    decision = policy.check(principal, REQUEST)
    assert policy.describe()
    if isinstance(decision, Deny):
        assert decision.code
        assert decision.detail


@given(st.lists(POLICIES, min_size=1, max_size=4), st.sampled_from(EVERYONE))
def test_all_and_any_agree_with_their_names(policies: list[Policy], principal: Principal) -> None:
    each = [policy.check(principal, REQUEST) is ALLOW for policy in policies]
    assert (all_of(*policies).check(principal, REQUEST) is ALLOW) == all(each)
    assert (any_of(*policies).check(principal, REQUEST) is ALLOW) == any(each)
