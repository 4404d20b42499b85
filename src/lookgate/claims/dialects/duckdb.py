"""DuckDB."""

from __future__ import annotations

from lookgate.claims.dialect import BEYOND_WORDS, Dialect


class DuckDB(Dialect):
    """No cryptographic generator in SQL: keys come from the gateway."""

    name = "duckdb"
    grammar = "duckdb"
    randomness = (
        "RANDOM and UUID share an ordinary generator that SETSEED can even repeat, so keys are never minted here. "
        "A claim needs no random number: its nonce only has to be new for its user."
    )
    seconds = "CAST(FLOOR(EPOCH(NOW())) AS BIGINT)"
    microseconds = "EPOCH_US(NOW())"

    def digits(self, number: str) -> str:
        return f"CAST({number} AS VARCHAR)"

    def encoded(self, text: str) -> str:
        return f"ENCODE({text})"

    def from_hex(self, text: str) -> str:
        return f"UNHEX({text})"

    def to_hex(self, content: str) -> str:
        return f"LOWER(HEX({content}))"

    def sha256(self, content: str) -> str:
        return f"UNHEX(SHA256({content}))"

    def base64url(self, content: str) -> str:
        return f"RTRIM(TRANSLATE(TO_BASE64({content}), '+/', '-_'), '=')"

    def has_others(self, text: str) -> str:
        return f"REGEXP_MATCHES({text}, '{BEYOND_WORDS}')"


dialect = DuckDB()
