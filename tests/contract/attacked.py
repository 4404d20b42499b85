"""What every verifier is held to: each hostile token is refused, an honest one is not, whatever came before."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

import pytest

from contract.hostile_tokens import FAMILIES
from lookgate.errors import Unauthenticated
from lookgate.verify.chain import Chain
from lower_rooms import credential, run


class Honest(Protocol):
    """Makes the tokens that hostile ones are made of."""

    def token(self) -> str: ...


def refuse_family(family: str, honest: Honest, chain: Chain) -> None:
    """Refuse each token of a family without repeating it, and believe an honest one, twice."""
    for _ in range(2):
        for token in _tokens(family, honest):
            with pytest.raises(Unauthenticated) as refused:
                run(chain.verify(credential("bearer", token)))
            assert token not in refused.value.detail + refused.value.hint
        assert run(chain.verify(credential("bearer", honest.token()))).subject == "1234"


def accepted(honest: Honest, chain: Chain) -> tuple[int, int]:
    """Return how many tokens of all families were tried, and how many of them believed."""
    tried = believed = 0
    for family in FAMILIES:
        for token in _tokens(family, honest):
            tried += 1
            try:
                run(chain.verify(credential("bearer", token)))
            except Unauthenticated:
                continue
            believed += 1
    return tried, believed


def _tokens(family: str, honest: Honest) -> Iterator[str]:
    return FAMILIES[family](honest)  # type: ignore[arg-type] # each kind of token has its own honest maker
