"""Keys minted in SQL, for a warehouse into which the gateway may not write.

The key is 64 hex digits (256 random bits) read as text: exactly one block of SHA-256. Each digit has one image under
HMAC's inner and outer padding, so the blocks are made by replacing digits, which every dialect can do.
"""

from __future__ import annotations

from lookgate.claims.dialect import Dialect
from lookgate.claims.sql import indented
from lookgate.errors import Conflict

_DIGITS = "0123456789abcdef"
_LETTERS = str.maketrans(_DIGITS, "ghijklmnopqrstuv")
_INNER, _OUTER = 0x36, 0x5C
RIPE_AFTER = 600
"""Seconds until a new key signs, so that every gateway knows it by then. Looker looks for work every five minutes."""


def turn_sql(dialect: Dialect, *, rotate_every: int, second: bool) -> str:
    """Return the expression that changes whenever the first, or the second, of the two tables is due.

    Args:
        dialect: the warehouse.
        rotate_every: seconds between keys; each table is due every two rotations, the second one in the middle.
        second: which table.
    """
    return f"FLOOR({_clock(dialect, rotate_every, second=second)} / {2 * rotate_every})"


def mint_sql(dialect: Dialect, *, rotate_every: int, second: bool) -> str:
    """Return the SELECT of one new key with its blocks; it retires when its table is due again.

    So it signs nothing that outlives its table: a claim never outlives the key that signed it (``sql.sign_sql``).

    Args:
        dialect: the warehouse.
        rotate_every: seconds between keys.
        second: for which of the two tables.

    Raises:
        Conflict: the warehouse has no cryptographic generator.
    """
    if dialect.random is None:
        raise Conflict(
            "no_generator",
            f"{dialect.name} has no cryptographic generator in SQL, so no key is minted there. {dialect.randomness}",
            "Use --source gateway: keys from the operating system's generator, of which only the blocks are inserted.",
        )
    passed = f"MOD({_clock(dialect, rotate_every, second=second)}, {2 * rotate_every})"
    kid = dialect.to_hex(dialect.sha256(dialect.encoded(f"({dialect.text(dialect.literal('kid'), 'key_text')})")))
    return (
        f"SELECT\n"
        f"  {dialect.text(dialect.literal('k'), f'SUBSTR({kid}, 1, 20)')} AS kid,\n"
        f"  {_padded('key_text', _INNER)} AS inner_block,\n"
        f"  {_padded('key_text', _OUTER)} AS outer_block,\n"
        f"  {dialect.seconds} + {RIPE_AFTER} AS not_before,\n"
        f"  {dialect.seconds} + {2 * rotate_every} - {passed} AS retire_after\n"
        f"FROM (\n"
        # LIMIT keeps engines from writing the random number into each of its uses.
        f"{indented(f'SELECT {dialect.to_hex(dialect.random)} AS key_text LIMIT 1', 2)}\n"
        f") AS minted"
    )


def _clock(dialect: Dialect, rotate_every: int, *, second: bool) -> str:
    return f"({dialect.seconds} + {rotate_every})" if second else dialect.seconds


def _padded(digits: str, pad: int) -> str:
    """Write each digit as the two hex digits of its ASCII code XOR the padding, through letters no digit has."""
    sql = digits
    for digit in _DIGITS:
        image = f"{ord(digit) ^ pad:02x}".translate(_LETTERS)
        sql = f"REPLACE({sql}, '{digit}', '{image}')"
    for number, letter in _LETTERS.items():
        sql = f"REPLACE({sql}, '{chr(letter)}', '{chr(number)}')"
    return sql
