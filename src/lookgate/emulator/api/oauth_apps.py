"""``/oauth_client_apps``: which apps may log users in. Registration is for admins."""

from __future__ import annotations

import re
from typing import Any

from lookgate.emulator.api.body import UNSET, Body, Unset, read
from lookgate.emulator.api.find import link, one
from lookgate.emulator.api.patch import given
from lookgate.emulator.api.route import NOT_FOUND, ApiError, Call, Operations, invalid
from lookgate.emulator.instance import Instance
from lookgate.emulator.oauth_grants import OauthApp, apps, invalidate, redirect_problem

operations = Operations()
_GUID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,254}\Z")


class _New(Body, frozen=True):
    redirect_uri: str
    display_name: str
    description: str | None = None
    enabled: bool | None = None
    group_id: str | None = None


class _Change(Body, frozen=True):
    redirect_uri: str | Unset = UNSET
    display_name: str | Unset = UNSET
    description: str | Unset | None = UNSET
    enabled: bool | Unset = UNSET
    group_id: str | Unset | None = UNSET


@operations("all_oauth_client_apps", "GET", "/oauth_client_apps")
def all_apps(call: Call) -> Any:
    """List the apps the caller may see: all for an admin, none for others."""
    return call.fields([_shape(call, app) for app in apps(call.instance).values()] if call.is_admin else [])


@operations("oauth_client_app", "GET", "/oauth_client_apps/{client_guid}")
def one_app(call: Call) -> Any:
    """Return one app."""
    return call.fields(_shape(call, _find(call)))


@operations("register_oauth_client_app", "POST", "/oauth_client_apps/{client_guid}")
def register(call: Call) -> Any:
    """Register an app under a new guid."""
    call.need_admin()
    guid, new = call.path["client_guid"], read(call, _New)
    if not _GUID.match(guid):
        raise invalid("client_guid", "invalid", "client_guid may hold letters, digits and . _ : - only.")
    if guid in apps(call.instance):
        raise invalid("client_guid", "already_exists", "There is an app with this client_guid.")
    _check(call.instance, given(new))
    app = OauthApp(guid, new.redirect_uri, new.display_name, new.description or "", new.enabled is not False)
    app.group_id = new.group_id or None
    apps(call.instance)[guid] = app
    return call.fields(_shape(call, app))


@operations("update_oauth_client_app", "PATCH", "/oauth_client_apps/{client_guid}")
def update(call: Call) -> Any:
    """Change an app. Switching it off, or moving its redirect or group, ends what was issued."""
    call.need_admin()
    app, changes = _find(call), given(read(call, _Change))
    _check(call.instance, changes)
    ending = {name: changes[name] for name in ("redirect_uri", "group_id") if name in changes}
    if changes.get("enabled") is False or any(getattr(app, name) != (value or None) for name, value in ending.items()):
        invalidate(call.instance, app)
    for name, value in changes.items():
        setattr(app, name, (value or None) if name == "group_id" else ("" if value is None else value))
    return call.fields(_shape(call, app))


@operations("delete_oauth_client_app", "DELETE", "/oauth_client_apps/{client_guid}")
def delete(call: Call) -> Any:
    """Delete an app and everything issued to it; one that does not exist is no error."""
    call.need_admin()
    app = apps(call.instance).pop(call.path["client_guid"], None)
    if app is not None:
        invalidate(call.instance, app)


@operations("invalidate_tokens", "DELETE", "/oauth_client_apps/{client_guid}/tokens")
def invalidate_tokens(call: Call) -> Any:
    """End every code and token of the app."""
    call.need_admin()
    invalidate(call.instance, _find(call))


@operations("activate_app_user", "POST", "/oauth_client_apps/{client_guid}/users/{user_id}")
def activate(call: Call) -> Any:
    """Record that a user agreed to the app: themselves, or an admin for them; never an app on its own behalf."""
    user_id = _target(call)
    token = call.instance.tokens.get(call.token or "")
    if token is not None and token.oauth_client is not None:
        raise ApiError(403, "Forbidden")
    app = apps(call.instance).get(call.path["client_guid"])
    if app is None or user_id not in call.instance.users:
        raise ApiError(404, NOT_FOUND)
    app.activated.add(user_id)


@operations("deactivate_app_user", "DELETE", "/oauth_client_apps/{client_guid}/users/{user_id}")
def deactivate(call: Call) -> Any:
    """Take the agreement back and end the user's tokens; what does not exist is no error."""
    user_id = _target(call)
    app = apps(call.instance).get(call.path["client_guid"])
    if app is not None:
        app.activated.discard(user_id)
        invalidate(call.instance, app, user_id)


def _target(call: Call) -> str:
    user_id = call.path["user_id"]
    if user_id != call.caller.id:
        call.need_admin()
    return user_id


def _find(call: Call) -> OauthApp:
    if not call.is_admin:
        raise ApiError(404, NOT_FOUND)
    return one(apps(call.instance), call.path["client_guid"])


def _check(instance: Instance, values: dict[str, Any]) -> None:
    if "redirect_uri" in values:
        problem = redirect_problem(values["redirect_uri"])
        if problem:
            raise invalid("redirect_uri", "invalid", problem)
    if "display_name" in values and not values["display_name"].strip():
        raise invalid("display_name", "missing_field", "display_name is required.")
    if values.get("group_id") and values["group_id"] not in instance.groups:
        raise invalid("group_id", "invalid", "There is no such group.")


def _shape(call: Call, app: OauthApp) -> dict[str, Any]:
    users = (call.instance.users[id_] for id_ in sorted(app.activated) if id_ in call.instance.users)
    before = app.tokens_invalid_before
    return {
        "client_guid": app.client_guid,
        "redirect_uri": app.redirect_uri,
        "display_name": app.display_name,
        "description": app.description,
        "enabled": app.enabled,
        "group_id": app.group_id,
        "tokens_invalid_before": before and before.isoformat(),
        "activated_users": [
            {
                "id": user.id,
                "first_name": user.first_name,
                "last_name": user.last_name,
                "display_name": user.display_name,
                "url": link(call, "users", user.id),
            }
            for user in users
        ],
        "can": {"show": True, "update": True, "destroy": True},
    }
