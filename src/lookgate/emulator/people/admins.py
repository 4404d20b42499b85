"""An instance always keeps one admin who can sign in."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypeVar

from lookgate.emulator.instance import Instance

T = TypeVar("T")


class LastAdmin(Exception):
    """The change would leave no enabled admin; it was undone."""


@contextmanager
def keep_an_admin(instance: Instance) -> Iterator[None]:
    """Undo the block's changes to users, groups and roles if it fails or leaves no enabled admin.

    Raises:
        LastAdmin: nobody would be left who may administer.
    """
    users, groups, roles = dict(instance.users), dict(instance.groups), dict(instance.roles)
    user_state = {key: (set(user.role_ids), set(user.group_ids), user.is_disabled) for key, user in users.items()}
    group_state = {key: (set(group.role_ids), set(group.child_ids)) for key, group in groups.items()}
    role_state = {key: (role.permission_set_id, role.model_set_id) for key, role in roles.items()}
    try:
        yield
        if not any(instance.is_admin(user) for user in instance.users.values() if not user.is_disabled):
            raise LastAdmin  # noqa: TRY301 - must undo as any other failure does
    except BaseException:
        _put_back(instance.users, users)
        _put_back(instance.groups, groups)
        _put_back(instance.roles, roles)
        for key, user in users.items():
            user.role_ids, user.group_ids, user.is_disabled = user_state[key]
        for key, group in groups.items():
            group.role_ids, group.child_ids = group_state[key]
        for key, role in roles.items():
            role.permission_set_id, role.model_set_id = role_state[key]
        raise


def _put_back(stored: dict[str, T], kept: dict[str, T]) -> None:
    stored.clear()
    stored.update(kept)
