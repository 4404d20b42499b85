"""Each refusal by exactly its code, at exactly its limit."""

from __future__ import annotations

import base64
import json

import pytest

from claim_maker import HonestClaim
from claim_maker import verifier as claim_verifier
from lookgate.claims.format import LONGEST
from lookgate.errors import Unauthenticated
from lookgate.verify.chain import Verifier
from lookgate.verify.jwt import check_header
from lookgate.verify.tag import refuse_unsubstituted
from lower_rooms import StillClock, credential, run
from token_maker import HonestToken
from token_maker import verifier as token_verifier


def refusal(one: Verifier, token: str) -> Unauthenticated:
    with pytest.raises(Unauthenticated) as refused:
        run(one.verify(credential("bearer", token)))
    return refused.value


def test_a_claim_of_the_longest_length_is_read_and_a_longer_one_is_not() -> None:
    codes: dict[int, str] = {}
    for size in range(500, 800):
        token = HonestClaim().token(claims={"iss": "x" * size, "jti": "n_1"})
        signed, _, signature = token.rpartition(".")
        length = len(signed) + len(base64.urlsafe_b64decode(signature + "="))
        codes[length] = refusal(claim_verifier(StillClock()), token).code
    assert {length for length, code in codes.items() if code == "claim_too_long"} == {n for n in codes if n > LONGEST}
    assert {LONGEST, LONGEST + 1} <= codes.keys()
    assert set(codes.values()) == {"claim_too_long", "claim_issuer"}


@pytest.mark.parametrize("more", [{"x": 1}, {"cty": "JWT"}, {"crit": ["exp"]}, {"alg": "EdDSA"}])
def test_a_token_of_ours_has_one_header(more: dict[str, object]) -> None:
    token = HonestToken().token(more)
    assert refusal(token_verifier(StillClock()), token).code == "token_header"


@pytest.mark.parametrize("name", ["crit", "jwk", "jku", "x5u", "x5c", "b64", "zip"])
def test_a_header_that_asks_for_something_unusual_is_refused_by_its_name(name: str) -> None:
    header = {"alg": "RS256", "kid": "k1", "typ": "JWT"}
    assert check_header(header, {"RS256"}) == "k1"
    with pytest.raises(Unauthenticated) as refused:
        check_header(json.loads(json.dumps(header | {name: None})), {"RS256"})
    assert refused.value.code == "token_header"
    assert f"'{name}'" in refused.value.detail


def test_an_unsubstituted_tag_that_is_no_plain_name_is_told_without_it() -> None:
    with pytest.raises(Unauthenticated) as refused:
        refuse_unsubstituted(credential("handle", "{{ a b }}", "x-lookgate-handle"))
    assert refused.value.detail.endswith("no value for the attribute that the tag names.")
    assert "the user attribute that the tag names must exist" in refused.value.hint
