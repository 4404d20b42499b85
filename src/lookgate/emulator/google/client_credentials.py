"""A token endpoint of no provider in particular: OAuth 2.0 client credentials (RFC 6749, section 4.4)."""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote_plus

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from lookgate.emulator.google import jwt
from lookgate.emulator.google.certs import GENERIC
from lookgate.emulator.google.form import NO_STORE, OAuthFailure, read_form
from lookgate.emulator.google.keys import b64
from lookgate.emulator.google.service import Google
from lookgate.emulator.google.world import ClientPart


class ClientCredentials:
    """The endpoint."""

    def __init__(self, google: Google) -> None:
        self._google = google
        self._clients = {client.client_id: client for client in google.world.clients}

    async def answer(self, request: Request) -> Response:
        """Answer a POST of a form."""
        try:
            form = await read_form(request)
            client = self._client(request.headers.get("authorization"), form)
            return JSONResponse(self._grant(client, form), headers=NO_STORE)
        except OAuthFailure as failure:
            return failure.response()

    def _client(self, header: str | None, form: Mapping[str, str]) -> ClientPart:
        if header is not None and "client_secret" in form:
            raise OAuthFailure("invalid_request", "The client authenticates twice: by header and in the body.")
        name, secret = _basic(header) if header is not None else (form.get("client_id"), form.get("client_secret"))
        client = self._clients.get(name or "")
        expected = self._google.client_secrets.get(name or "", "")
        if client is None or not hmac.compare_digest(expected.encode(), (secret or "").encode()):
            challenge = {"www-authenticate": 'Basic realm="generic"'}
            raise OAuthFailure("invalid_client", "Unknown client, or wrong secret.", 401, challenge)
        return client

    def _grant(self, client: ClientPart, form: Mapping[str, str]) -> dict[str, Any]:
        grant = form.get("grant_type")
        if grant is None:
            raise OAuthFailure("invalid_request", "grant_type is missing.")
        if grant != "client_credentials":
            raise OAuthFailure("unsupported_grant_type", "The grant_type is client_credentials here.")
        scopes = form["scope"].split() if "scope" in form else list(client.scopes)
        if not set(scopes) <= set(client.scopes):
            raise OAuthFailure("invalid_scope", f"This client may ask for: {' '.join(client.scopes) or 'nothing'}.")
        answer = {
            "access_token": self._token(client, scopes),
            "token_type": "Bearer",
            "expires_in": self._google.world.token_seconds,
        }
        return answer | ({"scope": " ".join(scopes)} if scopes else {})

    def _token(self, client: ClientPart, scopes: list[str]) -> str:
        google = self._google
        if not client.audience:
            return b64(google.random_bytes(32))
        now = int(google.now().timestamp())
        claims = {
            "iss": google.base_url + GENERIC,
            "sub": client.client_id,
            "client_id": client.client_id,
            "aud": client.audience,
            "iat": now,
            "exp": now + google.world.token_seconds,
            "jti": b64(google.random_bytes(16)),
            "scope": " ".join(scopes),
        }
        return jwt.sign(google.keys.current, claims, typ="at+jwt")


def _basic(header: str) -> tuple[str | None, str | None]:
    """Read HTTP Basic; both parts are form-encoded first (RFC 6749, section 2.3.1)."""
    scheme, _, value = header.partition(" ")
    try:
        name, colon, secret = base64.b64decode(value.strip(), validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError, UnicodeEncodeError, ValueError):
        return None, None
    return (unquote_plus(name), unquote_plus(secret)) if scheme.lower() == "basic" and colon else (None, None)


def routes(google: Google) -> list[Route]:
    """Return the endpoint's route."""
    return [Route(GENERIC + "/token", ClientCredentials(google).answer, methods=["POST"])]
