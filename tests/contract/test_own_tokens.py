"""The verifier of the gateway's own tokens is attacked with every family of hostile tokens, and held to the clock."""

from __future__ import annotations

import pytest

from contract.attacked import accepted, refuse_family
from contract.hostile_tokens import FAMILIES
from contract.skew import MOMENTS
from lookgate.errors import Unauthenticated
from lookgate.verify.chain import Chain
from lower_rooms import START, StillClock, credential, run
from security_counts import Counted
from token_maker import NOW, HonestToken, verifier


@pytest.mark.parametrize("family", FAMILIES)
def test_a_hostile_token_is_refused_before_and_after_an_honest_one(family: str) -> None:
    refuse_family(family, HonestToken(), Chain([verifier(StillClock())]))


def test_the_count_of_hostile_tokens_accepted_is_zero(counted: Counted) -> None:
    tried, believed = accepted(HonestToken(), Chain([verifier(StillClock())]))
    counted("hostile tokens", "verifier: our own token", tried=tried, bad=believed)
    assert (len(FAMILIES), believed) == (17, 0)


@pytest.mark.counts("clock skew", "our own token")
@pytest.mark.parametrize("remembered", [False, True])
@pytest.mark.parametrize(("claim", "offset", "accepted"), MOMENTS)
def test_clocks_may_differ_by_thirty_seconds_and_no_more(
    claim: str, offset: int, accepted: bool, remembered: bool
) -> None:
    clock = StillClock()
    chain = Chain([verifier(clock)])
    times = {"iat": NOW - 200, "nbf": NOW - 200, "exp": NOW + 240} | {claim: NOW + offset}
    presented = credential("bearer", HonestToken().token(claims=times))
    if remembered:  # proven at a moment when it was good; only the clock moves
        clock.move(-100 if claim == "exp" else 90)
        assert run(chain.verify(presented)).subject == "1234"
        clock.at = START
    if accepted:
        assert run(chain.verify(presented)).subject == "1234"
    else:
        with pytest.raises(Unauthenticated) as refused:
            run(chain.verify(presented))
        assert refused.value.code in {"token_expired", "token_not_yet_valid"}
