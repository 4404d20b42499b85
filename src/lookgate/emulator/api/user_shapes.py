"""How users and what belongs to them look in answers."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import Any
from urllib.parse import quote

from lookgate.emulator.api.find import link
from lookgate.emulator.api.route import Call
from lookgate.emulator.instance import UiSession
from lookgate.emulator.people.tree import Api3Key, User

SESSION_DAYS = 30
EXTERNAL_TYPES = {
    "google": "google_user_id",
    "saml": "saml_user_id",
    "oidc": "oidc_user_id",
    "ldap": "ldap_id",
    "looker_openid": "email",
}
"""Credential type → the field with the user's id at that provider."""


def user_shape(call: Call, user: User) -> dict[str, Any]:
    """Return a user: whole for admins and the user, else the public part."""
    public = public_shape(call, user)
    if not call.is_admin and call.caller.id != user.id:
        return public
    instance = call.instance
    return {
        **public,
        "avatar_url_without_sizing": public["avatar_url"],
        "credentials_api3": [api3_shape(call, user, key) for key in user.api3],
        "credentials_email": email_shape(call, user) if user.email else None,
        "credentials_embed": [embed_shape(call, user)] if "embed" in user.credentials else [],
        **{f"credentials_{kind}": external_shape(call, user, kind) for kind in EXTERNAL_TYPES},
        "credentials_totp": None,
        "email": user.email,
        "group_ids": sorted(instance.group_ids_of(user), key=int),
        "role_ids": sorted(instance.role_ids_of(user), key=int),
        "home_folder_id": user.home_folder_id,
        "personal_folder_id": None,
        "embed_group_folder_id": None,
        "embed_group_space_id": None,
        "is_disabled": user.is_disabled,
        "is_iam_admin": False,
        "is_service_account": False,
        "can_manage_api3_creds": user.can_manage_api3_creds,
        "locale": user.locale,
        "looker_versions": [instance.version],
        "models_dir_validated": user.models_dir_validated,
        "presumed_looker_employee": False,
        "verified_looker_employee": False,
        "roles_externally_managed": False,
        "allow_direct_roles": True,
        "allow_normal_group_membership": True,
        "allow_roles_from_normal_groups": True,
        "sessions": [session_shape(call, session) for session in sessions_of(call, user)],
        "ui_state": dict(user.ui_state),
    }


def public_shape(call: Call, user: User) -> dict[str, Any]:
    """Return what everyone may know of a user."""
    details = call.is_admin or call.caller.id == user.id
    return {
        "id": user.id,
        "first_name": user.first_name,
        "last_name": user.last_name,
        "display_name": user.display_name or None,
        "avatar_url": _avatar(user),
        "url": link(call, "users", user.id),
        "can": {
            "show": True,
            "index": True,
            "show_details": details,
            "index_details": call.is_admin,
            "sudo": call.is_admin and call.instance.edition == "original",
        },
    }


def email_shape(call: Call, user: User) -> dict[str, Any]:
    """Return a user's email credential."""
    kept = call.instance.shelf("email_credentials").get(user.id, {})
    expires = kept.get("reset_expires_at")
    reset = kept.get("reset_url")
    return {
        "created_at": kept.get("created_at"),
        "email": user.email,
        "forced_password_reset_at_next_login": kept.get("forced_reset", False),
        "user_id": user.id,
        "is_disabled": user.is_disabled,
        "logged_in_at": None,
        "password_reset_url": reset if call.is_admin else None,
        "password_reset_url_expired": reset is None or (expires is not None and expires <= call.instance.clock()),
        "account_setup_url": None,
        "account_setup_url_expired": True,
        "type": "email",
        "url": link(call, "users", user.id, "credentials_email"),
        "user_url": link(call, "users", user.id),
        "can": {"show_password_reset_url": call.is_admin},
    }


def api3_shape(call: Call, user: User, key: Api3Key) -> dict[str, Any]:
    """Return an API key without its secret."""
    return {
        "id": key.id,
        "client_id": key.client_id,
        "created_at": timestamp(key.created_at),
        "is_disabled": key.is_disabled or user.is_disabled,
        "purpose": key.purpose,
        "type": "api3",
        "url": link(call, "users", user.id, "credentials_api3", key.id),
        "can": {"show": True, "destroy": call.is_admin},
    }


def embed_shape(call: Call, user: User) -> dict[str, Any]:
    """Return a user's embed credential."""
    return {
        "id": user.id,
        "created_at": None,
        "external_group_id": None,
        "external_user_id": user.credentials["embed"],
        "is_disabled": user.is_disabled,
        "logged_in_at": None,
        "type": "embed",
        "url": link(call, "users", user.id, "credentials_embed", user.id),
        "can": {},
    }


def external_shape(call: Call, user: User, kind: str) -> dict[str, Any] | None:
    """Return a user's credential at another provider; None when there is none."""
    if kind not in user.credentials:
        return None
    shape: dict[str, Any] = {
        "created_at": None,
        "email": user.email,
        "is_disabled": user.is_disabled,
        "logged_in_at": None,
        "type": kind,
        "url": link(call, "users", user.id, f"credentials_{kind}"),
        "can": {},
    }
    if kind == "google":
        shape["domain"] = (user.email or "").partition("@")[2] or None
    if kind == "ldap":
        shape["ldap_dn"] = None
    if kind == "looker_openid":
        shape.update(logged_in_ip=None, user_url=link(call, "users", user.id))
    return shape | {EXTERNAL_TYPES[kind]: user.credentials[kind]}


def sessions_of(call: Call, user: User) -> list[UiSession]:
    """Return the user's browser sessions."""
    return [session for session in call.instance.sessions.values() if session.user_id == user.id]


def session_id(session: UiSession) -> str:
    """Return the id shown to others: the session's own id is the browser's cookie and stays secret."""
    return str(int.from_bytes(hashlib.sha256(session.id.encode()).digest()[:6]))


def session_shape(call: Call, session: UiSession) -> dict[str, Any]:
    """Return a browser session."""
    expires_at = session.created_at + timedelta(days=SESSION_DAYS)
    return {
        "id": session_id(session),
        "ip_address": "127.0.0.1",
        "browser": None,
        "operating_system": None,
        "city": None,
        "state": None,
        "country": None,
        "credentials_type": "email",
        "extended_at": None,
        "extended_count": 0,
        "sudo_user_id": None,
        "created_at": timestamp(session.created_at),
        "expires_at": timestamp(expires_at),
        "url": link(call, "users", session.user_id, "sessions", session_id(session)),
        "can": {"destroy": call.is_admin},
    }


def timestamp(moment: Any) -> str:
    """Return a time as Looker writes it: milliseconds and offset."""
    text: str = moment.isoformat(timespec="milliseconds")
    return text


def _avatar(user: User) -> str:
    initials = (user.first_name[:1] + user.last_name[:1]).upper() or "?"
    letters = "".join(character for character in initials if character.isalnum())
    return "data:image/svg+xml," + quote(
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 40"><rect width="40" height="40" fill="#5b6b8c"/>'
        f'<text x="20" y="26" font-size="16" fill="#fff" text-anchor="middle">{letters}</text></svg>'
    )
