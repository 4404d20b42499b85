"""The public half of our own keys, believed by independent libraries."""

from __future__ import annotations

import json
import os
import re
from datetime import timedelta
from typing import Literal

import jwt
import pytest
from joserfc.jwk import KeySet

from lookgate.keys.jwks import ec_private_key, ed25519_private_key, jwk_set, public_jwk
from lookgate.keys.ring import Ring, rotate
from lower_rooms import START

HOUR = timedelta(hours=1)
PRIVATE = {"d", "k", "p", "q"}


def ring_of(alg: Literal["HS256", "ES256", "EdDSA"], count: int = 1) -> Ring:
    ring = Ring("tokens")
    for _ in range(count):
        ring = rotate(ring, alg, now=START, random=os.urandom, overlap=HOUR)
    return ring


@pytest.mark.parametrize("alg", ["ES256", "EdDSA"])
def test_what_a_key_signs_its_published_half_verifies(alg: Literal["ES256", "EdDSA"]) -> None:
    key = ring_of(alg).keys[0]
    private = ec_private_key(key) if alg == "ES256" else ed25519_private_key(key)
    token = jwt.encode({"sub": "7"}, private, algorithm=alg, headers={"kid": key.kid})
    public = jwt.PyJWK(public_jwk(key))
    assert jwt.decode(token, public, algorithms=[alg]) == {"sub": "7"}
    assert KeySet.import_key_set(json.loads(json.dumps(jwk_set(ring_of(alg), START)))).keys


@pytest.mark.parametrize("alg", ["ES256", "EdDSA"])
def test_no_private_part_is_published(alg: Literal["ES256", "EdDSA"]) -> None:
    ring = ring_of(alg)
    (entry,) = jwk_set(ring, START)["keys"]
    assert not PRIVATE & entry.keys()
    assert ring.keys[0].secret.reveal() not in json.dumps(entry)


@pytest.mark.parametrize(
    ("alg", "kind", "curve", "parts"), [("ES256", "EC", "P-256", {"x", "y"}), ("EdDSA", "OKP", "Ed25519", {"x"})]
)
def test_a_published_key_says_what_it_is_for_and_nothing_more(
    alg: Literal["ES256", "EdDSA"], kind: str, curve: str, parts: set[str]
) -> None:
    key = ring_of(alg).keys[0]
    entry = public_jwk(key)
    rest = {name: text for name, text in entry.items() if name not in parts}
    assert rest == {"kid": key.kid, "alg": alg, "use": "sig", "kty": kind, "crv": curve}
    assert {name for name, text in entry.items() if re.fullmatch(r"[A-Za-z0-9_-]{43}", text)} == parts


def test_waiting_keys_are_published_and_retired_ones_are_not() -> None:
    ring = ring_of("ES256", 2)
    assert [entry["kid"] for entry in jwk_set(ring, START)["keys"]] == [key.kid for key in ring.keys]
    assert [entry["kid"] for entry in jwk_set(ring, START + 2 * HOUR)["keys"]] == [ring.keys[1].kid]


def test_a_symmetric_key_is_never_published() -> None:
    ring = ring_of("HS256")
    assert jwk_set(ring, START) == {"keys": []}
    with pytest.raises(ValueError, match="no public half"):
        public_jwk(ring.keys[0])
