"""Snowflake."""

from __future__ import annotations

from lookgate.claims.dialect import BEYOND_WORDS, Dialect


class Snowflake(Dialect):
    """No cryptographic generator in SQL: keys come from the gateway."""

    name = "snowflake"
    grammar = "snowflake"
    randomness = (
        "RANDOM, RANDSTR and UUID_STRING are documented as pseudo-random and are not for keys, so keys are never "
        "minted here. A claim needs no random number: its nonce only has to be new for its user."
    )
    seconds = "DATE_PART(EPOCH_SECOND, CURRENT_TIMESTAMP())"
    microseconds = "DATE_PART(EPOCH_MICROSECOND, CURRENT_TIMESTAMP())"

    def digits(self, number: str) -> str:
        return f"TO_VARCHAR({number})"

    def encoded(self, text: str) -> str:
        return f"TO_BINARY({text}, 'UTF-8')"

    def from_hex(self, text: str) -> str:
        return f"TO_BINARY({text}, 'HEX')"

    def to_hex(self, content: str) -> str:
        return f"LOWER(HEX_ENCODE({content}))"

    def joined(self, first: str, second: str) -> str:
        return f"CONCAT({first}, {second})"

    def sha256(self, content: str) -> str:
        return f"SHA2_BINARY({content}, 256)"

    def base64url(self, content: str) -> str:
        return f"RTRIM(TRANSLATE(BASE64_ENCODE({content}), '+/', '-_'), '=')"

    def has_others(self, text: str) -> str:
        return f"(REGEXP_COUNT({text}, '{BEYOND_WORDS}') > 0)"


dialect = Snowflake()
