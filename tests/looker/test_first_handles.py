"""A handle on a user's first claim: once, beside the request, and never to nobody in particular."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from aiohttp import web

from looker_double import LookerDouble, says, serving
from lookgate.core.identity import Assurance, Principal
from lookgate.core.ports import HandleRecord, Store
from lookgate.core.secret import Secret, sha256_hex
from lookgate.looker.client import LookerClient
from lookgate.looker.first_handles import AT_ONCE, NOBODY_SECONDS, PATIENCE, WAITING, WINDOW, FirstHandles
from lookgate.store.memory import MemoryStore
from lower_rooms import START, CountedBytes, StillClock, run
from postgres import postgres_url  # noqa: F401 - a fixture
from security_counts import Counted
from store_places import new_place, open_at

SAFE = {
    "id": "42",
    "name": "lookgate_handle",
    "value_is_hidden": True,
    "user_can_view": False,
    "user_can_edit": False,
    "hidden_value_domain_whitelist": "https://gateway.example.com/*",
}
VALUE = "PATCH /users/7/attribute_values/42"
RACER = Path(__file__).with_name("first_handles_racer.py")


class Scene:
    """A Looker, a store, and as many gateways as a test wants."""

    def __init__(self, double: LookerDouble, client: LookerClient, store: Store, clock: StillClock) -> None:
        self.double, self.client, self.store, self.clock = double, client, store, clock
        self.random = CountedBytes()
        self.first = self.gateway()

    def gateway(self, patience: float = PATIENCE) -> FirstHandles:
        return FirstHandles(
            self.client,
            self.store,
            attribute="lookgate_handle",
            random=self.random,
            clock=self.clock,
            patience=patience,
        )

    async def claims(self, *gateways: FirstHandles, user: str = "7", jti: str = "n_1") -> None:
        """Prove a user by a claim at each gateway at once; return when nothing runs any more."""
        for first in gateways or (self.first,):
            first.proven(_principal(user), jti=jti, request_id="req1")
        await self.settled()

    async def settled(self) -> None:
        while running := {one for one in asyncio.all_tasks() if "FirstHandles" in repr(one.get_coro())}:
            await asyncio.wait(running)

    @property
    def writes(self) -> int:
        return self.double.asked[VALUE]

    @property
    def live(self) -> list[str]:
        return [one.digest for one in self.store.handles.of_user("7") if one.is_live(self.clock.now())]

    @property
    def audited(self) -> list[tuple[str, str]]:
        return [(one.event.outcome, one.event.rule) for one in self.store.tail(limit=100)]

    def is_in_looker(self) -> bool:
        """Whether what Looker substitutes is the one handle that the gateway knows."""
        return self.live == [sha256_hex(Secret(self.double.values["7", "42"]))]


def _principal(user: str) -> Principal:
    return Principal("https://looker.example.com", user, "user", Assurance.USER, "claim")


@contextlib.asynccontextmanager
async def scene(store: Store | None = None, seconds: float = 5.0) -> AsyncIterator[Scene]:
    double, kept, clock = LookerDouble(), store or MemoryStore(), StillClock()
    double.attributes = [SAFE]
    double.add_user("7", credentials_email={"email": "u7@example.com"})
    async with serving(double, clock, seconds=seconds) as client:
        made = Scene(double, client, kept, clock)
        yield made
        await made.first.close()
    if store is None:
        kept.close()


@pytest.fixture(params=["sqlite", "memory", "postgres"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    made = open_at(new_place(request.param, request, tmp_path))
    yield made
    made.close()


def told(story: Callable[[Scene], Awaitable[None]], store: Store | None = None, seconds: float = 5.0) -> None:
    async def work() -> None:
        async with scene(store, seconds) as now:
            await story(now)

    run(work())


def test_a_first_claim_gives_a_handle_with_one_write_and_the_audit_log_names_the_claim() -> None:
    async def story(now: Scene) -> None:
        await now.claims(jti="n_1719835200")
        assert now.writes == 1
        assert now.is_in_looker()
        (record,) = now.store.handles.of_user("7")
        assert record.ends_at is None
        intent, outcome = (one.event for one in now.store.tail(limit=10))
        assert (intent.outcome, outcome.outcome, outcome.action) == ("pending", "allowed", "handles issue")
        assert (outcome.principal.issuer, outcome.principal.subject) == ("lookgate", "gateway")
        assert outcome.detail == "Looker user 7, who has no handle, for the claim n_1719835200 in the request req1"
        assert intent.request_id == outcome.request_id

    told(story)


def test_a_user_with_a_live_handle_costs_no_call_of_looker_and_an_ended_handle_counts_for_none() -> None:
    async def story(now: Scene) -> None:
        now.store.handles.add(HandleRecord("a" * 64, "7", START, START + timedelta(minutes=1)))
        await now.claims()
        assert (sum(now.double.asked.values()), now.audited) == (0, [])
        now.clock.move(60)
        await now.claims()
        assert now.writes == 1
        assert now.is_in_looker()

    told(story)


def test_racing_claims_at_several_gateways_issue_one_handle(store: Store, counted: Counted) -> None:
    async def story(now: Scene) -> None:
        gateways = [now.gateway() for _ in range(8)]
        await now.claims(*gateways * 25)
        assert (now.writes, now.audited) == (1, [("pending", ""), ("allowed", "")])
        assert now.is_in_looker()
        counted("replay", f"first handles, {type(store).__name__}", tried=200, bad=now.writes - 1)
        now.clock.move(10 * WINDOW)
        await now.claims(*gateways)
        assert now.writes == 1

    told(story, store)


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_racing_claims_in_several_processes_issue_one_handle(
    kind: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    place = new_place(kind, request, tmp_path)
    store = open_at(place)

    async def story(now: Scene) -> None:
        command = [sys.executable, str(RACER), place, now.client.base_url, "50"]
        racers = [await asyncio.create_subprocess_exec(*command) for _ in "abc"]
        assert [await asyncio.wait_for(racer.wait(), 60) for racer in racers] == [0, 0, 0]
        assert now.writes == 1
        assert [one.event.outcome for one in store.tail(limit=10)] == ["pending", "allowed"]
        assert now.is_in_looker()

    told(story, store)
    store.close()


@pytest.mark.parametrize("second", [0, 1, WINDOW - 1])
def test_no_moment_lets_two_gateways_try_at_once(second: int) -> None:
    async def story(now: Scene) -> None:
        now.clock.move(second)
        now.double.gate = asyncio.Event()
        now.first.proven(_principal("7"), jti="n_1", request_id="req1")
        await asyncio.wait_for(now.double.waiting.wait(), 10)
        others = []
        for _ in range(3):  # while the first one still tries, into the next window and to its end
            others.append(now.gateway())
            others[-1].proven(_principal("7"), jti="n_2", request_id="req2")
            await asyncio.wait({one for one in asyncio.all_tasks() if "FirstHandles" in repr(one.get_coro())},
                               timeout=0.2)  # fmt: skip
            now.clock.move(WINDOW // 3)
        now.double.gate.set()
        await now.settled()
        assert (now.writes, now.audited) == (1, [("pending", ""), ("allowed", "")])

    told(story)


@pytest.mark.parametrize(
    ("changes", "rule"),
    [({"value_is_hidden": False}, "attribute_unsafe"), ({"user_can_edit": True}, "attribute_unsafe"),
     ({"hidden_value_domain_whitelist": "*"}, "attribute_unsafe"), ({"name": "other"}, "attribute_missing")],
)  # fmt: skip
def test_nothing_is_written_while_the_attribute_is_unsafe_and_a_later_claim_tries_again(
    changes: dict[str, object], rule: str
) -> None:
    async def story(now: Scene) -> None:
        now.double.attributes = [SAFE | changes]
        await now.claims()
        assert (now.writes, now.live, now.audited) == (0, [], [("pending", ""), ("failed", rule)])
        now.double.attributes = [SAFE]
        now.clock.move(2 * WINDOW)
        await now.claims()
        assert now.is_in_looker()

    told(story)


@pytest.mark.parametrize("status", [403, 404, 429, 500])
def test_a_failure_of_looker_leaves_no_handle_is_audited_and_tried_again_but_not_at_once(status: int) -> None:
    async def story(now: Scene) -> None:
        now.double.misbehave[VALUE] = says(status)
        await now.claims()
        assert (now.writes, now.store.handles.of_user("7")) == (1, [])
        assert [outcome for outcome, _ in now.audited] == ["pending", "failed"]
        now.double.misbehave.clear()
        await now.claims()
        assert now.writes == 1  # nobody is asked again by every claim of a busy page
        now.clock.move(2 * WINDOW)
        await now.claims()
        assert now.writes == 2
        assert now.is_in_looker()

    told(story)


def test_an_answer_that_never_comes_ends_with_the_gateway_and_leaves_nothing_behind() -> None:
    async def story(now: Scene) -> None:
        asked = asyncio.Event()

        async def hang(_: web.Request) -> web.StreamResponse:
            asked.set()
            return await asyncio.Future()

        now.double.misbehave[VALUE] = hang
        now.first.proven(_principal("7"), jti="n_1", request_id="req1")
        await asyncio.wait_for(asked.wait(), 10)
        assert len(now.live) == 1  # Looker may hold it already
        await now.first.close()
        assert now.store.handles.of_user("7") == []
        assert now.audited == [("pending", ""), ("failed", "not_finished")]
        now.first.proven(_principal("7"), jti="n_2", request_id="req2")
        assert not {one for one in asyncio.all_tasks() if "FirstHandles" in repr(one.get_coro())}
        await now.first.close()

    told(story, seconds=60)


def test_an_answer_that_takes_too_long_is_not_waited_for_and_a_later_claim_tries_again() -> None:
    async def story(now: Scene) -> None:
        async def hang(_: web.Request) -> web.StreamResponse:
            return await asyncio.Future()

        now.double.misbehave[VALUE] = hang
        await now.claims(now.gateway(patience=0.05))
        assert (now.live, now.audited) == ([], [("pending", ""), ("failed", "not_finished")])
        now.double.misbehave.clear()
        now.clock.move(2 * WINDOW)
        await now.claims()
        assert now.is_in_looker()

    told(story, seconds=60)


def test_a_handle_that_another_gateway_finishes_meanwhile_is_enough() -> None:
    class Slow:
        """What may be used once, asked so late that another gateway is done by then."""

        def __init__(self, store: Store) -> None:
            self.inner, self.handles = store.consumed, store.handles

        def consume(self, namespace: str, value: str, until: datetime) -> bool:
            if not self.handles.of_user("7"):
                self.handles.add(HandleRecord("a" * 64, "7", START))
            return self.inner.consume(namespace, value, until)

    async def story(now: Scene) -> None:
        now.store.consumed = Slow(now.store)  # type: ignore[misc] # this store's own is looked at when it is used
        await now.claims()
        assert (sum(now.double.asked.values()), now.live) == (0, ["a" * 64])

    told(story)


def test_a_handle_of_a_killed_process_ends_by_itself_and_the_next_claim_issues_another() -> None:
    async def story(now: Scene) -> None:
        asked, killed = asyncio.Event(), list[HandleRecord]()

        async def die(_: web.Request) -> web.StreamResponse:
            killed.extend(now.store.handles.of_user("7"))  # what is stored at this moment is all that survives
            asked.set()
            return web.json_response({})

        now.double.misbehave[VALUE] = die
        await now.claims()
        assert asked.is_set()
        for record in now.store.handles.of_user("7"):
            now.store.handles.remove(record.digest)
        (record,) = killed
        now.store.handles.add(record)
        now.double.misbehave.clear()
        now.clock.move(2 * WINDOW)
        await now.claims()
        assert now.writes == 1  # it may yet be the one in Looker
        now.clock.move(5 * 60)
        await now.claims()
        assert now.writes == 2
        assert now.is_in_looker()

    told(story)


@pytest.mark.parametrize(
    ("number", "changes"),
    [
        ("7", {"is_disabled": True}),
        ("7", {"is_disabled": None}),
        ("7", {"is_service_account": True}),
        ("7", {"credentials_email": None, "credentials_api3": [{"id": "1"}]}),
        ("7", {"credentials_email": None, "credentials_embed": [{"id": "1"}]}),
        ("1", {}),  # the gateway's own API user
    ],
)
def test_a_shared_or_technical_user_is_given_none_and_asked_about_once_an_hour(
    number: str, changes: dict[str, object]
) -> None:
    async def story(now: Scene) -> None:
        now.double.add_user("1", credentials_email={"email": "api@example.com"}, credentials_api3=[{"id": "1"}])
        now.double.users[number] |= changes
        await now.claims(user=number)
        assert now.audited == [("pending", ""), ("failed", "not_a_person")]
        assert not now.double.values
        asked = sum(now.double.asked.values())
        now.clock.move(NOBODY_SECONDS - 1)
        await now.claims(user=number)
        assert sum(now.double.asked.values()) == asked
        now.clock.move(2 * WINDOW)
        await now.claims(user=number)
        assert sum(now.double.asked.values()) > asked

    told(story)


@pytest.mark.parametrize("besides", ["api3", "embed"])
@pytest.mark.parametrize("kind", ["email", "google", "ldap", "looker_openid", "oidc", "saml"])
def test_a_person_with_api_keys_who_also_signs_in_is_given_one(kind: str, besides: str) -> None:
    async def story(now: Scene) -> None:
        both = {f"credentials_{besides}": [{"id": "1"}], f"credentials_{kind}": {"email": "x"}}
        now.double.add_user("7", **both)
        await now.claims()
        assert now.is_in_looker()

    told(story)


def test_a_store_that_fails_hurts_nobody() -> None:
    async def story(now: Scene) -> None:
        now.store.close()
        await now.claims()
        assert sum(now.double.asked.values()) == 0

    told(story)


def test_looker_is_asked_for_a_few_users_at_a_time() -> None:
    async def story(now: Scene) -> None:
        now.double.gate = asyncio.Event()
        for number in range(100, 120):
            now.double.add_user(str(number), credentials_email={"email": "x"})
            now.first.proven(_principal(str(number)), jti="n_1", request_id="req1")
        await asyncio.wait_for(now.double.waiting.wait(), 10)
        await asyncio.wait({one for one in asyncio.all_tasks() if "FirstHandles" in repr(one.get_coro())}, timeout=0.3)
        assert sum(count for asked, count in now.double.asked.items() if asked.startswith("GET /users/")) == AT_ONCE
        now.double.gate.set()
        await now.settled()
        assert len(now.double.values) == 20

    told(story)


def test_a_user_who_is_being_given_a_handle_is_not_waited_for_twice() -> None:
    async def story(now: Scene) -> None:
        now.double.gate = asyncio.Event()
        for number in range(10):
            now.first.proven(_principal("7"), jti=f"n_{number}", request_id="req1")
        assert len({one for one in asyncio.all_tasks() if "FirstHandles" in repr(one.get_coro())}) == 1
        now.double.gate.set()
        await now.settled()
        assert now.is_in_looker()

    told(story)


def test_a_flood_of_users_starts_no_more_attempts_than_may_wait() -> None:
    async def story(now: Scene) -> None:
        now.double.gate = asyncio.Event()
        for number in range(WAITING + 50):
            now.double.add_user(str(100 + number))
            now.first.proven(_principal(str(100 + number)), jti="n_1", request_id="req1")
        assert len({one for one in asyncio.all_tasks() if "FirstHandles" in repr(one.get_coro())}) == WAITING
        await now.first.close()
        assert not {one for one in asyncio.all_tasks() if "FirstHandles" in repr(one.get_coro())}

    told(story)
