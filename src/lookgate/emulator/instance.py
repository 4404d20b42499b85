"""One running local Looker: everything it knows, and the questions all its parts ask.

Time and randomness are passed in. One lock guards the lot; API handlers run under it, except those that run queries.
"""

from __future__ import annotations

import base64
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

from lookgate.emulator.people.tree import Group, ModelSet, PermissionSet, Role, User, UserAttribute

Edition = Literal["original", "core"]
TOKEN_SECONDS = 3600


@dataclass(slots=True)
class Token:
    """An API access token."""

    user_id: str
    expires_at: datetime
    sudo_by: str | None = None
    """The admin who asked for it, when it came from ``POST /login/{user_id}``."""
    workspace_id: str = "production"
    oauth_client: str | None = None
    """The OAuth client app it was issued to, if any."""


@dataclass(slots=True)
class UiSession:
    """A browser's session with the local Looker's pages."""

    id: str
    user_id: str
    csrf: str
    created_at: datetime
    expires_at: datetime | None = None
    """When it ends before the usual time: with the embed session it belongs to."""


@dataclass(frozen=True, slots=True)
class AttributeValue:
    """A user's effective value of an attribute and where it comes from."""

    attribute: UserAttribute
    value: str | None
    source: str
    """``default``, ``group``, ``user`` or, for system attributes, ``system``."""
    rank: int | None = None


@dataclass(slots=True)
class Instance:
    """The local Looker's state."""

    base_url: str
    """The origin of its pages and API, without a trailing slash."""
    sandbox_url: str
    """The other origin, from which extension frames are served."""
    clock: Callable[[], datetime]
    """Aware, UTC."""
    random_bytes: Callable[[int], bytes]
    version: str = "25.20.0"
    edition: Edition = "original"
    users: dict[str, User] = field(default_factory=dict)
    groups: dict[str, Group] = field(default_factory=dict)
    roles: dict[str, Role] = field(default_factory=dict)
    permission_sets: dict[str, PermissionSet] = field(default_factory=dict)
    model_sets: dict[str, ModelSet] = field(default_factory=dict)
    attributes: dict[str, UserAttribute] = field(default_factory=dict)
    user_values: dict[tuple[str, str], str] = field(default_factory=dict)
    """(user id, attribute id) → value."""
    tokens: dict[str, Token] = field(default_factory=dict)
    sessions: dict[str, UiSession] = field(default_factory=dict)
    projects: dict[str, Any] = field(default_factory=dict)
    """Project name → ``lookml.project.Project``."""
    connections: dict[str, Any] = field(default_factory=dict)
    """Connection name → ``connection.Connection``."""
    model_connections: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Model name → the connections its configuration allows; absent means all."""
    engine: Any = None
    """``lookml.engine.Engine``: runs queries."""
    shelves: dict[str, Any] = field(default_factory=dict)
    """Collections that one API file owns alone (queries, query_tasks, color_collections, oauth_apps, settings…)."""
    lock: threading.RLock = field(default_factory=threading.RLock)
    _last_id: int = 0

    def new_id(self) -> str:
        """Return the next id. Ids are strings of digits, as in Looker."""
        self._last_id += 1
        return str(self._last_id)

    def new_secret(self, size: int = 20) -> str:
        """Return URL-safe random text."""
        return base64.urlsafe_b64encode(self.random_bytes(size)).decode().rstrip("=")

    def shelf(self, name: str) -> dict[str, Any]:
        """Return the collection of this name, made when first asked for."""
        shelf: dict[str, Any] = self.shelves.setdefault(name, {})
        return shelf

    # --- tokens -------------------------------------------------------------------------------------------------

    def issue_token(self, user_id: str, *, sudo_by: str | None = None, oauth_client: str | None = None) -> str:
        """Make a new API token for a user."""
        token = self.new_secret(30)
        expires = self.clock() + timedelta(seconds=TOKEN_SECONDS)
        self.tokens[token] = Token(user_id, expires, sudo_by=sudo_by, oauth_client=oauth_client)
        return token

    def user_of_token(self, token: str) -> User | None:
        """Return the enabled user a live token belongs to."""
        entry = self.tokens.get(token)
        if entry is None or entry.expires_at <= self.clock():
            self.tokens.pop(token, None)
            return None
        user = self.users.get(entry.user_id)
        return None if user is None or user.is_disabled else user

    # --- people -------------------------------------------------------------------------------------------------

    def group_ids_of(self, user: User) -> set[str]:
        """Return every group the user is in, directly or through a group inside another; ``All Users`` included."""
        parents: dict[str, list[str]] = {}
        for group in self.groups.values():
            for child_id in group.child_ids:
                parents.setdefault(child_id, []).append(group.id)
        member: set[str] = set()
        waiting = list(user.group_ids)
        while waiting:
            group_id = waiting.pop()
            if group_id not in member:
                member.add(group_id)
                waiting.extend(parents.get(group_id, ()))
        return member

    def role_ids_of(self, user: User) -> set[str]:
        """Return the user's roles, direct and through groups."""
        roles = set(user.role_ids)
        for group_id in self.group_ids_of(user):
            group = self.groups.get(group_id)
            if group is not None:
                roles |= group.role_ids
        return roles & self.roles.keys()

    def is_admin(self, user: User) -> bool:
        """Say whether one of the user's roles has the built-in Admin permission set."""
        return any(
            self.permission_sets[self.roles[role].permission_set_id].all_access for role in self.role_ids_of(user)
        )

    def permissions_of(self, user: User) -> set[str]:
        """Return the names of the user's permissions over all models; an admin has ``administer`` and all others."""
        granted: set[str] = set()
        for role_id in self.role_ids_of(user):
            granted.update(self.permission_sets[self.roles[role_id].permission_set_id].permissions)
        return granted

    def models_of(self, user: User, permission: str | None = None) -> set[str] | None:
        """Return the models on which the user has the permission (any, when None); None means every model."""
        models: set[str] = set()
        for role_id in self.role_ids_of(user):
            role = self.roles[role_id]
            permissions, model_set = self.permission_sets[role.permission_set_id], self.model_sets[role.model_set_id]
            if permission is None or permissions.all_access or permission in permissions.permissions:
                if model_set.all_access:
                    return None
                models.update(model_set.models)
        return models

    # --- attributes ---------------------------------------------------------------------------------------------

    def attribute_named(self, name: str) -> UserAttribute | None:
        """Return the attribute of exactly this name."""
        return next((attribute for attribute in self.attributes.values() if attribute.name == name), None)

    def value_of(self, user: User, attribute: UserAttribute) -> AttributeValue:
        """Return the effective value: user before group before default; among groups the lowest rank wins."""
        system = _system_value(user, attribute) if attribute.is_system else None
        if system is not None:
            return AttributeValue(attribute, system, "system")
        own = self.user_values.get((user.id, attribute.id))
        if own is not None:
            return AttributeValue(attribute, own, "user")
        member = self.group_ids_of(user)
        for rank, (group_id, value) in enumerate(attribute.group_values):
            if group_id in member:
                return AttributeValue(attribute, value, "group", rank)
        return AttributeValue(attribute, attribute.default_value, "default")

    def values_of(self, user: User, attributes: Iterable[UserAttribute] | None = None) -> dict[str, str]:
        """Return name → effective value in clear, for use on the server only; unset ones are left out."""
        chosen = self.attributes.values() if attributes is None else attributes
        found = {attribute.name: self.value_of(user, attribute).value for attribute in chosen}
        return {name: value for name, value in found.items() if value is not None}


def _system_value(user: User, attribute: UserAttribute) -> str | None:
    return {
        "id": user.id,
        "email": user.email or "",
        "first_name": user.first_name,
        "last_name": user.last_name,
        "name": user.display_name,
    }.get(attribute.name)
