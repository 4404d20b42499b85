"""A question to a warehouse: does its SQL compute HMAC-SHA256? The answer is known (RFC 4231, section 4)."""

from __future__ import annotations

from dataclasses import dataclass

from lookgate.claims.blocks import blocks_of
from lookgate.claims.dialect import Dialect


@dataclass(frozen=True, slots=True)
class Vector:
    """One test case of RFC 4231."""

    number: int
    key: bytes
    data: bytes
    mac: str
    """HMAC-SHA-256 in hex; the first 32 digits where the RFC truncates it."""


_LONG = b"This is a test using a larger than block-size key and a larger than block-size data. "
VECTORS = (
    Vector(1, b"\x0b" * 20, b"Hi There", "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"),
    Vector(
        2, b"Jefe", b"what do ya want for nothing?", "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
    ),
    Vector(3, b"\xaa" * 20, b"\xdd" * 50, "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"),
    Vector(
        4,
        bytes(range(1, 26)),
        b"\xcd" * 50,
        "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b",
    ),
    Vector(5, b"\x0c" * 20, b"Test With Truncation", "a3b6167473100ee06e0c796c2955552b"),
    Vector(
        6,
        b"\xaa" * 131,
        b"Test Using Larger Than Block-Size Key - Hash Key First",
        "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
    ),
    Vector(
        7,
        b"\xaa" * 131,
        _LONG + b"The key needs to be hashed before being used by the HMAC algorithm.",
        "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2",
    ),
)


def probe_sql(dialect: Dialect) -> str:
    """Return a SELECT with one row for each vector: its number, and the MAC that the warehouse computes, in hex."""
    return "\nUNION ALL ".join(
        f"SELECT {vector.number} AS test_case, {dialect.to_hex(_mac(dialect, vector))} AS mac" for vector in VECTORS
    )


def _mac(dialect: Dialect, vector: Vector) -> str:
    blocks = blocks_of(vector.key)
    inner, outer, data = (dialect.literal(part.hex()) for part in (blocks.inner, blocks.outer, vector.data))
    return dialect.hmac(inner, outer, dialect.from_hex(data))


def wrong_answers(rows: list[tuple[int, str]]) -> list[int]:
    """Return the numbers of the vectors that the warehouse did not answer, or answered wrongly."""
    told = dict(rows)
    return [one.number for one in VECTORS if told.get(one.number, "")[: len(one.mac)] != one.mac]
