"""A denial is told twice: in short to the caller, in full to whoever reads the audit log."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from gateway_site import ANALYST, MACHINE, NOW, Clock, Said, Sequential, Text
from lookgate.actions import Action, Context, action
from lookgate.actions.journal import Journal
from lookgate.actions.run import ask, run
from lookgate.core.audit import AuditEvent
from lookgate.core.facts import ACCESS, Access, AttributeValue, Facts, Need
from lookgate.core.identity import ANONYMOUS, Principal
from lookgate.core.policy import AllOf, Policy, attribute, has_model, in_group
from lookgate.errors import Denied, RegistryError, Unauthenticated
from lookgate.store.sqlite import SqliteStore

FACTS = Facts((Access("Viewer", frozenset({"access_data"}), frozenset({"flights"})),), {"region": AttributeValue("eu")})


def says(input: Text, context: Context) -> Said:  # noqa: A002, ARG001 - the handler's shape
    return Said(input.text)


def closed_by(*rules: Policy) -> Action:
    return action(policy=rules)(says)


def refusal(act: Action, principal: Principal = ANALYST, facts: Facts = FACTS) -> Denied:
    with pytest.raises(Denied) as refused:
        ask(act, principal, AuditEvent(at=NOW, request_id="r1"), facts)
    return refused.value


def test_the_caller_is_told_what_the_rule_asks_for_and_the_admin_what_it_looked_at_and_where_it_stands() -> None:
    refused = refusal(closed_by(in_group("Analysts"), in_group("Finance")))
    assert (refused.code, refused.detail) == ("not_in_group", "says is for the Looker group 'Finance'.")
    assert refused.evidence == (
        "Looked at groups: 'Analysts'. Rule: members of the Looker group 'Finance', in test_ask.py."
    )
    assert "Analysts" not in refused.detail + refused.hint + str(refused)


def test_an_attributes_values_are_for_the_admin_only() -> None:
    refused = refusal(closed_by(attribute("region", "us", "apac")))
    for value in ("us", "apac", "eu"):
        assert f"'{value}'" not in str(refused)
        assert f"'{value}'" in refused.evidence


def test_facts_let_in_whom_the_policy_means_and_without_them_nobody_is_let_in() -> None:
    act = closed_by(has_model("flights"), attribute("region", "eu"))
    assert act.needs == {ACCESS, Need("attribute", "region")}
    ask(act, ANALYST, AuditEvent(at=NOW, request_id="r1"), FACTS)
    assert refusal(act, facts=Facts()).code == "lacks_model"
    assert refusal(act, MACHINE).code == "lacks_model"


def test_an_outsider_learns_nothing_of_the_policy() -> None:
    with pytest.raises(Unauthenticated) as refused:
        ask(closed_by(in_group("Project Falcon")), ANONYMOUS, AuditEvent(at=NOW, request_id="r1"))
    assert refused.value.code == "credential_missing"
    assert "Falcon" not in str(refused.value)


def test_the_full_reason_is_what_the_audit_log_keeps_and_no_fact_is_stored_with_an_allowed_call() -> None:
    store = SqliteStore(None)

    def call(rule: Policy) -> bytes:
        event = AuditEvent(at=NOW, request_id="r1")
        outside: dict[str, Any] = {"journal": Journal(store), "clock": Clock(), "random": Sequential(), "facts": FACTS}
        return asyncio.run(run(closed_by(rule), b"{}", principal=ANALYST, event=event, **outside))

    with pytest.raises(Denied):
        call(attribute("region", "us"))
    call(attribute("region", "eu"))
    denied, allowed = (each.event for each in store.tail(limit=2))
    assert (denied.outcome, denied.rule) == ("denied", "attribute_differs")
    assert denied.detail.endswith(
        "Looked at user attribute 'region': 'eu'. Rule: users whose user attribute 'region' is 'us', in test_ask.py."
    )
    assert (allowed.outcome, allowed.detail) == ("allowed", "")


@pytest.mark.parametrize("rules", [[in_group], [AllOf((None,))], ["Finance"]])  # type: ignore[arg-type]
def test_a_list_that_holds_something_else_than_rules_stops_the_start(rules: Sequence[Policy]) -> None:
    with pytest.raises(RegistryError) as refused:
        action(policy=rules)(says)
    assert refused.value.code == "action_policy"
