"""The fields of a struct in words, and a sample of it, for people who read the docs page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import msgspec

Schema = Mapping[str, Any]

PLACEHOLDER = "…"
_MAX_NESTING = 4
_LIMITS = (
    ("minimum", "at least {}"),
    ("maximum", "at most {}"),
    ("exclusiveMinimum", "above {}"),
    ("exclusiveMaximum", "below {}"),
    ("minLength", "at least {} long"),
    ("maxLength", "at most {} long"),
    ("minItems", "at least {} of them"),
    ("maxItems", "at most {} of them"),
    ("pattern", "matching {}"),
)
_FORMATS = {
    "date": "2026-01-31",
    "date-time": "2026-01-31T09:30:00Z",
    "time": "09:30:00",
    "duration": "P1D",
    "uuid": "7c9e6679-7425-40de-944b-e07fc1f90ae7",
}


class Row(NamedTuple):
    """One field, nested ones with the path to them: ``lines[].amount``."""

    name: str
    words: str
    default: str
    description: str


def rows_of(kind: type[msgspec.Struct]) -> list[Row]:
    """Return the fields of ``kind`` in order, those of the structs inside it below them."""
    own, schemas = _schemas(kind)
    return list(_rows(own, schemas, "", _MAX_NESTING))


def sample_of(kind: type[msgspec.Struct]) -> dict[str, Any]:
    """Return a value for every required field; ``msgspec.Meta(examples=[…])`` on a field chooses it."""
    own, schemas = _schemas(kind)
    return _sample_object(own, schemas)


def _schemas(kind: type[msgspec.Struct]) -> tuple[Schema, Mapping[str, Schema]]:
    (reference,), schemas = msgspec.json.schema_components([kind], ref_template="{name}")
    return schemas[reference["$ref"]], schemas


def _rows(own: Schema, schemas: Mapping[str, Schema], prefix: str, nesting: int) -> Iterator[Row]:
    for name, schema in own.get("properties", {}).items():
        if name in own.get("required", ()):
            default = "required"
        else:
            default = msgspec.json.encode(schema["default"]).decode() if "default" in schema else "optional"
        yield Row(prefix + name, _words(schema, schemas), default, schema.get("description", ""))
        inner, suffix = _inside(schema, schemas)
        if inner is not None and nesting:
            yield from _rows(inner, schemas, f"{prefix}{name}{suffix}.", nesting - 1)


def _inside(schema: Schema, schemas: Mapping[str, Schema]) -> tuple[Schema | None, str]:
    """Return the struct that a field holds, alone or in a list, and how the path to its fields goes on."""
    for each in schema.get("anyOf", (schema,)):
        listed = isinstance(each.get("items"), Mapping)
        held = each["items"] if listed else each
        if "properties" in schemas.get(held.get("$ref", ""), {}):
            return schemas[held["$ref"]], "[]" if listed else ""
    return None, ""


def _words(schema: Schema, schemas: Mapping[str, Schema]) -> str:
    """Say a JSON schema in a few words: ``list of integer``, ``text, at most 500 long``."""
    if "$ref" in schema:
        schema = schemas[schema["$ref"]]
    if "anyOf" in schema:
        return " or ".join(_words(each, schemas) for each in schema["anyOf"])
    if "enum" in schema:
        return "one of " + ", ".join(msgspec.json.encode(each).decode() for each in schema["enum"])
    kind = str(schema.get("type", "anything"))
    words = {"string": "text", "object": "mapping", "null": "nothing"}.get(kind, kind)
    if "properties" in schema:
        words = "object"
    if "format" in schema:
        words = f"{words} ({schema['format']})"
    if kind == "array":
        words = f"list of {_words(schema['items'], schemas)}" if schema.get("items") else "list"
    return ", ".join([words, *(text.format(schema[key]) for key, text in _LIMITS if key in schema)])


def _sample_object(own: Schema, schemas: Mapping[str, Schema]) -> dict[str, Any]:
    return {name: _sample(own["properties"][name], schemas) for name in own.get("required", ())}


def _sample(schema: Schema, schemas: Mapping[str, Schema]) -> Any:  # noqa: PLR0911 - one line per kind of schema
    if schema.get("examples"):
        return schema["examples"][0]
    if "$ref" in schema:
        return _sample(schemas[schema["$ref"]], schemas)
    if "anyOf" in schema:
        return _sample(schema["anyOf"][0], schemas)
    if "enum" in schema:
        return schema["enum"][0]
    kind = schema.get("type")
    if kind == "object":
        return _sample_object(schema, schemas) if "properties" in schema else {}
    if kind == "array":
        return [_sample(schema.get("items", {}), schemas) for _ in range(schema.get("minItems", 0))]
    if kind == "string":
        return _FORMATS.get(schema.get("format", ""), _text(schema))
    if kind in {"integer", "number"}:
        least = schema.get("minimum", schema.get("exclusiveMinimum", 0) + 1)
        return min(least, schema.get("maximum", least))
    return True if kind == "boolean" else None


def _text(schema: Schema) -> str:
    if "pattern" in schema:
        return PLACEHOLDER  # the pattern stands in the table above; an example is the author's to give
    least = int(schema.get("minLength", 0))
    most = max(least, min(4, int(schema.get("maxLength", 4))))
    return ("text" * (least // 4 + 1))[:most]
