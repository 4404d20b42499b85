"""Embed users: who they are is said by the application that embeds Looker, anew with each session."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from lookgate.emulator.instance import Instance
from lookgate.emulator.people.tree import Group, ModelSet, PermissionSet, Role, User

PERMISSIONS = frozenset(
    {"access_data", "see_lookml_dashboards", "see_looks", "see_user_dashboards", "explore", "see_sql", "save_content"}
    | {"create_table_calculations", "create_custom_fields", "can_override_vis_config", "create_alerts", "follow_alerts"}
    | {"download_with_limit", "download_without_limit", "schedule_look_emails", "schedule_external_look_emails"}
    | {"send_to_s3", "send_to_sftp", "send_outgoing_webhook", "send_to_integration", "see_drill_overlay"}
    | {"clear_cache_refresh", "embed_browse_spaces", "embed_save_shared_space"}
)
"""What an embed user can be given; anything else that is asked for is left out."""


class EmbedUser(msgspec.Struct, frozen=True, kw_only=True):
    """What an application says of its user."""

    external_user_id: str
    first_name: str = "Embed"
    last_name: str = "User"
    permissions: Sequence[str] = ()
    models: Sequence[str] = ()
    group_ids: Sequence[str] = ()
    external_group_id: str | None = None
    user_attributes: Mapping[str, str] = {}


def put(instance: Instance, told: EmbedUser) -> User:
    """Make the embed user, or replace all that they had; their earlier sessions end.

    A user without embed credentials is never touched, whatever the id.
    """
    everybody = instance.users.values()
    user = next((user for user in everybody if user.credentials.get("embed") == told.external_user_id), None)
    if user is None:
        user = User(instance.new_id(), told.first_name, told.last_name, external_id=told.external_user_id)
        user.credentials["embed"] = told.external_user_id
        instance.users[user.id] = user
    user.first_name, user.last_name = told.first_name, told.last_name
    user.group_ids = _all_users(instance) | {group for group in told.group_ids if group in instance.groups}
    if told.external_group_id:
        user.group_ids.add(_external_group(instance, told.external_group_id))
    user.role_ids = {_role(instance, user, told)}
    for key in [key for key in instance.user_values if key[0] == user.id]:
        del instance.user_values[key]
    for name, value in told.user_attributes.items():
        attribute = instance.attribute_named(name)
        if attribute is not None and not attribute.is_system:
            instance.user_values[user.id, attribute.id] = value
    for session_id in [session.id for session in instance.sessions.values() if session.user_id == user.id]:
        del instance.sessions[session_id]
    return user


def _all_users(instance: Instance) -> set[str]:
    return {group.id for group in instance.groups.values() if group.name == "All Users"}


def _external_group(instance: Instance, external_id: str) -> str:
    for group in instance.groups.values():
        if group.external_group_id == external_id:
            return group.id
    made = Group(instance.new_id(), external_id, external_group_id=external_id)
    instance.groups[made.id] = made
    return made.id


def _role(instance: Instance, user: User, told: EmbedUser) -> str:
    """Give the user a role of their own: the session's permissions on the session's models."""
    name = f"Embed user {user.id}"
    own: dict[str, str] = instance.shelf("embed_roles")
    role = instance.roles.get(own.get(user.id, ""))
    if role is None:
        role = Role(instance.new_id(), name, instance.new_id(), instance.new_id())
        instance.roles[role.id] = role
        own[user.id] = role.id
    permissions = [permission for permission in told.permissions if permission in PERMISSIONS]
    instance.permission_sets[role.permission_set_id] = PermissionSet(role.permission_set_id, name, permissions)
    instance.model_sets[role.model_set_id] = ModelSet(role.model_set_id, name, list(told.models))
    return role.id
