"""Rules about Looker groups and roles, by name, compared exactly."""

from __future__ import annotations

from dataclasses import dataclass

from lookgate.core.identity import Principal
from lookgate.core.policy.base import ALLOW, Decision, Policy, Request, deny_user, either, is_user, listed, seen


def in_directory(principal: Principal) -> bool:
    """Say whether Looker's groups and roles are known of this caller.

    A person whom another issuer vouches for has none here, which is not the same as being in none.
    """
    return bool(principal.groups or principal.roles)


@dataclass(frozen=True)
class InGroup(Policy):
    """Users in at least one of these Looker groups."""

    groups: frozenset[str]

    def check(self, principal: Principal, request: Request) -> Decision:
        if is_user(principal) and principal.groups & self.groups:
            return ALLOW
        return deny_user(
            "not_in_group",
            f"{request.action} is for the Looker group{'s'[: len(self.groups) - 1]} {either(self.groups)}.",
            "Ask a Looker admin to add you to the group; it takes effect within a minute.",
            principal,
            known=in_directory(principal),
        )

    def describe(self) -> str:
        return f"members of the Looker group{'s'[: len(self.groups) - 1]} {either(self.groups)}"

    def claim(self, principal: Principal, request: Request) -> str:  # noqa: ARG002 - the protocol's signature
        return seen(principal, f"groups: {listed(principal.groups)}")


@dataclass(frozen=True)
class HasRole(Policy):
    """Users with at least one of these Looker roles."""

    roles: frozenset[str]

    def check(self, principal: Principal, request: Request) -> Decision:
        if is_user(principal) and principal.roles & self.roles:
            return ALLOW
        return deny_user(
            "lacks_role",
            f"{request.action} is for the Looker role{'s'[: len(self.roles) - 1]} {either(self.roles)}.",
            "Ask a Looker admin for the role, directly or through a group.",
            principal,
            known=in_directory(principal),
        )

    def describe(self) -> str:
        return f"holders of the Looker role{'s'[: len(self.roles) - 1]} {either(self.roles)}"

    def claim(self, principal: Principal, request: Request) -> str:  # noqa: ARG002 - the protocol's signature
        return seen(principal, f"roles: {listed(principal.roles)}")
