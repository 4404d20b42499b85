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


@dataclass
class Mistakes:
    """The mistakes of one settings file and its environment."""

    source: str
    """The file's name as the user gave it; empty when there is none."""
    text: str
    """The file's content, to find the line of a key."""
    variables: Mapping[Path, str]
    """Which values came from which environment variable."""
    found: list[str] = field(default_factory=list)
    _places: set[Path] = field(default_factory=set)

    def add(self, path: Path, problem: str, fix: str) -> None:
        """Note one mistake: ``lookgate.toml:12: web.origins[0]: … Fix: …``. The first about a place is enough."""
        if path in self._places:
            return
        self._places.add(path)
        self.found.append(f"{self._place(path)}: {dotted(path) or 'the file'}: {problem}. Fix: {fix}")

    def _place(self, path: Path) -> str:
        for length in range(len(path), 0, -1):
            if variable := self.variables.get(path[:length]):
                return f"environment variable {variable}"
        if not self.source:
            return "environment"
        for length in range(len(path), 0, -1):
            if line := self._lines.get(path[:length]):
                return f"{self.source}:{line}"
        return self.source

    @cached_property
    def _lines(self) -> Mapping[Path, int]:
        from lookgate.settings.locate import locate  # noqa: PLC0415 - needed only when there is a mistake

        return locate(self.text)
