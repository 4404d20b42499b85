"""The two ways in which LookML goes wrong."""

from __future__ import annotations


class QueryError(Exception):
    """A query was refused, by the engine or by the database; the message is a sentence for the caller."""


class LookmlError(Exception):
    """A LookML file cannot be read. ``line`` counts from 1, None when unknown."""

    def __init__(self, message: str, line: int | None = None) -> None:
        super().__init__(message)
        self.line = line
