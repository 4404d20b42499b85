"""What holds for every action that ships, without its author asking for it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]  # it ships no types

from gateway_site import ANALYST, HANDLE, JSON, KEY, MACHINE, Known, Site
from lookgate.actions.base import Action, found
from lookgate.actions.decode import decode_input
from lookgate.core.identity import Principal
from lookgate.core.policy import Deny, Request
from lookgate.web.fields import PLACEHOLDER, sample_of
from lookgate.web.openapi import is_open, openapi

FOLDER = Path(__file__).parents[2] / "examples" / "flights" / "actions"
SHIPPED = found(FOLDER)
EVERY = pytest.mark.parametrize("shipped", SHIPPED.values(), ids=SHIPPED.keys())
CLOSED = pytest.mark.parametrize(
    "shipped", [each for each in SHIPPED.values() if not is_open(each)], ids=lambda each: each.name
)
STRANGER = replace(ANALYST, groups=frozenset({"Some Other Group"}), roles=frozenset())


def denied(shipped: Action) -> list[Principal]:
    """Return who of two known callers may not call it."""
    asked = Request(shipped.name, "r1")
    return [each for each in (STRANGER, MACHINE) if isinstance(shipped.policy.check(each, asked), Deny)]


NARROW = pytest.mark.parametrize(
    "shipped", [each for each in SHIPPED.values() if denied(each)], ids=lambda each: each.name
)


EXAMPLES: dict[str, object] = {"month": "2013-07"}
"""For fields with a pattern, whose example is the author's to give."""


def sample(shipped: Action) -> dict[str, object]:
    given = sample_of(shipped.input)
    return {name: EXAMPLES[name] if value == PLACEHOLDER else value for name, value in given.items()}


def body(shipped: Action) -> bytes:
    return json.dumps(sample(shipped)).encode()


def test_there_are_actions_to_hold_to_this() -> None:
    assert len(SHIPPED) >= 4
    assert any(not is_open(each) for each in SHIPPED.values())


@CLOSED
@pytest.mark.counts("refusal", "anonymous, at the demo's actions")
def test_a_caller_without_a_credential_is_refused_and_audited(shipped: Action) -> None:
    site = Site([shipped])
    reply = site.call("POST", f"/actions/{shipped.name}", body(shipped), [JSON])
    assert (reply.status, reply.json["code"]) == (401, "credential_missing")
    assert site.events() == [(shipped.name, "denied", "credential_missing")]


def test_any_known_caller_may_call_only_what_must_go_on_while_looker_is_down() -> None:
    wide = {each.name for each in SHIPPED.values() if not is_open(each) and not denied(each)}
    assert wide == {"credentials", "mend_it"}  # nobody can be proven to be a user then; the extension's key is enough


@NARROW
@pytest.mark.counts("refusal", "wrong user, at the demo's actions")
def test_a_caller_whom_the_policy_refuses_is_refused_with_its_rule_and_audited(shipped: Action) -> None:
    for principal in denied(shipped):
        site = Site([shipped], verifier=Known({HANDLE: principal}))
        reply = site.call("POST", f"/actions/{shipped.name}", body(shipped), [JSON, ("x-lookgate-handle", HANDLE)])
        assert reply.status == 403
        assert site.events() == [(shipped.name, "denied", reply.json["code"])]
        assert reply.json["hint"]


@EVERY
@pytest.mark.counts("refusal", "wrong origin, at the demo's actions")
def test_a_page_of_a_foreign_origin_is_refused_whoever_calls(shipped: Action) -> None:
    site = Site([shipped])
    headers = [JSON, ("x-lookgate-handle", HANDLE), ("origin", "https://evil.example")]
    reply = site.call("POST", f"/actions/{shipped.name}", body(shipped), headers)
    assert (reply.status, reply.json["code"]) == (403, "origin_not_allowed")
    assert site.verifier.asked == 0


@EVERY
@pytest.mark.counts("refusal", "unknown, at the demo's actions")
def test_an_unknown_key_is_refused_whatever_the_policy(shipped: Action) -> None:
    site = Site([shipped], verifier=Known({}))
    reply = site.call("POST", f"/actions/{shipped.name}", body(shipped), [JSON, ("x-api-key", KEY)])
    assert reply.status == 401
    assert site.events() == [(shipped.name, "denied", "unknown_credential")]


@EVERY
def test_an_unknown_field_is_refused(shipped: Action) -> None:
    with pytest.raises(Exception, match="not known here"):
        decode_input(json.dumps({**sample(shipped), "no_such_field": 1}).encode(), shipped.input)


@EVERY
def test_it_says_what_it_does_and_its_example_is_accepted(shipped: Action) -> None:
    assert shipped.summary.endswith(".")
    assert isinstance(decode_input(body(shipped), shipped.input), shipped.input)


def test_all_together_make_a_valid_document() -> None:
    document = json.loads(openapi(SHIPPED))
    for schema in document["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)
    assert len(document["paths"]) == len(SHIPPED)
