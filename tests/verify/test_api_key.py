from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from lookgate.core.identity import Assurance, Principal
from lookgate.core.secret import Secret, sha256_hex
from lookgate.errors import Unauthenticated
from lookgate.verify.api_key import ApiKeyVerifier, KnownKey, new_key
from lower_rooms import START, CountedBytes, StillClock, credential, run

RANDOM = CountedBytes()
KEY, NEXT = new_key(RANDOM), new_key(RANDOM)
KNOWN = KnownKey("crm", sha256_hex(KEY), frozenset({"notes:write"}), START + timedelta(days=1))


def verify(key: Secret, *known: KnownKey, clock: StillClock | None = None) -> Principal | None:
    one = ApiKeyVerifier(known or (KNOWN,), clock or StillClock())
    return run(one.verify(credential("api_key", key.reveal(), "x-api-key")))


def test_a_key_proves_that_a_secret_is_known_and_no_more() -> None:
    assert verify(KEY) == Principal(
        issuer="lookgate",
        subject="crm",
        kind="service",
        assurance=Assurance.SHARED_SECRET,
        authenticated_by="api_key",
        name="crm",
        scopes=frozenset({"notes:write"}),
        expires_at=START + timedelta(days=1),
    )


def test_a_new_key_has_256_random_bits_and_none_is_like_another() -> None:
    assert KEY != NEXT
    assert len(KEY.reveal()) == 47
    assert KEY.reveal().startswith("lgk_")


def test_a_new_key_is_the_prefix_and_32_bytes_in_base64url() -> None:
    assert new_key(CountedBytes()).reveal() == f"lgk_{'A' * 42}E"


def test_while_a_key_is_replaced_both_are_accepted_under_one_name() -> None:
    both = (KNOWN, replace(KNOWN, sha256=sha256_hex(NEXT)))
    assert {verify(key, *both).subject for key in (KEY, NEXT)} == {"crm"}  # type: ignore[union-attr] # both are known


def test_a_removed_key_is_refused() -> None:
    with pytest.raises(Unauthenticated) as refused:
        verify(KEY, replace(KNOWN, sha256=sha256_hex(NEXT)))
    assert refused.value.code == "unknown_api_key"


@pytest.mark.parametrize(("seconds", "accepted"), [(-1, True), (0, False), (1, False)])
def test_a_key_ends_at_the_moment_it_says(seconds: int, accepted: bool) -> None:
    clock = StillClock(START + timedelta(days=1, seconds=seconds))
    if accepted:
        assert verify(KEY, clock=clock)
    else:
        with pytest.raises(Unauthenticated) as refused:
            verify(KEY, clock=clock)
        assert refused.value.code == "api_key_expired"


@pytest.mark.parametrize("spoil", ["", "{} ", " {}", "{}x", "Bearer {}", "{}\n", sha256_hex(KEY), "lgk_é" * 9])
def test_what_is_not_exactly_a_key_is_refused_without_repeating_it(spoil: str) -> None:
    with pytest.raises(Unauthenticated) as refused:
        verify(Secret(spoil.format(KEY.reveal())))
    assert refused.value.code == "api_key_malformed"
    assert KEY.reveal() not in str(refused.value)


def test_a_stolen_hash_opens_nothing() -> None:
    with pytest.raises(Unauthenticated):
        verify(Secret("lgk_" + KNOWN.sha256[:43]))


def test_another_scheme_is_not_mine() -> None:
    one = ApiKeyVerifier((KNOWN,), StillClock())
    assert run(one.verify(credential("bearer", KEY.reveal()))) is None
    assert run(one.verify(credential("handle", KEY.reveal()))) is None
