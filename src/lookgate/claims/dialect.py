"""What a claim needs of a warehouse's SQL. One file in ``dialects`` for each, found by a package walk."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from functools import cache
from typing import ClassVar

from lookgate.claims.format import LONGEST_WORD
from lookgate.core.registry import modules_in_package, unique
from lookgate.errors import NotFound

_LITERAL = re.compile(r"[A-Za-z0-9_ .,:;{}\"+/=^\[\]-]*")
_IDENTIFIER = r"[a-z_][a-z0-9_]{0,62}"
_TABLE = re.compile(rf"{_IDENTIFIER}(\.{_IDENTIFIER}){{0,2}}")
BEYOND_WORDS = "[^A-Za-z0-9_]"
"""A pattern for what no word has. It needs no anchors, on whose meaning at a line's end the engines differ."""


class Dialect(ABC):
    """SQL expressions of one warehouse, written out of others. Each method takes expressions, never values."""

    name: ClassVar[str]
    grammar: ClassVar[str]
    """The dialect's name in sqlglot, with which the tests parse what is written."""
    text_type: ClassVar[str] = "VARCHAR(128)"
    integer_type: ClassVar[str] = "BIGINT"
    searches: ClassVar[bool] = False
    """Whether a table's name without a schema is looked for in several: who may make tables in one can be first."""
    randomness: ClassVar[str]
    """The strongest generator the warehouse has, and what follows from it."""
    random: ClassVar[str | None] = None
    """32 bytes of a cryptographic generator; None when the warehouse has none that SQL alone can reach."""
    seconds: ClassVar[str]
    """Whole seconds since 1970, UTC, the same throughout one statement."""
    microseconds: ClassVar[str]
    """The same in microseconds, or as fine as the warehouse tells."""

    def literal(self, text: str) -> str:
        """Quote a text of harmless characters only.

        Raises:
            ValueError: it has others; nothing a caller sends comes here.
        """
        if not _LITERAL.fullmatch(text):
            raise ValueError("only plain characters may stand in a literal")
        return f"'{text}'"

    def table(self, name: str) -> str:
        """Write a table's name, checked against a list of what is allowed, so it needs no quotes.

        Raises:
            ValueError: it has other characters.
        """
        if not _TABLE.fullmatch(name):
            raise ValueError("a table is one to three lower-case names with dots between: schema.lookgate_claim_keys")
        return name

    def text(self, *parts: str) -> str:
        """Join texts; NULL when one is."""
        return " || ".join(parts)

    @abstractmethod
    def digits(self, number: str) -> str:
        """Write a whole number as text."""

    @abstractmethod
    def encoded(self, text: str) -> str:
        """Turn ASCII text into bytes."""

    @abstractmethod
    def from_hex(self, text: str) -> str:
        """Turn hex digits into bytes."""

    @abstractmethod
    def to_hex(self, content: str) -> str:
        """Turn bytes into lower-case hex digits."""

    def joined(self, first: str, second: str) -> str:
        """Join bytes."""
        return f"{first} || {second}"

    @abstractmethod
    def sha256(self, content: str) -> str:
        """Hash bytes to 32 bytes (FIPS 180-4)."""

    @abstractmethod
    def base64url(self, content: str) -> str:
        """Encode bytes without padding and line breaks (RFC 4648, section 5)."""

    @abstractmethod
    def has_others(self, text: str) -> str:
        """Tell whether a text has a character that is no ASCII letter, digit or underscore."""

    def is_word(self, text: str, longest: int = LONGEST_WORD) -> str:
        """Tell whether a text may stand in a claim; never NULL when negated by CASE: NULL is not true."""
        return f"LENGTH({text}) BETWEEN 1 AND {longest} AND NOT {self.has_others(text)}"

    def hmac(self, inner: str, outer: str, content: str) -> str:
        """Sign bytes; the blocks are hex (``claims.blocks``)."""
        inside = self.sha256(self.joined(self.from_hex(inner), content))
        return self.sha256(self.joined(self.from_hex(outer), inside))


@cache
def dialects() -> dict[str, Dialect]:
    """Return every dialect by name."""
    from lookgate.claims import dialects as package  # noqa: PLC0415 - the members import this module

    found = (module.dialect for module in modules_in_package(package))
    return unique(((one.name, one) for one in found), "dialect")


def dialect_named(name: str) -> Dialect:
    """Return a dialect.

    Raises:
        NotFound: there is none of this name.
    """
    known = dialects()
    if name not in known:
        raise NotFound("dialect_unknown", f"There is no dialect '{name[:64]}'.", f"Use one of: {', '.join(known)}.")
    return known[name]
