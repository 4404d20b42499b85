"""What the gateway dates by its own clock ends at that moment: no second clock is asked, so none may differ."""

from __future__ import annotations

from datetime import timedelta

import pytest

from contract.skew import EXACT
from lookgate.core.ports import HandleRecord
from lookgate.core.secret import Secret, sha256_hex
from lookgate.errors import Unauthenticated
from lookgate.verify.api_key import ApiKeyVerifier, KnownKey, new_key
from lookgate.verify.chain import Chain, Verifier
from lookgate.verify.handle import HandleVerifier, new_handle
from lookgate.verify.looker_token import LONGEST_MEMORY, LookerTokenVerifier
from lower_rooms import START, CountedBytes, DictDirectory, DictHandles, StillClock, credential, run
from token_maker import EVE, INSTANCE

KEY, HANDLE = new_key(CountedBytes()), new_handle(CountedBytes())


def handle(offset: int) -> Verifier:
    kept = DictHandles()
    ends = START + timedelta(seconds=offset)
    kept.add(HandleRecord(sha256_hex(HANDLE), EVE.id, START - timedelta(days=1), ends))
    return HandleVerifier(kept, DictDirectory(EVE), INSTANCE, StillClock())


@pytest.mark.counts("clock skew", "API key")
@pytest.mark.parametrize(("offset", "accepted"), EXACT)
def test_an_api_key_ends_at_the_moment_it_says(offset: int, accepted: bool) -> None:
    made = ApiKeyVerifier([KnownKey("crm", sha256_hex(KEY), expires=START + timedelta(seconds=offset))], StillClock())
    asked = Chain([made]).verify(credential("api_key", KEY.reveal(), "x-api-key"))
    if accepted:
        assert run(asked).subject == "crm"
    else:
        with pytest.raises(Unauthenticated) as refused:
            run(asked)
        assert refused.value.code == "api_key_expired"


@pytest.mark.counts("clock skew", "handle")
@pytest.mark.parametrize(("offset", "accepted"), EXACT)
def test_a_handle_that_was_replaced_ends_at_the_moment_it_was_given(offset: int, accepted: bool) -> None:
    asked = Chain([handle(offset)]).verify(credential("handle", HANDLE.reveal(), "x-lookgate-handle"))
    if accepted:
        assert run(asked).subject == EVE.id
    else:
        with pytest.raises(Unauthenticated) as refused:
            run(asked)
        assert refused.value.code == "unknown_handle"


class Forgetful:
    """``core.ports.TokenOwners``: an instance that knows a token once, and then has logged it out."""

    def __init__(self) -> None:
        self.answers = [EVE.id]

    async def owner_of(self, token: Secret) -> str | None:
        assert token.reveal()
        return self.answers.pop() if self.answers else None


@pytest.mark.counts("clock skew", "Looker API token")
@pytest.mark.parametrize(("offset", "accepted"), EXACT)
def test_a_looker_token_that_was_logged_out_is_remembered_for_a_minute_and_no_more(offset: int, accepted: bool) -> None:
    clock = StillClock()
    made = LookerTokenVerifier(Forgetful(), DictDirectory(EVE), INSTANCE, clock, ttl=300.0)
    presented = credential("bearer", "Wv9" + "xK3pQ7" * 6)

    async def story() -> None:
        await Chain([made]).verify(presented)
        clock.move(LONGEST_MEMORY - offset)
        if accepted:
            assert (await Chain([made]).verify(presented)).subject == EVE.id
        else:
            with pytest.raises(Unauthenticated) as refused:
                await Chain([made]).verify(presented)
            assert refused.value.code == "looker_token_unknown"

    run(story())
