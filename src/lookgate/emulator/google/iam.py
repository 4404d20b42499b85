"""IAM Credentials: one account makes tokens for another that lets it.

Source: Google, "IAM Service Account Credentials API", projects.serviceAccounts.
"""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from lookgate.emulator.google import jwt
from lookgate.emulator.google.errors import ApiFailure, denied, error_info, invalid
from lookgate.emulator.google.keys import SigningKey
from lookgate.emulator.google.roles import ACCESS_TOKEN, DELEGATE, ID_TOKEN, SIGN_JWT
from lookgate.emulator.google.service import CLOUD_PLATFORM, Account, Google

_NAME = "projects/-/serviceAccounts/"
_SCOPES = {CLOUD_PLATFORM, "https://www.googleapis.com/auth/iam"}
_LONGEST_LIFE = 3600
_MAX_BODY = 65_536
_Body = dict[str, Any]


class IamCredentials:
    """The API's methods."""

    def __init__(self, google: Google) -> None:
        self._google = google
        self._methods = {
            "generateIdToken": self._generate_id_token,
            "generateAccessToken": self._generate_access_token,
            "signJwt": self._sign_jwt,
        }
        self._system_keys: dict[str, SigningKey] = {}
        """Address → the key that signJwt uses, drawn when first needed."""

    async def answer(self, request: Request) -> Response:
        """Answer a POST to ``…/serviceAccounts/{account}:{method}``."""
        try:
            name, _, method = request.path_params["call"].rpartition(":")
            run = self._methods.get(method)
            if run is None or request.path_params["project"] != "-":
                raise ApiFailure(404, "There is no such method here.")  # noqa: TRY301 - one place answers them all
            return JSONResponse(run(self._caller(request), name, await _body(request)))
        except ApiFailure as failure:
            return JSONResponse(failure.body, failure.status)

    def _caller(self, request: Request) -> str:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token.strip():
            raise ApiFailure(
                401,
                "Request is missing required authentication credential.",
                error_info("CREDENTIALS_MISSING", "googleapis.com", service="iamcredentials.googleapis.com"),
            )
        found = self._google.bearer(token.strip())
        if found is None or self._google.account(found.email) is None:
            raise ApiFailure(
                401,
                "Request had invalid authentication credentials. Expected an OAuth 2 access token.",
                error_info("ACCESS_TOKEN_EXPIRED", "googleapis.com", service="iamcredentials.googleapis.com"),
            )
        if not _SCOPES & set(found.scopes):
            raise ApiFailure(
                403,
                "Request had insufficient authentication scopes.",
                error_info(
                    "ACCESS_TOKEN_SCOPE_INSUFFICIENT", "googleapis.com", service="iamcredentials.googleapis.com"
                ),
            )
        return found.email

    def _target(self, caller: str, name: str, body: _Body, permission: str) -> Account:
        """Find the account and check the whole chain: caller, each delegate, account."""
        target = self._google.account(name)
        if target is None:
            raise ApiFailure(404, f"Not found; Gaia id not found for email {name}")
        member = caller
        for delegate in _texts(body, "delegates"):
            step = self._google.account(delegate.removeprefix(_NAME))
            if step is None or not self._google.may(member, DELEGATE, step):
                raise denied(DELEGATE)
            member = step.email
        if not self._google.may(member, permission, target):
            raise denied(permission)
        return target

    def _generate_id_token(self, caller: str, name: str, body: _Body) -> _Body:
        _only(body, "audience", "includeEmail", "useEmailAzp", "delegates")
        audience = body.get("audience")
        if not isinstance(audience, str) or not audience:
            raise invalid("audience", "The audience is required.")
        email, email_azp = _flag(body, "includeEmail"), _flag(body, "useEmailAzp")
        target = self._target(caller, name, body, ID_TOKEN)
        return {"token": self._google.id_token(target, audience, email=email, email_azp=email_azp)}

    def _generate_access_token(self, caller: str, name: str, body: _Body) -> _Body:
        _only(body, "scope", "lifetime", "delegates")
        scopes = tuple(_texts(body, "scope"))
        if not scopes:
            raise invalid("scope", "At least one scope is required.")
        life = _lifetime(body.get("lifetime"), self._google.world.token_seconds)
        target = self._target(caller, name, body, ACCESS_TOKEN)
        token = self._google.access_token(target, scopes, life)
        ends = self._google.now() + timedelta(seconds=life)
        return {"accessToken": token, "expireTime": ends.strftime("%Y-%m-%dT%H:%M:%SZ")}

    def _sign_jwt(self, caller: str, name: str, body: _Body) -> _Body:
        _only(body, "payload", "delegates")
        try:
            claims = json.loads(body["payload"])
        except (KeyError, TypeError, ValueError, RecursionError):
            claims = None
        if not isinstance(claims, dict):
            raise invalid("payload", "The payload is a JSON object of claims, as a string.")
        target = self._target(caller, name, body, SIGN_JWT)
        google = self._google
        key = self._system_keys.get(target.email)
        if key is None:
            key = self._system_keys[target.email] = SigningKey.of(google.new_key(), target.email, google.now())
            google.account_keys[key.kid] = target.email, key
        return {"keyId": key.kid, "signedJwt": jwt.sign(key, claims)}


async def _body(request: Request) -> _Body:
    content = bytearray()
    async for chunk in request.stream():
        content += chunk
        if len(content) > _MAX_BODY:
            raise ApiFailure(400, "Request payload size exceeds the limit.")
    try:
        body = json.loads(content or b"{}")
    except (ValueError, RecursionError):
        body = None
    if not isinstance(body, dict):
        raise invalid("", "Invalid JSON payload received.")
    return {name: value for name, value in body.items() if value is not None}


def _only(body: _Body, *fields: str) -> None:
    for name in body:
        if name not in fields:
            quoted = json.dumps(name)  # it may hold what no answer can be encoded with
            raise invalid(quoted, f"Invalid JSON payload received. Unknown name {quoted}: Cannot find field.")


def _flag(body: _Body, name: str) -> bool:
    value = body.get(name, False)
    if isinstance(value, str):  # Google's reading of JSON is that kind; google-auth sends it
        value = {"true": True, "false": False}.get(value)
    if not isinstance(value, bool):
        raise invalid(name, f"Invalid value at '{name}' (TYPE_BOOL).")
    return value


def _texts(body: _Body, name: str) -> list[str]:
    value = body.get(name, [])
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise invalid(name, f"Invalid value at '{name}' (TYPE_STRING).")
    return value


def _lifetime(value: Any, usual: int) -> float:
    if value is None:
        return usual
    try:
        seconds = float(value.removesuffix("s")) if isinstance(value, str) and value.endswith("s") else -1.0
    except ValueError:
        seconds = -1.0
    if not 0 < seconds <= _LONGEST_LIFE:
        raise invalid("lifetime", f"The lifetime is up to {_LONGEST_LIFE} seconds, written as '3600s'.")
    return seconds


def routes(google: Google) -> list[Route]:
    """Return the API's routes."""
    return [Route("/v1/projects/{project}/serviceAccounts/{call}", IamCredentials(google).answer, methods=["POST"])]
