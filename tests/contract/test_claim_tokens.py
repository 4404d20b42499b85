"""The verifier of claims is attacked with every family of hostile tokens."""

from __future__ import annotations

import pytest

from claim_maker import HonestClaim, verifier
from contract.hostile_tokens import FAMILIES
from lookgate.errors import Unauthenticated
from lookgate.verify.chain import Chain
from lower_rooms import StillClock, credential, run
from security_counts import Counted


@pytest.mark.parametrize("family", FAMILIES)
def test_a_hostile_claim_is_refused_before_and_after_an_honest_one(family: str) -> None:
    honest, chain = HonestClaim(), Chain([verifier(StillClock())])
    for _ in range(2):
        for token in FAMILIES[family](honest):
            with pytest.raises(Unauthenticated) as refused:
                run(chain.verify(credential("bearer", token)))
            assert token not in refused.value.detail + refused.value.hint
        assert run(chain.verify(credential("bearer", honest.token()))).subject == "1234"


def test_the_count_of_hostile_claims_accepted_is_zero(counted: Counted) -> None:
    honest, chain = HonestClaim(), Chain([verifier(StillClock())])
    tried = accepted = 0
    for family in FAMILIES.values():
        for token in family(honest):
            tried += 1
            try:
                run(chain.verify(credential("bearer", token)))
            except Unauthenticated:
                continue
            accepted += 1
    counted("hostile tokens", "verifier: claim", tried=tried, bad=accepted)
    assert (len(FAMILIES), accepted) == (17, 0)
