"""The verifier of claims is attacked with every family of hostile tokens."""

from __future__ import annotations

import pytest

from claim_maker import HonestClaim, verifier
from contract.attacked import accepted, refuse_family
from contract.hostile_tokens import FAMILIES
from lookgate.verify.chain import Chain
from lower_rooms import StillClock
from security_counts import Counted


@pytest.mark.parametrize("family", FAMILIES)
def test_a_hostile_claim_is_refused_before_and_after_an_honest_one(family: str) -> None:
    refuse_family(family, HonestClaim(), Chain([verifier(StillClock())]))


def test_the_count_of_hostile_claims_accepted_is_zero(counted: Counted) -> None:
    tried, believed = accepted(HonestClaim(), Chain([verifier(StillClock())]))
    counted("hostile tokens", "verifier: claim", tried=tried, bad=believed)
    assert (len(FAMILIES), believed) == (17, 0)
