"""A handle on a first claim is issued beside the request: whatever comes of it, the request does not notice."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from claim_maker import EVE, HonestClaim, verifier
from gateway_site import HANDLE, JSON, KEY, TOKEN, Site
from looker_double import LookerDouble, says, serving
from lookgate.compose import close
from lookgate.looker.first_handles import FirstHandles
from lookgate.verify.chain import Chain
from lookgate.web.app import build_app
from lookgate.web.log import Log
from lower_rooms import DictDirectory, StillClock, run

SAFE = {
    "id": "42",
    "name": "lookgate_handle",
    "value_is_hidden": True,
    "user_can_view": False,
    "user_can_edit": False,
    "hidden_value_domain_whitelist": "https://gateway.example.com/*",
}
VALUE = f"PATCH /users/{EVE.id}/attribute_values/42"


class ClaimSite(Site):
    """A gateway that believes claims and gives handles, with a Looker that a test lets misbehave."""

    def __init__(self, double: LookerDouble) -> None:
        super().__init__()
        self.double, self.time = double, StillClock()

    async def known(self, *headers: tuple[str, str]) -> int:
        reply = await self.ask("POST", "/actions/known", b"{}", [JSON, *headers])
        return reply.status

    async def claim(self) -> int:
        return await self.known(("authorization", f"Bearer {HonestClaim().token()}"))


@asynccontextmanager
async def site() -> AsyncIterator[ClaimSite]:
    double = LookerDouble()
    double.attributes = [SAFE]
    double.add_user(EVE.id, credentials_google={"email": "eve@example.com"})
    made = ClaimSite(double)
    async with serving(double, seconds=60) as client:
        first = FirstHandles(
            client, made.store, attribute="lookgate_handle", random=made.gateway.random, clock=made.time
        )
        claims = verifier(made.time, directory=DictDirectory(EVE))
        chain = Chain([claims, made.verifier])
        made.gateway = replace(made.gateway, clock=made.time, chain=chain, first_handles=first)
        made.app = build_app(made.gateway, Log(made.log))
        yield made
        await close(made.gateway)
        assert asyncio.all_tasks() == {asyncio.current_task()} | _of_the_double()


def _of_the_double() -> set[asyncio.Task[object]]:
    return {one for one in asyncio.all_tasks() if "aiohttp" in repr(one) or "RequestHandler" in repr(one)}


def test_the_answer_does_not_wait_for_looker() -> None:
    async def story() -> None:
        async with site() as now:
            now.double.gate = asyncio.Event()  # Looker says nothing until the test lets it
            assert await asyncio.wait_for(now.claim(), 5) == 200
            await asyncio.wait_for(now.double.waiting.wait(), 5)
            assert now.double.asked[VALUE] == 0
            assert await asyncio.wait_for(now.claim(), 5) == 200
            now.double.gate.set()
            while not now.double.values:
                await asyncio.wait(asyncio.all_tasks() - {asyncio.current_task()}, timeout=0.01)
            assert now.double.asked[VALUE] == 1

    run(story())


@pytest.mark.parametrize("broken", ["GET /user_attributes", f"GET /users/{EVE.id}", VALUE, "POST /login"])
def test_a_failure_is_no_failure_of_the_request(broken: str) -> None:
    async def story() -> None:
        async with site() as now:
            now.double.misbehave[broken] = says(500, {"message": "broken"})
            assert await now.claim() == 200
            while not any(one.event.outcome == "failed" for one in now.store.tail(limit=10)):
                await asyncio.wait(asyncio.all_tasks() - {asyncio.current_task()}, timeout=0.01)
            assert await now.claim() == 200
            assert now.store.handles.of_user(EVE.id) == []

    run(story())


def test_a_gateway_that_stops_meanwhile_leaves_nothing_running_and_no_handle() -> None:
    async def story() -> None:
        async with site() as now:
            now.double.gate = asyncio.Event()
            assert await now.claim() == 200
            await asyncio.wait_for(now.double.waiting.wait(), 5)
            events = now.store.tail
            assert now.gateway.first_handles is not None
            await now.gateway.first_handles.close()
            assert now.store.handles.of_user(EVE.id) == []
            assert [one.event.rule for one in events(limit=10) if one.event.outcome == "failed"] == ["not_finished"]

    run(story())


def test_only_a_claim_that_was_believed_gives_a_handle() -> None:
    async def story() -> None:
        async with site() as now:
            used = HonestClaim().token(claims={"exp": HonestClaim().now - 100})
            assert await now.known(("authorization", f"Bearer {used}")) == 401
            assert await now.known(("x-lookgate-handle", "lgh_" + "B" * 43)) == 401
            assert await now.known(("x-api-key", json.dumps("x"))) == 401
            for other in (("x-api-key", KEY), ("x-lookgate-handle", HANDLE), ("authorization", f"Bearer {TOKEN}")):
                assert await now.known(other) == 200
            assert sum(now.double.asked.values()) == 0

    run(story())
