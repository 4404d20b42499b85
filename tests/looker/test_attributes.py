"""Carrying out a plan of attributes: one call each, what is done is told, and nothing is half done in silence."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from looker_double import LookerDouble, says, serving
from lookgate.core.audit import AuditEvent
from lookgate.errors import LookgateError
from lookgate.looker.attributes import Applied, AttributeMaker, read_plan
from lookgate.looker.attributes_plan import FIELDS, Wanted
from lookgate.looker.client import LookerClient
from lookgate.store.memory import MemoryStore
from lookgate.sync.rule import AttributeName
from lower_rooms import CountedBytes, StillClock, run

BASE: dict[str, Any] = {
    "type": "string",
    "value_is_hidden": True,
    "user_can_view": False,
    "user_can_edit": False,
    "hidden_value_domain_whitelist": "https://s.example.com/*",
}


def wanted(name: str) -> Wanted:
    return Wanted(AttributeName(name), ("https://s.example.com/*",), ("rule r",), "lookgate sync once")


def row(name: str, number: str, **changes: Any) -> dict[str, Any]:
    return BASE | {"id": number, "name": name, "label": name} | changes


class Scene:
    """One application of a plan for the attributes a, b and c; of those Looker has what the double has."""

    def __init__(self) -> None:
        self.double = LookerDouble()
        self.double.attributes = [row("b", "2", user_can_view=True), row("c", "3", user_can_edit=True)]
        self.double.misbehave["POST /user_attributes"] = says(200, row("a", "1"))
        self.double.misbehave["PATCH /user_attributes/2"] = says(200, row("b", "2"))
        self.double.misbehave["PATCH /user_attributes/3"] = says(200, row("c", "3"))
        self.told: list[str] = []
        self.events: list[AuditEvent] = []

    def apply(self) -> Applied:
        store = MemoryStore()

        async def story(client: LookerClient) -> Applied:
            plan = await read_plan(client, [wanted("a"), wanted("b"), wanted("c")])
            maker = AttributeMaker(client, store, clock=StillClock(), random=CountedBytes())
            return await maker.apply(plan, lambda change, number: self.told.append(f"{change.name} {number}"))

        async def whole() -> Applied:
            async with serving(self.double, seconds=0.5) as client:
                return await story(client)

        try:
            return run(whole())
        finally:
            self.events = [each.event for each in store.tail(limit=50)]
            store.close()


def test_everything_is_one_call_to_read_and_one_for_each_change() -> None:
    scene = Scene()
    applied = scene.apply()
    assert (len(applied.done), applied.failed, applied.left) == (3, None, ())
    assert scene.told == ["a 1", "b 2", "c 3"]
    calls = {name: count for name, count in scene.double.asked.items() if "log" not in name}
    assert calls == {
        "GET /user_attributes": 1,
        "POST /user_attributes": 1,
        "PATCH /user_attributes/2": 1,
        "PATCH /user_attributes/3": 1,
    }
    assert scene.double.seen[1].endswith(f"?fields={FIELDS}")


def test_each_step_is_in_the_audit_log_before_and_after_it() -> None:
    scene = Scene()
    scene.double.misbehave["PATCH /user_attributes/2"] = says(422)
    scene.apply()
    told = [(event.outcome, event.detail.partition(" (")[0]) for event in scene.events]
    assert told == [
        ("pending", "create the user attribute 'a'"),
        ("allowed", "create the user attribute 'a'"),
        ("pending", "change the user attribute 'b'"),
        ("failed", "change the user attribute 'b'"),
    ]
    assert {event.action for event in scene.events} == {"attributes apply"}
    assert scene.events[-1].rule == "attribute_refused"


@pytest.mark.parametrize(
    ("status", "code", "unsure"),
    [
        (403, "looker_forbidden", False),
        (404, "attribute_refused", False),
        (409, "attribute_refused", False),
        (422, "attribute_refused", False),
        (429, "looker_busy", False),
        (500, "looker_refused", True),
    ],
)
def test_a_failure_midway_says_what_was_done_and_what_was_not(status: int, code: str, *, unsure: bool) -> None:
    scene = Scene()
    scene.double.misbehave["PATCH /user_attributes/2"] = says(status)
    applied = scene.apply()
    assert ([change.name for change in applied.done], applied.failed and applied.failed.name) == (["a"], "b")
    assert [change.name for change in applied.left] == ["c"]
    assert applied.error is not None
    assert applied.error.code == code
    assert ("may have been changed" in applied.error.detail) is unsure
    assert applied.error.hint
    assert scene.double.asked["PATCH /user_attributes/3"] == 0


@pytest.mark.parametrize(
    "answer",
    [
        row("b", "2", user_can_view=True),
        row("b", "2", hidden_value_domain_whitelist=None),
        row("b", "2", hidden_value_domain_whitelist="https://x.example.com/*"),
        row("z", "2"),
        None,
        [],
        {"message": "fine"},
    ],
)
def test_looker_is_not_believed_when_its_answer_shows_another_attribute(answer: object) -> None:
    scene = Scene()
    scene.double.misbehave["PATCH /user_attributes/2"] = says(200, answer)
    applied = scene.apply()
    assert applied.error is not None
    assert applied.error.code == "attribute_not_taken"
    assert scene.told == ["a 1"]


def test_when_looker_goes_away_the_change_may_have_been_done() -> None:
    scene = Scene()

    async def hang(_: Any) -> Any:
        await asyncio.Event().wait()

    scene.double.misbehave["PATCH /user_attributes/2"] = hang
    applied = scene.apply()
    assert applied.error is not None
    assert applied.error.code == "looker_timeout"
    assert "'b' may have been changed all the same" in applied.error.detail


def test_a_plan_with_something_impossible_is_not_begun() -> None:
    scene = Scene()
    scene.double.attributes[1] = row("c", "3", type="number")
    with pytest.raises(LookgateError, match="Nothing was changed"):
        scene.apply()
    assert scene.double.asked["POST /user_attributes"] == 0
    assert scene.events == []
