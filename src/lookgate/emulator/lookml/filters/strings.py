"""Filter expressions on text: ``FOO``, ``FOO,BAR``, ``%FOO%``, ``-FOO``, ``EMPTY``, ``NULL``, with ``^`` to escape."""

from __future__ import annotations

import msgspec

from lookgate.emulator.lookml.dialects import Dialect


class Term(msgspec.Struct, frozen=True):
    """One entry of the list: characters with, for each, whether it stood for itself."""

    characters: tuple[tuple[str, bool], ...]
    negative: bool

    @property
    def text(self) -> str:
        return "".join(character for character, _ in self.characters)

    @property
    def keyword(self) -> str:
        """The text in capitals when nothing in it was escaped or quoted, so that it can be a keyword."""
        return "" if any(literal for _, literal in self.characters) else self.text.upper()

    @property
    def has_wildcard(self) -> bool:
        return ("%", False) in self.characters

    @property
    def pattern(self) -> str:
        return "".join(
            "%" if (character, literal) == ("%", False) else f"^{character}" if character in "%_^" else character
            for character, literal in self.characters
        )


def parse_terms(text: str) -> list[Term]:
    """Split a filter at its commas. Quotes keep blanks and commas; ``^`` makes the next character ordinary."""
    terms: list[Term] = []
    current: list[tuple[str, bool]] = []
    quoted = False
    position = 0
    while position < len(text):
        character = text[position]
        if character == "^" and position + 1 < len(text):
            position += 1
            current.append((text[position], True))
        elif character == '"' and (quoted or not any(c.strip() for c, _ in current) or _only_minus(current)):
            quoted = not quoted
        elif character == "," and not quoted:
            terms += _term(current)
            current = []
        else:
            current.append((character, quoted))
        position += 1
    return [*terms, *_term(current)]


def _only_minus(current: list[tuple[str, bool]]) -> bool:
    return [c for c in current if c[0].strip()] == [("-", False)]


def _term(characters: list[tuple[str, bool]]) -> list[Term]:
    start, end = 0, len(characters)
    while start < end and characters[start][0].isspace() and not characters[start][1]:
        start += 1
    while end > start and characters[end - 1][0].isspace() and not characters[end - 1][1]:
        end -= 1
    kept = characters[start:end]
    negative = len(kept) > 1 and kept[0] == ("-", False)
    if negative:
        kept = kept[1:]
    if "".join(c for c, _ in kept).upper() == "NOT NULL" and not any(literal for _, literal in kept):
        return [Term(tuple(("NULL"[i], False) for i in range(4)), negative=not negative)]
    return [Term(tuple(kept), negative)] if kept else []


def string_condition(expression: str, text: str, dialect: Dialect) -> str:
    """Return the condition: any of the positive entries and none of the negative ones.

    Without positive entries everything else matches, null included, as in Looker.
    """
    terms = parse_terms(text)
    wanted = [_positive(term, expression, dialect) for term in terms if not term.negative]
    unwanted = [_negative(term, expression, dialect) for term in terms if term.negative]
    parts = [f"({' OR '.join(wanted)})"] if wanted else []
    return " AND ".join(parts + unwanted) or "1 = 1"


def _positive(term: Term, expression: str, dialect: Dialect) -> str:
    if term.keyword == "NULL":
        return f"{expression} IS NULL"
    if term.keyword == "EMPTY":
        return f"({expression} IS NULL OR {expression} = '')"
    if term.keyword and not term.keyword.strip("%"):
        return f"({expression} IS NOT NULL)"
    if term.has_wildcard:
        return dialect.like(expression, term.pattern)
    return f"{expression} = {dialect.literal(term.text)}"


def _negative(term: Term, expression: str, dialect: Dialect) -> str:
    if term.keyword == "NULL":
        return f"{expression} IS NOT NULL"
    if term.keyword == "EMPTY":
        return f"({expression} IS NOT NULL AND {expression} <> '')"
    return f"({expression} IS NULL OR NOT ({_positive(term, expression, dialect)}))"
