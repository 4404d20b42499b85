"""What Lookgate promises, a file for each part of it. ``requirements.py`` puts them together."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Promise:
    """One promised behaviour."""

    text: str
    source: str
    """Where it was promised: a page of docs, README, SECURITY.md, an RFC section, a defect of a predecessor."""
    tests: tuple[str, ...]
    """``path/under/tests.py::test_name``; a parametrised test by the name of its function."""


def by(file: str, *names: str) -> tuple[str, ...]:
    """Name tests of one file."""
    return tuple(f"{file}::{name}" for name in names)
