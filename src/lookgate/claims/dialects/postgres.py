"""Postgres 13 and later."""

from __future__ import annotations

from lookgate.claims.dialect import BEYOND_WORDS, Dialect

_UUID = "UUID_SEND(GEN_RANDOM_UUID())"


class Postgres(Dialect):
    """The strongest generator without an extension is GEN_RANDOM_UUID: 122 bits of the server's strong source each."""

    name = "postgres"
    grammar = "postgres"
    searches = True
    randomness = (
        "GEN_RANDOM_UUID reads the server's cryptographic source (pg_strong_random) and needs no extension. Three "
        "of them carry 366 random bits, which one SHA-256 makes 256. RANDOM is not used."
    )
    random = f"SHA256({_UUID} || {_UUID} || {_UUID})"
    # Not NOW(): in a long transaction that stands still.
    seconds = "CAST(FLOOR(EXTRACT(EPOCH FROM STATEMENT_TIMESTAMP())) AS BIGINT)"
    microseconds = "CAST(FLOOR(EXTRACT(EPOCH FROM STATEMENT_TIMESTAMP()) * 1000000) AS BIGINT)"

    def digits(self, number: str) -> str:
        return f"CAST({number} AS TEXT)"

    def encoded(self, text: str) -> str:
        return f"CONVERT_TO({text}, 'UTF8')"

    def from_hex(self, text: str) -> str:
        return f"DECODE({text}, 'hex')"

    def to_hex(self, content: str) -> str:
        return f"ENCODE({content}, 'hex')"

    def sha256(self, content: str) -> str:
        return f"SHA256({content})"

    def base64url(self, content: str) -> str:
        # ENCODE breaks lines; TRANSLATE removes what has no counterpart.
        return f"TRANSLATE(ENCODE({content}, 'base64'), '+/=' || CHR(10), '-_')"

    def has_others(self, text: str) -> str:
        return f"({text} ~ '{BEYOND_WORDS}')"


dialect = Postgres()
