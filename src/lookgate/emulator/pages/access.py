"""What a user may open.

* An extension: the extension host decides (``host.application``).
* A dashboard: whoever has ``see_lookml_dashboards`` on its model; one that no model includes, only who has it on all.
* An explore: whoever has ``explore`` on its model and the access grants it requires.
"""

from __future__ import annotations

from lookgate.emulator import catalogue
from lookgate.emulator.host.application import Extension, Refusal, extension_for, extensions
from lookgate.emulator.instance import Instance
from lookgate.emulator.lookml.dashboards import Dashboard
from lookgate.emulator.lookml.model import Explore, Model
from lookgate.emulator.people.tree import User


def extensions_of(instance: Instance, user: User) -> list[Extension]:
    """Return the extensions the user may open, by label."""
    found = []
    for identity in extensions(instance):
        try:
            found.append(extension_for(instance, user, identity))
        except Refusal:
            continue
    return sorted(found, key=lambda extension: extension.label.lower())


def dashboards_of(instance: Instance, user: User) -> list[Dashboard]:
    """Return the dashboards the user may open, by title."""
    found = [
        board
        for project in instance.projects.values()
        for board in project.dashboards
        if catalogue.may(instance, user, "see_lookml_dashboards", board.id.partition("::")[0])
    ]
    return sorted(found, key=lambda board: board.title.lower())


def explores_of(instance: Instance, user: User) -> list[tuple[Model, Explore]]:
    """Return the explores the user may open, hidden ones too, by label of model and explore."""
    found = [
        (model, explore)
        for model in catalogue.models(instance).values()
        if catalogue.may(instance, user, "explore", model.name)
        for explore in model.explores.values()
        if catalogue.granted(instance, user, model, explore.required_access_grants)
    ]
    return sorted(found, key=lambda pair: (pair[0].label.lower(), pair[1].label.lower()))
