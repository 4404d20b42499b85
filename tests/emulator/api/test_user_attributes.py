from __future__ import annotations

from typing import Any

import pytest

from local_looker import Looker, make_looker
from lookgate.emulator.api.dispatch import Answer


def patch(looker: Looker, name: str, **body: Any) -> Answer:
    return looker.call("Ada", "PATCH", f"/user_attributes/{looker.attribute_id(name)}", body)


def test_hidden_values_are_told_to_nobody_in_any_answer() -> None:
    looker = make_looker()
    handle = looker.attribute_id("handle")
    everywhere = ["/user", "/users", "/user_attributes", f"/user_attributes/{handle}"]
    everywhere += [f"/user_attributes/{handle}/group_values"]
    everywhere += [f"/users/{user}/attribute_values" for user in looker.instance.users]
    for who in ("Ada", "Eve"):
        for path in everywhere:
            for query in ({}, {"all_values": "true"}, {"include_unset": "true"}):
                assert b"shh" not in looker.call(who, "GET", path, **query).body, (who, path)


def test_writing_a_hidden_value_does_not_read_it_back(looker: Looker) -> None:
    handle, eve, east = looker.attribute_id("handle"), looker.user("Eve").id, looker.group_id("East")
    for method, path, body in (
        ("PATCH", f"/users/{eve}/attribute_values/{handle}", {"value": "shh-new"}),
        ("PATCH", f"/groups/{east}/attribute_values/{handle}", {"value": "shh-new"}),
        ("POST", f"/user_attributes/{handle}/group_values", [{"group_id": east, "value": "shh-new"}]),
        ("PATCH", f"/user_attributes/{handle}", {"default_value": "shh-new"}),
    ):
        answer = looker.call("Ada", method, path, body)
        assert answer.status == 200, path
        assert b"shh" not in answer.body, path


def test_a_hidden_value_stays_hidden(looker: Looker) -> None:
    assert patch(looker, "handle", value_is_hidden=False).status == 422
    assert looker.instance.attributes[looker.attribute_id("handle")].value_is_hidden


def test_an_allow_list_cannot_be_changed_or_taken_away_once_it_is_set(looker: Looker) -> None:
    before = "http://127.0.0.1:8701/*"
    for wanted in ("https://evil.example/*", "", None):
        assert patch(looker, "handle", hidden_value_domain_whitelist=wanted).status == 422
    assert patch(looker, "handle", hidden_value_domain_whitelist=before, label="New label").status == 200
    assert looker.instance.attributes[looker.attribute_id("handle")].hidden_value_domain_whitelist == before


def test_an_allow_list_is_set_once_together_with_hiding_or_after(looker: Looker) -> None:
    assert patch(looker, "carrier", hidden_value_domain_whitelist="https://a.example/*").status == 422
    assert patch(looker, "carrier", value_is_hidden=True).status == 200
    assert patch(looker, "carrier", hidden_value_domain_whitelist="https://a.example/*").status == 200
    assert patch(looker, "carrier", hidden_value_domain_whitelist="https://b.example/*").status == 422


def test_a_refused_change_changes_nothing(looker: Looker) -> None:
    assert patch(looker, "handle", label="Changed", user_can_edit=True, value_is_hidden=False).status == 422
    handle = looker.instance.attributes[looker.attribute_id("handle")]
    assert (handle.label, handle.user_can_edit) == ("Handle", False)


@pytest.mark.parametrize(
    ("body", "field", "code"),
    [
        ({"label": "L", "type": "string"}, "name", "missing_field"),
        ({"name": "n", "type": "string"}, "label", "missing_field"),
        ({"name": "n", "label": "L"}, "type", "missing_field"),
        ({"name": "", "label": "L", "type": "string"}, "name", "missing_field"),
        ({"name": "n", "label": "L", "type": "colour"}, "type", "invalid"),
        ({"name": "Carrier", "label": "L", "type": "string"}, "name", "already_exists"),
        ({"name": "n", "label": "carrier", "type": "string"}, "label", "already_exists"),
        ({"name": "email", "label": "L", "type": "string"}, "name", "already_exists"),
        ({"name": "n", "label": "L", "type": "number", "default_value": "many"}, "default_value", "invalid"),
        ({"name": "n", "label": "L", "type": "yesno", "default_value": "true"}, "default_value", "invalid"),
        ({"name": "n", "label": "L", "type": "string", "value_is_hidden": "yes"}, "value_is_hidden", "invalid"),
    ],
)
def test_a_definition_that_does_not_fit_says_which_field_and_why(
    looker: Looker, body: dict[str, Any], field: str, code: str
) -> None:
    count = len(looker.instance.attributes)
    answer = looker.call("Ada", "POST", "/user_attributes", body)
    assert answer.status == 422
    assert (answer.value["errors"][0]["field"], answer.value["errors"][0]["code"]) == (field, code)
    assert len(looker.instance.attributes) == count


def test_system_attributes_are_not_edited_or_deleted(looker: Looker) -> None:
    assert patch(looker, "email", label="E-mail").status == 422
    assert looker.call("Ada", "DELETE", f"/user_attributes/{looker.attribute_id('email')}").status == 403
    eve = looker.user("Eve").id
    path = f"/users/{eve}/attribute_values/{looker.attribute_id('email')}"
    assert looker.call("Ada", "PATCH", path, {"value": "ada@air.example"}).status == 422


def test_others_do_not_learn_of_attributes_they_may_not_view_nor_of_defaults(looker: Looker) -> None:
    seen = {found["name"]: found for found in looker.get("Eve", "/user_attributes")}
    assert "private_note" not in seen
    assert looker.call("Eve", "GET", f"/user_attributes/{looker.attribute_id('private_note')}").status == 404
    assert seen["carrier"]["default_value"] is None
    assert seen["handle"]["hidden_value_domain_whitelist"] is None
    values = looker.get("Eve", f"/users/{looker.user('Eve').id}/attribute_values")
    assert "private_note" not in [found["name"] for found in values]


def test_a_deleted_attribute_takes_its_values_with_it(looker: Looker) -> None:
    handle = looker.attribute_id("handle")
    assert looker.call("Ada", "DELETE", f"/user_attributes/{handle}").status == 204
    assert not [key for key in looker.instance.user_values if key[1] == handle]


def test_the_list_of_attributes_has_no_paging(looker: Looker) -> None:
    everything = looker.get("Ada", "/user_attributes", sorts="name desc")
    assert len(looker.get("Ada", "/user_attributes", limit="1")) == len(everything) == len(looker.instance.attributes)
    assert [found["name"] for found in everything] == sorted([found["name"] for found in everything], reverse=True)
