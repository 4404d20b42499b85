"""Rules about what a user's Looker roles give: permissions, and the models they hold on."""

from __future__ import annotations

from dataclasses import dataclass

from lookgate.core.facts import ACCESS, Access, Need
from lookgate.core.identity import Principal
from lookgate.core.policy.base import ALLOW, Decision, Policy, Request, deny_user, either, is_user, listed, seen

QUERY = "access_data"
"""The permission without which a model in a role's model set gives nothing (Looker: "Roles", permissions list)."""


@dataclass(frozen=True)
class HasModel(Policy):
    """Users who may query at least one of these LookML models: one role gives ``access_data`` and the model."""

    models: frozenset[str]

    def check(self, principal: Principal, request: Request) -> Decision:
        access = request.facts.access if is_user(principal) else None
        if any(role.allows(QUERY, model) for role in access or () for model in self.models):
            return ALLOW
        return deny_user(
            "lacks_model",
            f"{request.action} is for users who may query the LookML model{'s'[: len(self.models) - 1]} "
            f"{either(self.models)}.",
            f"Ask a Looker admin for a role with this model in its model set and the permission '{QUERY}'.",
            principal,
            known=access is not None,
        )

    def describe(self) -> str:
        return f"users who may query the LookML model{'s'[: len(self.models) - 1]} {either(self.models)}"

    def needs(self) -> frozenset[Need]:
        return frozenset({ACCESS})

    def claim(self, principal: Principal, request: Request) -> str:
        return seen(principal, f"models: {_models(request.facts.access, QUERY)}")


@dataclass(frozen=True)
class HasPermission(Policy):
    """Users with a Looker permission; with a model named, by a role that gives it on that model."""

    permission: str
    model: str | None = None

    def check(self, principal: Principal, request: Request) -> Decision:
        access = request.facts.access if is_user(principal) else None
        if any(role.allows(self.permission, self.model) for role in access or ()):
            return ALLOW
        return deny_user(
            "lacks_permission",
            f"{request.action} is for users with the Looker permission {self._words()}.",
            "Ask a Looker admin for a role that gives this permission.",
            principal,
            known=access is not None,
        )

    def describe(self) -> str:
        return f"users with the Looker permission {self._words()}"

    def needs(self) -> frozenset[Need]:
        return frozenset({ACCESS})

    def claim(self, principal: Principal, request: Request) -> str:
        return seen(principal, f"models with '{self.permission}': {_models(request.facts.access, self.permission)}")

    def _words(self) -> str:
        return f"'{self.permission}'" + (f" on the model '{self.model}'" if self.model is not None else "")


def _models(roles: tuple[Access, ...] | None, permission: str) -> str:
    """Say on which models the roles give the permission, and which roles they are."""
    if roles is None:
        return "not known"
    giving = [role for role in roles if role.allows(permission)]
    if not giving:
        return f"none, from the roles: {listed(role.role for role in roles)}"
    everywhere = any(role.models is None for role in giving)
    models = "all" if everywhere else listed({model for role in giving for model in role.models or ()})
    return f"{models}, from the roles: {listed(role.role for role in giving)}"
