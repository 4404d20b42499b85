"""Reading a call's body into a struct; what does not fit is a 422 that names the field."""

from __future__ import annotations

import re
from typing import Any, TypeVar

import msgspec

from lookgate.emulator.api.route import Call, invalid

T = TypeVar("T")

Unset = msgspec.UnsetType
UNSET = msgspec.UNSET

_PLACE = re.compile(r" - at `\$(?P<path>[^`]*)`$")
_MISSING = re.compile(r"missing required field `(?P<field>[^`]+)`")


class Body(msgspec.Struct, frozen=True):
    """A body. Unknown and read-only fields are ignored: the clients send whole objects back."""


def read(call: Call, shape: type[T]) -> T:
    """Return the body as ``shape``.

    Raises:
        ApiError: 422, with the field that is missing or of the wrong type.
    """
    body: Any = call.body if call.body is not None else ({} if _is_struct(shape) else None)
    try:
        return msgspec.convert(body, shape)
    except msgspec.ValidationError as error:
        text = str(error)
        place = _PLACE.search(text)
        path = place["path"].lstrip(".") if place else ""
        missing = _MISSING.search(text)
        if missing:
            name = f"{path}.{missing['field']}".lstrip(".")
            raise invalid(name, "missing_field", "This field is required.") from error
        raise invalid(path or "body", "invalid", _PLACE.sub("", text)) from error


def text(value: str | Unset | None, field_name: str) -> str:
    """Return a name or label that must be there and say something.

    Raises:
        ApiError: 422 when it is missing, null, blank, longer than 255 characters, or has control characters.
    """
    if value is UNSET or value is None or not str(value).strip():
        raise invalid(field_name, "missing_field", f"{field_name} can't be blank.")
    name = str(value)
    if len(name) > _LONGEST or not name.isprintable():
        raise invalid(field_name, "invalid", f"{field_name} must be at most {_LONGEST} printable characters.")
    return name


_LONGEST = 255


def _is_struct(shape: object) -> bool:
    return isinstance(shape, type) and issubclass(shape, msgspec.Struct)
