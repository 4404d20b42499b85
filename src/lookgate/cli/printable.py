"""Text that others wrote, made fit for a terminal."""

from __future__ import annotations


def printable(text: str) -> str:
    """Return the text without control characters: names come from Looker, and none may steer the terminal."""
    return "".join(one if one.isprintable() else "\N{REPLACEMENT CHARACTER}" for one in text)
