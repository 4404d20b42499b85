"""What a rule may need to know of a Looker user beyond groups and roles, and how it is asked for.

Rules look nothing up. They name their needs; whoever calls a policy asks the directory for them first and hands the
facts over with the request. A need that was not met leaves a rule without knowledge, and such a rule denies.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True, slots=True)
class Need:
    """One thing to look up."""

    kind: Literal["access", "attribute"]
    name: str = ""
    """The user attribute's name; empty for ``access``."""


ACCESS = Need("access")
"""The user's permissions and models, by role."""


@dataclass(frozen=True, slots=True)
class Access:
    """What one of the user's Looker roles gives: each of its permissions on each of its models."""

    role: str
    """The role's name."""
    permissions: frozenset[str] | None
    """None for every permission there is (Looker's ``all_access``)."""
    models: frozenset[str] | None
    """None for every model there is."""

    def allows(self, permission: str, model: str | None = None) -> bool:
        """Say whether this role gives the permission, on the model if one is named, else on any."""
        if self.permissions is not None and permission not in self.permissions:
            return False
        return model is None or self.models is None or model in self.models


Flaw = Literal["", "unset", "unknown", "hidden", "editable"]


@dataclass(frozen=True, slots=True)
class AttributeValue:
    """A user's value of a user attribute, or why there is none to rely on."""

    value: str = field(default="", repr=False)
    """What Looker holds: user above group above default. Empty when there is a flaw."""
    flaw: Flaw = ""
    """``unset``: this user has no value. ``unknown``: there is no such attribute. ``hidden``: Looker tells its value to
    nobody. ``editable``: users set it themselves, so it says nothing that they could not make up."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What was looked up for one decision."""

    access: tuple[Access, ...] | None = None
    """None when it was not asked for, or the caller is no user of the directory."""
    attributes: Mapping[str, AttributeValue] = field(default_factory=dict)
    """By name; only those that were asked for."""


NO_FACTS = Facts()
