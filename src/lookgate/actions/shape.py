"""The types a handler declares: an input that refuses what it does not know, and an output."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, TypeGuard, get_type_hints

import msgspec

from lookgate.errors import RegistryError


def declared_types(
    handler: Callable[..., Any], context: type, where: str
) -> tuple[type[msgspec.Struct], type[msgspec.Struct]]:
    """Return the input and output of ``handler(input, context)``.

    Raises:
        RegistryError: an annotation is missing or of the wrong kind, or the input would drop unknown fields.
    """
    fix = "Write it as 'def handler(input: SomeInput, context: Context) -> SomeOutput'."
    try:
        hints = get_type_hints(handler, include_extras=True)
    except (NameError, TypeError, SyntaxError) as error:
        raise RegistryError(
            "action_types", f"{where} has an annotation that cannot be read: {error}.", "Define its types above it."
        ) from error
    names = list(inspect.signature(handler).parameters)
    if len(names) != 2 or hints.get(names[1]) is not context:  # noqa: PLR2004 - the input and the context
        raise RegistryError("action_types", f"{where} does not take an input and a Context.", fix)
    taken, given = hints.get(names[0]), hints.get("return")
    if not _is_struct(taken):
        raise RegistryError("action_types", f"{where} does not take a struct.", "Derive its input from lookgate.Input.")
    if not _is_struct(given):
        raise RegistryError(
            "action_types",
            f"{where} does not say that it returns a struct.",
            "Write '-> …', derived from lookgate.Output.",
        )
    _refuse_open_structs(taken, where)
    try:
        msgspec.json.Decoder(given)
    except TypeError as error:
        raise RegistryError("action_types", f"{where} gives a type that JSON cannot carry: {error}") from error
    return taken, given


def _is_struct(kind: object) -> TypeGuard[type[msgspec.Struct]]:
    return isinstance(kind, type) and issubclass(kind, msgspec.Struct)


def _refuse_open_structs(kind: type[msgspec.Struct], where: str) -> None:
    """Refuse an input in which an unknown field would be dropped silently, however deep."""
    try:
        waiting: list[object] = [msgspec.inspect.type_info(kind)]
    except TypeError as error:
        raise RegistryError("action_types", f"{where} takes a type that JSON cannot carry: {error}") from error
    seen: set[int] = set()
    while waiting:
        found = waiting.pop()
        if id(found) in seen:
            continue
        seen.add(id(found))
        if isinstance(found, list | tuple):
            waiting.extend(found)
        elif isinstance(found, msgspec.inspect.StructType) and not found.forbid_unknown_fields:
            raise RegistryError(
                "action_input_open",
                f"{where} takes {found.cls.__name__}, which drops fields it does not know.",
                f"Derive it from lookgate.actions.Input: class {found.cls.__name__}(Input).",
            )
        elif isinstance(found, msgspec.inspect.DataclassType | msgspec.inspect.TypedDictType):
            raise RegistryError(
                "action_input_open",
                f"{where} takes {found.cls.__name__}, which drops fields it does not know.",
                "Make it a struct derived from lookgate.actions.Input.",
            )
        elif isinstance(found, msgspec.inspect.Type | msgspec.inspect.Field):
            waiting.extend(getattr(found, field) for field in found.__struct_fields__)
