"""A token as it is made: its exact form, what it is bound to, and what happens without a key."""

from __future__ import annotations

import base64
import json
from datetime import timedelta

import pytest

from lookgate.errors import LookgateError, Unavailable
from lookgate.keys.ring import Ring, rotate
from lookgate.keys.token import Source, TokenIssuer, binding, sign
from lower_rooms import START, CountedBytes
from token_maker import DIGEST, GATEWAY, INSTANCE, PLACE, RING, OneRing


def decoded(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


class Unreadable(OneRing):
    def load(self, name: str) -> Ring:
        raise LookgateError("ring_damaged", f"/etc/keys/{name}.json is damaged.")


def test_a_token_is_compact_says_exactly_this_and_has_a_number_of_128_bits() -> None:
    issuer = TokenIssuer(OneRing(), PLACE, 300)
    key = issuer.signer(START)
    source = Source("handle", binding(DIGEST))
    token = issuer.issue(key, user_id="7", source=source, now=START, random=CountedBytes()).reveal()
    header, claims, _ = (decoded(part) for part in token.split("."))
    assert header == f'{{"alg":"ES256","kid":"{key.kid}","typ":"lookgate-token+jwt"}}'.encode()
    now = int(START.timestamp())
    said = {
        "iss": GATEWAY,
        "sub": "7",
        "aud": GATEWAY,
        "instance": INSTANCE,
        "handle": binding(DIGEST),
        "assurance": "user",
        "iat": now,
        "nbf": now,
        "exp": now + 300,
        "jti": "00" * 15 + "01",
    }
    assert claims == json.dumps(said, separators=(",", ":")).encode()


def test_another_kind_of_token_says_which_it_is() -> None:
    header = decoded(sign(RING.keys[0], {}, typ="other+jwt").reveal().partition(".")[0])
    assert json.loads(header)["typ"] == "other+jwt"


def test_what_binds_a_token_to_its_handle_stays_the_same_for_every_gateway_and_release() -> None:
    assert binding(DIGEST) == "86e51b53ef4f9718c227d2b852bb5539"


def test_a_ring_that_cannot_be_read_is_told_without_its_place_and_one_without_a_key_with_the_command() -> None:
    with pytest.raises(Unavailable) as refused:
        TokenIssuer(Unreadable(), PLACE, 300).signer(START)
    assert refused.value.code == "token_keys_unavailable"
    assert "/etc" not in str(refused.value)
    symmetric = rotate(Ring("tokens"), "HS256", now=START, random=CountedBytes())
    for ring in (Ring("tokens"), symmetric):
        with pytest.raises(Unavailable) as missing:
            TokenIssuer(OneRing(ring), PLACE, 300).signer(START)
        assert missing.value.code == "no_token_key"
        assert "lookgate keys rotate" in missing.value.hint


def test_the_key_that_signs_is_the_one_whose_time_has_come() -> None:
    ring = rotate(RING, "EdDSA", now=START, random=CountedBytes())
    issuer = TokenIssuer(OneRing(ring), PLACE, 300)
    assert issuer.signer(START) == ring.keys[0]
    assert issuer.signer(START + timedelta(seconds=60)) == ring.keys[1]
