"""Every family of hostile tokens, in every header, at every door that takes a token."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator

import pytest

from claim_maker import HonestClaim
from contract.doors import DOORS, HANDLE, KEY, LOOKER_TOKEN, NOT_LET_IN, Gatehouse, Headers
from contract.hostile_tokens import FAMILIES, Honest
from contract.token_verifiers import VERIFIERS
from lookgate.core.ports import Clock
from lookgate.verify.chain import Verifier
from security_counts import Counted
from token_maker import HonestToken

KINDS: dict[str, tuple[Callable[[Clock], Verifier] | None, Honest]] = {
    **VERIFIERS,
    "our own token": (None, HonestToken()),
    "claim": (None, HonestClaim()),
}
"""What verifies the tokens that others sign, and what an honest token says."""
OPENING: dict[str, str] = {"x-api-key": KEY, "x-lookgate-handle": HANDLE}


def bearer(token: str) -> Headers:
    return [("authorization", f"Bearer {token}")]


def hostile(honest: Honest) -> Iterator[str]:
    for family in FAMILIES.values():
        tokens = list(family(honest))
        assert tokens
        yield from tokens


async def let_in(door: str, house: Gatehouse, presented: list[Headers], opening: Headers) -> int:
    """Return how many got in at a door; fail unless what is genuine gets in before and after them."""
    knock = DOORS[door](house)
    assert await knock(opening) not in NOT_LET_IN
    got_in = sum([await knock(headers) not in NOT_LET_IN for headers in presented])
    assert await knock(opening) not in NOT_LET_IN
    return got_in


@pytest.mark.parametrize("door", DOORS)
def test_no_hostile_token_of_any_kind_is_let_in_at_any_door(door: str, counted: Counted) -> None:
    async def work() -> None:
        for name, (make, honest) in KINDS.items():
            house, tokens = Gatehouse(make), list(hostile(honest))
            knock = DOORS[door](house)
            assert await knock(bearer(honest.token())) not in NOT_LET_IN, name
            got_in = sum([await knock(bearer(token)) not in NOT_LET_IN for token in tokens])
            assert await knock(bearer(honest.token())) not in NOT_LET_IN, name
            assert house.owners.asked == [], "a token that others signed was shown to Looker"
            counted("hostile tokens", f"{door}, Authorization: {name}", tried=len(tokens), bad=got_in)

    assert len(FAMILIES) == 17
    asyncio.run(work())


@pytest.mark.parametrize("header", ["x-api-key", "x-lookgate-handle", "x-serverless-authorization"])
@pytest.mark.parametrize("door", DOORS)
def test_a_token_in_a_header_that_is_not_for_it_lets_nobody_in_hostile_or_not(
    door: str, header: str, counted: Counted
) -> None:
    make, honest = KINDS["standard"]
    house = Gatehouse(make)
    opening = [(header, OPENING[header])] if header in OPENING else bearer(honest.token())
    values = [*hostile(honest), honest.token(), HonestToken().token(), HonestClaim().token(), LOOKER_TOKEN]
    presented = [[(header, prefix + value)] for value in values for prefix in ("", "Bearer ")]
    got_in = asyncio.run(let_in(door, house, presented, opening))
    counted("hostile tokens", f"{door}, {header}", tried=len(presented), bad=got_in)
    assert house.owners.asked == []


@pytest.mark.parametrize("door", DOORS)
def test_a_made_up_looker_token_lets_nobody_in_at_any_door(door: str, counted: Counted) -> None:
    house = Gatehouse()
    close = [LOOKER_TOKEN[:-1], LOOKER_TOKEN + "x", LOOKER_TOKEN.lower(), LOOKER_TOKEN.swapcase(), "A" * 40]
    odd = [f"{LOOKER_TOKEN}=", f"{LOOKER_TOKEN}%00", f"../{LOOKER_TOKEN}", f"{LOOKER_TOKEN}.", KEY, HANDLE, "null"]
    presented = [bearer(token) for token in (*close, *odd)]
    got_in = asyncio.run(let_in(door, house, presented, bearer(LOOKER_TOKEN)))
    counted("hostile tokens", f"{door}, Authorization: Looker API token", tried=len(presented), bad=got_in)
    assert set(house.owners.asked) == {LOOKER_TOKEN, *close}
