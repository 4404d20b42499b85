"""Google's token endpoint for service accounts that hold a key: a signed assertion for a token.

Sources: RFC 7523, section 2.1; Google, "Using OAuth 2.0 for server to server applications"; ``target_audience`` is
Google's own, and asks for an ID token.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from lookgate.emulator.google import jwt
from lookgate.emulator.google.form import NO_STORE, OAuthFailure, read_form
from lookgate.emulator.google.service import Account, Google

GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
GOOGLES = "https://oauth2.googleapis.com/token"
"""What Google's clients write as the audience, wherever they send it."""
_LEEWAY = 300
"""Seconds by which the account's clock may differ."""
_LONGEST_LIFE = 3600


class JwtBearer:
    """The endpoint."""

    def __init__(self, google: Google) -> None:
        self._google = google

    async def answer(self, request: Request) -> Response:
        """Answer a POST of a form."""
        try:
            return JSONResponse(self._grant(await read_form(request)), headers=NO_STORE)
        except OAuthFailure as failure:
            return failure.response()

    def _grant(self, form: Mapping[str, str]) -> dict[str, Any]:
        if form.get("grant_type") != GRANT:
            raise OAuthFailure("unsupported_grant_type", f"Invalid grant_type: {form.get('grant_type', '')}")
        account, claims = self._asserted(form.get("assertion", ""))
        audience, scope = claims.get("target_audience"), claims.get("scope")
        if isinstance(audience, str) and audience:
            return {"id_token": self._google.id_token(account, audience, email=True, email_azp=True)}
        if not isinstance(scope, str) or not scope.split():
            raise OAuthFailure("invalid_scope", "The assertion asks for neither a scope nor a target_audience.")
        token = self._google.access_token(account, tuple(scope.split()))
        return {"access_token": token, "expires_in": self._google.world.token_seconds - 1, "token_type": "Bearer"}

    def _asserted(self, assertion: str) -> tuple[Account, dict[str, Any]]:
        """Return the account that signed, and what it asks for."""
        google = self._google
        try:
            header, claims = jwt.peek(assertion)
            account = google.account(claims["iss"]) if isinstance(claims.get("iss"), str) else None
            if account is None:
                raise OAuthFailure("invalid_grant", "Invalid grant: account not found")
            owned = [key for email, key in google.account_keys.values() if email == account.email]
            known = [key for key in owned if header.get("kid") in {None, key.kid}]
            if not known:
                raise OAuthFailure("invalid_grant", "Invalid JWT Signature.")
            jwt.check(assertion, known[-1].private.public_key())
        except jwt.BadJwt as error:
            raise OAuthFailure("invalid_grant", f"Invalid JWT: {error}.") from error
        if claims.get("aud") not in {GOOGLES, f"{google.base_url}/token"}:
            raise OAuthFailure("invalid_grant", f"Invalid JWT: aud must be {GOOGLES}.")
        now, issued, ends = google.now().timestamp(), claims.get("iat"), claims.get("exp")
        if not isinstance(issued, int) or not isinstance(ends, int):
            raise OAuthFailure("invalid_grant", "Invalid JWT: iat and exp are needed.")
        if not (issued <= now + _LEEWAY and now - _LEEWAY < ends <= issued + _LONGEST_LIFE):
            raise OAuthFailure(
                "invalid_grant",
                "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. "
                "Check your iat and exp values in the JWT claim.",
            )
        return account, claims


def routes(google: Google) -> list[Route]:
    """Return the endpoint's route."""
    return [Route("/token", JwtBearer(google).answer, methods=["POST"])]
