"""The OpenAPI 3.1 description of the enabled actions. The same actions give the same bytes."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.metadata import version
from typing import Any

import msgspec

from lookgate.actions.base import Action
from lookgate.core.identity import ANONYMOUS
from lookgate.core.policy import Allow, Request
from lookgate.web.problem import MEDIA_TYPE, Problem

_REF = "#/components/schemas/{name}"
_SCHEMES: dict[str, Any] = {
    "apiKey": {"type": "apiKey", "in": "header", "name": "x-api-key", "description": "Knows a shared secret."},
    "bearer": {"type": "http", "scheme": "bearer", "description": "A signed ID token, a claim, or a Looker API token."},
    "handle": {
        "type": "apiKey",
        "in": "header",
        "name": "x-lookgate-handle",
        "description": "The Looker user's handle, put in by Looker's server in place of a secret tag.",
    },
}
_PROBLEMS = {
    "400": "The request cannot be read: malformed JSON, two credentials, a secret in the body.",
    "401": "Who is calling could not be proven.",
    "403": "The caller is known, and a policy says no; the problem's code is the rule.",
    "413": "The body is too long.",
    "415": "The body is not JSON.",
    "422": "The input does not fit; the problem's pointer names the field.",
    "default": "Another refusal or failure, as a problem as well.",
}


def openapi(actions: Mapping[str, Action]) -> bytes:
    """Return the description of ``actions`` as JSON."""
    ordered = [actions[name] for name in sorted(actions)]
    kinds: list[Any] = [kind for each in ordered for kind in (each.input, each.output)]
    refs, schemas = msgspec.json.schema_components([*kinds, Problem], ref_template=_REF)
    paths = {
        f"/actions/{each.name}": {"post": _operation(each, refs[2 * place], refs[2 * place + 1], refs[-1])}
        for place, each in enumerate(ordered)
    }
    return msgspec.json.encode(
        {
            "openapi": "3.1.0",
            "info": {"title": "Lookgate actions", "version": version("lookgate")},
            "paths": paths,
            "components": {"schemas": schemas, "securitySchemes": _SCHEMES},
        },
        order="sorted",
    )


def is_open(action: Action) -> bool:
    """Whether the policy lets a caller in who proved nothing."""
    return isinstance(action.policy.check(ANONYMOUS, Request(action.name, "")), Allow)


def needs_body(action: Action) -> bool:
    """Whether the input has a field that must be sent; otherwise an empty body will do."""
    return any(field.required for field in msgspec.structs.fields(action.input))


def _operation(action: Action, taken: Any, given: Any, problem: Any) -> dict[str, Any]:
    refused = {"content": {MEDIA_TYPE: {"schema": problem}}}
    operation: dict[str, Any] = {
        "operationId": action.name,
        "summary": action.summary,
        "x-lookgate-policy": action.policy.describe(),
        "x-lookgate-effect": action.effect,
        "requestBody": {"required": needs_body(action), "content": {"application/json": {"schema": taken}}},
        "responses": {
            "200": {"description": "Done.", "content": {"application/json": {"schema": given}}},
            **{status: {"description": text, **refused} for status, text in _PROBLEMS.items()},
        },
        "security": [*([{}] if is_open(action) else []), *({scheme: []} for scheme in sorted(_SCHEMES))],
    }
    if action.description:
        operation["description"] = action.description
    return operation
