"""``/embed``: signed URLs, URLs as oneself, and cookieless sessions. For admins, but for "as me"."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import quote, urlencode

import msgspec

from lookgate.emulator import embed_sessions, embed_urls
from lookgate.emulator.api.auth import CORE_REFUSES
from lookgate.emulator.api.body import Body, read
from lookgate.emulator.api.find import one
from lookgate.emulator.api.route import NOT_FOUND, ApiError, Call, Operations, invalid
from lookgate.emulator.api.setting import allow_origin
from lookgate.emulator.embed_sessions import AS_ME_SECONDS, AUTHENTICATION_SECONDS, EmbedSession, Ticket
from lookgate.emulator.embed_users import EmbedUser, put
from lookgate.emulator.instance import Instance

operations = Operations()
DEFAULT_SECONDS = 300
_Value = str | int | float | bool | None


class _User(Body, frozen=True, kw_only=True):
    session_length: int | None = None
    force_logout_login: bool | None = None
    external_user_id: str | int | None = None
    first_name: str | None = None
    last_name: str | None = None
    user_timezone: str | None = None
    permissions: list[str] | None = None
    models: list[str] | None = None
    group_ids: list[str | int] | None = None
    external_group_id: str | None = None
    user_attributes: dict[str, _Value] | None = None
    embed_domain: str | None = None


class _Sso(_User, frozen=True, kw_only=True):
    target_url: str
    secret_id: str | None = None


class _Me(Body, frozen=True, kw_only=True):
    target_url: str
    session_length: int | None = None
    force_logout_login: bool | None = None


class _Acquire(_User, frozen=True, kw_only=True):
    session_reference_token: str | None = None


class _Generate(Body, frozen=True, kw_only=True):
    session_reference_token: str
    navigation_token: str | None = None
    api_token: str | None = None


class _Secret(Body, frozen=True):
    algorithm: str | None = None
    secret_type: str | None = None


@operations("create_embed_secret", "POST", "/embed_config/secrets")
def create_embed_secret(call: Call) -> Any:
    """Make a secret that signs embed URLs; it is shown here and never again."""
    _need(call)
    wanted = read(call, _Secret)
    if wanted.algorithm not in {None, "hmac/sha-256", "hmac/sha-1"}:
        raise invalid("algorithm", "invalid", "algorithm must be hmac/sha-256 or hmac/sha-1.")
    if wanted.secret_type not in {None, "SSO"}:
        raise invalid("secret_type", "invalid", "The local Looker knows secrets of type SSO only.")
    made = embed_urls.new_secret(call.instance, call.caller.id, wanted.algorithm or "hmac/sha-256")
    shape = {"id": made.id, "secret": made.secret, "algorithm": made.algorithm, "enabled": True, "secret_type": "SSO"}
    return shape | {"user_id": made.user_id, "created_at": made.created_at.isoformat()}


@operations("delete_embed_secret", "DELETE", "/embed_config/secrets/{embed_secret_id}")
def delete_embed_secret(call: Call) -> None:
    """Delete a secret: URLs it signed stop working."""
    _need(call)
    one(embed_urls.secrets(call.instance), call.path["embed_secret_id"])
    del embed_urls.secrets(call.instance)[call.path["embed_secret_id"]]


@operations("create_sso_embed_url", "POST", "/embed/sso_url")
def create_sso_embed_url(call: Call) -> Any:
    """Return a signed URL that opens ``target_url`` once, within 5 minutes, as an embed user."""
    _need(call)
    wanted = read(call, _Sso)
    target, user = _target(call.instance, wanted.target_url, ""), _user(wanted)
    known = embed_urls.secrets(call.instance)
    secret = known.get(wanted.secret_id) if wanted.secret_id else next(reversed(list(known.values())), None)
    if wanted.secret_id and secret is None:
        raise invalid("secret_id", "invalid", "There is no such active embed secret.")
    if wanted.embed_domain:
        allow_origin(call.instance, wanted.embed_domain)
    told = msgspec.to_builtins(user) | {"force_logout_login": wanted.force_logout_login is not False}
    secret = secret or embed_urls.new_secret(call.instance, call.caller.id)
    return {"url": embed_urls.sign(call.instance, secret, target, _seconds(wanted.session_length), told)}


@operations("validate_embed_url", "GET", "/embed/sso/validate")
def validate_embed_url(call: Call) -> Any:
    """Check a signed URL without using it up."""
    _need(call)
    url = call.query.get("url", "")
    try:
        embed_urls.verify(call.instance, url)
    except embed_urls.BadUrl as error:
        raise invalid("url", "invalid", str(error)) from error
    return {"url": url}


@operations("create_embed_url_as_me", "POST", "/embed/token_url/me")
def create_embed_url_as_me(call: Call) -> Any:
    """Return a URL that opens an embed page once, within 5 minutes, as the caller."""
    _need_edition(call)
    wanted = read(call, _Me)
    target = _target(call.instance, wanted.target_url, "/embed")
    now = call.instance.clock()
    until = now + timedelta(seconds=_seconds(wanted.session_length))
    expires = now + timedelta(seconds=AS_ME_SECONDS)
    ticket = Ticket(call.caller.id, expires, until, target=target)
    query = urlencode({"embed_authentication_token": embed_sessions.issue_ticket(call.instance, ticket)})
    return {"url": f"{call.instance.base_url}/login/embed/{quote(target, safe='')}?{query}"}


@operations("acquire_embed_cookieless_session", "POST", "/embed/cookieless_session/acquire")
def acquire_embed_cookieless_session(call: Call) -> Any:
    """Begin an embed session, or attach another frame to the one that is named."""
    _need(call)
    wanted = read(call, _Acquire)
    session = embed_sessions.live(call.instance, wanted.session_reference_token or "")
    if session is not None and wanted.external_user_id is not None:
        if str(wanted.external_user_id) != session.external_user_id:
            raise ApiError(404, NOT_FOUND)
    elif session is None:
        user, seconds = _user(wanted), _seconds(wanted.session_length)
        session = embed_sessions.start(call.instance, put(call.instance, user).id, user.external_user_id, seconds)
    if wanted.embed_domain:
        allow_origin(call.instance, wanted.embed_domain)
    expires = call.instance.clock() + timedelta(seconds=AUTHENTICATION_SECONDS)
    ticket = Ticket(session.user_id, min(expires, session.expires_at), session.expires_at, session.reference)
    token = embed_sessions.issue_ticket(call.instance, ticket)
    shape = {"authentication_token": token, "authentication_token_ttl": AUTHENTICATION_SECONDS}
    return shape | embed_sessions.fresh_tokens(call.instance, session)


@operations("generate_tokens_for_cookieless_session", "PUT", "/embed/cookieless_session/generate_tokens")
def generate_tokens(call: Call) -> Any:
    """Return new API and navigation tokens; an ended session is no error, but has a time to live of 0."""
    _need(call)
    wanted = read(call, _Generate)
    session = embed_sessions.live(call.instance, wanted.session_reference_token)
    if session is None:
        return {"session_reference_token": wanted.session_reference_token, "session_reference_token_ttl": 0}
    _check_tokens(wanted, session)
    return embed_sessions.fresh_tokens(call.instance, session)


@operations("delete_embed_cookieless_session", "DELETE", "/embed/cookieless_session/{session_reference_token}")
def delete_session(call: Call) -> None:
    """End an embed session and the browsers' part in it."""
    _need(call)
    embed_sessions.end(call.instance, one(embed_sessions.sessions(call.instance), call.path["session_reference_token"]))


def _check_tokens(wanted: _Generate, session: EmbedSession) -> None:
    given = (
        ("api_token", wanted.api_token, session.api_tokens),
        ("navigation_token", wanted.navigation_token, session.navigation_tokens),
    )
    for name, token, known in given:
        if token is not None and token not in known:
            raise invalid(name, "invalid", f"{name} is not one of this session's.")


def _need(call: Call) -> None:
    _need_edition(call)
    call.need_admin()


def _need_edition(call: Call) -> None:
    if call.instance.edition == "core":
        raise ApiError(403, CORE_REFUSES)


def _target(instance: Instance, url: str, below: str) -> str:
    path = url.removeprefix(instance.base_url)
    plain = path.isascii() and path.isprintable() and "\\" not in path and not path.startswith("//")
    if path == url or not plain or not path.startswith(f"{below}/"):
        message = f"target_url must be a page of this Looker: {instance.base_url}{below}/…"
        raise invalid("target_url", "invalid", message)
    return path


def _seconds(wanted: int | None) -> int:
    seconds = DEFAULT_SECONDS if wanted is None else wanted
    if not 0 < seconds <= embed_urls.LONGEST_SESSION:
        message = f"session_length must be from 1 to {embed_urls.LONGEST_SESSION} seconds."
        raise invalid("session_length", "invalid", message)
    return seconds


def _user(wanted: _User) -> EmbedUser:
    if wanted.external_user_id in {None, ""}:
        raise invalid("external_user_id", "missing_field", "external_user_id is required.")
    if not wanted.group_ids and not (wanted.models and wanted.permissions):
        raise invalid("group_ids", "missing_field", "Give group_ids, or both models and permissions.")
    texts = {True: "yes", False: "no"}
    attributes = {
        name: texts[value] if isinstance(value, bool) else str(value)
        for name, value in (wanted.user_attributes or {}).items()
        if value is not None
    }
    return EmbedUser(
        external_user_id=str(wanted.external_user_id),
        first_name=wanted.first_name or "Embed",
        last_name=wanted.last_name or "User",
        permissions=wanted.permissions or [],
        models=wanted.models or [],
        group_ids=[str(group) for group in wanted.group_ids or []],
        external_group_id=wanted.external_group_id,
        user_attributes=attributes,
    )
