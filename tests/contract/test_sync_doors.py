"""Every family of hostile tokens at the doors of schedulers, which have a verifier of their own."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping

import pytest

from claim_maker import HonestClaim
from contract.doors import HANDLE, KEY, LOOKER_TOKEN, NOT_LET_IN, SCHEDULER, TRIGGER, Gatehouse, Headers
from contract.hostile_tokens import FAMILIES, Honest
from contract.token_verifiers import GOOGLE, NOW, VERIFIERS
from gateway_site import JSON
from security_counts import Counted
from token_maker import HonestToken

SERVICE = "https://orders.example.com"
LATER = {"exp": NOW + 3600, "iat": NOW - 60}
AUDIENCES: Mapping[tuple[str, str], str] = {
    ("POST", "/api/sync-attributes"): TRIGGER,
    ("POST", "/identity_token"): SERVICE,
    ("POST", "/value"): TRIGGER,
    ("DELETE", "/value"): TRIGGER,
}
EVERY_DOOR = pytest.mark.parametrize("door", AUDIENCES, ids=" ".join)
# A body that is refused by its content: who is let in gets a 422, and nothing is called.
BODY = json.dumps({"update_type": "nobody"}).encode()


def honest(audience: str, **changes: object) -> Honest:
    claims = GOOGLE | LATER | {"aud": audience, "azp": "1234", "email": SCHEDULER}
    return Honest(claims | changes, NOW)


def bearer(token: str) -> Headers:
    return [("authorization", f"Bearer {token}")]


async def knock(door: tuple[str, str], headers: Headers, house: Gatehouse | None = None) -> int:
    method, path = door
    return (await (house or Gatehouse()).ask(method, path, BODY, [JSON, *headers])).status


@EVERY_DOOR
def test_no_hostile_token_is_let_in_where_a_scheduler_is(door: tuple[str, str], counted: Counted) -> None:
    async def work() -> None:
        house, good = Gatehouse(), honest(AUDIENCES[door])
        tokens = [token for family in FAMILIES.values() for token in family(good)]
        got_in = sum([await knock(door, bearer(token), house) not in NOT_LET_IN for token in tokens])
        if door[1] != "/api/sync-attributes":  # there, who is let in calls Looker: tests/flows/test_trigger.py
            assert await knock(door, bearer(good.token()), house) == 422
        assert house.owners.asked == []
        await house.renewals.close()
        counted("hostile tokens", f"{' '.join(door)}, Authorization: scheduler", tried=len(tokens), bad=got_in)

    assert len(FAMILIES) == 17
    asyncio.run(work())


@EVERY_DOOR
def test_what_opens_any_other_door_opens_none_of_a_schedulers(door: tuple[str, str], counted: Counted) -> None:
    async def work() -> None:
        house = Gatehouse()
        others = [made.token() for _, made in VERIFIERS.values()]
        others += [HonestToken().token(), HonestClaim().token(), LOOKER_TOKEN, KEY, HANDLE]
        others += [
            honest(other).token() for other in {*AUDIENCES.values(), "https://gateway.example.com"} - {AUDIENCES[door]}
        ]
        presented = [bearer(token) for token in others]
        presented += [[(name, token)] for name in ("x-api-key", "x-lookgate-handle") for token in others]
        good = honest(AUDIENCES[door]).token()
        presented += [[(name, good)] for name in ("x-api-key", "x-lookgate-handle", "x-serverless-authorization")]
        presented += [[*bearer(good), ("x-api-key", KEY)], [*bearer(good), *bearer(good)], bearer(f"{good}, {good}")]
        got_in = sum([await knock(door, headers, house) not in NOT_LET_IN for headers in presented])
        assert house.owners.asked == []
        counted("hostile tokens", f"{' '.join(door)}, what opens other doors", tried=len(presented), bad=got_in)

    asyncio.run(work())


def test_a_service_presents_its_own_token_and_azp_is_its_number_or_its_address(counted: Counted) -> None:
    door, audience = ("POST", "/value"), TRIGGER
    own = ("1234", SCHEDULER)
    foreign = (
        "12345", "123", "", None, ["1234"], [SCHEDULER], {"email": SCHEDULER}, 1234, True, audience,
        SCHEDULER.upper(), f"{SCHEDULER} ", f"x{SCHEDULER}", "other@example.iam.gserviceaccount.com",
    )  # fmt: skip

    async def work() -> None:
        house = Gatehouse()
        for azp in own:
            assert await knock(door, bearer(honest(audience, azp=azp).token()), house) == 422
        assert await knock(door, bearer(_without_azp(audience)), house) == 422
        bad = [azp for azp in foreign if await knock(door, bearer(honest(audience, azp=azp).token()), house) != 401]
        counted("hostile tokens", "POST /value, handed to another client", tried=len(foreign), bad=bad)

    asyncio.run(work())


def _without_azp(audience: str) -> str:
    good = honest(audience)
    return good.sign(good.header, {name: value for name, value in good.claims.items() if name != "azp"})
