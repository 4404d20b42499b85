"""Model sets."""

from __future__ import annotations

from typing import Any

from lookgate.emulator.api.body import UNSET, Body, Unset, read, text
from lookgate.emulator.api.find import one
from lookgate.emulator.api.listing import listing, search
from lookgate.emulator.api.role_shapes import MODEL_SET_COLUMNS, model_set_shape
from lookgate.emulator.api.route import ApiError, Call, Operations, invalid
from lookgate.emulator.people.tree import ModelSet

operations = Operations()


class ModelSetBody(Body, frozen=True):
    """What can be written. A model need not exist yet."""

    name: str | Unset | None = UNSET
    models: list[str] | Unset | None = UNSET


@operations("all_model_sets", "GET", "/model_sets")
def all_model_sets(call: Call) -> Any:
    """Return the model sets."""
    call.need_admin()
    found = listing(call, call.instance.model_sets.values(), MODEL_SET_COLUMNS)
    return call.fields([model_set_shape(call, each) for each in found])


@operations("search_model_sets", "GET", "/model_sets/search")
def search_model_sets(call: Call) -> Any:
    """Search model sets; ``models`` names, comma-separated, what a set must contain."""
    call.need_admin()
    needed = {name.strip() for name in call.query.get("models", "").split(",") if name.strip()}
    sets = [each for each in call.instance.model_sets.values() if each.all_access or needed <= set(each.models)]
    return call.fields([model_set_shape(call, each) for each in search(call, sets, MODEL_SET_COLUMNS)])


@operations("model_set", "GET", "/model_sets/{model_set_id}")
def model_set(call: Call) -> Any:
    """Return one model set."""
    call.need_admin()
    return call.fields(model_set_shape(call, _found(call)))


@operations("create_model_set", "POST", "/model_sets")
def create_model_set(call: Call) -> Any:
    """Create a model set."""
    call.need_admin()
    body = read(call, ModelSetBody)
    made = ModelSet("", _name(call, body), _models(body))
    made.id = call.instance.new_id()
    call.instance.model_sets[made.id] = made
    return model_set_shape(call, made)


@operations("update_model_set", "PATCH", "/model_sets/{model_set_id}")
def update_model_set(call: Call) -> Any:
    """Change a model set; not the built-in one."""
    call.need_admin()
    found, body = _changeable(call), read(call, ModelSetBody)
    name = found.name if body.name is UNSET else _name(call, body, found)
    models = found.models if body.models is UNSET else _models(body)
    found.name, found.models = name, models
    return model_set_shape(call, found)


@operations("delete_model_set", "DELETE", "/model_sets/{model_set_id}")
def delete_model_set(call: Call) -> None:
    """Delete a model set that no role uses."""
    call.need_admin()
    found = _changeable(call)
    if any(role.model_set_id == found.id for role in call.instance.roles.values()):
        raise ApiError(405, "A role uses this model set.")
    del call.instance.model_sets[found.id]


def _found(call: Call) -> ModelSet:
    return one(call.instance.model_sets, call.path["model_set_id"])


def _changeable(call: Call) -> ModelSet:
    found = _found(call)
    if found.built_in:
        raise ApiError(405, f"The built-in model set {found.name} cannot be changed.")
    return found


def _name(call: Call, body: ModelSetBody, own: ModelSet | None = None) -> str:
    name = text(body.name, "name")
    others = [other for other in call.instance.model_sets.values() if other is not own]
    if any(other.name.casefold() == name.casefold() for other in others):
        raise invalid("name", "already_exists", "name is already used by another model set.")
    return name


def _models(body: ModelSetBody) -> list[str]:
    names = dict.fromkeys([] if body.models is UNSET else body.models or [])
    return [text(name, "models") for name in names]
