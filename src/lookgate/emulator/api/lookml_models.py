"""``/lookml_models``: models, their configuration, and their explores in full."""

from __future__ import annotations

import re
from typing import Any

from lookgate.emulator.api.body import UNSET, Body, Unset, read
from lookgate.emulator.api.explore_shape import explore_shape
from lookgate.emulator.api.listing import flag, listing
from lookgate.emulator.api.patch import given
from lookgate.emulator.api.route import NOT_FOUND, ApiError, Call, Operations, invalid
from lookgate.emulator.catalogue import granted, may, models, visible_explore

operations = Operations()
_NAME = re.compile(r"[A-Za-z0-9_-]{1,255}\Z")


class _New(Body, frozen=True):
    name: str
    project_name: str
    label: str | None = None
    allowed_db_connection_names: list[str] | None = None
    unlimited_db_connections: bool | None = None


class _Change(Body, frozen=True):
    name: str | Unset = UNSET
    project_name: str | Unset = UNSET
    label: str | Unset | None = UNSET
    allowed_db_connection_names: list[str] | Unset = UNSET
    unlimited_db_connections: bool | Unset = UNSET


@operations("all_lookml_models", "GET", "/lookml_models")
def all_lookml_models(call: Call) -> Any:
    """List the models the caller may see; ``exclude_empty`` and ``exclude_hidden`` leave out what they say."""
    names = [name for name in _names(call) if may(call.instance, call.caller, None, name)]
    shapes = [_shape(call, name) for name in listing(call, names, {})]
    if flag(call, "exclude_hidden"):
        for shape in shapes:
            shape["explores"] = [explore for explore in shape["explores"] if not explore["hidden"]]
    if flag(call, "exclude_empty"):
        shapes = [shape for shape in shapes if shape["explores"]]
    return call.fields(shapes)


@operations("lookml_model", "GET", "/lookml_models/{lookml_model_name}")
def lookml_model(call: Call) -> Any:
    """Return one model with the explores the caller may see."""
    return call.fields(_shape(call, _visible(call)))


@operations("create_lookml_model", "POST", "/lookml_models")
def create_lookml_model(call: Call) -> Any:
    """Configure a model: which project it comes from and which connections it may use."""
    new = read(call, _New)
    _need_manage(call, None)
    if not _NAME.match(new.name):
        raise invalid("name", "invalid", "A model's name holds letters, digits, _ and - only.")
    if new.name in _names(call):
        raise invalid("name", "already_exists", "There is a model configuration of this name.")
    call.instance.shelf("deleted_model_configurations").pop(new.name, None)
    call.instance.shelf("model_configurations")[new.name] = {"project_name": ""}
    try:
        _apply(call, new.name, {name: value for name, value in given(new).items() if value is not None})
    except ApiError:
        _remove(call, new.name)
        raise
    return _shape(call, new.name)


@operations("update_lookml_model", "PATCH", "/lookml_models/{lookml_model_name}")
def update_lookml_model(call: Call) -> Any:
    """Change a model's configuration; the name itself stays."""
    name = _visible(call)
    _need_manage(call, name)
    changes = given(read(call, _Change))
    if changes.get("name", name) != name:
        raise invalid("name", "invalid", "A model cannot be renamed here: its name is that of its file.")
    _apply(call, name, changes)
    return _shape(call, name)


@operations("delete_lookml_model", "DELETE", "/lookml_models/{lookml_model_name}")
def delete_lookml_model(call: Call) -> None:
    """Delete a model's configuration: it cannot be queried until it is configured again."""
    name = _visible(call)
    _need_manage(call, name)
    _remove(call, name)


@operations("lookml_model_explore", "GET", "/lookml_models/{lookml_model_name}/explores/{explore_name}")
def lookml_model_explore(call: Call) -> Any:
    """Return one explore with every field the caller may use."""
    path = call.path
    model, explore = visible_explore(call.instance, call.caller, path["lookml_model_name"], path["explore_name"])
    return call.fields(explore_shape(call, model, explore))


def _names(call: Call) -> list[str]:
    return sorted({*models(call.instance), *call.instance.shelf("model_configurations")})


def _visible(call: Call) -> str:
    name = call.path["lookml_model_name"]
    if name not in _names(call) or not may(call.instance, call.caller, None, name):
        raise ApiError(404, NOT_FOUND)
    return name


def _need_manage(call: Call, name: str | None) -> None:
    if "manage_models" in call.instance.permissions_of(call.caller):
        return
    if name is None or not may(call.instance, call.caller, "manage_project_models", name):
        raise ApiError(403, "Forbidden")


def _apply(call: Call, name: str, changes: dict[str, Any]) -> None:
    allowed = changes.get("allowed_db_connection_names")
    for connection in allowed or []:
        if connection not in call.instance.connections:
            message = f"There is no connection {connection!r}."
            raise invalid("allowed_db_connection_names", "invalid", message)
    if "project_name" in changes and changes["project_name"] not in call.instance.projects:
        raise invalid("project_name", "invalid", "There is no such project.")
    real = models(call.instance).get(name)
    if real is not None and changes.get("project_name", real.project) != real.project:
        raise invalid("project_name", "invalid", f"This model's file lies in the project {real.project}.")
    configuration = call.instance.shelf("model_configurations").setdefault(name, {})
    configuration.update({key: changes[key] for key in ("project_name", "label") if key in changes})
    if changes.get("unlimited_db_connections"):
        call.instance.model_connections.pop(name, None)
    elif allowed is not None:
        call.instance.model_connections[name] = tuple(allowed)
    elif changes.get("unlimited_db_connections") is False:
        call.instance.model_connections.setdefault(name, ())


def _remove(call: Call, name: str) -> None:
    call.instance.shelf("model_configurations").pop(name, None)
    call.instance.model_connections.pop(name, None)
    if name in models(call.instance):
        call.instance.shelf("deleted_model_configurations")[name] = True


def _shape(call: Call, name: str) -> dict[str, Any]:
    model = models(call.instance).get(name)
    configuration = call.instance.shelf("model_configurations").get(name, {})
    allowed = call.instance.model_connections.get(name)
    explores = [
        {
            "name": explore.name,
            "label": explore.label,
            "description": explore.description,
            "hidden": explore.hidden,
            "group_label": explore.group_label or (model.label if model else ""),
        }
        for explore in (model.explores.values() if model else ())
        if model and granted(call.instance, call.caller, model, explore.required_access_grants)
    ]
    manages = "manage_models" in call.instance.permissions_of(call.caller)
    return {
        "name": name,
        "label": configuration.get("label") or (model.label if model else name),
        "project_name": model.project if model else configuration.get("project_name"),
        "has_content": model is not None,
        "allowed_db_connection_names": list(allowed or ()),
        "unlimited_db_connections": allowed is None,
        "explores": explores,
        "can": {"show": True, "index": True, "create": manages, "update": manages, "destroy": manages},
    }
