"""Who may: small rules that compose.

A policy answers ``Allow`` or ``Deny``; it never raises and never looks anything up. An action lists policies and all
must allow. An empty list denies, so forgetting is safe.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from lookgate.core.identity import Assurance, Principal


@dataclass(frozen=True, slots=True)
class Request:
    """What a policy may know of a request beside the principal."""

    action: str
    request_id: str
    origin: str = ""


@dataclass(frozen=True, slots=True)
class Allow:
    """The rule lets the caller through."""


@dataclass(frozen=True, slots=True)
class Deny:
    """The rule refuses."""

    code: str
    """The rule, stable and snake_case: ``not_in_group``."""
    detail: str
    """What was refused, for the caller."""
    hint: str = ""
    """The one thing to do about it."""


Decision = Allow | Deny
ALLOW = Allow()


class Policy(Protocol):
    """One rule."""

    def check(self, principal: Principal, request: Request) -> Decision:
        """Decide."""
        ...

    def describe(self) -> str:
        """Say the rule as the end of "Allowed for …", for OpenAPI, docs and denials."""
        ...


@dataclass(frozen=True, slots=True)
class Public:
    """Everyone, anonymous callers included. It must be written out: nothing is public by omission."""

    def check(self, principal: Principal, request: Request) -> Decision:  # noqa: ARG002 - the protocol's signature
        return ALLOW

    def describe(self) -> str:
        return "everyone"


@dataclass(frozen=True, slots=True)
class AtLeast:
    """Callers known at least this strongly."""

    level: Assurance

    def check(self, principal: Principal, request: Request) -> Decision:
        if principal.assurance >= self.level:
            return ALLOW
        return Deny(
            "assurance_too_low",
            f"{request.action} asks for assurance '{self.level.label}'; this call has '{principal.assurance.label}'.",
            _HOW_TO_REACH[self.level],
        )

    def describe(self) -> str:
        return f"callers with assurance '{self.level.label}' or higher"


@dataclass(frozen=True, slots=True)
class InGroup:
    """Users in at least one of these Looker groups."""

    groups: frozenset[str]

    def check(self, principal: Principal, request: Request) -> Decision:
        if principal.groups & self.groups:
            return ALLOW
        return Deny(
            "not_in_group",
            f"{request.action} is for the Looker group{'s'[: len(self.groups) - 1]} {_names(self.groups)}.",
            "Ask a Looker admin to add you to the group, then call again within a minute.",
        )

    def describe(self) -> str:
        return f"members of the Looker group{'s'[: len(self.groups) - 1]} {_names(self.groups)}"


@dataclass(frozen=True, slots=True)
class HasRole:
    """Users with at least one of these Looker roles."""

    roles: frozenset[str]

    def check(self, principal: Principal, request: Request) -> Decision:
        if principal.roles & self.roles:
            return ALLOW
        return Deny(
            "lacks_role",
            f"{request.action} is for the Looker role{'s'[: len(self.roles) - 1]} {_names(self.roles)}.",
            "Ask a Looker admin for the role, directly or through a group.",
        )

    def describe(self) -> str:
        return f"holders of the Looker role{'s'[: len(self.roles) - 1]} {_names(self.roles)}"


@dataclass(frozen=True, slots=True)
class HasScope:
    """Callers whose credential carries this scope."""

    scope: str

    def check(self, principal: Principal, request: Request) -> Decision:
        if self.scope in principal.scopes:
            return ALLOW
        return Deny(
            "lacks_scope",
            f"{request.action} asks for the scope '{self.scope}', which this credential does not carry.",
            "Use a credential that was issued with this scope.",
        )

    def describe(self) -> str:
        return f"credentials with the scope '{self.scope}'"


@dataclass(frozen=True, slots=True)
class AllOf:
    """Every rule must allow; the first denial is the answer. An empty list denies."""

    policies: tuple[Policy, ...]

    def check(self, principal: Principal, request: Request) -> Decision:
        if not self.policies:
            return Deny(
                "no_policy",
                f"{request.action} has no policy, so nobody may call it.",
                "Give the action a policy; public() must be written out.",
            )
        for policy in self.policies:
            decision = policy.check(principal, request)
            if isinstance(decision, Deny):
                return decision
        return ALLOW

    def describe(self) -> str:
        return " and ".join(policy.describe() for policy in self.policies) or "nobody"


@dataclass(frozen=True, slots=True)
class AnyOf:
    """One rule that allows is enough; otherwise the first denial is the answer. An empty list denies."""

    policies: tuple[Policy, ...]

    def check(self, principal: Principal, request: Request) -> Decision:
        first = AllOf(()).check(principal, request)
        for position, policy in enumerate(self.policies):
            decision = policy.check(principal, request)
            if isinstance(decision, Allow):
                return decision
            if position == 0:
                first = decision
        return first

    def describe(self) -> str:
        return "(" + (" or ".join(policy.describe() for policy in self.policies) or "nobody") + ")"


@dataclass(frozen=True, slots=True)
class Not:
    """Everyone the inner rule refuses."""

    policy: Policy

    def check(self, principal: Principal, request: Request) -> Decision:
        if isinstance(self.policy.check(principal, request), Deny):
            return ALLOW
        return Deny("excluded", f"{request.action} is not for {self.policy.describe()}.")

    def describe(self) -> str:
        return f"everyone but {self.policy.describe()}"


def public() -> Policy:
    """Everyone, anonymous callers included."""
    return Public()


def at_least(level: Assurance) -> Policy:
    """Callers known at least as strongly as ``level``."""
    return AtLeast(level)


def in_group(*groups: str) -> Policy:
    """Users in at least one of these Looker groups, compared exactly."""
    return InGroup(_some(groups, "in_group"))


def has_role(*roles: str) -> Policy:
    """Users with at least one of these Looker roles, compared exactly."""
    return HasRole(_some(roles, "has_role"))


def has_scope(scope: str) -> Policy:
    """Callers whose credential carries ``scope``."""
    return HasScope(scope)


def all_of(*policies: Policy) -> Policy:
    """Every one of ``policies``."""
    return AllOf(policies)


def any_of(*policies: Policy) -> Policy:
    """At least one of ``policies``."""
    return AnyOf(policies)


def not_(policy: Policy) -> Policy:
    """Everyone ``policy`` refuses. Combine it with a rule that allows: on its own it lets strangers in."""
    return Not(policy)


def _some(names: Sequence[str], rule: str) -> frozenset[str]:
    if not names or not all(names):
        message = f"{rule}() needs at least one name, and no empty ones"
        raise ValueError(message)
    return frozenset(names)


def _names(names: frozenset[str]) -> str:
    return " or ".join(f"'{name}'" for name in sorted(names))


_HOW_TO_REACH = {
    Assurance.ANONYMOUS: "",
    Assurance.SHARED_SECRET: "Present an API key, an ID token or a handle.",
    Assurance.WORKLOAD: "Present a signed ID token or a handle; an API key shows only that a secret is known.",
    Assurance.USER: "Call through serverProxy with the user's handle, or with a token of that user.",
}
