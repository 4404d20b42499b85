"""The verifier of the gateway's own tokens is attacked with every family of hostile tokens, and held to the clock."""

from __future__ import annotations

import pytest

from contract.hostile_tokens import FAMILIES
from lookgate.errors import Unauthenticated
from lookgate.verify.chain import Chain
from lower_rooms import START, StillClock, credential, run
from token_maker import NOW, HonestToken, verifier


@pytest.mark.parametrize("family", FAMILIES)
def test_a_hostile_token_is_refused_before_and_after_an_honest_one(family: str) -> None:
    honest, chain = HonestToken(), Chain([verifier(StillClock())])
    for _ in range(2):
        for token in FAMILIES[family](honest):
            with pytest.raises(Unauthenticated) as refused:
                run(chain.verify(credential("bearer", token)))
            assert token not in refused.value.detail + refused.value.hint
        assert run(chain.verify(credential("bearer", honest.token()))).subject == "1234"


def test_the_count_of_hostile_tokens_accepted_is_zero(capsys: pytest.CaptureFixture[str]) -> None:
    honest, chain = HonestToken(), Chain([verifier(StillClock())])
    tried = accepted = 0
    for family in FAMILIES.values():
        for token in family(honest):
            tried += 1
            try:
                run(chain.verify(credential("bearer", token)))
            except Unauthenticated:
                continue
            accepted += 1
    with capsys.disabled():
        print(f"\nhostile tokens of our own kind: {len(FAMILIES)} families, {tried} tried, {accepted} accepted")  # noqa: T201 - the count
    assert (len(FAMILIES), accepted) == (17, 0)


@pytest.mark.parametrize("remembered", [False, True])
@pytest.mark.parametrize(
    ("claim", "offset", "accepted"),
    [
        ("exp", 60, True),
        ("exp", 0, True),
        ("exp", -29, True),
        ("exp", -30, False),  # RFC 7519, 4.1.4: on or after the time it is over
        ("exp", -31, False),
        ("exp", -60, False),
        ("nbf", 29, True),
        ("nbf", 30, True),  # RFC 7519, 4.1.5: only before the time it has not begun
        ("nbf", 31, False),
        ("nbf", 60, False),
        ("iat", 29, True),
        ("iat", 30, True),
        ("iat", 31, False),
        ("iat", 60, False),
    ],
)
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
