"""Every operation of the local Looker's API, whoever wrote it, keeps these promises."""

from __future__ import annotations

import inspect
import re
from typing import Any

import pytest

from local_looker import Looker, make_looker
from lookgate.emulator.api.dispatch import discover
from lookgate.emulator.api.route import DOCUMENTATION_URL, Operation

OPERATIONS = sorted(discover(), key=lambda operation: operation.id)
WITH_BODY = [operation for operation in OPERATIONS if operation.method in {"POST", "PUT", "PATCH"}]
EVIL: tuple[Any, ...] = (
    None, [], {}, "text", 5, 1e308, True, [None], [[]], [{}], [5, "5", None], {"": ""}, b"\xff\xfe", b"{", b"a=b&c",
    b"[" * 5000, b'{"name": "\\ud800"}', b'{"a":' * 2000, b'"' + b"x" * 10000 + b'"',
)  # fmt: skip
VALUES: tuple[Any, ...] = (5, -1, 10**30, True, [], {}, "", "x" * 5000, "\x00", "NaN", "999999", ["a"], {"a": {}})
QUERY = {
    "limit": "-1",
    "offset": "x",
    "fields": "((,),",
    "sorts": ";drop",
    "ids": ",,",
    "page": "9" * 30,
    "filter_or": "?",
}


@pytest.fixture(scope="module")
def ids() -> dict[str, str]:
    looker = make_looker()
    return {
        "user_id": looker.user("Wim").id,
        "group_id": looker.group_id("West"),
        "role_id": looker.role_id("Viewer"),
        "user_attribute_id": looker.attribute_id("carrier"),
        "permission_set_id": list(looker.instance.permission_sets)[-1],
        "model_set_id": list(looker.instance.model_sets)[-1],
        "credentials_api3_id": looker.user("Wim").api3[0].id,
        "credential_type": "email",
    }


def path_of(operation: Operation, ids: dict[str, str]) -> str:
    return re.sub(r"\{(\w+)\}", lambda match: ids.get(match[1], "%00%2F..%F0%9F"), operation.template)


def is_refused_in_shape(looker: Looker, operation: Operation, path: str, body: Any, query: dict[str, str]) -> None:
    answer = looker.call("Ada", operation.method, path, body, **query)
    assert answer.status < 500, (operation.id, body, query, answer.body)
    if answer.status >= 400 and operation.id == "oauth_token" and "error" in answer.value:
        return  # the shape of RFC 6749, section 5.2
    if answer.status >= 400:
        assert answer.value["message"], operation.id
        assert answer.value["documentation_url"] == DOCUMENTATION_URL, operation.id


def names_in(operation: Operation) -> list[str]:
    """Return the field names that the operation's file mentions: good places for values that do not fit."""
    source = inspect.getsource(inspect.getmodule(operation.handler) or re)
    return sorted(set(re.findall(r"^    (\w+): [^=\n]+ = UNSET", source, re.MULTILINE)))


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.id)
def test_an_operation_without_a_token_is_refused_unless_it_is_public(operation: Operation, ids: dict[str, str]) -> None:
    answer = make_looker().call(None, operation.method, path_of(operation, ids))
    if operation.public:
        assert answer.status != 401
    else:
        assert (answer.status, answer.value["message"]) == (401, "Requires authentication.")


@pytest.mark.parametrize("operation", WITH_BODY, ids=lambda operation: operation.id)
def test_a_body_that_makes_no_sense_is_a_clear_refusal(operation: Operation, ids: dict[str, str]) -> None:
    looker = make_looker()
    path = path_of(operation, ids)
    for body in EVIL:
        is_refused_in_shape(looker, operation, path, body, {})
    for name in names_in(operation):
        for value in VALUES:
            is_refused_in_shape(looker, operation, path, {name: value}, {})
            is_refused_in_shape(looker, operation, path, [{name: value}], {})


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.id)
def test_a_query_that_makes_no_sense_is_a_clear_refusal(operation: Operation, ids: dict[str, str]) -> None:
    looker = make_looker()
    for name, value in QUERY.items():
        is_refused_in_shape(looker, operation, path_of(operation, ids), None, {name: value})


def test_no_two_operations_share_an_id() -> None:
    found = [operation.id for operation in OPERATIONS]
    assert len(set(found)) == len(found)
