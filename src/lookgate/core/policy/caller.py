"""Rules about how a caller is known, whoever it is."""

from __future__ import annotations

from dataclasses import dataclass

from lookgate.core.identity import Assurance, Principal
from lookgate.core.policy.base import ALLOW, HOW_TO_REACH, Decision, Deny, Policy, Request, listed


@dataclass(frozen=True)
class Public(Policy):
    """Everyone, anonymous callers included. It must be written out: nothing is public by omission."""

    def check(self, principal: Principal, request: Request) -> Decision:  # noqa: ARG002 - the protocol's signature
        return ALLOW

    def describe(self) -> str:
        return "everyone"


@dataclass(frozen=True)
class AtLeast(Policy):
    """Callers known at least this strongly."""

    level: Assurance

    def check(self, principal: Principal, request: Request) -> Decision:
        if principal.assurance >= self.level:
            return ALLOW
        return Deny(
            "assurance_too_low",
            f"{request.action} asks for assurance '{self.level.label}'; this call has '{principal.assurance.label}'.",
            HOW_TO_REACH[self.level],
        )

    def describe(self) -> str:
        return f"callers with assurance '{self.level.label}' or higher"

    def claim(self, principal: Principal, request: Request) -> str:  # noqa: ARG002 - the protocol's signature
        return f"assurance: '{principal.assurance.label}'"


@dataclass(frozen=True)
class HasScope(Policy):
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

    def claim(self, principal: Principal, request: Request) -> str:  # noqa: ARG002 - the protocol's signature
        return f"scopes: {listed(principal.scopes)}"
