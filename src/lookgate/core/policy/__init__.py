"""Who may: small rules that compose.

A policy answers ``Allow`` or ``Deny``; it never raises and never looks anything up. An action lists policies and all
must allow. An empty list denies, so forgetting is safe.
"""

from __future__ import annotations

from collections.abc import Sequence

from lookgate.core.identity import Assurance
from lookgate.core.policy.base import ALLOW, Allow, Decision, Deny, Policy, Request, some
from lookgate.core.policy.caller import AtLeast, HasScope, Public
from lookgate.core.policy.compose import AllOf, AnyOf, Not, is_policy, rules
from lookgate.core.policy.people import HasRole, InGroup

__all__ = [
    "ALLOW",
    "AllOf",
    "Allow",
    "AnyOf",
    "Decision",
    "Deny",
    "Not",
    "Policy",
    "Request",
    "access_grant",
    "all_of",
    "any_of",
    "at_least",
    "attribute",
    "has_model",
    "has_permission",
    "has_role",
    "has_scope",
    "in_group",
    "is_policy",
    "not_",
    "public",
]


def public() -> Policy:
    """Everyone, anonymous callers included."""
    return Public()


def at_least(level: Assurance) -> Policy:
    """Callers known at least as strongly as ``level``.

    Raises:
        ValueError: ``level`` is not an Assurance.
    """
    given: object = level  # which a file without type checks may write wrongly
    if not isinstance(given, Assurance):
        message = f"at_least() takes an Assurance, not {given!r}. Write at_least(Assurance.USER)."
        raise ValueError(message)  # noqa: TRY004 - one kind of error for every rule that cannot be written
    return AtLeast(level)


def in_group(*groups: str) -> Policy:
    """Users in at least one of these Looker groups, compared exactly."""
    return InGroup(some(groups, "in_group"))


def has_role(*roles: str) -> Policy:
    """Users with at least one of these Looker roles, compared exactly."""
    return HasRole(some(roles, "has_role"))


def has_model(*models: str) -> Policy:
    """Users who may query at least one of these LookML models: a role gives it together with ``access_data``."""
    from lookgate.core.policy.access import HasModel  # noqa: PLC0415 - imported by who uses it

    return HasModel(some(models, "has_model"))


def has_permission(permission: str, model: str | None = None) -> Policy:
    """Users with this Looker permission, such as ``see_sql``; on ``model`` if one is named, else on any."""
    from lookgate.core.policy.access import HasPermission  # noqa: PLC0415 - imported by who uses it

    some((permission,) if model is None else (permission, model), "has_permission")
    return HasPermission(permission, model)


def attribute(name: str, *values: str) -> Policy:
    """Users whose value of the Looker user attribute ``name`` is exactly one of ``values``.

    Raises:
        ValueError: no value is named, or users write this attribute themselves.
    """
    from lookgate.core.policy.attributes import AttributeIs, checked_name  # noqa: PLC0415 - imported by who uses it

    return AttributeIs(checked_name(name, "attribute"), some(values, "attribute"))


def access_grant(*, attribute: str, allowed: Sequence[str]) -> Policy:
    """Users whom a LookML ``access_grant`` with this ``user_attribute`` and these ``allowed_values`` would let in.

    Raises:
        ValueError: no value is allowed, a text is given for the list, or users write this attribute themselves.
    """
    from lookgate.core.policy.attributes import AccessGrant, checked_name  # noqa: PLC0415 - imported by who uses it

    if isinstance(allowed, str):
        message = "access_grant() needs a list of allowed values, such as ['east', 'west']"
        raise ValueError(message)  # noqa: TRY004 - one kind of error for every rule that cannot be written
    return AccessGrant(checked_name(attribute, "access_grant"), some(allowed, "access_grant"))


def has_scope(scope: str) -> Policy:
    """Callers whose credential carries ``scope``."""
    some((scope,), "has_scope")
    return HasScope(scope)


def all_of(*policies: Policy) -> Policy:
    """Every one of ``policies``."""
    return AllOf(rules(policies, "all_of"))


def any_of(*policies: Policy) -> Policy:
    """At least one of ``policies``."""
    return AnyOf(rules(policies, "any_of"))


def not_(policy: Policy) -> Policy:
    """Known callers of whom it is known that ``policy`` refuses them; of others nothing is assumed."""
    return Not(*rules((policy,), "not_"))
