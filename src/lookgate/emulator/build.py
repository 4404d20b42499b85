"""From a world file and LookML folders to a running instance's state."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path

from lookgate.emulator.connection import Connection, ConnectionConfig
from lookgate.emulator.instance import Edition, Instance
from lookgate.emulator.lookml.engine import Engine
from lookgate.emulator.lookml.project import load_project
from lookgate.emulator.people.permissions import PERMISSIONS
from lookgate.emulator.people.tree import (
    Api3Key,
    Group,
    ModelSet,
    PermissionSet,
    Role,
    User,
    UserAttribute,
)
from lookgate.emulator.world import ConnectionPart, World, WorldError
from lookgate.emulator.world_check import mistakes_in

ALL_USERS = "All Users"

SYSTEM_ATTRIBUTES = {
    "id": "Looker User ID",
    "email": "Email",
    "first_name": "First Name",
    "last_name": "Last Name",
    "name": "Full Name",
    "locale": "Locale",
    "number_format": "Number format",
    "landing_page": "Landing Page",
}
_DEFAULTS = {"locale": "en", "number_format": "1,234.56", "landing_page": "/browse"}


def build_instance(
    world: World,
    world_folder: Path,
    projects: Sequence[Path],
    *,
    base_url: str,
    sandbox_url: str,
    edition: Edition,
    clock: Callable[[], datetime],
    random_bytes: Callable[[int], bytes],
) -> Instance:
    """Build an instance.

    Args:
        world: What it contains.
        world_folder: Where relative database files of the world lie.
        projects: Folders of LookML projects.
        base_url: The origin of pages and API.
        sandbox_url: The other origin, for extension frames.
        edition: ``core`` refuses sudo, as Looker (Google Cloud core) does.
        clock: Aware, UTC.
        random_bytes: The source of keys and tokens.

    Raises:
        WorldError: names that refer to nothing or are given twice, all at once; a project folder that is missing.
    """
    mistakes = mistakes_in(world)
    if mistakes:
        raise WorldError("The world does not hold together:\n  " + "\n  ".join(mistakes))
    instance = Instance(base_url, sandbox_url, clock, random_bytes, version=world.looker.version, edition=edition)
    instance.shelf("setting")["embed_config"] = {"domain_allowlist": list(world.looker.allowed_origins)}
    user_ids = [instance.new_id() for _ in world.users]
    groups = _add_groups(instance, world)
    roles = _add_roles(instance, world)
    for group in world.groups:
        groups[group.name].role_ids = {roles[name] for name in group.roles}
        groups[group.name].child_ids = {groups[name].id for name in group.groups}
    _add_attributes(instance, world, groups)
    for user_id, part in zip(user_ids, world.users, strict=True):
        user = User(
            user_id,
            part.first_name,
            part.last_name,
            email=part.email,
            external_id=part.external_id,
            is_disabled=part.disabled,
            about=part.about,
            group_ids={groups[ALL_USERS].id, *(groups[name].id for name in part.groups)},
            role_ids={roles[name] for name in part.roles},
            credentials={"embed": part.external_id} if part.external_id else {},
        )
        user.api3.append(new_api3_key(instance))
        instance.users[user_id] = user
        for name, value in part.attributes.items():
            attribute = instance.attribute_named(name)
            if attribute is not None:
                instance.user_values[user_id, attribute.id] = value
    _add_databases(instance, world, world_folder, projects)
    return instance


def new_api3_key(instance: Instance) -> Api3Key:
    """Make an API key."""
    return Api3Key(instance.new_id(), instance.new_secret(15), instance.new_secret(18), instance.clock())


def _add_groups(instance: Instance, world: World) -> dict[str, Group]:
    groups: dict[str, Group] = {}
    for name, external_id in [(ALL_USERS, None), *((part.name, part.external_id) for part in world.groups)]:
        group = Group(instance.new_id(), name, external_group_id=external_id)
        instance.groups[group.id] = groups[name] = group
    return groups


def _add_roles(instance: Instance, world: World) -> dict[str, str]:
    admin = PermissionSet(instance.new_id(), "Admin", list(PERMISSIONS), built_in=True, all_access=True)
    everything = ModelSet(instance.new_id(), "All", [], built_in=True, all_access=True)
    permission_sets, model_sets = {"Admin": admin}, {"All": everything}
    for permissions in world.permission_sets:
        found = PermissionSet(instance.new_id(), permissions.name, list(permissions.permissions))
        permission_sets[found.name] = found
    for models in world.model_sets:
        model_sets[models.name] = ModelSet(instance.new_id(), models.name, list(models.models))
    instance.permission_sets = {part.id: part for part in permission_sets.values()}
    instance.model_sets = {part.id: part for part in model_sets.values()}
    parts = [(part.name, part.permission_set, part.model_set) for part in world.roles]
    if all(name != "Admin" for name, _, _ in parts):
        parts.insert(0, ("Admin", "Admin", "All"))
    roles: dict[str, str] = {}
    for name, permission_set, model_set in parts:
        role = Role(instance.new_id(), name, permission_sets[permission_set].id, model_sets[model_set].id)
        instance.roles[role.id] = role
        roles[name] = role.id
    return roles


def _add_attributes(instance: Instance, world: World, groups: dict[str, Group]) -> None:
    for name, label in SYSTEM_ATTRIBUTES.items():
        attribute = UserAttribute(instance.new_id(), name, label, "string", default_value=_DEFAULTS.get(name))
        attribute.is_system = attribute.is_permanent = True
        instance.attributes[attribute.id] = attribute
    for part in world.attributes:
        attribute = UserAttribute(
            instance.new_id(),
            part.name,
            part.label or part.name.replace("_", " ").title(),
            part.type,
            default_value=part.default,
            value_is_hidden=part.hidden,
            user_can_view=part.user_can_view,
            user_can_edit=part.user_can_edit,
            hidden_value_domain_whitelist=",".join(part.domains) or None,
            group_values=[(groups[name].id, value) for name, value in part.groups.items()],
        )
        instance.attributes[attribute.id] = attribute


def _add_databases(instance: Instance, world: World, folder: Path, projects: Sequence[Path]) -> None:
    for part in world.connections:
        instance.connections[part.name] = Connection(
            ConnectionConfig(
                name=part.name,
                dialect=part.dialect,
                database=_database(part, folder),
                temp_schema=part.temp_schema,
                pdts_enabled=part.pdts,
                read_only=part.read_only,
            )
        )
    instance.model_connections = {part.name: part.connections for part in world.models if part.connections}
    for path in projects:
        try:
            project = load_project(path)
        except FileNotFoundError as error:
            raise WorldError(f"{error} Name another folder with --project.") from error
        if project.name in instance.projects:
            raise WorldError(f"Two projects are called {project.name!r}; set project_name in one manifest.lkml.")
        instance.projects[project.name] = project
    instance.engine = Engine(instance.projects.values(), instance.connections, instance.clock)


def _database(part: ConnectionPart, folder: Path) -> str:
    return part.database if part.dialect == "postgres" or part.database == ":memory:" else str(folder / part.database)
