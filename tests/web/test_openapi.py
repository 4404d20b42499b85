from __future__ import annotations

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]  # it ships no types
from schemathesis.specs.openapi.definitions import OPENAPI_31

from gateway_site import ACTIONS, Site
from lookgate.actions.base import discover
from lookgate.web.openapi import openapi

TWICE = """
from lookgate.actions import Context, Input, Output, action
from lookgate.core.policy import public

class Given(Input):
    {field}: int

class Taken(Output):
    {field}: int

@action(policy=[public()])
def {name}(input: Given, context: Context) -> Taken:
    return Taken(1)
"""


def test_the_document_is_openapi_3_1_by_its_own_schema() -> None:
    document = json.loads(openapi(ACTIONS))
    assert list(Draft202012Validator(OPENAPI_31).iter_errors(document)) == []
    for schema in document["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)


def test_the_same_actions_give_the_same_bytes_in_whatever_order_they_come() -> None:
    assert openapi(ACTIONS) == openapi(dict(reversed(ACTIONS.items())))


def test_every_enabled_action_stands_there_with_its_policy_in_words() -> None:
    paths = json.loads(openapi(ACTIONS))["paths"]
    assert set(paths) == {f"/actions/{name}" for name in ACTIONS}
    note = paths["/actions/note"]["post"]
    assert note["x-lookgate-policy"] == "members of the Looker group 'Analysts'"
    assert (note["summary"], note["operationId"], note["x-lookgate-effect"]) == ("Keep a note.", "note", "local")


def test_only_an_action_that_lets_strangers_in_may_be_called_without_a_credential() -> None:
    paths = json.loads(openapi(ACTIONS))["paths"]
    assert {} in paths["/actions/echo"]["post"]["security"]
    assert paths["/actions/note"]["post"]["security"] == [{"apiKey": []}, {"bearer": []}, {"handle": []}]


def test_inputs_refuse_unknown_fields_in_the_document_as_well() -> None:
    assert json.loads(openapi(ACTIONS))["components"]["schemas"]["Text"]["additionalProperties"] is False


def test_two_files_may_use_the_same_type_names(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / f"{name}.py").write_text(TWICE.format(name=name, field=f"field_{name}"), encoding="utf-8")
    document = json.loads(openapi(discover(tmp_path, ["one", "two"])))
    assert list(Draft202012Validator(OPENAPI_31).iter_errors(document)) == []
    for name in ("one", "two"):
        body = document["paths"][f"/actions/{name}"]["post"]["requestBody"]
        reference = body["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
        assert list(document["components"]["schemas"][reference]["properties"]) == [f"field_{name}"]
        assert body["required"] is True


def test_without_actions_the_document_is_still_valid() -> None:
    assert list(Draft202012Validator(OPENAPI_31).iter_errors(json.loads(openapi({})))) == []


@pytest.mark.parametrize("name", ["echo", "note"])
def test_real_refusals_fit_the_problem_schema(name: str) -> None:
    document = json.loads(openapi(ACTIONS))
    problem = {**document["components"]["schemas"]["Problem"], "components": document["components"]}
    reply = Site().act(name, {"unknown": 1})
    assert reply.status in {401, 422}
    assert list(Draft202012Validator(problem).iter_errors(reply.json)) == []
