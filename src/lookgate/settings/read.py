"""Turning a TOML table into a struct, noting every mistake on the way instead of stopping at the first."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import PurePath
from typing import Any, TypeVar, get_args, get_origin

import msgspec

from lookgate.settings.mistakes import Fixable, Mistakes, Path

T = TypeVar("T", bound=msgspec.Struct)
Hook = Callable[[type, Any], Any]
"""Converts what msgspec does not know: paths, secrets, key sets. Raises ValueError with a safe sentence."""


def read(kind: type[T], table: Mapping[str, Any], at: Path, mistakes: Mistakes, hook: Hook) -> T | None:
    """Return the struct, or None when what it cannot do without is missing or wrong; all mistakes are noted.

    What is wrong and has a default takes the default, so that the rules over the rest can still be checked.
    """
    fields = {field.encode_name: field for field in msgspec.structs.fields(kind)}
    for key in table.keys() - fields.keys():
        from difflib import get_close_matches  # noqa: PLC0415 - only a mistake pays for it

        near = get_close_matches(key, fields, n=1)
        known = ", ".join(sorted(fields))
        fix = f"Write '{near[0]}'" if near else f"Remove it. Known here: {known}"
        mistakes.add((*at, key), "there is no such setting", f"{fix}.")
    values: dict[str, Any] = {}
    for name, field in fields.items():
        path = (*at, name)
        if name in table or _is_struct(field.type):
            values[name] = _value(field.type, table.get(name, {}), path, mistakes, hook)
        elif field.required:
            mistakes.add(path, "this is missing", _description(field.type))
        if values.get(name) is None and not field.required:
            # Paths are relative to the file, defaults too.
            default = field.default
            values[name] = hook(type(default), str(default)) if isinstance(default, PurePath) else default
    complete = all(values.get(name) is not None for name, field in fields.items() if field.required)
    return kind(**values) if complete else None


def _value(kind: Any, value: Any, path: Path, mistakes: Mistakes, hook: Hook) -> Any:
    if _is_struct(kind):
        if isinstance(value, dict):
            return read(kind, value, path, mistakes, hook)
        mistakes.add(path, "expected a table", f"Write [{path[-1]}] on a line of its own, and its settings below.")
        return None
    item = _struct_of_tuple(kind)
    if item is not None:
        if isinstance(value, list) and all(isinstance(entry, dict) for entry in value):
            entries = [read(item, entry, (*path, place), mistakes, hook) for place, entry in enumerate(value)]
            return tuple(entry for entry in entries if entry is not None)
        mistakes.add(path, "expected a list of tables", f"Write [[{path[-1]}]] above each entry.")
        return None
    try:
        return msgspec.convert(value, kind, strict=path not in mistakes.variables, dec_hook=hook)
    except msgspec.ValidationError as error:
        problem, _, inner = str(error).partition(" - at `$")
        fix = error.__cause__.fix if isinstance(error.__cause__, Fixable) else _description(kind)
        mistakes.add((*path, *_indices(inner)), _plain(problem), fix)
        return None


def _is_struct(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, msgspec.Struct)


def _struct_of_tuple(kind: Any) -> type[msgspec.Struct] | None:
    if get_origin(kind) is not tuple or not _is_struct(get_args(kind)[0]):
        return None
    item: type[msgspec.Struct] = get_args(kind)[0]
    return item


def _indices(inner: str) -> tuple[int, ...]:
    """Read the list positions from msgspec's ``[0]`. A set's ``[...]`` has none."""
    return tuple(int(part) for part in inner.rstrip("`").replace("[", " ").replace("]", " ").split() if part.isdigit())


def _plain(problem: str) -> str:
    """Reword msgspec's message for people who do not write Python."""
    if "timezone" in problem:
        return "this has no zone"
    if "matching regex" in problem:
        return "this does not have the right form"
    if problem.startswith("Invalid enum value"):
        return "this is not one of the possible values"
    words = {"`str`": "text", "`int`": "a whole number", "`float`": "a number", "`bool`": "true or false"}
    words |= {
        "`array`": "a list",
        "`object`": "a table",
        "`null`": "nothing",
        "`datetime`": "a date with time and zone",
    }
    for word, plain in words.items():
        problem = problem.replace(word, plain)
    return problem[:1].lower() + problem[1:]


def _description(kind: Any) -> str:
    """Return the fix: the description of the field's ``Meta``."""
    metas = [meta for meta in getattr(kind, "__metadata__", ()) if isinstance(meta, msgspec.Meta)]
    return next(meta.description for meta in metas if meta.description)
