"""How an API operation is declared and called, over HTTP and from within (the extension host).

One file per group of operations; each handler is a plain function ``(call: Call) -> Any``. What it returns becomes
JSON; None becomes 204 with an empty body; a ``Reply`` is sent as it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from lookgate.emulator.instance import Instance
from lookgate.emulator.people.tree import User

DOCUMENTATION_URL = "https://docs.cloud.google.com/looker/docs/r/err/4.0"


class ApiError(Exception):
    """An answer in Looker's error shape."""

    def __init__(self, status: int, message: str, errors: Iterable[Mapping[str, str]] = ()) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.errors = [dict(error, documentation_url=DOCUMENTATION_URL) for error in errors]

    def body(self) -> dict[str, Any]:
        """Return the JSON body: ``{message, documentation_url}``, with ``errors`` for 422."""
        shape: dict[str, Any] = {"message": self.message, "documentation_url": DOCUMENTATION_URL}
        if self.errors:
            shape["errors"] = self.errors
        return shape


def invalid(field_name: str, code: str, message: str) -> ApiError:
    """Return the 422 ``Validation Failed`` for one field; ``code`` is missing_field, invalid or already_exists."""
    return ApiError(422, "Validation Failed", [{"field": field_name, "code": code, "message": message}])


NOT_FOUND = "Not found"


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer that is not plain JSON."""

    body: bytes
    content_type: str
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Call:
    """One call of an operation."""

    instance: Instance
    user: User | None
    """The caller; None only for operations declared ``public``."""
    token: str | None
    path: Mapping[str, str]
    query: Mapping[str, str]
    body: Any
    """Decoded JSON, or a form as a dict; None when there was none. Content-Type is ignored, as the real one does."""

    @property
    def caller(self) -> User:
        """The caller, known to be there."""
        if self.user is None:
            raise ApiError(401, "Requires authentication.")
        return self.user

    @property
    def is_admin(self) -> bool:
        """Whether the caller is an admin."""
        return self.user is not None and self.instance.is_admin(self.user)

    def need_admin(self) -> None:
        """Refuse everyone but admins, as the real one does."""
        if not self.is_admin:
            raise ApiError(403, "Forbidden")

    def fields(self, shape: Any) -> Any:
        """Keep only what ``?fields=a,b(c,d)`` names, in one shape or a list of them; nested as the spec says."""
        wanted = self.query.get("fields")
        return shape if not wanted else project(shape, wanted)


Handler = Callable[[Call], Any]


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of the API."""

    id: str
    """Looker's operationId, which is also its name in an extension's ``core_api_methods``."""
    method: str
    template: str
    """``/users/{user_id}``."""
    handler: Handler
    public: bool = False
    """Whether it may be called without a token."""
    blocking: bool = False
    """Whether it runs queries and therefore outside the instance's lock."""

    @property
    def pattern(self) -> re.Pattern[str]:
        """The template as a regular expression over the path below ``/api/4.0``."""
        return re.compile(re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+)", re.escape(self.template)) + r"\Z")


class Operations:
    """The operations of one file, filled by its decorators: ``operations = Operations()`` at the top of each."""

    def __init__(self) -> None:
        self.all: list[Operation] = []

    def __call__(
        self, operation_id: str, method: str, template: str, *, public: bool = False, blocking: bool = False
    ) -> Callable[[Handler], Handler]:
        """Declare the decorated function as an operation."""

        def declare(handler: Handler) -> Handler:
            self.all.append(Operation(operation_id, method, template, handler, public=public, blocking=blocking))
            return handler

        return declare


def project(shape: Any, wanted: str) -> Any:
    """Apply a ``fields`` expression such as ``id,name,can(show)`` to dicts; unknown names are ignored."""
    if isinstance(shape, list):
        return [project(item, wanted) for item in shape]
    if not isinstance(shape, dict):
        return shape
    kept: dict[str, Any] = {}
    for name, inner in _split_fields(wanted):
        if name in shape:
            kept[name] = project(shape[name], inner) if inner else shape[name]
    return kept


def _split_fields(wanted: str) -> list[tuple[str, str]]:
    parts: list[tuple[str, str]] = []
    depth, start = 0, 0
    for position, character in enumerate(wanted + ","):
        depth += (character == "(") - (character == ")")
        if character == "," and depth <= 0:
            name, _, inner = wanted[start:position].partition("(")
            if name.strip():
                parts.append((name.strip(), inner.rstrip().removesuffix(")")))
            start = position + 1
    return parts
