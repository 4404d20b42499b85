"""Databricks SQL."""

from __future__ import annotations

from lookgate.claims.dialect import BEYOND_WORDS, Dialect

_KEY = "UNHEX('00000000000000000000000000000000')"


class Databricks(Dialect):
    """The strongest generator is the one that AES_ENCRYPT takes its initialisation vectors from."""

    name = "databricks"
    grammar = "databricks"
    text_type = "STRING"
    randomness = (
        "AES_ENCRYPT in GCM mode draws a 96-bit vector from Java's SecureRandom; the hash of three outputs (of "
        "different texts, so that none is computed once for all) carries 256 bits. UUID and RAND use an ordinary "
        "generator and are not used."
    )
    random = (
        "UNHEX(SHA2(CONCAT("
        + ", ".join(f"AES_ENCRYPT('{number}', {_KEY}, 'GCM', 'DEFAULT')" for number in (1, 2, 3))
        + "), 256))"
    )
    seconds = "UNIX_SECONDS(CURRENT_TIMESTAMP())"
    microseconds = "UNIX_MICROS(CURRENT_TIMESTAMP())"

    def text(self, *parts: str) -> str:
        return f"CONCAT({', '.join(parts)})"

    def digits(self, number: str) -> str:
        return f"CAST({number} AS STRING)"

    def encoded(self, text: str) -> str:
        return f"ENCODE({text}, 'UTF-8')"

    def from_hex(self, text: str) -> str:
        return f"UNHEX({text})"

    def to_hex(self, content: str) -> str:
        return f"LOWER(HEX({content}))"

    def joined(self, first: str, second: str) -> str:
        return f"CONCAT({first}, {second})"

    def sha256(self, content: str) -> str:
        return f"UNHEX(SHA2({content}, 256))"

    def base64url(self, content: str) -> str:
        # Some runtimes break lines; TRANSLATE removes what has no counterpart.
        return f"TRANSLATE(BASE64({content}), CONCAT('+/=', CHAR(13), CHAR(10)), '-_')"

    def has_others(self, text: str) -> str:
        return f"({text} RLIKE '{BEYOND_WORDS}')"


dialect = Databricks()
