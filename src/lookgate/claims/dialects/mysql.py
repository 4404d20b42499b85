"""MySQL 8 and MariaDB 10.10 and later."""

from __future__ import annotations

from lookgate.claims.dialect import BEYOND_WORDS, Dialect


class MySQL(Dialect):
    """The strongest generator is RANDOM_BYTES: the TLS library's."""

    name = "mysql"
    grammar = "mysql"
    randomness = (
        "RANDOM_BYTES asks the TLS library's cryptographic generator (MySQL 5.6.17, MariaDB 10.10). UUID tells "
        "time and place, and RAND is predictable; neither is used."
    )
    random = "RANDOM_BYTES(32)"
    seconds = "CAST(UNIX_TIMESTAMP() AS SIGNED)"
    # UNIX_TIMESTAMP(NOW(6)) would pass through local time, where an hour stands twice each autumn.
    microseconds = "CAST(UNIX_TIMESTAMP() * 1000000 + MICROSECOND(NOW(6)) AS SIGNED)"

    def text(self, *parts: str) -> str:
        return f"CONCAT({', '.join(parts)})"

    def digits(self, number: str) -> str:
        return f"CAST({number} AS CHAR)"

    def encoded(self, text: str) -> str:
        return f"CAST({text} AS BINARY)"

    def from_hex(self, text: str) -> str:
        return f"UNHEX({text})"

    def to_hex(self, content: str) -> str:
        return f"LOWER(HEX({content}))"

    def joined(self, first: str, second: str) -> str:
        return f"CONCAT({first}, {second})"

    def sha256(self, content: str) -> str:
        return f"UNHEX(SHA2({content}, 256))"

    def base64url(self, content: str) -> str:
        # TO_BASE64 breaks lines.
        text = f"REPLACE(TO_BASE64({content}), CHAR(10 USING utf8mb4), '')"
        return f"REPLACE(REPLACE(REPLACE({text}, '+', '-'), '/', '_'), '=', '')"

    def has_others(self, text: str) -> str:
        # In a case-insensitive collation the Kelvin sign is a k.
        return f"(CONVERT({text} USING utf8mb4) COLLATE utf8mb4_bin REGEXP '{BEYOND_WORDS}')"


dialect = MySQL()
