from __future__ import annotations

import asyncio

import pytest

from gateway_site import ANALYST, HANDLE, KEY, MACHINE, Known, Site, Users
from lookgate.errors import Unavailable
from lookgate.store.sqlite import SqliteStore
from lookgate.web.readiness import DIRECTORY_SECONDS, STORE_SECONDS

DOWN = Unavailable("looker_down", "Looker does not answer at 10.1.2.3.")


class Counting(SqliteStore):
    def __init__(self, error: Exception | None = None) -> None:
        super().__init__(None)
        self.error = error
        self.checked = 0

    def check(self) -> None:
        self.checked += 1
        if self.error is not None:
            raise self.error


def test_a_store_that_fails_makes_the_gateway_unready_without_saying_why() -> None:
    site = Site(store=Counting(Unavailable("store_full", "The disk /var/data is full.")))
    reply = site.call("GET", "/readyz")
    assert (reply.status, reply.json) == (503, {"status": "not ready", "missing": ["store"]})
    assert reply.headers["retry-after"] == "5"


def test_the_store_is_not_asked_for_every_stranger_who_asks() -> None:
    store = Counting()
    site = Site(store=store)
    for _ in range(5):
        site.call("GET", "/readyz")
    assert store.checked == 1
    site.clock.seconds += STORE_SECONDS
    site.call("GET", "/readyz")
    assert store.checked == 2


def test_a_directory_that_answered_once_is_not_asked_again_because_calls_are_counted() -> None:
    users = Users()
    site = Site(directory=users)
    for _ in range(5):
        assert site.call("GET", "/readyz").status == 200
        site.clock.seconds += 3600
    assert users.asked == 1


@pytest.mark.parametrize("error", [DOWN, TimeoutError()])
def test_a_directory_that_does_not_answer_is_named_and_asked_again_later(error: Exception) -> None:
    users = Users(error)
    site = Site(directory=users)
    for _ in range(5):
        assert site.call("GET", "/readyz").json == {"status": "not ready", "missing": ["looker"]}
    assert users.asked == 1
    users.error = None
    site.clock.seconds += DIRECTORY_SECONDS
    assert site.call("GET", "/readyz").status == 200
    assert users.asked == 2


def test_a_handle_that_could_not_be_verified_makes_the_gateway_unready_until_one_can() -> None:
    users = Users()
    answers: dict[str, object] = {HANDLE: ANALYST, KEY: MACHINE}
    verifier = Known(answers)  # type: ignore[arg-type]
    site = Site(directory=users, verifier=verifier)
    assert site.call("GET", "/readyz").status == 200
    answers[HANDLE] = DOWN
    site.act("echo", {}, ("x-lookgate-handle", HANDLE))
    assert site.call("GET", "/readyz").json["missing"] == ["looker"]
    site.act("echo", {}, ("x-api-key", KEY))
    assert site.call("GET", "/readyz").json["missing"] == ["looker"]
    answers[HANDLE] = ANALYST
    site.act("echo", {}, ("x-lookgate-handle", HANDLE))
    assert site.call("GET", "/readyz").status == 200
    assert users.asked == 1


def test_many_strangers_at_once_cost_one_look() -> None:
    users, store = Users(), Counting()
    site = Site(directory=users, store=store)

    async def story() -> None:
        await asyncio.gather(*(site.ask("GET", "/readyz") for _ in range(50)))

    asyncio.run(story())
    assert (users.asked, store.checked) == (1, 1)


def test_without_an_instance_only_the_store_counts() -> None:
    assert Site().call("GET", "/readyz").json == {"status": "ready", "missing": []}
