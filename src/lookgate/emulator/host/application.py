"""An extension as its project's manifest declares it, and what it may do.

What an entitlement does not list is denied. A refusal is one plain sentence: extensions compare how it begins.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lookgate.emulator.instance import Instance
from lookgate.emulator.lookml.model import Application
from lookgate.emulator.lookml.project import Project
from lookgate.emulator.people.tree import User

MOUNT_POINTS = {
    "standalone": "standalone",
    "dashboard-tile": "dashboard_tile",
    "dashboard-visualization": "dashboard_vis",
    "dashboard-tile-popup": "dashboard_tile",
}
"""Where an extension can stand → the manifest's word for it in ``mount_points``."""


class Refusal(Exception):
    """A request of an extension is refused: the sentence it gets, and the HTTP status for the host page."""

    def __init__(self, message: str, status: int = 403) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True, slots=True)
class Entitlements:
    """The ``entitlements`` block; what it does not say is no."""

    flags: frozenset[str]
    lists: Mapping[str, tuple[str, ...]]

    def allows(self, flag: str) -> bool:
        """Say whether a yes-or-no entitlement such as ``local_storage`` is given."""
        return flag in self.flags

    def listed(self, name: str) -> tuple[str, ...]:
        """Return the entries of a list entitlement such as ``core_api_methods``."""
        return self.lists.get(name, ())


@dataclass(frozen=True, slots=True)
class Extension:
    """One extension of one project."""

    project: str
    name: str
    label: str
    folder: Path
    """The project's folder, resolved."""
    file: str | None
    url: str | None
    mount_points: frozenset[str]
    declared: Mapping[str, Any] | None
    """The ``entitlements`` block as written; None when there is none."""
    models: frozenset[str]
    """The project's models."""

    @property
    def id(self) -> str:
        """``project::application``."""
        return f"{self.project}::{self.name}"

    @property
    def prefix(self) -> str:
        """What the names of its user attributes and secret tags begin with."""
        return re.sub(r"::|-", "_", self.id) + "_"

    @property
    def entitlements(self) -> Entitlements:
        """What it may do.

        Raises:
            Refusal: the manifest has no ``entitlements``.
        """
        if self.declared is None:
            raise Refusal(
                f"Entitlements must be defined for the extension {self.id}. Add an entitlements block to its "
                "application in manifest.lkml."
            )
        flags = frozenset(name for name, value in self.declared.items() if value is True)
        lists = {
            name: tuple(str(entry) for entry in value)
            for name, value in self.declared.items()
            if isinstance(value, list | tuple)
        }
        return Entitlements(flags, lists)

    def need(self, flag: str, what: str) -> None:
        """Refuse unless a yes-or-no entitlement is given."""
        if not self.entitlements.allows(flag):
            raise Refusal(f"Extension not entitled to {what}. Add {flag}: yes to its entitlements in manifest.lkml.")

    def mounts_at(self, mount: str) -> bool:
        """Say whether it may stand there; without ``mount_points`` it is a page of its own only."""
        return MOUNT_POINTS.get(mount) in self.mount_points


def extensions(instance: Instance) -> dict[str, Extension]:
    """Return the extensions of all projects by id."""
    found = (
        _extension(project, application)
        for project in instance.projects.values()
        for application in project.manifest.applications
    )
    return {extension.id: extension for extension in found}


def _extension(project: Project, application: Application) -> Extension:
    mounts = application.mount_points
    return Extension(
        project=project.name,
        name=application.id,
        label=application.label,
        folder=project.folder.resolve(),
        file=application.file,
        url=application.url,
        mount_points=frozenset(
            {"standalone"} if mounts is None else {name for name, on in mounts.items() if on is True}
        ),
        declared=application.entitlements,
        models=frozenset(project.models),
    )


def extension_for(instance: Instance, user: User, extension_id: str) -> Extension:
    """Return an extension that this user may open.

    That is who has a role on one of its project's models. A project without models has nothing to restrict by, so
    everyone may open its extensions.

    Raises:
        Refusal: there is none of this id, or it is not for this user; the two answers are alike.
    """
    with instance.lock:
        extension = extensions(instance).get(extension_id)
        models = instance.models_of(user)
    if extension is not None and (models is None or not extension.models or extension.models & models):
        return extension
    raise Refusal(f"There is no extension {extension_id}, or you have no access to a model of its project.", 404)
