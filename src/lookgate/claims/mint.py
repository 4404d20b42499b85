"""Keys minted in SQL, for a warehouse into which the gateway may not write.

The key is 64 hex digits (256 random bits) read as text: exactly one block of SHA-256. Each digit has one image under
HMAC's inner and outer padding, so the blocks are made by replacing digits, which every dialect can do.
"""

from __future__ import annotations

from lookgate.claims.dialect import Dialect
from lookgate.claims.sql import indented
from lookgate.errors import Conflict

_DIGITS = "0123456789abcdef"
_LETTERS = "ghijklmnopqrstuv"
_INNER, _OUTER = 0x36, 0x5C
RIPE_AFTER = 600
"""Seconds until a new key signs, so that every gateway knows it by then. Looker looks for work every five minutes."""


def mint_sql(dialect: Dialect, *, rotate_every: int) -> str:
    """Return the SELECT of one new key with its blocks; it verifies for two rotations, and signs for about one.

    Args:
        dialect: the warehouse.
        rotate_every: seconds until the next key.

    Raises:
        Conflict: the warehouse has no cryptographic generator.
    """
    if dialect.random is None:
        raise Conflict(
            "no_generator",
            f"{dialect.name} has no cryptographic generator in SQL, so no key is minted there. {dialect.randomness}",
            "Use --source gateway: keys from the operating system's generator, of which only the blocks are inserted.",
        )
    kid = dialect.to_hex(dialect.sha256(dialect.encoded(f"({dialect.text(dialect.literal('kid'), 'key_text')})")))
    return (
        f"SELECT\n"
        f"  {dialect.text(dialect.literal('k'), f'SUBSTR({kid}, 1, 20)')} AS kid,\n"
        f"  {_padded('key_text', _INNER)} AS inner_block,\n"
        f"  {_padded('key_text', _OUTER)} AS outer_block,\n"
        f"  {dialect.seconds} + {RIPE_AFTER} AS not_before,\n"
        f"  {dialect.seconds} + {2 * rotate_every} AS retire_after\n"
        f"FROM (\n"
        # LIMIT keeps engines from writing the random number into each of its uses.
        f"{indented(f'SELECT {dialect.to_hex(dialect.random)} AS key_text LIMIT 1', 2)}\n"
        f") AS minted"
    )


def _padded(digits: str, pad: int) -> str:
    """Write each digit as the two hex digits of its ASCII code XOR the padding, through letters no digit has."""
    sql = digits
    for digit in _DIGITS:
        image = f"{ord(digit) ^ pad:02x}".translate(str.maketrans(_DIGITS, _LETTERS))
        sql = f"REPLACE({sql}, '{digit}', '{image}')"
    for digit, letter in zip(_DIGITS, _LETTERS, strict=True):
        sql = f"REPLACE({sql}, '{letter}', '{digit}')"
    return sql
