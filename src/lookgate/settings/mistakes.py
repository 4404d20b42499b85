"""Collecting what is wrong, each with its place and its fix."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

Path = tuple[str | int, ...]
"""Where a value stands: ``("oidc", 0, "issuer")``."""


def dotted(path: Path) -> str:
    """Write a path as people do: ``oidc[0].issuer``."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text


class Fixable(ValueError):
    """A value is wrong in a way that has a fix of its own, better than its setting's description."""

    def __init__(self, problem: str, fix: str) -> None:
        super().__init__(problem)
        self.fix = fix


@dataclass
class Mistakes:
    """The mistakes of one settings file and its environment."""

    source: str
    """The file's name as the user gave it; empty when there is none."""
    text: str
    """The file's content, to find the line of a key."""
    variables: Mapping[Path, str]
    """Which values came from which environment variable."""
    _found: list[tuple[int, str]] = field(default_factory=list)
    _places: set[Path] = field(default_factory=set)

    def add(self, path: Path, problem: str, fix: str) -> None:
        """Note one mistake: ``lookgate.toml:12: web.origins[0]: … Fix: …``. The first about a place is enough."""
        if path in self._places:
            return
        self._places.add(path)
        place, line = self._place(path)
        self._found.append((line, f"{place}: {dotted(path)}: {problem}. Fix: {fix}"))

    @property
    def found(self) -> list[str]:
        """Every mistake, in the order of the file."""
        return [text for _, text in sorted(self._found, key=lambda one: one[0])]

    def _place(self, path: Path) -> tuple[str, int]:
        for length in range(len(path), 0, -1):
            if variable := self.variables.get(path[:length]):
                return f"environment variable {variable}", 0
        if not self.source:
            return "environment", 0
        for length in range(len(path), 0, -1):
            if line := self._lines.get(path[:length]):
                return f"{self.source}:{line}", line
        return self.source, 0

    @cached_property
    def _lines(self) -> Mapping[Path, int]:
        from lookgate.settings.locate import locate  # noqa: PLC0415 - needed only when there is a mistake

        return locate(self.text)
