"""FastAPI dependencies: who is calling, and who may. They need ``LookgateMiddleware`` around the app."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import Request, Security
from fastapi.security import APIKeyHeader, HTTPBearer
from fastapi.security.http import HTTPAuthorizationCredentials

from lookgate.actions.base import rules_of
from lookgate.core.identity import Principal
from lookgate.core.policy import Policy
from lookgate.errors import LookgateError
from lookgate.web.middleware import ASK, PRINCIPAL

# These describe the credentials in the app's OpenAPI, and no more: the middleware has taken the headers out.
_HANDLE_WORDS = "The Looker user's handle, put in by Looker's server in place of a secret tag."
_ApiKey = Annotated[
    str | None,
    Security(APIKeyHeader(name="x-api-key", scheme_name="apiKey", description="A shared secret.", auto_error=False)),
]
_Handle = Annotated[
    str | None,
    Security(APIKeyHeader(name="x-lookgate-handle", scheme_name="handle", description=_HANDLE_WORDS, auto_error=False)),
]
_Bearer = Annotated[
    HTTPAuthorizationCredentials | None,
    Security(HTTPBearer(scheme_name="bearer", description="A signed token.", auto_error=False)),
]


async def principal(request: Request, _key: _ApiKey, _handle: _Handle, _bearer: _Bearer) -> Principal:
    """Return who is calling, whoever that is: ``Depends(principal)``.

    Raises:
        LookgateError: ``middleware_missing``.
    """
    return _caller(request)


def require(*policy: Policy) -> Callable[..., Awaitable[Principal]]:
    """Return a dependency that gives the caller whom every rule allows: ``Depends(require(in_group("Finance")))``.

    The dependency raises ``Unauthenticated`` or ``Denied``, which the middleware answers as a problem and audits.

    Raises:
        RegistryError: there is no rule, or something that is none.
    """
    rules = rules_of(policy, "require()")

    async def required(request: Request, _key: _ApiKey, _handle: _Handle, _bearer: _Bearer) -> Principal:
        caller = _caller(request)
        await request.scope[ASK](rules, "require()")
        return caller

    return required


def _caller(request: Request) -> Principal:
    caller = request.scope.get(PRINCIPAL)
    if not isinstance(caller, Principal):
        raise LookgateError(
            "middleware_missing",
            "Nobody asked who is calling: LookgateMiddleware does not stand around this app.",
            'Add it: app.add_middleware(LookgateMiddleware, source="lookgate.toml").',
        )
    return caller
