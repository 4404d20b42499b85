"""Amazon Redshift."""

from __future__ import annotations

from lookgate.claims.dialect import BEYOND_WORDS, Dialect


class Redshift(Dialect):
    """No cryptographic generator in SQL: keys come from the gateway."""

    name = "redshift"
    grammar = "redshift"
    searches = True
    randomness = (
        "RANDOM is not cryptographic and there is no UUID function on compute nodes, so keys are never minted "
        "here. The clock tells whole seconds: two claims of one user in one second need different nonces."
    )
    # GETDATE stands in the session's time zone, UTC unless it was changed; in another zone claims are refused.
    # CURRENT_TIMESTAMP and NOW run only on the leader node, not beside a table.
    seconds = "CAST(EXTRACT(EPOCH FROM GETDATE()) AS BIGINT)"
    microseconds = "CAST(EXTRACT(EPOCH FROM GETDATE()) AS BIGINT) * 1000000"

    def digits(self, number: str) -> str:
        return f"CAST({number} AS VARCHAR(20))"

    def encoded(self, text: str) -> str:
        return f"TO_VARBYTE({text}, 'utf8')"

    def from_hex(self, text: str) -> str:
        return f"FROM_HEX({text})"

    def to_hex(self, content: str) -> str:
        return f"LOWER(TO_HEX({content}))"

    def joined(self, first: str, second: str) -> str:
        return f"({first} || {second})"

    def sha256(self, content: str) -> str:
        return f"FROM_HEX(SHA2({content}, 256))"

    def base64url(self, content: str) -> str:
        return f"RTRIM(TRANSLATE(FROM_VARBYTE({content}, 'base64'), '+/', '-_'), '=')"

    def has_others(self, text: str) -> str:
        return f"(REGEXP_COUNT({text}, '{BEYOND_WORDS}') > 0)"


dialect = Redshift()
