"""The tree that admins read says what the policy decides, and why."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from lookgate.core.facts import NO_FACTS, Access, AttributeValue, Facts, Flaw
from lookgate.core.identity import ANONYMOUS, Assurance, Principal
from lookgate.core.policy import (
    ALLOW,
    Deny,
    Policy,
    all_of,
    any_of,
    at_least,
    attribute,
    has_model,
    has_permission,
    has_scope,
    in_group,
    not_,
    public,
)
from lookgate.core.policy.explain import Explanation, explain
from policy_kit import ADMIN, ANALYST, ANNA, BUILDER, CALLERS, FACTS, FULL, POLICIES, SERVICE, asked


def agrees(tree: Explanation) -> bool:
    """Say whether each composition follows from its parts."""
    each = [part.allowed for part in tree.parts]
    if tree.join == "all of":
        return tree.allowed == (bool(each) and all(each))
    if tree.join == "any of":
        return tree.allowed == any(each)
    return tree.join != "not" or not (tree.allowed and each[0])


@given(POLICIES, st.sampled_from(CALLERS), FACTS)
def test_the_explanation_agrees_with_the_decision_at_every_rule(
    policy: Policy, principal: Principal, facts: Facts
) -> None:
    request = asked(facts)
    decision = policy.check(principal, request)
    tree = explain(policy, principal, request)
    assert tree.allowed == (decision is ALLOW)
    if isinstance(decision, Deny):
        assert (tree.code, tree.hint, tree.known) == (decision.code, decision.hint, decision.known)
        assert tree.deciding().code == decision.code
        assert not tree.deciding().allowed
    assert all(agrees(one) for _, one in tree.walk())


@given(POLICIES, st.sampled_from(CALLERS), FACTS)
def test_nothing_that_is_shown_could_disturb_a_terminal_or_fill_a_log(
    policy: Policy, principal: Principal, facts: Facts
) -> None:
    for _, one in explain(policy, principal, asked(facts)).walk():
        assert one.claim.isprintable()
        assert len(one.claim) < 1000


def test_each_rule_says_what_it_looked_at() -> None:
    policy = all_of(
        at_least(Assurance.USER), any_of(in_group("Sales"), has_model("ships")), not_(attribute("region", "west"))
    )
    shown = [
        (depth, one.join or one.rule, one.allowed, one.claim)
        for depth, one in explain(policy, ANNA, asked(FULL)).walk()
    ]
    assert shown == [
        (0, "all of", False, ""),
        (1, "callers with assurance 'user' or higher", True, "assurance: 'user'"),
        (1, "any of", False, ""),
        (2, "members of the Looker group 'Sales'", False, "groups: 'Finance'"),
        (2, "users who may query the LookML model 'ships'", False, "models: 'flights', from the roles: 'Analyst'"),
        (1, "not", True, ""),
        (2, "users whose user attribute 'region' is 'west'", False, "user attribute 'region': 'east'"),
    ]


def test_what_is_not_known_or_proves_nothing_is_named_and_not_shown() -> None:
    def shown(policy: Policy, facts: Facts) -> str:
        return explain(policy, ANNA, asked(facts)).claim

    region = attribute("region", "east")
    assert shown(region, NO_FACTS) == "user attribute 'region': not known"
    assert shown(has_model("flights"), NO_FACTS) == "models: not known"
    flaws: dict[Flaw, str] = {
        "unset": "not set",
        "unknown": "does not exist",
        "hidden": "hidden",
        "editable": "users can set it",
    }
    for flaw, words in flaws.items():
        assert (
            shown(region, Facts(None, {"region": AttributeValue("east", flaw)})) == f"user attribute 'region': {words}"
        )
    assert shown(has_scope("docs"), FULL) == "scopes: 'metrics'"


def test_an_allowed_call_has_neither_code_nor_hint_and_a_rule_that_looks_at_nothing_looked_at_the_caller() -> None:
    tree = explain(public(), ANNA, asked(FULL))
    assert (tree.allowed, tree.known, tree.code, tree.hint, tree.claim) == (True, True, "", "", "")
    assert tree.evidence() == "Looked at the caller. Rule: everyone"


def test_models_are_listed_for_the_roles_that_give_the_permission_and_no_others() -> None:
    def shown(permission: str, *roles: Access) -> str:
        return explain(has_permission(permission), ANNA, asked(Facts(roles))).claim

    assert shown("access_data", ANALYST, BUILDER) == "models with 'access_data': 'flights', from the roles: 'Analyst'"
    assert shown("see_looks", ANALYST, ADMIN) == "models with 'see_looks': all, from the roles: 'Admin', 'Analyst'"
    assert shown("x", ANALYST, BUILDER) == "models with 'x': none, from the roles: 'Analyst', 'Builder'"
    assert shown("x") == "models with 'x': none, from the roles: none"


def test_the_deciding_rule_is_the_first_that_denied() -> None:
    policy = all_of(any_of(in_group("Sales"), in_group("Finance")), any_of(has_model("ships"), in_group("Sales")))
    assert explain(policy, ANNA, asked(FULL)).deciding().rule == "users who may query the LookML model 'ships'"
    assert explain(not_(in_group("Finance")), ANNA, asked(FULL)).deciding().code == "excluded"


def test_the_evidence_names_the_rule_and_all_it_looked_at() -> None:
    policy = all_of(in_group("Finance"), not_(any_of(in_group("Sales"), attribute("region", "east"))))
    assert explain(policy, ANNA, asked(FULL)).evidence() == (
        "Looked at groups: 'Finance'; user attribute 'region': 'east'. Rule: known callers other than "
        "(members of the Looker group 'Sales' or users whose user attribute 'region' is 'east')"
    )


def test_a_caller_who_is_no_user_is_not_described_as_one() -> None:
    for caller in (SERVICE, ANONYMOUS):
        claim = explain(in_group("Finance"), caller, asked(FULL)).claim
        assert claim == f"no proven user: {caller.kind}, assurance '{caller.assurance.label}'"


def test_long_lists_and_strange_names_are_shown_short_and_clean() -> None:
    many = Principal(
        "i", "s", "user", Assurance.USER, "handle", groups=frozenset(f"g{n:03}\x1b[31m" for n in range(50))
    )
    claim = explain(in_group("Finance"), many, asked(FULL)).claim
    assert claim.endswith("and 42 more")
    assert "'g000\N{REPLACEMENT CHARACTER}[31m', 'g001" in claim
    assert "\x1b" not in claim
    eight = replace(ANNA, groups=frozenset("abcdefgh"))
    assert explain(in_group("Finance"), eight, asked(FULL)).claim.endswith("'g', 'h'")
    fits = replace(ANNA, groups=frozenset({"x" * 80}))
    assert explain(in_group("Finance"), fits, asked(FULL)).claim == f"groups: '{'x' * 80}'"
    long = replace(ANNA, groups=frozenset({"x" * 500}))
    assert explain(in_group("Finance"), long, asked(FULL)).claim == f"groups: '{'x' * 79}…'"
