"""What is special about Google's ID tokens.

Source: Google, "OpenID Connect" (validating an ID token) and "Get an ID token" for service accounts.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from lookgate.errors import Unauthenticated
from lookgate.verify.oidc import Keys, Provider

ISSUER = "https://accounts.google.com"
KEYS_HOST = "www.googleapis.com"
"""Where the configuration of ``ISSUER`` says that the keys are."""
ISSUERS = frozenset({ISSUER, "accounts.google.com"})
"""Google writes its name both ways."""
_SERVICE_ACCOUNT = ".gserviceaccount.com"


def google(
    *,
    name: str,
    audiences: frozenset[str],
    keys: Keys,
    kind: Literal["service", "user"],
    emails: frozenset[str] = frozenset(),
    hosted_domain: str = "",
) -> Provider:
    """Return Google as a provider.

    Raises:
        ValueError: nobody is named. Anyone can get a Google token for any audience, so a valid one says nothing yet.
    """
    if not emails and not (kind == "user" and hosted_domain):
        raise ValueError("name the emails, or for users the hosted domain, that are let in")
    return Provider(
        name=name,
        issuers=ISSUERS,
        audiences=audiences,
        keys=keys,
        kind=kind,
        emails=emails,
        hosted_domain=hosted_domain,
        check=check_claims,
    )


def check_claims(claims: Mapping[str, Any], provider: Provider) -> None:
    """Tell services from people, and hold each token to the one it was made for.

    Raises:
        Unauthenticated: a service presents itself as a user or the reverse, or another client obtained the token.
    """
    email = claims.get("email")
    is_service = isinstance(email, str) and email.endswith(_SERVICE_ACCOUNT)
    if is_service != (provider.kind == "service"):
        raise Unauthenticated(
            "wrong_kind",
            f"The provider '{provider.name}' is for {provider.kind}s; this token does not stand for one.",
            "For a service account, mint the token with its email (format=full, or includeEmail).",
        )
    presenter = claims.get("azp", claims["sub"] if is_service else claims["aud"])
    # A service account presents its own tokens, and azp is its number, or its address (IAM's useEmailAzp, and tokens
    # made with an account's key); a person's were handed to the client that asked for them.
    allowed = {claims["sub"], email} if is_service else provider.audiences
    if not isinstance(presenter, str) or presenter not in allowed:
        raise Unauthenticated(
            "wrong_presenter", "The token was handed to another client (azp).", "Let the caller fetch its own token."
        )
