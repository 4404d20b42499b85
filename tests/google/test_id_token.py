from __future__ import annotations

import base64
import json
from datetime import UTC, datetime
from typing import Any

import pytest

from lookgate.errors import Refused
from lookgate.google.id_token import minted

CLAIMS: dict[str, Any] = {"aud": "https://a.example.com", "iat": 1_780_000_000, "exp": 1_780_003_600}


def part(value: object) -> str:
    content = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


def token(claims: object) -> str:
    return f"{part({'alg': 'RS256'})}.{part(claims)}.c2ln"


def test_its_times_are_read_and_white_space_around_it_is_no_part_of_it() -> None:
    made = minted(f"\n{token(CLAIMS)} \n", "https://a.example.com", "It")
    assert made.value.reveal() == token(CLAIMS)
    assert made.issued_at == datetime.fromtimestamp(1_780_000_000, UTC)
    assert made.expires_at == datetime.fromtimestamp(1_780_003_600, UTC)


@pytest.mark.parametrize("ends", [1_780_000_000 + 100 * 366 * 86_400, 253_402_300_799, 1_780_086_401])
def test_a_token_that_says_it_lives_for_years_is_believed_for_a_day(ends: int) -> None:
    made = minted(token({**CLAIMS, "exp": ends}), "https://a.example.com", "It")
    assert made.expires_at == datetime.fromtimestamp(1_780_086_400, UTC)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a.b.c",
        "<html>.login.page</html>",
        f"Bearer {token(CLAIMS)}",
        f"{token(CLAIMS)}.more",
        token(CLAIMS) + "\r\nx: y",
        token(CLAIMS).replace(".", ".\n", 1),
        token(b"no json"),
        token([]),
        token({**CLAIMS, "exp": "soon"}),
        token({**CLAIMS, "exp": 10**30}),
        token({**CLAIMS, "iat": -(10**15)}),
        token({**CLAIMS, "aud": ["https://a.example.com"]}),
        token({"aud": "https://a.example.com"}),
        token({**CLAIMS, "more": "x" * 9000}),
        token(b"\xff\xfe"),
        token(b'{"more":' + b"[" * 4000 + b',"aud":"x"}'),
    ],
)
def test_what_is_no_id_token_is_never_stored_and_never_told(text: str) -> None:
    with pytest.raises(Refused) as refused:
        minted(text, "https://a.example.com", "It")
    assert refused.value.code == "token_unreadable"
    assert token(CLAIMS) not in f"{refused.value!r} {refused.value}"


@pytest.mark.parametrize("audience", ["https://b.example.com", "https://a.example.com/", ""])
def test_a_token_for_somebody_else_is_refused(audience: str) -> None:
    with pytest.raises(Refused) as refused:
        minted(token(CLAIMS), audience, "It")
    assert refused.value.code == "token_for_another"
