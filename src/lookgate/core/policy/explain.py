"""Why a policy decides as it does: every rule of it, with what it looked at. For admins; callers see a ``Deny``."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from lookgate.core.identity import Principal
from lookgate.core.policy.base import Deny, Policy, Request
from lookgate.core.policy.compose import AllOf, AnyOf, Not

Join = Literal["", "all of", "any of", "not"]


@dataclass(frozen=True, slots=True)
class Explanation:
    """What one rule said, and, if it is made of others, what each of them said."""

    rule: str
    """Whom it is for."""
    join: Join
    """How it is made of its parts; empty for a rule that looks at something itself."""
    allowed: bool
    known: bool
    """False when the rule denied because it could not tell."""
    code: str
    """Of the denial; empty when allowed."""
    hint: str
    """The one thing to do about the denial; empty when allowed."""
    claim: str
    """What it looked at and what stands there; empty when it looks at nothing itself."""
    parts: tuple[Explanation, ...] = ()

    def deciding(self) -> Explanation:
        """Return the innermost rule that the answer comes from: where to look first."""
        if self.join == "not":
            return self
        for part in self.parts:
            if part.allowed == self.allowed:
                return part.deciding()
        return self

    def evidence(self) -> str:
        """Return one line for the audit log: what the deciding rule looked at, and which rule it is."""
        one = self.deciding()
        claims = dict.fromkeys(part.claim for _, part in one.walk() if part.claim)
        return f"Looked at {'; '.join(claims) or 'the caller'}. Rule: {one.rule}"

    def walk(self, depth: int = 0) -> Iterator[tuple[int, Explanation]]:
        """Yield this and every rule below it with its depth, in the order in which they are written."""
        yield depth, self
        for part in self.parts:
            yield from part.walk(depth + 1)


def explain(policy: Policy, principal: Principal, request: Request) -> Explanation:
    """Return the decision of ``policy`` and the reasons. Pure; it asks every rule, also those that no longer matter."""
    decision = policy.check(principal, request)
    inner = _parts(policy)
    denied = decision if isinstance(decision, Deny) else None
    return Explanation(
        rule=policy.describe(),
        join=_join(policy),
        allowed=denied is None,
        known=denied is None or denied.known,
        code=denied.code if denied else "",
        hint=denied.hint if denied else "",
        claim=policy.claim(principal, request),
        parts=tuple(explain(part, principal, request) for part in inner),
    )


def _parts(policy: Policy) -> tuple[Policy, ...]:
    if isinstance(policy, AllOf | AnyOf):
        return policy.policies
    return (policy.policy,) if isinstance(policy, Not) else ()


def _join(policy: Policy) -> Join:
    if isinstance(policy, AllOf):
        return "all of"
    if isinstance(policy, AnyOf):
        return "any of"
    return "not" if isinstance(policy, Not) else ""
