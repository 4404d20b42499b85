"""What an action may tell of the tokens that the gateway keeps fresh."""

from __future__ import annotations

import asyncio
from typing import Annotated

import msgspec
import pytest

from gateway_site import ANALYST, NOW, Clock, Sequential
from lookgate.actions import Action, Context, Input, Output, action
from lookgate.actions.journal import Journal
from lookgate.actions.run import run
from lookgate.core.audit import AuditEvent
from lookgate.core.policy import public
from lookgate.core.ports import NO_STORED_TOKENS, StoredTokenReader
from lookgate.core.stored import StoredTokens
from lookgate.errors import Unavailable
from lookgate.store.sqlite import SqliteStore


class Nothing(Input, frozen=True):
    """No input."""


class Told(Output, frozen=True):
    """How many there are, and what they cost."""

    tokens: int
    calls: Annotated[int, msgspec.Meta(ge=0)]


class Reader:
    """Knows of none, and of seven calls."""

    async def read(self) -> StoredTokens:
        return StoredTokens((), (), 300, 7)


async def tell(_: Nothing, context: Context) -> Told:
    stored = await context.tokens.read()
    return Told(len(stored.tokens), stored.calls_this_month)


def answer(reader: StoredTokenReader) -> bytes:
    made: Action = action(policy=[public()])(tell)
    return asyncio.run(
        run(
            made,
            b"{}",
            principal=ANALYST,
            event=AuditEvent(at=NOW, request_id="r1"),
            journal=Journal(SqliteStore(None)),
            clock=Clock(),
            random=Sequential(),
            tokens=reader,
        )
    )


def test_an_action_tells_what_the_gateway_knows_of_its_tokens() -> None:
    assert answer(Reader()) == b'{"tokens":0,"calls":7}'


def test_a_gateway_that_keeps_no_tokens_fresh_says_so_and_what_to_do() -> None:
    with pytest.raises(Unavailable) as refused:
        answer(NO_STORED_TOKENS)
    assert refused.value.code == "no_sync_rules"
    assert "[[sync.rules]]" in refused.value.hint
