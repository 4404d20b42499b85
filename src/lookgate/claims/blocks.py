"""HMAC as two hashes (FIPS 198-1, section 4; RFC 2104, section 2).

HMAC(key, text) = SHA-256(outer block || SHA-256(inner block || text)). The blocks are all that a warehouse needs to
sign, and they are 64 bytes long because that is the block size of SHA-256.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, field

BLOCK_BYTES = 64


@dataclass(frozen=True, slots=True)
class Blocks:
    """What signs: as secret as the key itself, so it never shows itself."""

    inner: bytes = field(repr=False)
    outer: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if len(self.inner) != BLOCK_BYTES or len(self.outer) != BLOCK_BYTES:
            raise ValueError(f"an HMAC-SHA256 block has {BLOCK_BYTES} bytes")

    def sign(self, text: bytes) -> bytes:
        """Return the MAC, 32 bytes."""
        return hashlib.sha256(self.outer + hashlib.sha256(self.inner + text).digest()).digest()

    def verify(self, text: bytes, mac: bytes) -> bool:
        """Whether the MAC fits; takes the same time wherever it differs."""
        return hmac.compare_digest(self.sign(text), mac)


def blocks_of(key: bytes) -> Blocks:
    """Return the blocks of an HMAC key of any length."""
    if len(key) > BLOCK_BYTES:
        key = hashlib.sha256(key).digest()
    padded = key.ljust(BLOCK_BYTES, b"\0")
    return Blocks(bytes(byte ^ 0x36 for byte in padded), bytes(byte ^ 0x5C for byte in padded))
