"""Every verifier that takes a token is attacked with every family, and held to the same clock."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from hypothesis import given, settings
from hypothesis import strategies as st
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, OKPKey, RSAKey

from contract import curve_tokens
from contract.hostile_tokens import FAMILIES, Honest, b64, key, key_for, key_set
from contract.skew import MOMENTS
from contract.token_verifiers import NOW, STANDARD, VERIFIERS
from lookgate.core.identity import Principal
from lookgate.errors import Unauthenticated
from lookgate.verify import jwt
from lookgate.verify.chain import Chain
from lookgate.verify.jwks import parse
from lower_rooms import START, StillClock, credential, run
from security_counts import Counted

EVERY_VERIFIER = pytest.mark.parametrize("name", VERIFIERS)


def present(name: str, token: str, clock: StillClock | None = None) -> Principal:
    make, _ = VERIFIERS[name]
    return run(Chain([make(clock or StillClock())]).verify(credential("bearer", token)))


@EVERY_VERIFIER
def test_the_honest_token_which_every_attack_changes_is_accepted(name: str) -> None:
    principal = present(name, VERIFIERS[name][1].token())
    assert principal.subject == "1234"


@EVERY_VERIFIER
@pytest.mark.parametrize("family", FAMILIES)
def test_a_hostile_token_is_refused_before_and_after_an_honest_one(name: str, family: str) -> None:
    make, honest = VERIFIERS[name]
    chain = Chain([make(StillClock())])
    for _ in range(2):
        for token in FAMILIES[family](honest):
            with pytest.raises(Unauthenticated) as refused:
                run(chain.verify(credential("bearer", token)))
            assert token not in refused.value.detail + refused.value.hint
        assert run(chain.verify(credential("bearer", honest.token()))).subject == "1234"


ON_CURVES = [name for name, (_, honest) in VERIFIERS.items() if honest.algorithm != "RS256"]


def test_the_count_of_hostile_tokens_on_curves_accepted_is_zero(counted: Counted) -> None:
    for name in ON_CURVES:
        tried = accepted = 0
        make, honest = VERIFIERS[name]
        chain = Chain([make(StillClock())])
        for family in curve_tokens.FAMILIES.values():
            for token in family(honest):
                tried += 1
                try:
                    run(chain.verify(credential("bearer", token)))
                except Unauthenticated:
                    continue
                accepted += 1
        assert run(chain.verify(credential("bearer", honest.token()))).subject == "1234"
        counted("more hostile tokens", f"verifier: {name}", tried=tried, bad=accepted)
    assert (len(curve_tokens.FAMILIES), len(ON_CURVES)) == (7, 3)


def test_both_spellings_of_an_ecdsa_signature_fit_as_the_standard_allows() -> None:
    # RFC 7518, section 3.4, does not ask for the lesser s; whatever may be used once is known by its jti.
    honest = VERIFIERS["standard ES256"][1]
    _, signature = curve_tokens.proof(honest)
    s = curve_tokens.ORDER - int.from_bytes(signature[32:])
    twin = curve_tokens.carrying(honest, signature[:32] + s.to_bytes(32))
    assert present("standard ES256", twin).subject == "1234"


def test_the_count_of_hostile_tokens_accepted_is_zero(counted: Counted) -> None:
    for name, (_, honest) in VERIFIERS.items():
        tried = accepted = 0
        for family in FAMILIES.values():
            for token in family(honest):
                tried += 1
                try:
                    present(name, token)
                except Unauthenticated:
                    continue
                accepted += 1
        counted("hostile tokens", f"verifier: {name}", tried=tried, bad=accepted)
    assert len(FAMILIES) == 17


@EVERY_VERIFIER
@pytest.mark.counts("clock skew", "{name}")
@pytest.mark.parametrize(("claim", "offset", "accepted"), MOMENTS)
@pytest.mark.parametrize("remembered", [False, True])
def test_clocks_may_differ_by_thirty_seconds_and_no_more(
    name: str, claim: str, offset: int, accepted: bool, remembered: bool
) -> None:
    make, honest = VERIFIERS[name]
    clock = StillClock()
    chain = Chain([make(clock)])
    presented = credential("bearer", honest.token(claims={"iat": NOW - 900} | {claim: NOW + offset}))
    if remembered:  # proven at a moment when it was good; only the clock moves
        clock.move(-300 if claim == "exp" else 90)
        assert run(chain.verify(presented))
        clock.at = START
    if accepted:
        assert run(chain.verify(presented)).subject == "1234"
    else:
        with pytest.raises(Unauthenticated):
            run(chain.verify(presented))


def _independent(token: str, algorithm: str = "RS256") -> bool:
    """Whether joserfc, which the gateway does not use, finds that the good key signed the token."""
    kinds: dict[str, Any] = {"RS256": RSAKey, "ES256": ECKey, "EdDSA": OKPKey}
    own = kinds[algorithm].import_key(key_for(algorithm).public_key())
    try:
        jws.deserialize_compact(token, own, algorithms=[algorithm])
    except (JoseError, ValueError):
        return False
    return True


def _fits(token: str, algorithm: str = "RS256") -> bool:
    try:
        parts = jwt.read(token)
        found = parse(key_set(algorithm)).get(jwt.check_header(parts.header, {algorithm}))
    except (Unauthenticated, ValueError):
        return False
    return found is not None and found.fits(parts.signed, parts.signature)


@pytest.mark.filterwarnings("ignore:EdDSA is deprecated")  # its name, in favour of Ed25519 (RFC 9864)
@pytest.mark.parametrize("algorithm", ["RS256", "ES256", "EdDSA"])
def test_nothing_passes_that_an_independent_implementation_refuses(algorithm: str) -> None:
    honest = Honest(STANDARD, NOW, algorithm)
    families = [*FAMILIES.values(), *(curve_tokens.FAMILIES.values() if algorithm != "RS256" else ())]
    tokens = [token for family in families for token in family(honest)]
    passed = [token for token in tokens if _fits(token, algorithm)]
    assert passed  # the families that lie in their claims are signed with the good key
    assert all(_independent(token, algorithm) for token in passed)
    assert _fits(honest.token(), algorithm)
    assert _independent(honest.token(), algorithm)


@settings(deadline=None)
@given(place=st.integers(0, 10_000), bit=st.integers(0, 7), size=st.sampled_from([None, 0, 1, 255, 257]))
def test_both_implementations_agree_about_a_signature_that_was_changed(place: int, bit: int, size: int | None) -> None:
    head, _, proof = VERIFIERS["standard"][1].token().rpartition(".")
    signature = bytearray(base64.urlsafe_b64decode(proof + "=="))
    signature[place % len(signature)] ^= 1 << bit
    changed = bytes(signature) if size is None else bytes(signature).ljust(257, b"\0")[:size]
    token = f"{head}.{b64(changed)}"
    assert (_fits(token), _independent(token)) == (False, False)


@pytest.mark.parametrize("padding_", [padding.PSS(padding.MGF1(hashes.SHA256()), 32), padding.PKCS1v15()])
@pytest.mark.parametrize("digest", [hashes.SHA256(), hashes.SHA384(), hashes.SHA512()])
def test_only_pkcs1_with_sha256_fits_whatever_else_the_key_signed(
    padding_: padding.PSS | padding.PKCS1v15, digest: hashes.SHA256 | hashes.SHA384 | hashes.SHA512
) -> None:
    head = VERIFIERS["standard"][1].token().rpartition(".")[0]
    token = f"{head}.{b64(key().sign(head.encode(), padding_, digest))}"
    right = isinstance(padding_, padding.PKCS1v15) and isinstance(digest, hashes.SHA256)
    assert (_fits(token), _independent(token)) == (right, right)


def test_the_example_of_the_standard_fits_and_its_alteration_does_not() -> None:
    # RFC 7515, appendix A.2
    number = (
        "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZ"
        "S-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2"
        "R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcD"
        "TW9gb54h4FRWyuXpoQ"
    )
    signed = (
        b"eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290"
        b"Ijp0cnVlfQ"
    )
    proof = (
        "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CU"
        "Ar7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_d"
        "O--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0ig"
        "cN_IoypGlUPQGe77Rw"
    )
    keys = parse(json.dumps({"keys": [{"kty": "RSA", "kid": "a2", "n": number, "e": "AQAB"}]}))
    found = keys.get("a2")
    assert found is not None
    signature = base64.urlsafe_b64decode(proof + "==")
    assert found.fits(signed, signature)
    assert not found.fits(signed + b"x", signature)


@pytest.mark.parametrize(
    ("jwk", "signed", "proof"),
    [
        pytest.param(
            {
                "kty": "EC",
                "crv": "P-256",
                "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
                "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
            },
            b"eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp"
            b"0cnVlfQ",
            "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q",
            id="ES256, RFC 7515, appendix A.3",
        ),
        pytest.param(
            {"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"},
            b"eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc",
            "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg",
            id="EdDSA, RFC 8037, appendix A.4",
        ),
    ],
)
def test_the_examples_of_the_standards_on_curves_fit_and_their_alterations_do_not(
    jwk: dict[str, str], signed: bytes, proof: str
) -> None:
    found = parse(json.dumps({"keys": [jwk | {"kid": "a"}]})).get("a")
    assert found is not None
    signature = base64.urlsafe_b64decode(proof + "==")
    assert found.fits(signed, signature)
    assert not found.fits(signed + b"x", signature)
    assert not found.fits(signed, signature[::-1])
