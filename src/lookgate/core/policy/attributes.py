"""Rules about a user attribute's value.

A value that users can set themselves proves nothing, and a hidden one is told to nobody: with either, a rule denies.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from lookgate.core.facts import AttributeValue, Flaw, Need
from lookgate.core.identity import Principal
from lookgate.core.policy.base import ALLOW, Decision, Policy, Request, deny_user, either, is_user, printable, seen

SELF_TOLD = frozenset({"first_name", "last_name", "full_name", "name", "locale", "number_format", "landing_page"})
"""Attributes that mirror what users write into their own account page."""
_STANDS: dict[Flaw, str] = {
    "unset": "not set",
    "unknown": "does not exist",
    "hidden": "hidden",
    "editable": "users can set it",
}
_FIX: dict[Flaw, str] = {
    "": "Ask a Looker admin for a value of the user attribute '{}' that this action allows.",
    "unset": "Ask a Looker admin to set the user attribute '{}' for you, or for a group of yours.",
    "unknown": "Tell whoever runs the gateway: Looker has no user attribute '{}'.",
    "hidden": "Tell whoever runs the gateway: the user attribute '{}' is hidden, so no rule can read it; use another.",
    "editable": "Tell whoever runs the gateway: users may edit the user attribute '{}', so it proves nothing.",
}


@dataclass(frozen=True)
class AttributeIs(Policy):
    """Users whose value of a user attribute is exactly one of these."""

    name: str
    values: frozenset[str]
    code: ClassVar[str] = "attribute_differs"

    def check(self, principal: Principal, request: Request) -> Decision:
        found = request.facts.attributes.get(self.name)
        if is_user(principal) and found is not None and not found.flaw and self.holds(found.value):
            return ALLOW
        flaw: Flaw = "" if found is None else found.flaw
        # The allowed values are not told: they may be the names of other customers.
        return deny_user(
            self.code,
            f"{request.action} is for users with certain values of the user attribute '{self.name}'.",
            _FIX[flaw].format(self.name),
            principal,
            known=found is not None and not found.flaw,
        )

    def holds(self, value: str) -> bool:
        """Say whether a value is allowed."""
        return value in self.values

    def describe(self) -> str:
        return f"users whose user attribute '{self.name}' is {either(self.values)}"

    def needs(self) -> frozenset[Need]:
        return frozenset({Need("attribute", self.name)})

    def claim(self, principal: Principal, request: Request) -> str:
        found = request.facts.attributes.get(self.name)
        return seen(principal, f"user attribute '{self.name}': {_stands(found)}")


@dataclass(frozen=True)
class AccessGrant(AttributeIs):
    """Users to whom a LookML ``access_grant`` of this attribute and these allowed values would give access.

    The attribute may hold several values, separated by commas; one that is allowed is enough. White space around a
    value does not count. (Looker: "access_grant"; the user must be assigned one of the allowed values.)
    """

    code: ClassVar[str] = "lacks_access_grant"

    def holds(self, value: str) -> bool:
        return any(part.strip() in self.values for part in value.split(","))

    def describe(self) -> str:
        return f"users whose user attribute '{self.name}' contains {either(self.values)}"


def checked_name(name: object, rule: str) -> str:
    """Return the attribute's name.

    Raises:
        ValueError: it is empty or no text, or users write the attribute themselves.
    """
    if not isinstance(name, str):
        message = f"{rule}() takes the name of a user attribute as text, not {name!r}"
        raise ValueError(message)  # noqa: TRY004 - one kind of error for every rule that cannot be written
    if not name:
        message = f"{rule}() needs the name of a user attribute"
        raise ValueError(message)
    if name in SELF_TOLD:
        message = f"{rule}('{name}') would let users decide for themselves: they can change their own {name}"
        raise ValueError(message)
    return name


def _stands(found: AttributeValue | None) -> str:
    if found is None:
        return "not known"
    return _STANDS[found.flaw] if found.flaw else f"'{printable(found.value)}'"
