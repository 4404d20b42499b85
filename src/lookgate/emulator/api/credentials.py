"""API keys of users, and their credentials at other providers."""

from __future__ import annotations

from typing import Any

from lookgate.emulator.api.body import UNSET, Body, Unset, read
from lookgate.emulator.api.find import need_self_or_admin, user_in
from lookgate.emulator.api.route import NOT_FOUND, ApiError, Call, Handler, Operations
from lookgate.emulator.api.user_shapes import EXTERNAL_TYPES, api3_shape, embed_shape, external_shape
from lookgate.emulator.build import new_api3_key
from lookgate.emulator.people.tree import Api3Key, User

operations = Operations()


class KeyBody(Body, frozen=True):
    """What can be written."""

    purpose: str | Unset | None = UNSET


@operations("all_user_credentials_api3s", "GET", "/users/{user_id}/credentials_api3")
def all_user_credentials_api3s(call: Call) -> Any:
    """Return a user's API keys, without their secrets."""
    user = user_in(call)
    need_self_or_admin(call, user)
    return call.fields([api3_shape(call, user, key) for key in user.api3])


@operations("create_user_credentials_api3", "POST", "/users/{user_id}/credentials_api3")
def create_user_credentials_api3(call: Call) -> Any:
    """Make an API key; its secret is told this once."""
    call.need_admin()
    user, body = user_in(call), read(call, KeyBody)
    key = new_api3_key(call.instance)
    key.purpose = None if body.purpose is UNSET else body.purpose
    user.api3.append(key)
    return call.fields({**api3_shape(call, user, key), "client_secret": key.client_secret})


@operations("user_credentials_api3", "GET", "/users/{user_id}/credentials_api3/{credentials_api3_id}")
def user_credentials_api3(call: Call) -> Any:
    """Return an API key, without its secret."""
    user = user_in(call)
    need_self_or_admin(call, user)
    return call.fields(api3_shape(call, user, _key(call, user)))


@operations("update_user_credentials_api3", "PATCH", "/users/{user_id}/credentials_api3/{credentials_api3_id}")
def update_user_credentials_api3(call: Call) -> Any:
    """Say what a key is for."""
    call.need_admin()
    user, body = user_in(call), read(call, KeyBody)
    key = _key(call, user)
    if body.purpose is not UNSET:
        key.purpose = body.purpose
    return call.fields(api3_shape(call, user, key))


@operations("delete_user_credentials_api3", "DELETE", "/users/{user_id}/credentials_api3/{credentials_api3_id}")
def delete_user_credentials_api3(call: Call) -> None:
    """Delete a key. Tokens it was exchanged for live on until they expire."""
    call.need_admin()
    user = user_in(call)
    user.api3.remove(_key(call, user))


@operations("all_user_credentials_embeds", "GET", "/users/{user_id}/credentials_embed")
def all_user_credentials_embeds(call: Call) -> Any:
    """Return a user's embed credentials: one or none."""
    user = user_in(call)
    need_self_or_admin(call, user)
    return call.fields([embed_shape(call, user)] if "embed" in user.credentials else [])


@operations("user_credentials_embed", "GET", "/users/{user_id}/credentials_embed/{credentials_embed_id}")
def user_credentials_embed(call: Call) -> Any:
    """Return a user's embed credential."""
    user = user_in(call)
    need_self_or_admin(call, user)
    return call.fields(embed_shape(call, _embed_user(call, user)))


@operations("delete_user_credentials_embed", "DELETE", "/users/{user_id}/credentials_embed/{credentials_embed_id}")
def delete_user_credentials_embed(call: Call) -> None:
    """Take a user's embed credential away."""
    call.need_admin()
    del _embed_user(call, user_in(call)).credentials["embed"]


def _key(call: Call, user: User) -> Api3Key:
    for key in user.api3:
        if key.id == call.path["credentials_api3_id"]:
            return key
    raise ApiError(404, NOT_FOUND)


def _embed_user(call: Call, user: User) -> User:
    if "embed" not in user.credentials or call.path["credentials_embed_id"] != user.id:
        raise ApiError(404, NOT_FOUND)
    return user


def _reader(kind: str) -> Handler:
    def handler(call: Call) -> Any:
        user = user_in(call)
        need_self_or_admin(call, user)
        shape = external_shape(call, user, kind)
        if shape is None:
            raise ApiError(404, NOT_FOUND)
        return call.fields(shape)

    return handler


def _remover(kind: str) -> Handler:
    def handler(call: Call) -> None:
        call.need_admin()
        if user_in(call).credentials.pop(kind, None) is None:
            raise ApiError(404, NOT_FOUND)

    return handler


for _kind in EXTERNAL_TYPES:
    _template = f"/users/{{user_id}}/credentials_{_kind}"
    operations(f"user_credentials_{_kind}", "GET", _template)(_reader(_kind))
    operations(f"delete_user_credentials_{_kind}", "DELETE", _template)(_remover(_kind))
