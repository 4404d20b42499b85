from __future__ import annotations

import pytest

from lookgate.core.identity import ANONYMOUS, Credential, Principal
from lookgate.errors import Unauthenticated, Unavailable
from lookgate.verify.chain import Chain
from lower_rooms import ANA, credential, run


class Scripted:
    """A verifier that answers what it is told to, and counts."""

    def __init__(self, answer: Principal | Exception | None) -> None:
        self.name = "scripted"
        self.answer = answer
        self.asked = 0

    async def verify(self, credential: Credential) -> Principal | None:
        assert credential
        self.asked += 1
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


def test_no_credential_is_anonymous_and_nobody_is_asked() -> None:
    verifier = Scripted(ANA)
    assert run(Chain([verifier]).verify(credential("anonymous", "", ""))) is ANONYMOUS
    assert verifier.asked == 0


def test_not_mine_goes_on_and_the_first_answer_ends_the_walk() -> None:
    first, second, third = Scripted(None), Scripted(ANA), Scripted(None)
    assert run(Chain([first, second, third]).verify(credential("bearer", "x"))) is ANA
    assert (first.asked, second.asked, third.asked) == (1, 1, 0)


@pytest.mark.parametrize("error", [Unauthenticated("expired", "It is over."), Unavailable("down", "No answer.")])
def test_a_refusal_ends_the_walk_so_that_no_other_verifier_can_be_tried(error: Exception) -> None:
    second = Scripted(ANA)
    with pytest.raises(type(error)):
        run(Chain([Scripted(error), second]).verify(credential("bearer", "x")))
    assert second.asked == 0


def test_what_is_nobodys_is_refused_and_never_anonymous() -> None:
    for verifiers in ([], [Scripted(None)]):
        with pytest.raises(Unauthenticated) as refused:
            run(Chain(verifiers).verify(credential("bearer", "secret-value")))
        assert refused.value.code == "unknown_credential"
        assert "secret-value" not in str(refused.value)
