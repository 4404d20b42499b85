from __future__ import annotations

import base64
import contextlib
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contract.curve_tokens import extra_keys
from contract.hostile_tokens import KID, Honest, b64, key, key_for, key_set, part, public_jwk, sign
from lookgate.core.identity import Assurance, Principal
from lookgate.errors import Unauthenticated
from lookgate.verify.jwks import parse
from lookgate.verify.oidc import OidcVerifier, Provider
from lower_rooms import START, StillClock, credential, run

NOW = int(START.timestamp())
EC = public_jwk(key_for("ES256"), KID)
ISSUER = "https://idp.example.com"
HONEST = Honest({"iss": ISSUER, "aud": "me", "sub": "1234", "iat": NOW - 60, "exp": NOW + 3600}, NOW)


def verifier(clock: StillClock | None = None, **changes: Any) -> OidcVerifier:
    values: dict[str, Any] = {
        "name": "idp",
        "issuers": frozenset({ISSUER}),
        "audiences": frozenset({"me", "also-me"}),
        "keys": parse(key_set()),
        "kind": "user",
    }
    return OidcVerifier(Provider(**(values | changes)), clock or StillClock())


def verify(token: str, **changes: Any) -> Principal | None:
    return run(verifier(**changes).verify(credential("bearer", token)))


def refusal(token: str, **changes: Any) -> str:
    with pytest.raises(Unauthenticated) as refused:
        verify(token, **changes)
    assert refused.value.detail
    assert refused.value.hint
    return refused.value.code


def test_a_token_says_who_the_user_is_and_until_when() -> None:
    claims = {"email": "ana@example.com", "email_verified": True, "name": "Ana"}
    assert verify(HONEST.token(claims=claims)) == Principal(
        issuer=ISSUER,
        subject="1234",
        kind="user",
        assurance=Assurance.USER,
        authenticated_by="idp",
        email="ana@example.com",
        name="Ana",
        expires_at=datetime.fromtimestamp(NOW + 3600, UTC),
    )


def test_a_service_is_known_as_a_workload_and_never_as_a_user() -> None:
    principal = verify(HONEST.token(), kind="service")
    assert principal is not None
    assert (principal.kind, principal.assurance) == ("service", Assurance.WORKLOAD)


@pytest.mark.parametrize("verified", [False, "true", 1, None])
def test_an_address_that_the_issuer_did_not_check_is_no_address(verified: object) -> None:
    token = HONEST.token(claims={"email": "ana@example.com", "email_verified": verified})
    principal = verify(token)
    assert principal is not None
    assert principal.email == ""
    assert refusal(token, emails=frozenset({"ana@example.com"})) == "email_not_listed"


def test_only_a_listed_address_is_let_in_compared_exactly() -> None:
    listed = frozenset({"ana@example.com"})
    for email in ("ANA@example.com", "ana@example.com ", "eve@example.com", ["ana@example.com"], None):
        token = HONEST.token(claims={"email": email, "email_verified": True})
        assert refusal(token, emails=listed) == "email_not_listed"
    assert verify(HONEST.token(claims={"email": "ana@example.com", "email_verified": True}), emails=listed)


def test_a_domain_is_read_from_the_issuers_own_claim_and_not_from_the_address() -> None:
    claims = {"email": "eve@example.com", "email_verified": True}
    assert refusal(HONEST.token(claims=claims), hosted_domain="example.com") == "wrong_domain"
    assert verify(HONEST.token(claims=claims | {"hd": "example.com"}), hosted_domain="example.com")


def test_another_issuers_token_is_not_mine() -> None:
    for issuer in (ISSUER + "/", ISSUER.upper(), "https://idp.example.com.evil.example", None, [ISSUER]):
        assert verify(HONEST.token(claims={"iss": issuer})) is None


@pytest.mark.parametrize("text", ["", "abc", "a.b", "a.b.c.d", "a.b.c.d.e", "lgk_x"])
def test_what_has_not_the_form_of_a_token_is_not_mine(text: str) -> None:
    assert verify(text) is None


def test_another_scheme_is_not_mine() -> None:
    assert run(verifier().verify(credential("api_key", HONEST.token()))) is None


@pytest.mark.parametrize("spoil", ["{}=", "{} ", " {}", "{}\n", "{}\0", "{}.", "{}%", "{}+", "{}é"])
def test_a_token_has_one_spelling(spoil: str) -> None:
    token = spoil.format(HONEST.token())
    if token.count(".") == 2:
        assert refusal(token) in {"token_malformed", "token_signature"}
    else:
        assert verify(token) is None


def test_stray_bits_in_the_last_character_are_refused() -> None:
    header, claims, signature = HONEST.token().split(".")
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    twin = letters[letters.index(signature[-1]) ^ 1]  # 256 bytes leave 4 unused bits in the last character
    same = base64.urlsafe_b64decode(signature[:-1] + twin + "==") == base64.urlsafe_b64decode(signature + "==")
    assert same, "the twin decodes to the same bytes, which is the point"
    assert refusal(f"{header}.{claims}.{signature[:-1]}{twin}") == "token_malformed"


@pytest.mark.parametrize(
    "claims",
    [
        "[]",
        '"text"',
        "null",
        "[" * 5000,
        '{"a":' + "[" * 2500 + "]" * 2500 + "}",
        '{"exp": NaN}',
        '{"exp": 1e400}',
        '{"exp": 1.5}',
        '{"exp": ' + "9" * 5000 + "}",
        "{'a': 1}",
        '{"a": 1} x',
        "\ufeff{}",
    ],
)
def test_claims_that_cannot_be_read_unambiguously_are_refused(claims: str) -> None:
    assert refusal(sign(HONEST.header, claims)) == "token_malformed"


def test_claims_that_are_not_utf8_are_refused() -> None:
    header, _, signature = HONEST.token().split(".")
    claims = b64(b'{"iss": "\xff"}')
    assert refusal(f"{header}.{claims}.{signature}") == "token_malformed"


@pytest.mark.parametrize("name", ["exp", "iat"])
@pytest.mark.parametrize("value", [None, "1782907200", True, [NOW], -1, 0, 1 << 40, {}])
def test_a_time_is_a_whole_number_of_seconds(name: str, value: object) -> None:
    assert refusal(HONEST.token(claims={name: value})) == "token_time"


@pytest.mark.parametrize("name", ["exp", "iat", "sub", "aud"])
def test_a_claim_the_gateway_needs_must_be_there(name: str) -> None:
    claims = {key: value for key, value in HONEST.claims.items() if key != name}
    assert refusal(sign(HONEST.header, claims)).startswith("token_")


@pytest.mark.parametrize("subject", ["", None, 1234, ["1234"], "x" * 256, "a\nb", "é", "\ud800"])
def test_a_subject_is_short_plain_text(subject: object) -> None:
    assert refusal(HONEST.token(claims={"sub": subject})) == "token_subject"


def test_text_that_could_not_be_stored_is_dropped_from_optional_claims() -> None:
    claims = {"name": "\ud800", "email": "a\x1b[31m@example.com", "email_verified": True}
    principal = verify(HONEST.token(claims=claims))
    assert principal is not None
    assert (principal.name, principal.email) == ("", "")


def test_every_allowed_audience_is_accepted() -> None:
    assert verify(HONEST.token(claims={"aud": "also-me"}))


def test_a_changed_signature_or_another_key_is_refused() -> None:
    header, claims, signature = HONEST.token().split(".")
    flipped = ("A" if signature[0] != "A" else "B") + signature[1:]
    assert refusal(f"{header}.{claims}.{flipped}") == "token_signature"
    assert refusal(f"{header}.{part(dict(HONEST.claims) | {'sub': 'admin'})}.{signature}") == "token_signature"
    assert refusal(sign(HONEST.header, dict(HONEST.claims), key("other"))) == "token_signature"


def test_a_remembered_token_is_refused_once_its_time_is_over() -> None:
    clock = StillClock()
    one = verifier(clock)
    presented = credential("bearer", HONEST.token())
    assert run(one.verify(presented)) == run(one.verify(presented))
    clock.move(3600 + 30)
    with pytest.raises(Unauthenticated, match="time is over"):
        run(one.verify(presented))


def test_memory_is_bounded_however_many_tokens_come() -> None:
    one = verifier()
    tokens = [HONEST.token(claims={"jti": number}) for number in range(1100)]
    for token in (*tokens, tokens[-1024]):
        run(one.verify(credential("bearer", token)))
    assert list(one._verified) == [*tokens[-1023:], tokens[-1024]]  # noqa: SLF001 - what was used last is kept


def test_an_unproven_token_is_never_remembered() -> None:
    one = verifier()
    for token in (HONEST.token({"kid": "nobody"}), HONEST.token(claims={"exp": NOW - 60}), HONEST.token() + "A"):
        with pytest.raises(Unauthenticated):
            run(one.verify(credential("bearer", token)))
    assert not one._verified  # noqa: SLF001 - an attacker must not fill it


@settings(max_examples=200, deadline=None)
@given(data=st.data())
def test_a_token_with_any_character_changed_is_refused(data: st.DataObject) -> None:
    token = HONEST.token()
    place = data.draw(st.integers(0, len(token) - 1))
    character = data.draw(st.characters(codec="latin-1").filter(lambda one: one != token[place]))
    with contextlib.suppress(Unauthenticated):
        assert verify(token[:place] + character + token[place + 1 :]) is None


@settings(max_examples=200, deadline=None)
@given(header=st.text(max_size=200), claims=st.text(max_size=200))
def test_no_text_in_a_token_causes_anything_but_a_refusal(header: str, claims: str) -> None:
    token = f"{b64(header.encode('utf-8', 'surrogatepass'))}.{b64(claims.encode('utf-8', 'surrogatepass'))}.AA"
    with contextlib.suppress(Unauthenticated):
        assert verify(token) is None


@settings(max_examples=150, deadline=None)
@given(
    claims=st.dictionaries(
        st.sampled_from(["iss", "aud", "sub", "exp", "iat", "nbf", "email", "email_verified", "name", "hd", "azp"]),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.text(max_size=8),
            lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
            max_leaves=5,
        ),
    )
)
def test_signed_nonsense_never_causes_anything_but_a_refusal_or_a_storable_principal(claims: dict[str, Any]) -> None:
    try:
        principal = verify(HONEST.token(claims=claims))
    except Unauthenticated:
        return
    if principal is not None:
        json.dumps([principal.subject, principal.email, principal.name]).encode()
        (principal.subject + principal.email + principal.name).encode()


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "not a JWK set"),
        ("[]", "not a JWK set"),
        ('{"keys": {}}', "not a JWK set"),
        ('{"keys": [1]}', "not a JWK set"),
        ("[" * 100_000, "not a JWK set"),
        ('{"keys": []}', "no signature key"),
        (json.dumps({"keys": [public_jwk(key("weak", 1024), "weak")]}), "no signature key"),
        (json.dumps({"keys": [public_jwk(key(), "")]}), "no signature key"),
        (json.dumps({"keys": [public_jwk(key(), KID) | {"use": "enc"}]}), "no signature key"),
        (json.dumps({"keys": [public_jwk(key(), KID) | {"n": "!!"}]}), "no signature key"),
        (json.dumps({"keys": [public_jwk(key(), KID) | {"e": "AQ"}]}), "no signature key"),
        (json.dumps({"keys": [public_jwk(key(), KID) | {"e": "AQAA"}]}), "no signature key"),
        (json.dumps({"keys": [public_jwk(key(), KID) | {"e": b64(b"\xff" * 9)}]}), "no signature key"),
        (json.dumps({"keys": [public_jwk(key(), KID) | {"n": b64(b"\xff" * 2049)}]}), "no signature key"),
        (json.dumps({"keys": [public_jwk(key(), KID)] * 2}), "two keys"),
        (json.dumps({"keys": [public_jwk(key(), KID) | {"d": "AQAB"}]}), "private key"),
        (json.dumps({"keys": [{"kty": "oct", "kid": KID, "k": "AQAB"}]}), "private key"),
        (json.dumps({"keys": extra_keys()}), "no signature key"),  # other curves, points of small order, no points
        (json.dumps({"keys": [EC | {"alg": "ES512"}]}), "no signature key"),
        (json.dumps({"keys": [EC | {"crv": "P-384"}]}), "no signature key"),
        (json.dumps({"keys": [EC | {"y": EC["x"]}]}), "no signature key"),
        (json.dumps({"keys": [EC | {"kty": "RSA"}]}), "no signature key"),
        (json.dumps({"keys": [EC | {"kty": ["EC"]}]}), "no signature key"),
        (json.dumps({"keys": [EC | {"x": 1}]}), "no signature key"),
        (json.dumps({"keys": [EC | {"key_ops": ["sign"]}]}), "no signature key"),
        (json.dumps({"keys": [EC | {"key_ops": "verify"}]}), "no signature key"),
        (json.dumps({"keys": [EC, public_jwk(key(), KID)]}), "two keys"),
    ],
)
def test_a_key_set_that_cannot_be_trusted_is_refused(text: str, problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        parse(text)


@pytest.mark.parametrize(
    "name", ["none", "HS256", "RS384", "RS512", "PS256", "ES256", "EdDSA", "rs256", "", None, ["RS256"]]
)
def test_an_algorithm_other_than_rs256_is_refused_before_any_key_is_looked_for(name: object) -> None:
    assert refusal(HONEST.token({"alg": name, "kid": "nobody"})) == "token_algorithm"
