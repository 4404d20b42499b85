"""From the bytes of a request to an action's input, or to a refusal that names the field."""

from __future__ import annotations

import re
from math import isinf
from typing import Any, TypeVar

import msgspec

from lookgate.errors import BadRequest, InvalidInput

Struct = TypeVar("Struct", bound=msgspec.Struct)

MAX_DEPTH = 64
"""How deep objects and arrays may nest."""

_EXACT = 2**53
"""Beyond it a float no longer tells one integer from the next (RFC 8259, section 6)."""

_FIELD = re.compile(r"Object (?:contains unknown|missing required) field `(.*)`", re.DOTALL)
_PLACE = re.compile(r" - at (?:`key` in )?`\$(.*)`$", re.DOTALL)
_LENGTH = re.compile(r"Expected `(\w+)` of length (>=|<=) (\d+)")
_RANGE = re.compile(r"Expected `\w+` (>=|<=|>|<) (\S+)")
_WORDS = {">=": "at least", "<=": "at most", ">": "more than", "<": "less than"}
_COUNTED = {"str": "character", "array": "item", "object": "member", "bytes": "byte"}
_STEP = re.compile(r"\.([^.\[\]]+)|\[(\d+)\]|(\[\.\.\.\])")


def decode_input(body: bytes, kind: type[Struct]) -> Struct:
    """Return ``body``, a JSON text, as ``kind``. An empty body counts as ``{}``.

    Types are taken strictly: ``"275"`` is not an int, nor is ``true``. ``275.0`` is one, because JSON has a single kind
    of number and JSON Schema calls it an integer (2020-12 validation, section 6.1.1); ``275.5`` is not.

    Raises:
        BadRequest: ``malformed_json`` or ``too_deep``.
        InvalidInput: ``input_invalid``; the pointer names the field.
    """
    try:
        plain = _JSON.decode(body or b"{}")
    except RecursionError:
        raise _too_deep() from None
    except ValueError as error:  # msgspec's DecodeError, and UnicodeDecodeError, are ValueErrors
        raise BadRequest("malformed_json", "The body is not JSON (RFC 8259) in UTF-8.", f"{error}.") from None
    if body.count(b"{") + body.count(b"[") > MAX_DEPTH:
        _refuse_deep(plain)
    try:
        return msgspec.convert(plain, kind, strict=True, str_keys=True)
    except msgspec.ValidationError as error:
        raise _invalid(str(error)) from None


def _number(text: str) -> float:
    number = float(text)
    if isinf(number):  # JSON has no infinity, and a store could not keep it
        raise ValueError("a number is too large")
    return int(number) if number.is_integer() and abs(number) <= _EXACT else number


_JSON = msgspec.json.Decoder(float_hook=_number)


def _refuse_deep(plain: Any) -> None:
    level: list[Any] = [plain]
    for _ in range(MAX_DEPTH + 1):
        level = [
            child
            for node in level
            if isinstance(node, dict | list)
            for child in (node.values() if isinstance(node, dict) else node)
        ]
        if not level:
            return
    raise _too_deep()


def _too_deep() -> BadRequest:
    return BadRequest("too_deep", f"The body nests deeper than {MAX_DEPTH} levels.", "Send a flatter one.")


def _invalid(message: str) -> InvalidInput:
    """Turn msgspec's ``Expected `int`, got `str` - at `$.days``` into a sentence and a pointer."""
    place = _PLACE.search(message)
    reason = message[: place.start()] if place else message
    pointer = _pointer(place.group(1)) if place else ""
    field = _FIELD.fullmatch(reason)
    if field is None:
        where = f"at {pointer}" if pointer else "at the top of the body"
        detail = f"{reason.replace('`', '')} {where}."
        return InvalidInput("input_invalid", detail, _hint(reason), pointer=pointer)
    pointer = f"{pointer}/{_escape(field.group(1)[:64])}"
    if reason.startswith("Object missing"):
        return InvalidInput("input_invalid", f"The field {pointer} is missing.", "Send it.", pointer=pointer)
    return InvalidInput("input_invalid", f"The field {pointer} is not known here.", "Leave it out.", pointer=pointer)


def _hint(reason: str) -> str:
    if length := _LENGTH.fullmatch(reason):
        kind, sign, count = length.groups()
        return f"Send {_WORDS[sign]} {count} {_COUNTED[kind]}{'' if count == '1' else 's'}."
    if limit := _RANGE.fullmatch(reason):
        sign, number = limit.groups()
        return f"Send a number of {_WORDS[sign]} {number}."
    return "Send a value of that type."


def _pointer(path: str) -> str:
    """Turn ``.a.b[0]`` into ``/a/b/0``; it ends where msgspec does not tell the key of a mapping."""
    pointer = ""
    for name, index, unknown in _STEP.findall(path):
        if unknown:
            break
        pointer += f"/{_escape(name or index)}"
    return pointer


def _escape(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")
