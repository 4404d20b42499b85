"""Whether the names in a world refer to something, and to one thing only."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from lookgate.emulator.google import world as google_world
from lookgate.emulator.people.permissions import ADMINISTER, PERMISSIONS
from lookgate.emulator.world import World

_BUILT_IN_GROUPS = ("All Users",)
_SYSTEM = ("id", "email", "first_name", "last_name", "name")


def mistakes_in(world: World) -> list[str]:
    """Return every mistake as a sentence that names its place."""
    return [*_twice(world), *_references(world), *_people(world), *google_world.mistakes_in(world.google)]


def _twice(world: World) -> Iterator[str]:
    kinds = {
        "connections": [part.name for part in world.connections],
        "models": [part.name for part in world.models],
        "permission_sets": ["Admin", *(part.name for part in world.permission_sets)],
        "model_sets": ["All", *(part.name for part in world.model_sets)],
        "roles": [part.name for part in world.roles],
        "groups": [*_BUILT_IN_GROUPS, *(part.name for part in world.groups)],
        "attributes": [*_SYSTEM, "locale", "number_format", "landing_page", *(part.name for part in world.attributes)],
        "users": [part.email.casefold() for part in world.users],
    }
    for kind, names in kinds.items():
        yield from (f"{kind}: {name!r} is there twice." for name, count in Counter(names).items() if count > 1)


def _references(world: World) -> Iterator[str]:
    connections = [part.name for part in world.connections]
    groups = [*_BUILT_IN_GROUPS, *(part.name for part in world.groups)]
    roles = ["Admin", *(part.name for part in world.roles)]
    permission_sets = ["Admin", *(part.name for part in world.permission_sets)]
    model_sets = ["All", *(part.name for part in world.model_sets)]
    grantable = [name for name in PERMISSIONS if name != ADMINISTER]
    for model in world.models:
        yield from _unknown(f"model {model.name!r}", "connection", model.connections, connections)
    for permission_set in world.permission_sets:
        place = f"permission set {permission_set.name!r}"
        yield from _unknown(place, "permission", permission_set.permissions, grantable)
    for role in world.roles:
        yield from _unknown(f"role {role.name!r}", "permission set", [role.permission_set], permission_sets)
        yield from _unknown(f"role {role.name!r}", "model set", [role.model_set], model_sets)
    for group in world.groups:
        yield from _unknown(f"group {group.name!r}", "role", group.roles, roles)
        yield from _unknown(f"group {group.name!r}", "group", group.groups, groups)
    for attribute in world.attributes:
        yield from _unknown(f"attribute {attribute.name!r}", "group", attribute.groups, groups)
        if attribute.domains and not attribute.hidden:
            yield f"attribute {attribute.name!r}: domains need hidden = true."


def _people(world: World) -> Iterator[str]:
    groups = [*_BUILT_IN_GROUPS, *(part.name for part in world.groups)]
    roles = ["Admin", *(part.name for part in world.roles)]
    attributes = ["locale", "number_format", "landing_page", *(part.name for part in world.attributes)]
    for user in world.users:
        yield from _unknown(f"user {user.email!r}", "group", user.groups, groups)
        yield from _unknown(f"user {user.email!r}", "role", user.roles, roles)
        yield from _unknown(f"user {user.email!r}", "attribute", user.attributes, attributes)
    if not any(_may_administer(world, user.roles, user.groups) for user in world.users if not user.disabled):
        yield "users: nobody enabled has a role with the permission set 'Admin'; give one user roles = [\"Admin\"]."


def _may_administer(world: World, roles: Iterable[str], groups: Iterable[str]) -> bool:
    admin_roles = {"Admin"} - {part.name for part in world.roles}
    admin_roles |= {part.name for part in world.roles if part.permission_set == "Admin"}
    inherited = {role for group in world.groups if group.name in set(groups) for role in group.roles}
    return bool(admin_roles & ({*roles} | inherited))


def _unknown(place: str, kind: str, names: Iterable[str], known: Iterable[str]) -> Iterator[str]:
    known = list(known)
    for name in names:
        if name not in known:
            choices = ", ".join(known[:12]) + (", …" if len(known) > 12 else "")  # noqa: PLR2004 - a line's worth
            yield f"{place}: there is no {kind} {name!r}; there are: {choices or 'none'}."
