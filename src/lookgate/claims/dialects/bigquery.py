"""BigQuery (GoogleSQL)."""

from __future__ import annotations

import re

from lookgate.claims.dialect import BEYOND_WORDS, Dialect

_TABLE = re.compile(r"([a-z][a-z0-9-]{4,28}[a-z0-9]\.)?[A-Za-z_][A-Za-z0-9_]{0,62}\.[A-Za-z_][A-Za-z0-9_]{0,62}")


class BigQuery(Dialect):
    """The strongest generator is Tink's, behind KEYS.NEW_KEYSET: it exists to make keys."""

    name = "bigquery"
    grammar = "bigquery"
    text_type = "STRING"
    integer_type = "INT64"
    randomness = (
        "KEYS.NEW_KEYSET makes key material with Tink's cryptographic generator. GENERATE_UUID has 122 random "
        "bits whose source is not documented, and RAND is not for keys; neither is used."
    )
    random = "SHA256(KEYS.NEW_KEYSET('AEAD_AES_GCM_256'))"
    seconds = "UNIX_SECONDS(CURRENT_TIMESTAMP())"
    microseconds = "UNIX_MICROS(CURRENT_TIMESTAMP())"

    def table(self, name: str) -> str:
        if not _TABLE.fullmatch(name):
            raise ValueError("a table is [project.]dataset.table")
        return f"`{name}`"

    def text(self, *parts: str) -> str:
        return f"CONCAT({', '.join(parts)})"

    def digits(self, number: str) -> str:
        return f"CAST({number} AS STRING)"

    def encoded(self, text: str) -> str:
        return f"CAST({text} AS BYTES)"

    def from_hex(self, text: str) -> str:
        return f"FROM_HEX({text})"

    def to_hex(self, content: str) -> str:
        return f"TO_HEX({content})"

    def joined(self, first: str, second: str) -> str:
        return f"CONCAT({first}, {second})"

    def sha256(self, content: str) -> str:
        return f"SHA256({content})"

    def base64url(self, content: str) -> str:
        return f"RTRIM(TRANSLATE(TO_BASE64({content}), '+/', '-_'), '=')"

    def has_others(self, text: str) -> str:
        return f"REGEXP_CONTAINS({text}, r'{BEYOND_WORDS}')"


dialect = BigQuery()
