"""What people save: folders, dashboards with their tiles, favourites. All of it lives on the instance's shelves."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from lookgate.emulator.instance import Instance
from lookgate.emulator.people.tree import User

SHARED, USERS, LOOKML = "1", "2", "lookml"
"""Ids of the folders that are always there."""


@dataclass(slots=True)
class Folder:
    """A folder; the personal ones belong to ``owner_id``."""

    id: str
    name: str
    parent_id: str | None
    owner_id: str | None = None
    creator_id: str | None = None
    created_at: datetime | None = None


@dataclass(slots=True)
class UserDashboard:
    """A dashboard that somebody made here."""

    id: str
    slug: str
    title: str
    user_id: str
    folder_id: str
    created_at: datetime
    updated_at: datetime
    updater_id: str
    layout_id: str
    values: dict[str, Any] = field(default_factory=dict)
    """Plain properties: description, refresh_interval…"""
    elements: dict[str, dict[str, Any]] = field(default_factory=dict)
    filters: dict[str, dict[str, Any]] = field(default_factory=dict)
    components: dict[str, dict[str, Any]] = field(default_factory=dict)
    deleted_at: datetime | None = None
    deleter_id: str | None = None


def dashboards(instance: Instance) -> dict[str, UserDashboard]:
    """Return the user-defined dashboards by id."""
    return instance.shelf("dashboards")


def folders(instance: Instance) -> dict[str, Folder]:
    """Return every folder by id: the roots, LookML's, one per user, and those that were made."""
    found = {
        SHARED: Folder(SHARED, "Shared", None),
        USERS: Folder(USERS, "Users", None),
        LOOKML: Folder(LOOKML, "LookML Dashboards", None),
    }
    for user in instance.users.values():
        if "embed" not in user.credentials:
            home = Folder(personal_id(user), user.display_name, USERS, user.id, user.id)
            found[home.id] = home
    made: dict[str, Folder] = instance.shelf("folders")
    return found | made


def personal_id(user: User) -> str:
    """Return the id of a user's own folder."""
    return f"9{user.id.zfill(6)}"


def ancestors(instance: Instance, folder: Folder) -> list[Folder]:
    """Return the folders above, the root first."""
    every = folders(instance)
    above: list[Folder] = []
    parent = every.get(folder.parent_id or "")
    while parent is not None:
        above.insert(0, parent)
        parent = every.get(parent.parent_id or "")
    return above


def owner_of(instance: Instance, folder: Folder) -> str | None:
    """Return whose personal folder it lies in, or None when it is a shared one."""
    return next((part.owner_id for part in (folder, *ancestors(instance, folder)) if part.owner_id), None)


def may_open(instance: Instance, user: User, folder: Folder) -> bool:
    """Whether the user may see what lies in it: shared folders are everybody's, personal ones their owner's."""
    owner = owner_of(instance, folder)
    return owner in {None, user.id} or instance.is_admin(user)
