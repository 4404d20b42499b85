"""How roles and their two sets look in answers, and what they can be searched by."""

from __future__ import annotations

from typing import Any

from lookgate.emulator.api.find import link
from lookgate.emulator.api.listing import Column
from lookgate.emulator.api.route import Call
from lookgate.emulator.instance import Instance
from lookgate.emulator.people.tree import ModelSet, PermissionSet, Role

PERMISSION_SET_COLUMNS: dict[str, Column[PermissionSet]] = {
    "id": Column(lambda found: found.id, "id"),
    "name": Column(lambda found: found.name),
    "all_access": Column(lambda found: found.all_access, "flag"),
    "built_in": Column(lambda found: found.built_in, "flag"),
}
MODEL_SET_COLUMNS: dict[str, Column[ModelSet]] = {
    "id": Column(lambda found: found.id, "id"),
    "name": Column(lambda found: found.name),
    "all_access": Column(lambda found: found.all_access, "flag"),
    "built_in": Column(lambda found: found.built_in, "flag"),
}


def role_columns(instance: Instance) -> dict[str, Column[Role]]:
    """Return what roles can be searched by."""
    return {
        "id": Column(lambda role: role.id, "id"),
        "name": Column(lambda role: role.name),
        "permission_set_ids": Column(lambda role: role.permission_set_id, "id"),
        "model_set_ids": Column(lambda role: role.model_set_id, "id"),
        "built_in": Column(lambda role: is_built_in(instance, role), "flag"),
    }


def role_shape(call: Call, role: Role) -> dict[str, Any]:
    """Return a role with its sets."""
    changeable = call.is_admin and not is_built_in(call.instance, role)
    return {
        "id": role.id,
        "name": role.name,
        "permission_set": permission_set_shape(call, call.instance.permission_sets[role.permission_set_id]),
        "permission_set_id": role.permission_set_id,
        "model_set": model_set_shape(call, call.instance.model_sets[role.model_set_id]),
        "model_set_id": role.model_set_id,
        "internal": False,
        "url": link(call, "roles", role.id),
        "users_url": link(call, "roles", role.id, "users"),
        "can": {"show": True, "index": True, "update": changeable},
    }


def permission_set_shape(call: Call, found: PermissionSet) -> dict[str, Any]:
    """Return a permission set."""
    return {
        "id": found.id,
        "name": found.name,
        "permissions": list(found.permissions),
        "all_access": found.all_access,
        "built_in": found.built_in,
        "url": link(call, "permission_sets", found.id),
        "can": {"show": True, "index": True, "update": call.is_admin and not found.built_in},
    }


def model_set_shape(call: Call, found: ModelSet) -> dict[str, Any]:
    """Return a model set; the one called All has every model there is."""
    models = sorted(all_models(call.instance)) if found.all_access else list(found.models)
    return {
        "id": found.id,
        "name": found.name,
        "models": models,
        "all_access": found.all_access,
        "built_in": found.built_in,
        "url": link(call, "model_sets", found.id),
        "can": {"show": True, "index": True, "update": call.is_admin and not found.built_in},
    }


def all_models(instance: Instance) -> set[str]:
    """Return the names of all models of all projects."""
    return {name for project in instance.projects.values() for name in project.models}


def is_built_in(instance: Instance, role: Role) -> bool:
    """Say whether this is the Admin role that exists without being written."""
    return role.name == "Admin" and instance.permission_sets[role.permission_set_id].all_access
