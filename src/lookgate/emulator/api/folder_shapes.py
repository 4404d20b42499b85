"""Folders as Looker describes them: ``FolderBase``."""

from __future__ import annotations

from typing import Any

from lookgate.emulator.api.route import Call
from lookgate.emulator.shelf_content import SHARED, USERS, Folder, folders, owner_of


def folder_base(call: Call, found: Folder) -> dict[str, Any]:
    """Return a folder without what is in it."""
    every = folders(call.instance)
    own = found.creator_id == call.caller.id or call.is_admin
    return {
        "id": found.id,
        "name": found.name,
        "parent_id": found.parent_id,
        "content_metadata_id": None,
        "created_at": found.created_at.isoformat() if found.created_at else None,
        "creator_id": found.creator_id,
        "child_count": sum(other.parent_id == found.id for other in every.values()),
        "external_id": None,
        "is_embed": False,
        "is_embed_shared_root": False,
        "is_embed_users_root": False,
        "is_personal": found.owner_id is not None,
        "is_personal_descendant": found.owner_id is None and owner_of(call.instance, found) is not None,
        "is_shared_root": found.id == SHARED,
        "is_users_root": found.id == USERS,
        "can": {"index": True, "show": True, "update": own, "destroy": own, "create": True},
    }
