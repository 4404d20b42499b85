"""The question whether a claim was signed here, in SQL, for a gateway that has no key.

It is asked with a claim's plain words and with the *fingerprint* of its MAC, SHA-256(MAC). So no log and no query
history that records the question holds a claim that could be used, and the comparison takes place between hashes that
nobody can steer: how long it takes tells nothing about the MAC. The answer is yes or no; a MAC is never given out.
"""

from __future__ import annotations

import hashlib

from lookgate.claims.blocks import BLOCK_BYTES
from lookgate.claims.dialect import Dialect
from lookgate.claims.format import LONGEST_JTI, LONGEST_WORD
from lookgate.claims.sql import indented, live_keys_sql, signing_input_sql

ASKED = {
    "kid": LONGEST_WORD,
    "sub": LONGEST_WORD,
    "aud": LONGEST_WORD,
    "iat": LONGEST_WORD,
    "exp": LONGEST_WORD,
    "jti": LONGEST_JTI,
    "fingerprint": 64,
}
"""What the question consists of, each at most so many letters, digits and ``_``. ``iss`` stands in the SQL."""
WRONG, KEY_UNKNOWN, NOT_PLAIN = "wrong", "key_unknown", "not_plain"


def fingerprint_of(mac: bytes) -> str:
    """Return what of a MAC may be written down."""
    return hashlib.sha256(mac).hexdigest()


def fits(fingerprint: str) -> str:
    """Return the one answer that says yes. It repeats the question, so no answer to another can be taken for it."""
    return f"fits_{fingerprint}"


def check_sql(dialect: Dialect, issuer: str, *, table: str, **asked: str) -> str:
    """Return the SELECT with one row and one column ``verdict``.

    Args:
        dialect: the warehouse.
        issuer: a word.
        table: SQL that stands for the key table.
        asked: SQL expressions of texts, by the names in ``ASKED``.
    """
    fixed = dialect.literal
    signing_input = signing_input_sql(
        dialect,
        issuer,
        user=asked["sub"],
        audience=asked["aud"],
        issued=asked["iat"],
        ends=asked["exp"],
        jti=(asked["jti"],),
    )
    mac = dialect.hmac("inner_block", "outer_block", dialect.encoded("signing_input"))
    plain = "\n      AND ".join(dialect.is_word(asked[name], longest) for name, longest in ASKED.items())
    yes = dialect.text(fixed(fits("")), asked["fingerprint"])
    return (
        f"SELECT\n"  # noqa: S608 - made of the dialect's constants and of expressions that are quoted
        f"  CASE WHEN {plain}\n"
        f"    THEN COALESCE(MAX(\n"
        f"      CASE WHEN fingerprint = {asked['fingerprint']} THEN {yes} ELSE {fixed(WRONG)} END\n"
        f"    ), {fixed(KEY_UNKNOWN)})\n"
        f"    ELSE {fixed(NOT_PLAIN)}\n"
        f"  END AS verdict\n"
        f"FROM (\n"
        f"  SELECT {dialect.to_hex(dialect.sha256(mac))} AS fingerprint\n"
        f"  FROM (\n"
        f"    SELECT\n"
        f"      {signing_input} AS signing_input,\n"
        f"      inner_block,\n"
        f"      outer_block\n"
        f"    FROM (\n"
        f"{indented(live_keys_sql(table), 6)}\n"
        f"    ) AS live_keys\n"
        # A row without whole blocks would be a key that everybody knows.
        f"    WHERE {dialect.encoded('kid')} = {dialect.encoded(asked['kid'])} AND retire_after > {dialect.seconds}\n"
        f"      AND LENGTH(inner_block) = {2 * BLOCK_BYTES} AND LENGTH(outer_block) = {2 * BLOCK_BYTES}\n"
        f"  ) AS named_key\n"
        f") AS computed"
    )
