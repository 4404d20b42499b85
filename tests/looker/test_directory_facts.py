"""What rules ask the directory for: models, permissions and attribute values, strictly read, in few calls."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any

import pytest

from looker_double import LookerDouble, says, serving
from lookgate.core.facts import ACCESS, NO_FACTS, Access, AttributeValue, Facts, Need
from lookgate.core.identity import ANONYMOUS, Assurance, Principal
from lookgate.errors import Unavailable
from lookgate.looker.directory import LookerDirectory
from lower_rooms import StillClock, run

REGION, TIER = Need("attribute", "region"), Need("attribute", "tier")
ALL = frozenset({ACCESS, REGION, TIER})
READ = {"permissions": ["access_data"], "all_access": False}
AIR = {"models": ["flights"], "all_access": False}


@dataclass
class Scene:
    double: LookerDouble
    clock: StillClock
    directory: LookerDirectory
    user: Principal

    async def facts(self, *needs: Need, principal: Principal | None = None) -> Facts:
        return await self.directory.facts(principal or self.user, frozenset(needs))

    async def value(self, need: Need = REGION) -> AttributeValue:
        return (await self.facts(need)).attributes[need.name]

    def calls(self) -> dict[str, int]:
        return {operation: times for operation, times in self.double.asked.items() if not operation.endswith("login")}


@asynccontextmanager
async def scene(needs: frozenset[Need] = ALL, ttl: float = 60) -> AsyncIterator[Scene]:
    """Set up user 7 with one role, a region, and no tier."""
    double, clock = LookerDouble(), StillClock()
    double.roles = [{"id": "10", "name": "Viewer", "permission_set": READ, "model_set": AIR}]
    double.attributes = [definition("1", "region"), definition("2", "tier"), definition("3", "other")]
    double.values = {("7", "1"): "east", ("7", "3"): "not asked for", ("8", "1"): "west"}
    for number in ("7", "8"):
        double.add_user(number)
    async with serving(double, clock) as client:
        directory = LookerDirectory(client, clock, ttl=ttl, needs=needs)
        user = await directory.user("7")
        assert user is not None
        yield Scene(double, clock, directory, user.principal(client.base_url, "handle"))


def definition(number: str, name: str, **changes: object) -> dict[str, Any]:
    return {"id": number, "name": name, "value_is_hidden": False, "user_can_edit": False} | changes


def test_the_facts_are_what_looker_says() -> None:
    async def story() -> None:
        async with scene() as now:
            found = await now.facts(*ALL)
            assert found.access == (Access("Viewer", frozenset({"access_data"}), frozenset({"flights"})),)
            assert found.attributes == {"region": AttributeValue("east"), "tier": AttributeValue(flaw="unset")}

    run(story())


def test_a_policy_of_groups_and_roles_costs_no_call_beyond_who_the_user_is() -> None:
    async def story() -> None:
        async with scene() as now:
            before = now.calls()
            assert before == {"GET /users/7": 1, "GET /groups": 1, "GET /roles": 1}
            assert await now.facts() is NO_FACTS
            assert now.calls() == before

    run(story())


def test_models_and_permissions_cost_no_call_of_their_own() -> None:
    async def story() -> None:
        async with scene() as now:
            before = now.calls()
            assert (await now.facts(ACCESS)).access
            assert now.calls() == before

    run(story())


def test_what_roles_give_is_not_even_fetched_unless_some_policy_needs_it() -> None:
    async def story() -> None:
        for needs, wide in ((frozenset({REGION}), False), (ALL, True)):
            async with scene(needs) as now:
                (line,) = [line for line in now.double.seen if "/roles" in line]
                assert ("permission_set" in line) is wide

    run(story())


def test_all_attributes_of_all_policies_cost_one_call_per_user_and_one_for_the_definitions() -> None:
    async def story() -> None:
        async with scene() as now:
            other = replace(now.user, subject="8")
            await asyncio.gather(*(now.facts(REGION) for _ in range(20)))
            await now.facts(TIER, ACCESS)
            assert (await now.facts(REGION, principal=other)).attributes == {"region": AttributeValue("west")}
            asked = {call: times for call, times in now.calls().items() if "attribute" in call}
            assert asked == {
                "GET /user_attributes": 1,
                "GET /users/7/attribute_values": 1,
                "GET /users/8/attribute_values": 1,
            }
            (line,) = [line for line in now.double.seen if "/users/7/attribute_values" in line]
            assert "user_attribute_ids=1,2" in line.replace("%2C", ",")

    run(story())


def test_a_change_is_seen_once_the_age_limit_is_over_and_not_before() -> None:
    async def story() -> None:
        async with scene() as now:
            await now.facts(*ALL)
            now.double.values["7", "1"] = "west"
            now.double.roles[0]["model_set"] = {"models": ["ships"], "all_access": False}
            now.clock.move(59.9)
            assert await now.value() == AttributeValue("east")
            now.clock.move(0.1)
            found = await now.facts(*ALL)
            assert found.attributes["region"] == AttributeValue("west")
            assert found.access is not None
            assert found.access[0].models == frozenset({"ships"})

    run(story())


def test_an_attribute_that_users_may_now_edit_or_that_is_now_hidden_is_distrusted_within_one_age_limit() -> None:
    async def story() -> None:
        for changed, flaw in (("user_can_edit", "editable"), ("value_is_hidden", "hidden")):
            async with scene() as now:
                await now.facts(TIER, principal=replace(now.user, subject="8"))  # the definitions are older ...
                now.clock.move(50)
                assert await now.value() == AttributeValue("east")  # ... than this value
                now.double.attributes[0][changed] = True
                now.clock.move(10)
                assert (await now.value()).flaw == flaw

    run(story())


@pytest.mark.parametrize(
    ("changes", "flaw"),
    [
        ({"value_is_hidden": True}, "hidden"),
        ({"value_is_hidden": None}, "hidden"),
        ({"value_is_hidden": 0}, "hidden"),
        ({"user_can_edit": True}, "editable"),
        ({"user_can_edit": None}, "editable"),
        ({"user_can_edit": "no"}, "editable"),
        ({"name": "region_2"}, "unknown"),
        ({"name": "Region"}, "unknown"),
        ({"id": "99"}, "unset"),
    ],
)
def test_only_a_value_that_is_plainly_readable_and_not_the_users_own_choice_counts(
    changes: dict[str, object], flaw: str
) -> None:
    async def story() -> None:
        async with scene() as now:
            now.double.attributes[0] |= changes
            value = await now.value()
            assert (value.value, value.flaw) == ("", flaw)

    run(story())


@pytest.mark.parametrize(
    ("changes", "flaw"),
    [
        ({"value": None}, "unset"),
        ({"value": ""}, "unset"),
        ({"value": 5}, "unset"),
        ({"value_is_hidden": True}, "hidden"),
        ({"value_is_hidden": None}, "hidden"),
        ({"name": "renamed"}, "unset"),
        ({"user_id": "8"}, "unset"),
        ({"user_attribute_id": "3"}, "unset"),
    ],
)
def test_a_row_that_is_not_plainly_this_users_value_of_this_attribute_does_not_count(
    changes: dict[str, object], flaw: str
) -> None:
    row = {"user_id": "7", "user_attribute_id": "1", "name": "region", "value": "east", "value_is_hidden": False}

    async def story() -> None:
        async with scene() as now:
            now.double.misbehave["GET /users/7/attribute_values"] = says(200, [row | changes])
            assert (await now.value()).flaw == flaw

    run(story())


@pytest.mark.parametrize("weak", ["anonymous", "service", "level", "issuer", "gone", "disabled"])
def test_nothing_is_looked_up_for_anybody_but_an_enabled_proven_user_of_this_instance(weak: str) -> None:
    async def story() -> None:
        async with scene() as now:
            principal = {
                "anonymous": ANONYMOUS,
                "service": replace(now.user, kind="service"),
                "level": replace(now.user, assurance=Assurance.WORKLOAD),
                "issuer": replace(now.user, issuer="https://accounts.google.com"),
                "gone": replace(now.user, subject="99"),
                "disabled": now.user,
            }[weak]
            now.double.users["7"]["is_disabled"] = True
            now.clock.move(60)
            assert await now.facts(*ALL, principal=principal) is NO_FACTS
            assert not [call for call in now.calls() if "attribute" in call]

    run(story())


def test_a_role_that_gives_everything_and_one_that_gives_nothing_are_told_apart() -> None:
    async def story() -> None:
        async with scene() as now:
            everything = {"permissions": ["x"], "models": ["x"], "all_access": True}
            now.double.roles = [
                {"id": "10", "name": "Admin", "permission_set": everything, "model_set": everything},
                {"id": "11", "name": "Empty", "permission_set": None, "model_set": None},
                {"id": "12", "name": "Odd", "permission_set": READ | {"all_access": "true"}, "model_set": AIR},
            ]
            now.double.users["7"]["role_ids"] = ["10", "11", "12", "99"]
            now.clock.move(60)
            assert (await now.facts(ACCESS)).access == (
                Access("Admin", None, None),
                Access("Empty", frozenset(), frozenset()),
                Access("Odd", frozenset({"access_data"}), frozenset({"flights"})),
            )

    run(story())


@pytest.mark.parametrize(
    ("operation", "answer"),
    [
        ("GET /roles", [{"id": "10", "name": "Viewer"}]),
        ("GET /roles", [{"id": "10", "name": "Viewer", "permission_set": {}, "model_set": AIR}]),
        ("GET /roles", [{"id": "10", "name": "Viewer", "permission_set": "all", "model_set": AIR}]),
        ("GET /user_attributes", [{"id": "1", "name": "region"}]),
        ("GET /user_attributes", ["region"]),
        ("GET /user_attributes", None),
        ("GET /users/7/attribute_values", [{"name": "region", "value": "east"}]),
        ("GET /users/7/attribute_values", "east"),
        ("GET /users/7/attribute_values", None),
    ],
)
def test_an_answer_that_lacks_what_it_must_say_is_an_error_and_never_a_fact(operation: str, answer: object) -> None:
    async def story() -> None:
        async with scene() as now:
            now.clock.move(60)
            now.double.misbehave[operation] = says(200, answer)
            with pytest.raises(Unavailable):
                await now.facts(*ALL)

    run(story())


def test_an_attribute_whose_id_is_a_path_reaches_no_other_operation() -> None:
    async def story() -> None:
        async with scene() as now:
            now.double.attributes[0]["id"] = "1/../../users"
            with pytest.raises(Unavailable):
                await now.value()

    run(story())


def test_when_looker_fails_nothing_old_is_used_and_the_failure_is_not_remembered() -> None:
    async def story() -> None:
        async with scene() as now:
            await now.facts(*ALL)
            now.clock.move(60)
            now.double.misbehave["GET /users/7/attribute_values"] = says(500)
            with pytest.raises(Unavailable):
                await now.facts(REGION)
            now.double.misbehave.clear()
            assert await now.value() == AttributeValue("east")

    run(story())


def test_an_address_names_one_user_and_is_never_a_pattern() -> None:
    async def story() -> None:
        async with scene() as now:
            users = [{"id": "7", "email": "An_a@example.com"}, {"id": "8", "email": "anna@example.com"}]
            now.double.misbehave["GET /users/search"] = says(200, [*users, {"id": "9", "email": None}])
            assert await now.directory.id_of("an_a@EXAMPLE.com") == "7"
            assert await now.directory.id_of("%@example.com") is None
            now.double.misbehave["GET /users/search"] = says(200, [users[0], users[0] | {"id": "10"}])
            assert await now.directory.id_of("an_a@example.com") is None

    run(story())
