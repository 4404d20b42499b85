from __future__ import annotations

import asyncio

import pytest

from looker_double import LookerDouble, says, serving
from lookgate.core.ports import LookerUser
from lookgate.errors import Unavailable
from lookgate.looker.directory import LookerDirectory
from lower_rooms import StillClock, run


def test_a_user_is_known_with_the_names_of_groups_and_roles() -> None:
    async def story() -> None:
        double = LookerDouble()
        double.add_user("7", group_ids=["1", "99"], role_ids=["10", "11"])
        async with serving(double) as client:
            user = await LookerDirectory(client, StillClock(), ttl=60).user("7")
        groups, roles = frozenset({"Analysts"}), frozenset({"Viewer", "Admin"})
        assert user == LookerUser("7", "User 7", "u7@example.com", True, groups, roles)

    run(story())


def test_within_the_age_limit_looker_is_asked_once_and_after_it_again() -> None:
    async def story() -> None:
        double, clock = LookerDouble(), StillClock()
        double.add_user("7")
        async with serving(double, clock) as client:
            directory = LookerDirectory(client, clock, ttl=60)
            for _ in range(3):
                await directory.user("7")
            clock.move(59.9)
            await directory.user("7")
            assert double.asked["GET /users/7"] == 1
            double.users["7"]["is_disabled"] = True
            double.groups[0]["name"] = "Renamed"
            clock.move(0.1)
            user = await directory.user("7")
            assert user is not None
            assert not user.enabled
            assert user.groups == {"Renamed"}

    run(story())


def test_a_groups_name_is_no_older_than_the_age_limit_even_when_the_user_was_asked_for_later() -> None:
    async def story() -> None:
        double, clock = LookerDouble(), StillClock()
        double.add_user("7")
        double.add_user("8")
        async with serving(double, clock) as client:
            directory = LookerDirectory(client, clock, ttl=60)
            await directory.user("8")  # the names are fetched now
            double.groups[0]["name"] = "Renamed"
            clock.move(59)
            await directory.user("7")  # with names of almost the age limit
            clock.move(1)
            user = await directory.user("7")
            assert user is not None
            assert user.groups == {"Renamed"}
            assert double.asked["GET /users/7"] == 1

    run(story())


def test_a_group_that_has_gone_is_not_looked_for_with_every_call() -> None:
    async def story() -> None:
        double, clock = LookerDouble(), StillClock()
        double.add_user("7", group_ids=["1", "99"])
        async with serving(double, clock) as client:
            directory = LookerDirectory(client, clock, ttl=60)
            for _ in range(5):
                await directory.user("7")
            assert double.asked["GET /groups"] == 1

    run(story())


def test_a_user_who_was_deleted_is_forgotten_with_the_age_limit() -> None:
    async def story() -> None:
        double, clock = LookerDouble(), StillClock()
        double.add_user("7")
        async with serving(double, clock) as client:
            directory = LookerDirectory(client, clock, ttl=60)
            assert await directory.user("7")
            del double.users["7"]
            clock.move(60)
            assert await directory.user("7") is None
            assert await directory.user("7") is None
            assert double.asked["GET /users/7"] == 2

    run(story())


def test_many_requests_of_one_user_share_one_question() -> None:
    async def story() -> None:
        double = LookerDouble()
        double.add_user("7")
        double.gate = asyncio.Event()
        async with serving(double) as client:
            directory = LookerDirectory(client, StillClock(), ttl=60)
            waiting = [asyncio.create_task(directory.user("7")) for _ in range(50)]
            await double.waiting.wait()
            waiting[0].cancel()  # one caller hangs up; the others must still be answered
            double.gate.set()
            users = await asyncio.gather(*waiting, return_exceptions=True)
        assert isinstance(users[0], asyncio.CancelledError)
        assert all(isinstance(user, LookerUser) for user in users[1:])
        assert double.asked["GET /users/7"] == 1

    run(story())


def test_when_looker_fails_there_is_no_stale_answer_and_the_failure_is_not_remembered() -> None:
    async def story() -> None:
        double, clock = LookerDouble(), StillClock()
        double.add_user("7")
        async with serving(double, clock) as client:
            directory = LookerDirectory(client, clock, ttl=60)
            assert await directory.user("7")
            double.misbehave["GET /users/7"] = says(500)
            clock.move(60)
            with pytest.raises(Unavailable):
                await directory.user("7")
            double.misbehave.clear()
            assert await directory.user("7")

    run(story())


@pytest.mark.parametrize("lost", ["is_disabled", "group_ids", "role_ids"])
def test_a_public_subset_of_a_user_is_not_enough_to_let_them_in(lost: str) -> None:
    async def story() -> None:
        double = LookerDouble()
        double.add_user("7")
        del double.users["7"][lost]
        async with serving(double) as client:
            with pytest.raises(Unavailable) as refused:
                await LookerDirectory(client, StillClock(), ttl=60).user("7")
        assert "Admin" in refused.value.hint

    run(story())


@pytest.mark.parametrize("said", [None, 0, "false", True, 1])
def test_only_a_plain_false_means_that_a_user_is_not_disabled(said: object) -> None:
    async def story() -> None:
        double = LookerDouble()
        double.add_user("7", is_disabled=said)
        async with serving(double) as client:
            user = await LookerDirectory(client, StillClock(), ttl=60).user("7")
        assert user is not None
        assert not user.enabled

    run(story())


def test_another_user_than_the_one_asked_for_is_not_let_in() -> None:
    async def story() -> None:
        double = LookerDouble()
        double.add_user("7", id="8")
        async with serving(double) as client:
            user = await LookerDirectory(client, StillClock(), ttl=60).user("7")
        assert user is None or not user.enabled

    run(story())


def test_wrong_api_credentials_do_not_look_like_a_missing_user() -> None:
    async def story() -> None:
        double = LookerDouble()
        double.add_user("7")
        async with serving(double, secret="wrong") as client:
            with pytest.raises(Unavailable, match="credentials"):
                await LookerDirectory(client, StillClock(), ttl=60).user("7")

    run(story())


def test_names_are_asked_for_once_for_many_users() -> None:
    async def story() -> None:
        double = LookerDouble()
        for number in range(10):
            double.add_user(str(number))
        async with serving(double) as client:
            directory = LookerDirectory(client, StillClock(), ttl=60)
            await asyncio.gather(*(directory.user(str(number)) for number in range(10)))
        assert (double.asked["GET /groups"], double.asked["GET /roles"]) == (1, 1)

    run(story())
