"""What Looker's admins change about people decides calls: against a real local Looker, through a real gateway."""

from __future__ import annotations

import asyncio
import io
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
import pytest
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from asgi import call
from local_looker import Looker, served_looker
from lookgate.compose import Gateway, build, close
from lookgate.core.ports import HandleRecord
from lookgate.core.secret import Secret, sha256_hex
from lookgate.emulator.world import World
from lookgate.settings import load
from lookgate.web.app import build_app
from lookgate.web.log import Log
from lower_rooms import StillClock
from policy_town import WORLD, action_file

HANDLE = "lgh_" + "Pq7-" * 10 + "abc"
KEY = "lgk_" + "Zk7_" * 10 + "xyz"
TTL = 60
POLICIES = {
    "by_group": 'in_group("Finance")',
    "by_role": 'has_role("Pilot")',
    "by_model": 'has_model("ships")',
    "by_permission": 'has_permission("see_sql", model="flights")',
    "by_attribute": 'attribute("region", "west")',
    "by_grant": 'access_grant(attribute="regions", allowed=["west"])',
    "by_hidden": 'not_(attribute("hidden_one", "other"))',
    "by_own_choice": 'attribute("own_choice", "yes")',
    "by_missing": 'not_(attribute("no_such_attribute", "other"))',
    "not_sales": 'not_(in_group("Sales"))',
    "mixed": 'any_of(in_group("Sales"), has_model("flights")), attribute("region", "north")',
}
EXTRA = {
    "by_group": [],
    "by_role": [],
    "not_sales": [],
    "by_model": [],
    "by_permission": [],
    "by_attribute": ["GET /user_attributes", "GET /users/{id}/attribute_values"],
    "by_grant": ["GET /user_attributes", "GET /users/{id}/attribute_values"],
    "mixed": ["GET /user_attributes", "GET /users/{id}/attribute_values"],
}
"""The calls that a policy adds, as docs/policies.md says."""


class Counted:
    """Counts the API calls that reach the local Looker."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.app: ASGIApp | None = None

    def wrap(self, app: ASGIApp) -> ASGIApp:
        self.app = app
        return self

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.calls.append(f"{scope['method']} {scope['path'].removeprefix('/api/4.0')}")
        await (self.app or PlainTextResponse("down", 503))(scope, receive, send)


@dataclass
class Place:
    """The gateway with one action per policy, and Noor, who calls with a handle."""

    looker: Looker
    counted: Counted
    gateway: Gateway
    clock: StillClock
    runner: asyncio.Runner
    app: ASGIApp = field(init=False)

    def __post_init__(self) -> None:
        self.app = build_app(self.gateway, Log(io.StringIO()))

    def call(self, name: str, header: str = "x-lookgate-handle", secret: str = HANDLE) -> str:
        """Return the rule that refused; empty when the call was let in."""
        headers = [("content-type", "application/json"), (header, secret)]
        reply = self.runner.run(call(self.app, "POST", f"http://gateway/actions/{name}", headers, b"{}"))
        return "" if reply.status == 200 else str(json.loads(reply.body)["code"])

    def change(self, method: str, path: str, body: Any = None) -> None:
        """Do something as Looker's admin."""
        assert self.looker.call("Ada", method, path, body).status in {200, 204}

    @property
    def noor(self) -> str:
        return self.looker.user("Noor").id


@contextmanager
def running(folder: Path) -> Iterator[Place]:
    counted, clock = Counted(), StillClock()
    for name, policy in POLICIES.items():
        file = folder / "actions" / f"{name}.py"
        file.parent.mkdir(exist_ok=True)
        file.write_text(action_file(name, policy))
    with served_looker(msgspec.convert(WORLD, World), wrap=counted.wrap) as looker, asyncio.Runner() as runner:
        key = looker.user("Ada").api3[0]
        settings = folder / "lookgate.toml"
        settings.write_text(
            f"""
[instance]
base_url = "{looker.instance.base_url}"
client_id = "env:ID"
client_secret = "env:SECRET"
directory_ttl = {TTL}

[actions]
enabled = {json.dumps(list(POLICIES))}

[[api_keys]]
name = "k"
sha256 = "{sha256_hex(Secret(KEY))}"
"""
        )
        gateway = build(load(settings, {"ID": key.client_id, "SECRET": key.client_secret}), clock=clock)
        place = Place(looker, counted, gateway, clock, runner)
        gateway.store.handles.add(HandleRecord(sha256_hex(Secret(HANDLE)), place.noor, clock.now()))
        try:
            yield place
        finally:
            runner.run(close(gateway))


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    with running(tmp_path) as made:
        yield made


def role_of(place: Place, *names: str) -> None:
    place.change("PUT", f"/users/{place.noor}/roles", [place.looker.role_id(name) for name in names])


def value_of(place: Place, attribute: str, value: str) -> None:
    number = place.looker.attribute_id(attribute)
    place.change("PATCH", f"/users/{place.noor}/attribute_values/{number}", {"value": value})


CHANGES: list[tuple[str, str, Callable[[Place], None], str]] = [
    (
        "by_group",
        "",
        lambda place: place.change("DELETE", f"/groups/{place.looker.group_id('Finance')}/users/{place.noor}"),
        "not_in_group",
    ),
    ("by_role", "lacks_role", lambda place: role_of(place, "Pilot"), ""),
    ("by_model", "lacks_model", lambda place: role_of(place, "Sailor"), ""),
    ("by_permission", "lacks_permission", lambda place: role_of(place, "Pilot"), ""),
    ("by_attribute", "attribute_differs", lambda place: value_of(place, "region", "west"), ""),
    ("by_grant", "lacks_access_grant", lambda place: value_of(place, "regions", "east, west"), ""),
    (
        "not_sales",
        "",
        lambda place: place.change("POST", f"/groups/{place.looker.group_id('Sales')}/users", {"user_id": place.noor}),
        "excluded",
    ),
]


@pytest.mark.parametrize(("name", "before", "change", "after"), CHANGES, ids=[name for name, *_ in CHANGES])
def test_what_an_admin_changes_in_looker_decides_once_the_age_limit_is_over(
    place: Place, name: str, before: str, change: Callable[[Place], None], after: str
) -> None:
    assert place.call(name) == before
    change(place)
    place.clock.move(TTL - 1)
    assert place.call(name) == before
    place.clock.move(1)
    assert place.call(name) == after


def test_what_a_role_gives_counts_by_its_sets_as_they_are_now(place: Place) -> None:
    assert place.call("by_model") == "lacks_model"
    model_set = next(one for one in place.looker.get("Ada", "/model_sets") if one["name"] == "Flights")
    place.change("PATCH", f"/model_sets/{model_set['id']}", {"models": ["flights", "ships"]})
    place.clock.move(TTL)
    assert place.call("by_model") == ""
    permission_set = next(one for one in place.looker.get("Ada", "/permission_sets") if one["name"] == "Read")
    place.change("PATCH", f"/permission_sets/{permission_set['id']}", {"permissions": ["see_looks"]})
    place.clock.move(TTL)
    assert place.call("by_model") == "lacks_model"  # the model, and no access_data


@pytest.mark.parametrize(
    ("name", "rule", "words"),
    [
        ("by_hidden", "excluded", "'hidden_one': hidden"),
        ("by_own_choice", "attribute_differs", "'own_choice': users can set it"),
        ("by_missing", "excluded", "'no_such_attribute': does not exist"),
    ],
)
def test_an_attribute_that_proves_nothing_lets_nobody_in_and_the_audit_log_says_why(
    place: Place, name: str, rule: str, words: str
) -> None:
    assert place.call(name) == rule
    detail = place.gateway.store.tail(limit=1)[0].event.detail
    assert words in detail
    assert f"{name}.py" in detail


@pytest.mark.parametrize("name", sorted(EXTRA))
def test_a_policy_costs_looker_the_calls_that_the_docs_say_and_a_second_call_none(place: Place, name: str) -> None:
    place.call(name)
    known = {"POST /login", f"GET /users/{place.noor}", "GET /groups", "GET /roles"}
    extra = [call.replace(place.noor, "{id}", 1) for call in place.counted.calls if call not in known]
    assert extra == EXTRA[name]
    assert {call: place.counted.calls.count(call) for call in known} == dict.fromkeys(known, 1)
    before = len(place.counted.calls)
    for other in EXTRA:
        place.call(other)
    # Whatever else is called within the age limit costs the attributes once, and nothing more.
    assert len(place.counted.calls) - before == (0 if EXTRA[name] else 2)


def test_a_service_is_refused_by_every_rule_about_users_and_costs_looker_nothing(place: Place) -> None:
    for name in POLICIES:
        assert place.call(name, "x-api-key", KEY) != ""
    assert place.counted.calls == []


def test_when_looker_does_not_answer_a_policy_that_must_ask_refuses(place: Place) -> None:
    assert place.call("by_attribute") == "attribute_differs"
    value_of(place, "region", "west")
    place.clock.move(TTL)
    place.call("by_group")  # who the user is, is known again; the attribute is not
    place.counted.app = None
    assert place.call("by_attribute").startswith("looker_")
