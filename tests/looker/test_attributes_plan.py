"""The difference between the attributes that settings need and those that Looker has."""

from __future__ import annotations

from typing import Any

import pytest

from lookgate.looker.attributes_plan import AttributesPlan, Wanted, plan_attributes
from lookgate.sync.rule import AttributeName

SERVICE = "https://orders.example.com/*"
FINE: dict[str, Any] = {
    "id": "42",
    "name": "orders_token",
    "label": "Orders token",
    "type": "string",
    "value_is_hidden": True,
    "user_can_view": False,
    "user_can_edit": False,
    "hidden_value_domain_whitelist": SERVICE,
    "is_system": False,
    "can": {"update": True},
}


def wanted(
    name: str = "orders_token", *, number: str = "", domains: tuple[str, ...] = (SERVICE,), **more: Any
) -> Wanted:
    attribute = AttributeName(id=number) if number else AttributeName(name)
    return Wanted(attribute, domains, ("rule r",), more.pop("refill", "lookgate sync once"), "Write rule.domain.")


def planned(*rows: dict[str, Any], want: tuple[Wanted, ...] = (wanted(),)) -> AttributesPlan:
    return plan_attributes(want, rows)


def test_an_attribute_that_is_missing_is_created_hidden_out_of_reach_and_for_its_service_only() -> None:
    (change,) = planned().changes
    assert change.id == ""
    assert change.body == {
        "name": "orders_token",
        "label": "Orders token",
        "type": "string",
        "value_is_hidden": True,
        "user_can_view": False,
        "user_can_edit": False,
        "hidden_value_domain_whitelist": SERVICE,
    }
    assert any("nobody change the allow-list" in warning for warning in change.warnings)


def test_an_attribute_that_is_as_it_should_be_is_left_alone() -> None:
    plan = planned(FINE)
    assert (plan.changes, plan.impossible) == ((), ())
    assert [(kept.name, kept.id, kept.warnings) for kept in plan.kept] == [("orders_token", "42", ())]


@pytest.mark.parametrize(
    ("field", "value", "told", "warning"),
    [
        ("value_is_hidden", False, "hide values: no → yes", "replace it (lookgate sync once)"),
        ("value_is_hidden", None, "hide values: unknown → yes", "replace it"),
        ("user_can_view", True, "users may see it: yes → no", "filters"),
        ("user_can_edit", True, "users may change it: yes → no", "Values that users gave themselves stay"),
        ("hidden_value_domain_whitelist", "", f"domain allow-list: empty → {SERVICE}", "nobody change"),
        ("hidden_value_domain_whitelist", None, f"domain allow-list: empty → {SERVICE}", "nobody change"),
    ],
)
def test_only_what_differs_is_changed_and_what_follows_is_said(
    field: str, value: object, told: str, warning: str
) -> None:
    (change,) = planned(FINE | {field: value}).changes
    assert (change.id, list(change.body)) == ("42", [field])
    assert [f"{each.field}: {each.before} → {each.after}" for each in change.differences] == [told]
    assert any(warning in each for each in change.warnings)


@pytest.mark.parametrize(
    ("changed", "code", "words"),
    [
        ({"hidden_value_domain_whitelist": "https://old.example.com/*"}, "allow_list_fixed", "without https://orders"),
        ({"hidden_value_domain_whitelist": "https://orders.example.com"}, "allow_list_fixed", "nobody change"),
        ({"hidden_value_domain_whitelist": f"{SERVICE},*"}, "allow_list_fixed", "any host"),
        ({"hidden_value_domain_whitelist": f"{SERVICE}, https://*.com/*"}, "allow_list_fixed", "any host"),
        ({"hidden_value_domain_whitelist": "https://*.a.run.app/*"}, "allow_list_fixed", "any host"),
        ({"type": "number"}, "attribute_type", "type number"),
        ({"is_system": True}, "attribute_system", "Looker's own"),
        ({"name": "Orders_Token"}, "attribute_taken", "'Orders_Token'"),
        ({"user_can_view": True, "can": {"update": False}}, "attribute_forbidden", "may not change"),
    ],
)
def test_what_no_call_can_mend_is_told_with_what_to_do_instead(changed: dict[str, Any], code: str, words: str) -> None:
    plan = planned(FINE | changed)
    (refused,) = plan.impossible
    assert (refused.code, plan.changes, plan.kept) == (code, (), ())
    assert words in refused.detail
    assert refused.hint


@pytest.mark.parametrize(
    "changed", [{"hidden_value_domain_whitelist": "https://old.example.com/*"}, {"type": "number"}]
)
def test_what_must_be_made_anew_is_told_with_what_is_lost(changed: dict[str, Any]) -> None:
    (refused,) = planned(FINE | changed).impossible
    assert "its id changes, all its values are lost until: lookgate sync once" in refused.hint


@pytest.mark.parametrize("more", ["https://*.example.com/*", "https://other.example.com/*"])
def test_a_list_that_is_wider_than_the_service_is_told_because_it_cannot_be_narrowed(more: str) -> None:
    (kept,) = planned(FINE | {"hidden_value_domain_whitelist": f"{SERVICE},{more}"}).kept
    (warning,) = kept.warnings
    assert more in warning


def test_a_wildcard_that_covers_the_service_is_no_reason_to_make_the_attribute_anew() -> None:
    (kept,) = planned(FINE | {"hidden_value_domain_whitelist": "https://*.example.com/*"}).kept
    assert "as well, which no setting asks for" in kept.warnings[0]


def test_by_its_id_an_attribute_is_only_checked() -> None:
    want = (wanted(number="42"),)
    assert [kept.id for kept in planned(FINE, want=want).kept] == ["42"]
    (refused,) = planned(FINE | {"user_can_view": True}, want=want).impossible
    assert (refused.code, "'orders_token'" in refused.hint) == ("attribute_unsafe", True)
    (missing,) = planned(want=want).impossible
    assert (missing.name, missing.code) == ("id:42", "attribute_unknown")


def test_an_attribute_named_twice_by_name_and_by_id_gets_the_services_of_both() -> None:
    other = "https://other.example.com/*"
    want = (wanted(), wanted(number="42", domains=(other,)))
    (change,) = planned(FINE | {"hidden_value_domain_whitelist": None}, want=want).changes
    assert change.body == {"hidden_value_domain_whitelist": f"{SERVICE}, {other}"}


def test_handles_and_tokens_never_share_an_attribute_because_one_is_named_by_its_id() -> None:
    want = (wanted(refill="lookgate handles issue --everyone"), wanted(number="42", domains=("https://b.io/*",)))
    assert [refused.code for refused in planned(FINE, want=want).impossible] == ["allow_list_fixed"]


def test_without_a_known_service_nothing_gets_an_allow_list() -> None:
    want = (wanted(domains=()),)
    for rows in ([], [FINE | {"hidden_value_domain_whitelist": None}]):
        (refused,) = planned(*rows, want=want).impossible
        assert (refused.code, refused.hint) == ("domain_unknown", "Write rule.domain.")
    assert planned(FINE, want=want).impossible == ()


def test_a_label_that_is_taken_is_not_asked_for() -> None:
    others = [{"id": "1", "name": "a", "label": "orders token"}, {"id": "2", "name": "b", "label": "Orders_Token"}]
    (change,) = planned(*others).changes
    assert change.body["label"] == "orders_token (2)"


def test_two_new_attributes_do_not_ask_for_one_label() -> None:
    plan = planned(want=(wanted("a_b"), wanted("a.b")))
    assert [change.body["label"] for change in plan.changes] == ["A b", "a.b"]
