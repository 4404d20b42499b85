"""The only place that knows the ``lkml`` package: LookML text in, plain dicts out.

``lkml`` names repeated blocks in the plural (``views``, ``joins``) and collects list parameters that may stand more
than once under ``<name>__all``; the rest of the engine reads that shape and nothing else of the package.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Any

from lookgate.emulator.lookml.errors import LookmlError

Raw = dict[str, Any]
_CONSTANT = re.compile(r"@\{\s*([A-Za-z0-9_]+)\s*\}")
_BLOCKS = frozenset(
    {"views", "explores", "joins", "dimensions", "dimension_groups", "measures", "parameters", "sets", "applications"}
    | {"constants", "datagroups", "access_grants", "named_value_formats", "explore_source", "columns"}
    | {"derived_columns"}
)
_LISTS = frozenset({"fields", "allowed_values", "tags", "tiers", "timeframes", "intervals", "suggestions"})
_TEXTS = frozenset({"label", "view_label", "group_label", "description", "type", "sql", "sql_on", "html"})
_UNNAMED = frozenset({"derived_table", "create_process", "case", "whens", "always_filter", "conditionally_filter"})
_LINE = re.compile(r"line (\d+)")


def parse_lookml(text: str) -> Raw:
    """Parse LookML.

    Raises:
        LookmlError: the text is not LookML.
    """
    if "\0" in text:
        raise LookmlError("The file contains a NUL character.")
    try:
        return _checked(_as_dict(text))
    except RecursionError:
        raise LookmlError("The file is nested too deeply.") from None
    except (SyntaxError, IndexError, KeyError, ValueError, AttributeError, TypeError) as error:
        # Those are what lkml raises on malformed text; an IndexError is its end of file inside a block.
        found = _LINE.search(str(error))
        what = (
            "the file ends inside a block or an expression" if isinstance(error, IndexError) else str(error).strip("'")
        )
        raise LookmlError(f"This is not valid LookML: {what}", int(found[1]) if found else None) from None


def _checked(raw: Raw) -> Raw:
    """Make sure that named blocks, lists and texts are what they must be, wherever they stand."""
    for key, value in raw.items():
        if key in _LISTS and not isinstance(value, list):
            raise LookmlError(f'"{key}" must be a list.')
        if key in _TEXTS and not isinstance(value, str):
            raise LookmlError(f'"{key}" must be a text.')
        entries = value if isinstance(value, list) else [value]
        for entry in entries:
            if key in _BLOCKS and not (isinstance(entry, dict) and isinstance(entry.get("name"), str)):
                raise LookmlError(f'"{key.removesuffix("s")}" must be a block with a name.')
            if key in _UNNAMED and not isinstance(entry, dict):
                raise LookmlError(f'"{key}" must be a block.')
            if isinstance(entry, dict):
                _checked(entry)
    return raw


def _as_dict(text: str) -> Raw:
    lexer, parser, visitor = _machinery()
    return dict(visitor().visit(parser(lexer(text).scan()).parse()))


@cache
def _machinery() -> tuple[type[Any], type[Any], type[Any]]:
    # Imported here: only a process that loads a project pays for it.
    from lkml.lexer import Lexer  # noqa: PLC0415
    from lkml.parser import Parser  # noqa: PLC0415
    from lkml.simple import DictVisitor  # noqa: PLC0415

    class StrictLexer(Lexer):
        """Refuses a single ``;`` outside of an expression, on which lkml by itself spins for ever."""

        in_expression = False

        def scan_expression_block(self) -> Any:
            self.in_expression = True
            try:
                return super().scan_expression_block()
            finally:
                self.in_expression = False

        def peek_multiple(self, length: int) -> str:
            found = super().peek_multiple(length)
            if not self.in_expression and length == len(";;") and found[:1] == ";" and found != ";;":
                raise SyntaxError(f"a single ; on line {self.line_number}")
            return str(found)

    class Visitor(DictVisitor):
        """Keeps every ``application`` of a manifest; lkml by itself keeps the last one."""

        def update_tree(self, target: Raw, update: Raw) -> None:
            if "application" in update:
                target.setdefault("applications", []).append(update["application"])
            else:
                super().update_tree(target, update)

    return StrictLexer, Parser, Visitor


def put_constants(text: str, constants: Mapping[str, str]) -> tuple[str, list[str]]:
    """Replace every ``@{name}``; return the text and the names that no manifest defines."""
    unknown: list[str] = []

    def value(match: re.Match[str]) -> str:
        if match[1] in constants:
            return constants[match[1]]
        unknown.append(match[1])
        return match[0]

    return _CONSTANT.sub(value, text), unknown


def flag(raw: Mapping[str, Any], key: str, *, default: bool = False) -> bool:
    """Read a yesno parameter."""
    value = raw.get(key)
    return default if value is None else str(value).lower() == "yes"


def names(raw: Mapping[str, Any], key: str) -> tuple[str, ...]:
    """Read a list of names that may be written once or several times."""
    found: list[str] = []
    for part in [raw.get(key), *raw.get(f"{key}__all", [])]:
        found += part if isinstance(part, list) else [part] if isinstance(part, str) else []
    return tuple(found)


def filter_pairs(raw: Mapping[str, Any], key: str = "filters") -> tuple[tuple[str, str], ...]:
    """Read ``filters: [a: "x"]`` and ``filters: {field: a value: "x"}`` alike."""
    found: list[tuple[str, str]] = []
    for part in [*raw.get(key, []), *raw.get(f"{key}__all", [])]:
        entries = part if isinstance(part, list) else [part]
        for entry in entries:
            if "field" in entry and "value" in entry:
                found.append((str(entry["field"]), str(entry["value"])))
            else:
                found += [(str(name), str(value)) for name, value in entry.items()]
    return tuple(found)
