"""Where verifiers find the keys: the issuer's configuration, a JWK set, and the same keys as certificates.

Sources: OpenID Connect Discovery 1.0; RFC 7517; what Google publishes.
"""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from lookgate.emulator.google.keys import SigningKey
from lookgate.emulator.google.service import Google

JWKS = "/oauth2/v3/certs"
PEM = "/oauth2/v1/certs"
GENERIC = "/oauth2/generic"
"""The path of the generic provider; its issuer is this service's address with it."""


def routes(google: Google) -> list[Route]:
    """Return the routes of keys and configurations."""

    def published() -> list[SigningKey]:
        if google.faults.strikes("certs_empty"):
            return []
        if google.faults.strikes("certs_stale"):
            return google.keys.all[:-1]
        return google.keys.all

    def kept() -> dict[str, str]:
        seconds = google.world.certs_seconds
        return {"cache-control": f"public, max-age={seconds}, must-revalidate, no-transform" if seconds else "no-store"}

    async def jwks(_: Request) -> Response:
        return JSONResponse({"keys": [key.jwk() for key in published()]}, headers=kept())

    async def pem(_: Request) -> Response:
        return JSONResponse({key.kid: key.certificate for key in published()}, headers=kept())

    async def configuration(_: Request) -> Response:
        document = {
            "issuer": google.issuer,
            "token_endpoint": f"{google.base_url}/token",
            "jwks_uri": google.world.jwks_uri or google.base_url + JWKS,
            "response_types_supported": ["id_token"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "grant_types_supported": ["urn:ietf:params:oauth:grant-type:jwt-bearer"],
            "claims_supported": ["aud", "email", "email_verified", "exp", "iat", "iss", "sub"],
        }
        return JSONResponse(document, headers={"cache-control": "public, max-age=3600"})

    async def generic(_: Request) -> Response:
        document = {
            "issuer": google.base_url + GENERIC,
            "token_endpoint": f"{google.base_url}{GENERIC}/token",
            "jwks_uri": google.base_url + JWKS,
            "response_types_supported": [],
            "grant_types_supported": ["client_credentials"],
            "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
        }
        return JSONResponse(document)

    return [
        Route(JWKS, jwks, methods=["GET"]),
        Route(PEM, pem, methods=["GET"]),
        Route("/.well-known/openid-configuration", configuration, methods=["GET"]),
        Route(GENERIC + "/.well-known/openid-configuration", generic, methods=["GET"]),
    ]
