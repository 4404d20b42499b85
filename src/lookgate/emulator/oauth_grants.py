"""Looker's OAuth server without its pages: registered apps, codes, refresh tokens.

Authorization code with PKCE S256 (RFC 6749 section 4.1, RFC 7636), public clients only, scope ``cors_api``. A code
lives 60 seconds and is used once; a refresh token is replaced at each use, and a used one that comes back ends the
whole chain (RFC 9700 section 4.14.2).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from lookgate.emulator.instance import TOKEN_SECONDS, Instance
from lookgate.emulator.people.tree import User

SCOPE = "cors_api"
CODE_SECONDS = 60
REFRESH_DAYS = 30
_VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}\Z")
_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}\Z|[0-9a-f]{64}\Z")
_HOST = re.compile(r"[A-Za-z0-9.:_-]+\Z")
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


class OauthError(Exception):
    """An answer in RFC 6749's shape (section 5.2)."""

    def __init__(self, code: str, description: str) -> None:
        super().__init__(description)
        self.code = code
        self.description = description


@dataclass(slots=True)
class OauthApp:
    """An app registered to log users in. There is no client secret: every client is a public one."""

    client_guid: str
    redirect_uri: str
    display_name: str
    description: str = ""
    enabled: bool = True
    group_id: str | None = None
    tokens_invalid_before: datetime | None = None
    activated: set[str] = field(default_factory=set)
    """Ids of the users who agreed."""


@dataclass(frozen=True, slots=True)
class _Code:
    client_guid: str
    redirect_uri: str
    challenge: str
    user_id: str
    expires_at: datetime


@dataclass(slots=True)
class _Refresh:
    client_guid: str
    user_id: str
    chain: str
    expires_at: datetime
    used: bool = False


def apps(instance: Instance) -> dict[str, OauthApp]:
    """Return the registered apps by ``client_guid``."""
    return instance.shelf("oauth_client_apps")


def _codes(instance: Instance) -> dict[str, _Code]:
    return instance.shelf("oauth_codes")


def _refreshes(instance: Instance) -> dict[str, _Refresh]:
    return instance.shelf("oauth_refresh_tokens")


def redirect_problem(uri: str) -> str | None:
    """Say why a redirect URI cannot be registered, or None: absolute https, or http to this machine, no fragment."""
    if not uri.isascii() or any(character <= " " or character in '\\<>"`' for character in uri):
        return "redirect_uri must hold only ASCII characters that may stand in a URL."
    try:
        parts = urlsplit(uri)
        host, _port = parts.hostname, parts.port
    except ValueError:
        return "redirect_uri is not a URL."
    if not host or not _HOST.match(host) or parts.scheme not in {"http", "https"} or "@" in parts.netloc:
        return "redirect_uri must be an absolute https URL without user information."
    if parts.scheme == "http" and host not in _LOOPBACK:
        return "redirect_uri must be https; http is allowed only for localhost."
    return "redirect_uri must not have a fragment." if "#" in uri else None


def known_challenge(challenge: str) -> bool:
    """Whether this is an S256 challenge: 43 characters of base64url, or 64 of hex as the Python SDK sends."""
    return _CHALLENGE.match(challenge) is not None


def may_use(instance: Instance, app: OauthApp, user: User) -> bool:
    """Whether the app is on and the user in its group, when it names one."""
    in_group = app.group_id is None or app.group_id in instance.group_ids_of(user)
    return app.enabled and in_group and not user.is_disabled


def issue_code(instance: Instance, app: OauthApp, user: User, challenge: str) -> str:
    """Make a code for a user who agreed."""
    code = instance.new_secret(30)
    expires = instance.clock() + timedelta(seconds=CODE_SECONDS)
    with instance.lock:
        _codes(instance)[code] = _Code(app.client_guid, app.redirect_uri, challenge, user.id, expires)
    return code


def invalidate(instance: Instance, app: OauthApp, user_id: str | None = None) -> None:
    """End every code, access token and refresh token of the app: for one user, or for all."""

    def hit(client_guid: str | None, owner: str) -> bool:
        return client_guid == app.client_guid and user_id in {None, owner}

    with instance.lock:
        for shelf in (_codes(instance), _refreshes(instance)):
            for key in [key for key, grant in shelf.items() if hit(grant.client_guid, grant.user_id)]:
                del shelf[key]
        for key in [key for key, token in instance.tokens.items() if hit(token.oauth_client, token.user_id)]:
            del instance.tokens[key]
        if user_id is None:
            app.tokens_invalid_before = instance.clock()


def redeem(instance: Instance, form: dict[str, Any]) -> dict[str, Any]:
    """Answer a token request (RFC 6749 sections 4.1.3 and 6).

    Raises:
        OauthError: it cannot be granted.
    """
    kind, client_guid = _text(form, "grant_type"), _text(form, "client_id")
    with instance.lock:
        app = apps(instance).get(client_guid)
        if app is None or not app.enabled:
            raise OauthError("invalid_client", "There is no enabled app with this client_id.")
        if kind == "authorization_code":
            user_id, chain = _redeem_code(instance, app, form), instance.new_secret(12)
        elif kind == "refresh_token":
            user_id, chain = _redeem_refresh(instance, app, form)
        else:
            raise OauthError("unsupported_grant_type", "grant_type must be authorization_code or refresh_token.")
        user = instance.users.get(user_id)
        if user is None or user_id not in app.activated or not may_use(instance, app, user):
            raise OauthError("invalid_grant", "This user may not use the app.")
        return _issue(instance, app, user, chain)


def _issue(instance: Instance, app: OauthApp, user: User, chain: str) -> dict[str, Any]:
    refresh = instance.new_secret(30)
    expires = instance.clock() + timedelta(days=REFRESH_DAYS)
    _refreshes(instance)[refresh] = _Refresh(app.client_guid, user.id, chain, expires)
    return {
        "access_token": instance.issue_token(user.id, oauth_client=app.client_guid),
        "token_type": "Bearer",
        "expires_in": TOKEN_SECONDS,
        "refresh_token": refresh,
    }


def _redeem_code(instance: Instance, app: OauthApp, form: dict[str, Any]) -> str:
    # The code is consumed before anything about it is checked: a wrong guess costs the code.
    code = _codes(instance).pop(_text(form, "code"), None)
    redirect_uri, verifier = _text(form, "redirect_uri"), _text(form, "code_verifier")
    if code is None or code.expires_at <= instance.clock():
        raise OauthError("invalid_grant", "The code is unknown, used or expired.")
    if code.client_guid != app.client_guid or code.redirect_uri != redirect_uri:
        raise OauthError("invalid_grant", "The code was issued to another client_id or redirect_uri.")
    if not _VERIFIER.match(verifier) or not _proves(verifier, code.challenge):
        raise OauthError("invalid_grant", "code_verifier does not fit the code_challenge.")
    return code.user_id


def _redeem_refresh(instance: Instance, app: OauthApp, form: dict[str, Any]) -> tuple[str, str]:
    shelf = _refreshes(instance)
    entry = shelf.get(_text(form, "refresh_token"))
    if entry is None or entry.client_guid != app.client_guid or entry.expires_at <= instance.clock():
        raise OauthError("invalid_grant", "The refresh token is unknown, expired or another client's.")
    if entry.used:
        for key in [key for key, other in shelf.items() if other.chain == entry.chain]:
            del shelf[key]
        raise OauthError("invalid_grant", "The refresh token was used before; its whole chain is ended.")
    entry.used = True
    return entry.user_id, entry.chain


def _proves(verifier: str, challenge: str) -> bool:
    digest = hashlib.sha256(verifier.encode()).digest()
    made = digest.hex() if len(challenge) == 2 * len(digest) else base64.urlsafe_b64encode(digest).decode().rstrip("=")
    return hmac.compare_digest(made, challenge)


def _text(form: dict[str, Any], name: str) -> str:
    value = form.get(name)
    if not isinstance(value, str) or not value:
        raise OauthError("invalid_request", f"{name} is required.")
    return value
