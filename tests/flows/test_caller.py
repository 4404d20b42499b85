"""The main story: Looker's server puts the handle in, and the gateway knows who is calling."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from flow_site import TAG, TTL, Flow, running_flow
from lookgate.core.secret import Secret, sha256_hex


@pytest.fixture
def flow(tmp_path: Path) -> Iterator[Flow]:
    with running_flow(tmp_path) as running:
        yield running


def test_the_gateway_knows_each_user_by_the_handle_that_lookers_server_put_in(flow: Flow) -> None:
    for name, group in (("Eve", "East"), ("Wim", "West")):
        reply = flow.through_looker(name, "whoami")
        assert reply.status == 200
        assert reply.json["email"] == f"{name.lower()}@air.example"
        assert group in reply.json["groups"]
        assert reply.json["proven_by"] == "USER by handle"
        assert flow.handle_of(name) not in json.dumps(reply.json)
    assert [event.principal.subject for event in flow.events()] == [flow.looker.user(n).id for n in ("Eve", "Wim")]


def test_a_tag_that_looker_did_not_replace_lets_nobody_in_and_says_what_to_set_up(flow: Flow) -> None:
    reply = flow.directly("whoami", TAG)
    assert (reply.status, reply.json["code"]) == (401, "unsubstituted_tag")
    assert "allow-list" in reply.json["hint"]
    flow.issuing(revoke="Eve")  # Looker has no value for Eve any more, and forwards the tag as it stands
    reply = flow.through_looker("Eve", "whoami")
    assert (reply.status, reply.json["code"]) == (401, "unsubstituted_tag")


def test_a_change_of_groups_in_looker_is_seen_within_the_age_limit_and_both_ways(flow: Flow) -> None:
    eve, west = flow.looker.user("Eve").id, flow.looker.group_id("West")
    assert flow.through_looker("Eve", "plan").status == 403
    assert flow.looker.call("Ada", "POST", f"/groups/{west}/users", {"user_id": eve}).status == 200
    flow.clock.move(TTL + 1)
    assert flow.through_looker("Eve", "plan").status == 200
    assert flow.looker.call("Ada", "DELETE", f"/groups/{west}/users/{eve}").status == 204
    flow.clock.move(TTL + 1)
    assert flow.through_looker("Eve", "plan").json["code"] == "not_in_group"


def test_a_disabled_user_is_refused_even_by_a_handle_that_somebody_kept(flow: Flow) -> None:
    kept = flow.handle_of("Wim")
    assert flow.directly("plan", kept).status == 200
    assert flow.looker.call("Ada", "PATCH", f"/users/{flow.looker.user('Wim').id}", {"is_disabled": True}).status == 200
    flow.clock.move(TTL + 1)
    reply = flow.directly("plan", kept)
    assert (reply.status, reply.json["code"]) == (401, "user_disabled")


def test_an_altered_handle_is_refused_and_audited(flow: Flow) -> None:
    flow.set_handle("Eve", "lgh_" + "x" * 43)
    reply = flow.through_looker("Eve", "whoami")
    assert (reply.status, reply.json["code"]) == (401, "unknown_handle")
    (event,) = flow.events()
    assert (event.action, event.outcome, event.rule) == ("whoami", "denied", "unknown_handle")


def test_a_new_handle_ends_the_one_before_and_a_revoked_one_ends_at_once(flow: Flow) -> None:
    before = flow.handle_of("Eve")
    flow.issuing()
    assert flow.directly("whoami", before).json["code"] == "unknown_handle"
    now = flow.handle_of("Eve")
    assert flow.directly("whoami", now).status == 200
    flow.issuing(revoke="Eve")
    assert flow.directly("whoami", now).json["code"] == "unknown_handle"


def test_a_denied_action_changes_nothing_and_is_audited_with_who_was_refused_by_which_rule(flow: Flow) -> None:
    reply = flow.through_looker("Eve", "plan", '{"text": "not mine"}')
    assert (reply.status, reply.json["code"]) == (403, "not_in_group")
    assert "'West'" in reply.json["detail"]
    assert reply.json["hint"]
    (event,) = flow.events()
    assert (event.principal.email, event.outcome, event.rule) == ("eve@air.example", "denied", "not_in_group")
    assert flow.gateway.store.records.list("plans") == []


def test_an_allowed_action_is_stored_with_the_user_who_acted(flow: Flow) -> None:
    assert flow.through_looker("Wim", "plan", '{"text": "fly"}').status == 200
    (row,) = flow.gateway.store.records.list("plans")
    assert (row.body, row.actor_label) == ({"text": "fly"}, "wim@air.example")
    (event,) = flow.events()
    assert (event.action, event.outcome, event.principal.email) == ("plan", "allowed", "wim@air.example")


def test_a_tag_typed_into_a_field_is_refused_before_the_handle_in_it_is_stored(flow: Flow) -> None:
    reply = flow.through_looker("Wim", "plan", json.dumps({"text": f"my note {TAG}"}))
    assert (reply.status, reply.json["code"]) == (400, "secret_in_body")
    assert flow.handle_of("Wim") not in json.dumps(reply.json)
    assert flow.gateway.store.records.list("plans") == []


def test_whoever_reads_the_gateways_files_finds_no_handle(flow: Flow, tmp_path: Path) -> None:
    flow.through_looker("Wim", "plan", '{"text": "fly"}')
    flow.through_looker("Eve", "plan")
    flow.through_looker("Wim", "plan", json.dumps({"text": TAG}))
    flow.directly("whoami", flow.handle_of("Wim"))
    kept = b"".join(path.read_bytes() for path in tmp_path.joinpath(".lookgate").iterdir())
    assert b"wim@air.example" in kept
    for name in ("Ada", "Eve", "Wim"):
        handle = flow.handle_of(name)
        assert sha256_hex(Secret(handle)).encode() in kept
        assert handle.removeprefix("lgh_").encode() not in kept


def test_while_looker_does_not_answer_nobody_is_let_in_on_old_knowledge(flow: Flow) -> None:
    assert flow.through_looker("Wim", "plan").status == 200
    flow.switch.is_down = True
    flow.clock.move(TTL + 1)
    assert flow.through_looker("Wim", "plan").status == 503
    flow.switch.is_down = False
    assert flow.through_looker("Wim", "plan").status == 200
