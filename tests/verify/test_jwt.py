"""Taking a token apart, before any of it is believed."""

from __future__ import annotations

import base64
import json

import pytest

from lookgate.core.secret import Secret
from lookgate.errors import Unauthenticated
from lookgate.verify.jwt import LONGEST, jti_of, looks_like_token, read


def part(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def test_the_jti_of_a_verified_token_is_its_own() -> None:
    assert jti_of(Secret(f"{part({'alg': 'x'})}.{part({'jti': 'j1'})}.c2ln")) == "j1"


def test_a_token_of_the_longest_length_is_read_and_one_character_more_is_not() -> None:
    start = f"{part({'alg': 'x'})}.{part({'jti': 'j1'})}."
    longest = start + "A" * (LONGEST - len(start))
    assert (len(longest) - len(start)) % 4 != 1  # no base64 has such a length
    assert read(longest).signed == start.removesuffix(".").encode()
    with pytest.raises(Unauthenticated) as refused:
        read(longest + "A")
    assert refused.value.code == "token_too_long"


@pytest.mark.parametrize(("text", "is_one"), [("a.b.c", True), ("..", True), ("a.b", False), ("a.b.c.d", False)])
def test_a_token_has_three_parts(text: str, is_one: bool) -> None:
    assert looks_like_token(text) is is_one


@pytest.mark.parametrize(("place", "name"), [(0, "header"), (1, "claims"), (2, "signature")])
def test_the_part_that_cannot_be_read_is_named(place: int, name: str) -> None:
    parts = [part({"alg": "x"}), part({"jti": "j1"}), "c2ln"]
    parts[place] = "!"
    with pytest.raises(Unauthenticated) as refused:
        read(".".join(parts))
    assert refused.value.code == "token_malformed"
    assert refused.value.detail == f"The token's {name} cannot be read unambiguously."


@pytest.mark.parametrize("signature", ["AAAX", "XXXX", "AAA", "AA", "____"])
def test_a_signature_is_read_whatever_it_ends_with(signature: str) -> None:
    token = f"{part({'alg': 'x'})}.{part({'jti': 'j1'})}.{signature}"
    assert read(token).signature == base64.urlsafe_b64decode(signature + "=" * (-len(signature) % 4))
