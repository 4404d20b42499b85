"""The clock of the machine jumps, as when somebody sets it: nothing ends late, and nothing is used twice."""

from __future__ import annotations

from datetime import timedelta

import pytest

from claim_maker import NOW, HonestClaim, verifier
from contract.token_verifiers import VERIFIERS
from lookgate.core.ports import Store
from lookgate.errors import Unauthenticated
from lookgate.verify.chain import Chain
from lower_rooms import START, StillClock, credential, run
from security_counts import Counted
from token_maker import HonestToken
from token_maker import verifier as token_verifier

JUMPS = [sign * seconds for seconds in (1, 31, 600, 3600, 86_000) for sign in (1, -1)]


def is_let_in(chain: Chain, token: str) -> bool:
    try:
        run(chain.verify(credential("bearer", token)))
    except Unauthenticated:
        return False
    return True


def test_a_claim_that_was_used_stays_used_whatever_the_clock_does(store: Store, counted: Counted) -> None:
    again = 0
    for number, jump in enumerate(JUMPS):
        clock = StillClock()
        chain = Chain([verifier(clock, consumed=store.consumed)])
        used = HonestClaim().token(claims={"jti": f"used_{number}"})
        assert is_let_in(chain, used)
        clock.at = START + timedelta(seconds=jump)
        again += is_let_in(chain, used)
        other = HonestClaim().token(claims={"jti": f"o_{number}", "iat": NOW + jump, "exp": NOW + jump + 300})
        assert is_let_in(chain, other)  # so that the store forgets what is old by this clock
        clock.at = START
        again += is_let_in(chain, used)
    counted("chaos", f"the clock jumps, claims in {type(store).__name__}", tried=2 * len(JUMPS), bad=again)


@pytest.mark.parametrize("kind", ["our own token", "ID token"])
def test_a_remembered_token_ends_when_the_wall_clock_says_so_though_no_time_has_passed(
    kind: str, counted: Counted
) -> None:
    late = 0
    for jump in (31, 600, 3600, 86_000):
        clock = StillClock()
        make, honest = VERIFIERS["standard"] if kind == "ID token" else (token_verifier, HonestToken())
        chain, token = Chain([make(clock)]), honest.token(claims={"exp": NOW + 1})
        assert is_let_in(chain, token)
        clock.at = START + timedelta(seconds=jump)
        late += is_let_in(chain, token)
    counted("chaos", f"the clock jumps, {kind}", tried=4, bad=late)
