"""Which line of a TOML text a key stands on. ``tomllib`` does not say."""

from __future__ import annotations

import tomllib
from typing import Any

from lookgate.settings.mistakes import Path


def locate(text: str) -> dict[Path, int]:
    """Return the line, from 1, of every table header and every key of a valid TOML text.

    A statement is the shortest run of lines that is valid TOML by itself: so strings and lists over several lines need
    no scanner of their own.
    """
    lines: dict[Path, int] = {}
    counts: dict[Path, int] = {}
    table: Path = ()
    statement, start = "", 0
    for number, line in enumerate(text.splitlines(), 1):
        if not statement:
            if not line.strip() or line.lstrip().startswith("#"):
                continue
            start = number
        statement += line + "\n"
        try:
            parsed = tomllib.loads(statement)
        except tomllib.TOMLDecodeError:
            continue
        if statement.lstrip().startswith("["):
            table = _header(parsed, counts)
            lines.setdefault(table, start)
        else:
            for key in _keys(parsed):
                lines.setdefault(table + key, start)
        statement = ""
    return lines


def _header(parsed: dict[str, Any], counts: dict[Path, int]) -> Path:
    """Return the path a header opens; ``counts`` remembers how many entries each list of tables has."""
    path: Path = ()
    node: Any = parsed
    while node:
        key, node = next(iter(node.items()))
        path = (*path, key)
        if isinstance(node, list):
            counts[path] = counts.get(path, 0) + 1
            return (*path, counts[path] - 1)
        if path in counts:  # [oidc.more] speaks of the last [[oidc]]
            path = (*path, counts[path] - 1)
    return path


def _keys(node: object, path: Path = ()) -> list[Path]:
    if isinstance(node, dict):
        return ([path] if path else []) + [found for key, value in node.items() for found in _keys(value, (*path, key))]
    return [path]
