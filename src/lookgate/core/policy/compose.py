"""Rules made of rules. They reason with three answers: yes, no, and not known.

So an allowed call stays allowed whatever else becomes known of its caller, and a ``Not`` never lets in somebody only
because nothing is known of them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from lookgate.core.facts import Need
from lookgate.core.identity import Principal
from lookgate.core.policy.base import ALLOW, Allow, Decision, Deny, Policy, Request


@dataclass(frozen=True)
class AllOf(Policy):
    """Every rule must allow; the first denial is the answer. An empty list denies."""

    policies: tuple[Policy, ...]

    def check(self, principal: Principal, request: Request) -> Decision:
        if not self.policies:
            return _nobody(request)
        first: Deny | None = None
        for policy in self.policies:
            decision = policy.check(principal, request)
            if isinstance(decision, Deny):
                if decision.known:
                    return decision if first is None else replace(first, known=True)
                first = first or decision
        return first or ALLOW

    def describe(self) -> str:
        return " and ".join(policy.describe() for policy in self.policies) or "nobody"

    def needs(self) -> frozenset[Need]:
        return frozenset[Need]().union(*(policy.needs() for policy in self.policies))


@dataclass(frozen=True)
class AnyOf(Policy):
    """One rule that allows is enough; otherwise the first denial is the answer. An empty list denies."""

    policies: tuple[Policy, ...]

    def check(self, principal: Principal, request: Request) -> Decision:
        first: Deny | None = None
        known = True
        for policy in self.policies:
            decision = policy.check(principal, request)
            if isinstance(decision, Allow):
                return decision
            first, known = first or decision, known and decision.known
        return _nobody(request) if first is None else replace(first, known=known)

    def describe(self) -> str:
        return "(" + (" or ".join(policy.describe() for policy in self.policies) or "nobody") + ")"

    def needs(self) -> frozenset[Need]:
        return frozenset[Need]().union(*(policy.needs() for policy in self.policies))


@dataclass(frozen=True)
class Not(Policy):
    """Every known caller of whom it is known that the inner rule refuses them."""

    policy: Policy

    def check(self, principal: Principal, request: Request) -> Decision:
        inner = self.policy.check(principal, request)
        if principal.kind == "anonymous":
            return Deny(
                "excluded",
                f"{request.action} leaves some callers out, so it must know who calls.",
                "Present a credential.",
                known=False,
            )
        if isinstance(inner, Deny):
            if inner.known:
                return ALLOW
            return Deny(
                "excluded",
                f"{request.action} leaves some callers out, and it is not known whether this one is among them.",
                inner.hint,
                known=False,
            )
        return Deny("excluded", f"{request.action} is not for this caller: a rule leaves some callers out.")

    def describe(self) -> str:
        return f"known callers other than {self.policy.describe()}"

    def needs(self) -> frozenset[Need]:
        return self.policy.needs()


def is_policy(given: object) -> bool:
    """Say whether this is a rule, with everything inside it."""
    if isinstance(given, AllOf | AnyOf):
        return all(map(is_policy, given.policies))
    if isinstance(given, Not):
        return is_policy(given.policy)
    return not isinstance(given, type) and all(
        callable(getattr(given, name, None)) for name in ("check", "describe", "needs", "claim")
    )


def rules(given: tuple[Policy, ...], name: str) -> tuple[Policy, ...]:
    """Return the rules that ``name()`` is made of.

    Raises:
        ValueError: one is no rule.
    """
    for one in given:
        if not is_policy(one):
            message = f"{name}() takes rules, not {one!r}. Write {name}(at_least(Assurance.USER)), or another rule."
            raise ValueError(message)
    return given


def _nobody(request: Request) -> Deny:
    return Deny(
        "no_policy",
        f"{request.action} has no policy, so nobody may call it.",
        "Give the action a policy; public() must be written out.",
        known=False,
    )
