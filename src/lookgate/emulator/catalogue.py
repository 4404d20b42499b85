"""Which models and explores there are, and which of them a user may see or query.

A model that a user has no permission on does not exist for them: 404, not 403, so that names are not told.
"""

from __future__ import annotations

from collections.abc import Iterable

from lookgate.emulator.api.route import NOT_FOUND, ApiError
from lookgate.emulator.instance import Instance
from lookgate.emulator.lookml.dashboards import Dashboard
from lookgate.emulator.lookml.model import Explore, Model
from lookgate.emulator.lookml.project import Project
from lookgate.emulator.lookml.query import QueryUser
from lookgate.emulator.lookml.scope import has_grants
from lookgate.emulator.people.tree import User


def models(instance: Instance) -> dict[str, Model]:
    """Return every model that has LookML and whose configuration was not deleted, by name."""
    deleted = instance.shelf("deleted_model_configurations")
    projects: Iterable[Project] = instance.projects.values()
    return {name: model for project in projects for name, model in project.models.items() if name not in deleted}


def may(instance: Instance, user: User, permission: str | None, model: str) -> bool:
    """Whether the user has the permission (any, when None) on the model."""
    allowed = instance.models_of(user, permission)
    return allowed is None or model in allowed


def visible_model(instance: Instance, user: User, name: str) -> Model:
    """Return a model on which the user has any permission.

    Raises:
        ApiError: 404.
    """
    model = models(instance).get(name)
    if model is None or not may(instance, user, None, name):
        raise ApiError(404, NOT_FOUND)
    return model


def granted(instance: Instance, user: User, model: Model, names: Iterable[str]) -> bool:
    """Whether the user has every one of the model's access grants; a grant that is not declared is had by nobody."""
    return has_grants(model, names, instance.values_of(user))


def visible_explore(instance: Instance, user: User, model_name: str, name: str) -> tuple[Model, Explore]:
    """Return an explore whose model the user may see and whose access grants they have.

    Raises:
        ApiError: 404.
    """
    model = visible_model(instance, user, model_name)
    explore = model.explores.get(name)
    if explore is None or not granted(instance, user, model, explore.required_access_grants):
        raise ApiError(404, NOT_FOUND)
    return model, explore


def may_connect(instance: Instance, model: Model) -> bool:
    """Whether the model's configuration allows the connection that it names."""
    allowed = instance.model_connections.get(model.name)
    return allowed is None or model.connection in allowed


def query_user(instance: Instance, user: User) -> QueryUser:
    """Return what the engine needs to know of the user, attributes in clear."""
    return QueryUser(
        id=user.id,
        attributes=instance.values_of(user),
        locale=user.locale,
        name=user.display_name,
        email=user.email or "",
        filter_attributes=frozenset(
            attribute.name for attribute in instance.attributes.values() if attribute.type.startswith("advanced_filter")
        ),
    )


def lookml_dashboards(instance: Instance, user: User) -> dict[str, Dashboard]:
    """Return the LookML dashboards on whose model the user has ``see_lookml_dashboards``, by ``model::name``."""
    allowed = instance.models_of(user, "see_lookml_dashboards")
    deleted = instance.shelf("deleted_model_configurations")
    projects: Iterable[Project] = instance.projects.values()
    found = [board for project in projects for board in project.dashboards]
    owners = {board.id: board.id.partition("::")[0] for board in found}
    return {
        board.id: board
        for board in found
        if owners[board.id] not in deleted and (allowed is None or owners[board.id] in allowed)
    }
