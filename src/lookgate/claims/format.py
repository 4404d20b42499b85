"""What a claim looks like: a JWT (RFC 7519) signed HS256 (RFC 7518, section 3.2), made of nothing but plain words.

Each text in it is letters, digits and underscores, so no input can end a JSON string, a SQL literal or a LookML block.
Both sides build on this file: the SQL that signs and the verifier that reads.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping
from typing import Any

TYPE = "lookgate-claim+jwt"
"""The header's ``typ`` (RFC 8725, section 3.11): no other token is mistaken for a claim, nor a claim for another."""
ALGORITHM = "HS256"
LONGEST_LIFE = 300
"""Seconds between ``iat`` and ``exp``, at most."""
LONGEST_WORD = 64
WORD = re.compile(r"[A-Za-z0-9_]{1,64}")
"""``iss``, ``sub``, ``aud``, and the nonce that a caller may add."""
LONGEST_JTI = 96
JTI = re.compile(rf"[A-Za-z0-9_]{{1,{LONGEST_JTI}}}")
"""The nonce, and what the warehouse adds: the microsecond."""
LONGEST = 1024
"""Characters of a whole claim: nine bounded words, two numbers and a MAC stay well below."""
ORDER = ("iss", "sub", "aud", "iat", "exp", "jti")
"""In this order."""
CLAIMS = frozenset(ORDER)
"""Exactly these, no more."""


def is_word(text: object) -> bool:
    """Whether this is a text that may stand in a claim."""
    return isinstance(text, str) and WORD.fullmatch(text) is not None


def header_of(kid: str) -> dict[str, str]:
    """Return the one header a claim signed with this key may have."""
    return {"alg": ALGORITHM, "kid": kid, "typ": TYPE}


def signing_input(kid: str, claims: Mapping[str, Any]) -> bytes:
    """Return the one text that the warehouse signs to say this (RFC 7515, section 5.1)."""
    parts = (header_of(kid), {name: claims[name] for name in ORDER})
    texts = (json.dumps(part, separators=(",", ":")).encode() for part in parts)
    return b".".join(base64.urlsafe_b64encode(text).rstrip(b"=") for text in texts)


def is_claim(header: Mapping[str, Any]) -> bool:
    """Whether a token says that it is a claim."""
    return header.get("typ") == TYPE
