"""From method and path to an operation, and from its result to an answer. Used over HTTP and by the extension host."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from contextlib import nullcontext
from importlib import import_module
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, unquote

import msgspec

from lookgate.emulator.api import MODULES
from lookgate.emulator.api.route import NOT_FOUND, ApiError, Call, Operation, Operations, Reply
from lookgate.emulator.instance import Instance

log = logging.getLogger("lookgate.emulator.api")

JSON = "application/json"


class Answer(NamedTuple):
    """What the API says: status, body as sent, headers (names in lower case)."""

    status: int
    body: bytes
    headers: dict[str, str]

    @property
    def value(self) -> Any:
        """The body decoded: JSON as objects, other text as ``str``, None when empty."""
        if not self.body:
            return None
        if self.headers.get("content-type", "").startswith(JSON):
            return msgspec.json.decode(self.body)
        return self.body.decode("utf-8", "replace")


def discover() -> list[Operation]:
    """Return the operations of every module of the package."""
    found: list[Operation] = []
    for name in MODULES:
        operations = getattr(import_module(name), "operations", None)
        if isinstance(operations, Operations):
            found.extend(operations.all)
    return found


class Api:
    """The API of one instance.

    Raises:
        ValueError: two operations share an id, or a method and template.
    """

    def __init__(self, instance: Instance, operations: Iterable[Operation] | None = None) -> None:
        self.instance = instance
        self.operations = list(discover() if operations is None else operations)
        _refuse_duplicates(self.operations)
        # A fixed word beats a parameter in the same place: /users/search before /users/{user_id}.
        ordered = sorted(self.operations, key=lambda operation: [part[:1] == "{" for part in _parts(operation)])
        self._patterns = [(operation, operation.pattern) for operation in ordered]

    def find(self, method: str, path: str) -> Operation | None:
        """Return the operation of a method and a path below ``/api/4.0``, still percent-encoded."""
        found = self._match(method, path)
        return found[0] if found else None

    def methods_of(self, path: str) -> list[str]:
        """Return the methods that the path knows."""
        return sorted({operation.method for operation, pattern in self._patterns if pattern.match(path)})

    def handle(
        self, method: str, path: str, query: Mapping[str, str] | None = None, body: Any = None, *, token: str | None
    ) -> Answer:
        """Run one call and answer it; never raises for what the caller sent.

        Args:
            method: ``GET``, ``POST``…; ``HEAD`` is a ``GET`` without its body.
            path: Below ``/api/4.0``, still percent-encoded: ``/users/1``.
            query: Decoded; lists are comma-separated.
            body: Bytes as received, or already decoded JSON.
            token: The access token, without ``Bearer``.
        """
        found = self._match("GET" if method == "HEAD" else method, path)
        try:
            try:
                answer = self._run(found, dict(query or {}), body, token)
            except ApiError as error:
                answer = _json(error.status, error.body())
        except Exception:
            log.exception("the operation of %s %s failed", method, path)
            answer = _json(500, ApiError(500, "An error has occurred.").body())
        return answer._replace(body=b"") if method == "HEAD" else answer

    def _run(
        self, found: tuple[Operation, dict[str, str]] | None, query: dict[str, str], body: Any, token: str | None
    ) -> Answer:
        with self.instance.lock:
            user = self.instance.user_of_token(token) if token else None
        if found is None:
            # Nothing is told about paths to those who are not known.
            raise ApiError(404, NOT_FOUND) if user else ApiError(401, "Requires authentication.")
        operation, path = found
        if user is None and not operation.public:
            raise ApiError(401, "Requires authentication.")
        decoded = decode_body(bytes(body)) if isinstance(body, bytes | bytearray | memoryview) else body
        call = Call(self.instance, user, token if user else None, path, query, decoded)
        with nullcontext() if operation.blocking else self.instance.lock:
            return _answer(operation.handler(call))

    def _match(self, method: str, path: str) -> tuple[Operation, dict[str, str]] | None:
        for operation, pattern in self._patterns:
            match = pattern.match(path) if operation.method == method else None
            if match:
                return operation, {name: unquote(value) for name, value in match.groupdict().items()}
        return None


def decode_body(raw: bytes) -> Any:
    """Decode a body whatever its Content-Type says: JSON, else a form; None when empty.

    Raises:
        ApiError: 400 when it is neither.
    """
    if not raw.strip():
        return None
    try:
        return msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        pass
    try:
        form = parse_qsl(raw.decode("ascii"), keep_blank_values=True, strict_parsing=True, max_num_fields=100)
    except ValueError as error:
        raise ApiError(400, "The body is neither JSON nor a form.") from error
    return dict(form)


def _answer(result: Any) -> Answer:
    if result is None:
        return Answer(204, b"", {})
    if isinstance(result, Reply):
        headers = {name.lower(): value for name, value in result.headers.items()}
        return Answer(result.status, result.body, {"content-type": result.content_type, **headers})
    return _json(200, result)


def _json(status: int, value: Any) -> Answer:
    return Answer(status, msgspec.json.encode(value), {"content-type": JSON})


def _parts(operation: Operation) -> list[str]:
    return operation.template.split("/")


def _refuse_duplicates(operations: list[Operation]) -> None:
    seen: set[tuple[str, ...]] = set()
    for operation in operations:
        shape = "/".join("{}" if part[:1] == "{" else part for part in _parts(operation))
        for key in ((operation.id,), (operation.method, shape)):
            if key in seen:
                raise ValueError(f"two operations are declared as {' '.join(key)}")
            seen.add(key)
