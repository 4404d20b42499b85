from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from lookgate.core.identity import Assurance, Principal
from lookgate.core.ports import HandleRecord, LookerUser
from lookgate.core.secret import Secret, sha256_hex
from lookgate.errors import Unauthenticated, Unavailable
from lookgate.verify.handle import HandleVerifier, new_handle
from lower_rooms import START, CountedBytes, DictDirectory, DictHandles, StillClock, credential, run

LOOKER = "https://looker.example.com"
HANDLE = new_handle(CountedBytes())
ANA = LookerUser("7", "Ana", "ana@example.com", True, frozenset({"Analysts"}), frozenset({"Viewer"}))


def verifier(*users: LookerUser) -> HandleVerifier:
    handles = DictHandles()
    handles.add(HandleRecord(sha256_hex(HANDLE), "7", START))
    return HandleVerifier(handles, DictDirectory(*users), LOOKER, StillClock())


def verify(one: HandleVerifier, handle: Secret = HANDLE) -> Principal | None:
    return run(one.verify(credential("handle", handle.reveal(), "x-lookgate-handle")))


def refusal(one: HandleVerifier, handle: Secret = HANDLE) -> str:
    with pytest.raises(Unauthenticated) as refused:
        verify(one, handle)
    assert handle.reveal() not in str(refused.value) or not handle
    return refused.value.code


def test_a_live_handle_proves_the_looker_user_as_looker_knows_them_now() -> None:
    assert verify(verifier(ANA)) == Principal(
        issuer=LOOKER,
        subject="7",
        kind="user",
        assurance=Assurance.USER,
        authenticated_by="handle",
        email="ana@example.com",
        name="Ana",
        groups=frozenset({"Analysts"}),
        roles=frozenset({"Viewer"}),
    )


def test_a_new_handle_is_the_prefix_and_32_bytes_in_base64url() -> None:
    assert new_handle(CountedBytes()).reveal() == f"lgh_{'A' * 42}E"


def test_a_disabled_user_is_refused_even_with_a_live_handle() -> None:
    assert refusal(verifier(replace(ANA, enabled=False))) == "user_disabled"


def test_a_deleted_user_is_refused_even_with_a_live_handle() -> None:
    assert refusal(verifier()) == "user_missing"


def test_a_replaced_handle_lives_until_its_time_and_not_a_moment_longer() -> None:
    handles, clock = DictHandles(), StillClock()
    handles.add(HandleRecord(sha256_hex(HANDLE), "7", START, START + timedelta(seconds=60)))
    one = HandleVerifier(handles, DictDirectory(ANA), LOOKER, clock)
    clock.move(59)
    assert verify(one)
    clock.move(1)
    assert refusal(one) == "unknown_handle"


def test_a_handle_that_is_replaced_while_looker_is_asked_is_not_refused() -> None:
    handles = DictHandles()
    handles.add(HandleRecord(sha256_hex(HANDLE), "7", START))

    class Slow(DictDirectory):
        async def user(self, user_id: str) -> LookerUser | None:
            handles.end(sha256_hex(HANDLE), START + timedelta(seconds=60))
            return await super().user(user_id)

    assert verify(HandleVerifier(handles, Slow(ANA), LOOKER, StillClock()))


def test_an_unknown_or_replaced_handle_is_refused() -> None:
    random = CountedBytes()
    random(32)
    assert refusal(verifier(ANA), new_handle(random)) == "unknown_handle"


def test_a_handle_that_is_revoked_while_looker_is_asked_is_refused() -> None:
    handles = DictHandles()
    handles.add(HandleRecord(sha256_hex(HANDLE), "7", START))

    class Slow(DictDirectory):
        async def user(self, user_id: str) -> LookerUser | None:
            handles.remove(sha256_hex(HANDLE))
            return await super().user(user_id)

    assert refusal(HandleVerifier(handles, Slow(ANA), LOOKER, StillClock())) == "unknown_handle"


@pytest.mark.parametrize("text", ["", "lgh_short", "7", "ana@example.com", "lgk_" + "A" * 43, "lgh_" + "A" * 44])
def test_what_is_not_exactly_a_handle_is_refused(text: str) -> None:
    assert refusal(verifier(ANA), Secret(text)) == "handle_malformed"


def test_when_looker_does_not_answer_nobody_is_let_in() -> None:
    class Silent(DictDirectory):
        async def user(self, user_id: str) -> LookerUser | None:
            raise Unavailable("looker_timeout", f"no answer about {user_id}")

    handles = DictHandles()
    handles.add(HandleRecord(sha256_hex(HANDLE), "7", START))
    with pytest.raises(Unavailable):
        verify(HandleVerifier(handles, Silent(), LOOKER, StillClock()))


def test_another_scheme_is_not_mine() -> None:
    assert run(verifier(ANA).verify(credential("bearer", HANDLE.reveal()))) is None
