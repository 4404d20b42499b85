from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from contract.hostile_tokens import key, sign, sign_hs256
from lookgate.core.identity import Assurance, Principal
from lookgate.core.ports import HandleRecord, LookerUser
from lookgate.errors import LookgateError, Unauthenticated, Unavailable
from lookgate.keys.ring import Algorithm, Ring, retire, rotate
from lookgate.keys.token import RING as NAME
from lookgate.keys.token import Place, Source, TokenIssuer, binding
from lookgate.verify.token import TokenVerifier
from lower_rooms import START, CountedBytes, DictDirectory, StillClock, credential, run
from token_maker import DIGEST, EVE, GATEWAY, INSTANCE, PLACE, RING, HonestToken, OneRing, live_handles, verifier

BOUND = Source("handle", binding(DIGEST))


def verify(one: TokenVerifier, token: str | None = None) -> Principal | None:
    return run(one.verify(credential("bearer", token or HonestToken().token())))


def refusal(one: TokenVerifier, token: str | None = None) -> str:
    with pytest.raises(Unauthenticated) as refused:
        verify(one, token)
    return refused.value.code


def issued(issuer: TokenIssuer, source: Source = BOUND) -> str:
    key = issuer.signer(START)
    return issuer.issue(key, user_id=EVE.id, source=source, now=START, random=CountedBytes()).reveal()


@pytest.mark.parametrize("source", [BOUND, Source("claim", "n_1")])
@pytest.mark.parametrize("alg", ["ES256", "EdDSA"])
def test_what_the_gateway_issues_proves_the_user_as_looker_knows_them_now(alg: Algorithm, source: Source) -> None:
    clock, rings = StillClock(), OneRing(rotate(Ring(NAME), alg, now=START, random=CountedBytes()))
    issuer = TokenIssuer(rings, PLACE, 300)
    token = issued(issuer, source)
    assert verify(verifier(clock, rings=rings), token) == Principal(
        issuer=INSTANCE,
        subject="1234",
        kind="user",
        assurance=Assurance.USER,
        authenticated_by="token",
        email="eve@example.com",
        name="Eve",
        groups=frozenset({"East"}),
        roles=frozenset({"Viewer"}),
        expires_at=START + timedelta(seconds=300),
    )


def test_a_group_that_changes_counts_at_once() -> None:
    directory = DictDirectory(EVE)
    one = verifier(StillClock(), directory=directory)
    assert verify(one)
    directory.users[EVE.id] = replace(EVE, groups=frozenset({"West"}))
    found = verify(one)
    assert found is not None
    assert found.groups == {"West"}


@pytest.mark.parametrize("before", [False, True])
@pytest.mark.parametrize(("users", "code"), [([replace(EVE, enabled=False)], "user_disabled"), ([], "user_missing")])
def test_a_disabled_or_deleted_user_is_refused_with_a_live_token(
    users: list[LookerUser], code: str, before: bool
) -> None:
    directory = DictDirectory(EVE)
    one = verifier(StillClock(), directory=directory)
    if before:
        assert verify(one)
    directory.users = {user.id: user for user in users}
    assert refusal(one) == code


def test_a_token_ends_at_once_when_its_handle_is_revoked() -> None:
    handles = live_handles()
    one = verifier(StillClock(), handles=handles)
    assert verify(one)
    handles.remove(DIGEST)
    assert refusal(one) == "token_revoked"
    handles.add(HandleRecord("e" * 64, EVE.id, START))  # a new handle does not bring the old one's tokens back
    assert refusal(one) == "token_revoked"


def test_a_token_ends_when_its_handle_is_revoked_while_looker_is_asked() -> None:
    handles = live_handles()

    class Slow(DictDirectory):
        async def user(self, user_id: str) -> LookerUser | None:
            handles.remove(DIGEST)
            return await super().user(user_id)

    assert refusal(verifier(StillClock(), handles=handles, directory=Slow(EVE))) == "token_revoked"


def test_a_token_outlives_a_handle_that_was_only_replaced() -> None:
    handles = live_handles()
    handles.end(DIGEST, START - timedelta(seconds=1))
    assert verify(verifier(StillClock(), handles=handles))


def test_another_users_handle_keeps_no_token_alive() -> None:
    handles = live_handles()
    handles.remove(DIGEST)
    handles.add(HandleRecord(DIGEST, "99", START))
    assert refusal(verifier(StillClock(), handles=handles)) == "token_revoked"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"iss": "https://other.example.com"}, "token_issuer"),
        ({"iss": f"{GATEWAY}/"}, "token_issuer"),
        ({"aud": "https://other.example.com"}, "token_audience"),
        ({"aud": [GATEWAY]}, "token_audience"),
        ({"instance": "https://other-looker.example.com"}, "token_instance"),
        ({"instance": None}, "token_instance"),
        ({"assurance": "workload"}, "token_content"),
        ({"groups": ["Admin"]}, "token_content"),
        ({"sub": 1234}, "token_content"),
        ({"sub": ""}, "token_content"),
        ({"handle": None}, "token_content"),
        ({"claim": "n_1"}, "token_content"),
        ({"handle": "0" * 32}, "token_revoked"),
        ({"sub": "1"}, "token_revoked"),
        ({"exp": 4_000_000_000}, "token_time"),
        ({"exp": 1.5}, "token_malformed"),
        ({"exp": True}, "token_time"),
        ({"iat": -1}, "token_time"),
        ({"nbf": "0"}, "token_time"),
    ],
)
def test_a_token_signed_by_us_that_says_something_else_is_refused(changes: dict[str, object], code: str) -> None:
    assert refusal(verifier(StillClock()), HonestToken().token(claims=changes)) == code


def test_a_token_that_lacks_a_claim_is_refused() -> None:
    for name in HonestToken().claims:
        left = {key: value for key, value in HonestToken().claims.items() if key != name}
        assert refusal(verifier(StillClock()), HonestToken(claims=left).token()) == "token_content"


@pytest.mark.parametrize("changes", [{"claim": None}, {"claim": ""}, {"claim": 7}, {"handle": binding(DIGEST)}])
def test_a_token_that_names_its_claim_wrongly_or_a_handle_too_is_refused(changes: dict[str, object]) -> None:
    claims = {name: value for name, value in HonestToken().claims.items() if name != "handle"} | {"claim": "n_1"}
    one = verifier(StillClock())
    assert verify(one, HonestToken(claims=claims).token())
    assert refusal(one, HonestToken(claims=claims | changes).token()) == "token_content"


def test_revoking_every_handle_ends_no_token_of_a_claim_but_retiring_the_key_does() -> None:
    rings = OneRing()
    handles = live_handles()
    one = verifier(StillClock(), rings=rings, handles=handles)
    token = issued(TokenIssuer(rings, PLACE, 300), Source("claim", "n_1"))
    handles.remove(DIGEST)
    assert verify(one, token)
    next_ring = rotate(rings.ring, "ES256", now=START, random=CountedBytes(), delay=timedelta())
    rings.ring = retire(next_ring, RING.keys[0].kid, now=START)
    assert refusal(one, token) == "token_key_unknown"


def test_a_retired_key_proves_nothing_more_not_even_what_was_proven_before() -> None:
    clock = StillClock()
    rings = OneRing(rotate(RING, "ES256", now=START, random=CountedBytes(), delay=timedelta()))
    one = verifier(clock, rings=rings)
    assert verify(one)
    rings.ring = retire(rings.ring, RING.keys[0].kid, now=START)
    assert refusal(one) == "token_key_unknown"


def test_a_symmetric_key_in_the_ring_verifies_no_token() -> None:
    ring = rotate(Ring(NAME), "HS256", now=START, random=CountedBytes())
    header = {"alg": "HS256", "kid": ring.keys[0].kid, "typ": "lookgate-token+jwt"}
    token = sign_hs256(header, HonestToken().claims, ring.keys[0].raw)
    assert refusal(verifier(StillClock(), rings=OneRing(ring)), token) == "token_key_unknown"
    with pytest.raises(Unavailable, match="no key"):
        issued(TokenIssuer(OneRing(ring), PLACE, 300))


@pytest.mark.parametrize(
    ("scheme", "token"),
    [
        ("handle", HonestToken().token()),
        ("bearer", "opaque"),
        ("bearer", sign({"alg": "RS256", "typ": "JWT", "kid": "key-1"}, HonestToken().claims, key())),
    ],
)
def test_another_kind_of_credential_is_not_mine(scheme: str, token: str) -> None:
    presented = credential("handle" if scheme == "handle" else "bearer", token)
    assert run(verifier(StillClock()).verify(presented)) is None


def test_keys_that_cannot_be_read_refuse_and_do_not_tell_where_they_are() -> None:
    class Broken(OneRing):
        def load(self, name: str) -> Ring:
            raise LookgateError("ring_damaged", f"/secret/place/{name}.json is not a key ring.")

    with pytest.raises(Unavailable) as refused:
        verify(verifier(StillClock(), rings=Broken()))
    assert "/secret" not in str(refused.value)


def test_two_gateways_of_one_instance_do_not_accept_each_others_tokens() -> None:
    other = TokenIssuer(OneRing(), Place("https://second.example.com", INSTANCE), 300)
    assert refusal(verifier(StillClock()), issued(other)) == "token_issuer"


def test_what_is_remembered_is_bounded() -> None:
    one = verifier(StillClock())
    tokens = [HonestToken().token(claims={"jti": str(number)}) for number in range(1100)]
    for token in tokens:
        assert verify(one, token)
    assert list(one._proven) == tokens[-1024:]  # noqa: SLF001 - the bound itself
    assert verify(one, tokens[-1024])
    assert verify(one, tokens[0])
    assert list(one._proven) == [*tokens[-1022:], tokens[-1024], tokens[0]]  # noqa: SLF001 - what was used last is kept
