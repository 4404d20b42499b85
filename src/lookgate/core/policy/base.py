"""What a rule is, what it is asked with, and what it answers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from lookgate.core.facts import NO_FACTS, Facts, Need
from lookgate.core.identity import Assurance, Principal

_SHOWN = 8
_LONGEST = 80


@dataclass(frozen=True, slots=True)
class Request:
    """What a policy may know of a request beside the principal."""

    action: str
    request_id: str
    origin: str = ""
    facts: Facts = NO_FACTS
    """What the directory said to the policy's needs."""


@dataclass(frozen=True, slots=True)
class Allow:
    """The rule lets the caller through."""


@dataclass(frozen=True, slots=True)
class Deny:
    """The rule refuses."""

    code: str
    """The rule, stable and snake_case: ``not_in_group``."""
    detail: str
    """What was refused, for the caller: what the rule asks for, and nothing of what is known of anybody."""
    hint: str = ""
    """The one thing to do about it."""
    known: bool = True
    """False when the rule could not tell, because what it looks at is not known of this caller. ``Not`` turns round
    only what is known."""


Decision = Allow | Deny
ALLOW = Allow()


class Policy(Protocol):
    """One rule. Own rules derive from it; only ``check`` and ``describe`` must be written."""

    def check(self, principal: Principal, request: Request) -> Decision:
        """Decide. Never raises, never looks anything up."""
        ...

    def describe(self) -> str:
        """Say the rule as the end of "Allowed for …", for OpenAPI, docs and admins."""
        ...

    def needs(self) -> frozenset[Need]:
        """Return what must be looked up before ``check`` can tell."""
        return frozenset()

    def claim(self, principal: Principal, request: Request) -> str:  # noqa: ARG002 - for rules that look at something
        """Say what the rule looks at and what stands there, for admins only; empty when it looks at nothing."""
        return ""


def is_user(principal: Principal) -> bool:
    """Say whether one person was proven. Nothing less satisfies a rule about a user."""
    return principal.kind == "user" and principal.assurance >= Assurance.USER


def seen(principal: Principal, what: str) -> str:
    """Return what a rule about users looked at: ``what``, or that there is no user to look at."""
    return what if is_user(principal) else f"no proven user: {principal.kind}, assurance '{principal.assurance.label}'"


def deny_user(code: str, detail: str, hint: str, principal: Principal, *, known: bool) -> Deny:
    """Return the denial of a rule about users. Of a caller who is not proven to be one, nothing is known."""
    if is_user(principal):
        return Deny(code, detail, hint, known)
    return Deny(code, detail, HOW_TO_REACH[Assurance.USER], known=False)


def some(names: Iterable[object], rule: str) -> frozenset[str]:
    """Return the names a rule is about.

    Raises:
        ValueError: there are none, or an empty one: the rule would be about nobody; or one is not text.
    """
    found = set()
    for name in names:
        if not isinstance(name, str):
            message = f"{rule}() takes text, not {name!r}. Write each name in quotes."
            raise ValueError(message)  # noqa: TRY004 - one kind of error for every rule that cannot be written
        found.add(name)
    if not found or "" in found:
        message = f"{rule}() needs at least one name, and no empty ones"
        raise ValueError(message)
    return frozenset(found)


def either(names: Iterable[str]) -> str:
    """Write names as alternatives: ``'a' or 'b'``."""
    return " or ".join(f"'{name}'" for name in sorted(names))


def listed(names: Iterable[str]) -> str:
    """Write what there is, short and printable, for an admin's terminal or log: ``'a', 'b' and 3 more``."""
    ordered = sorted(names)
    shown = ", ".join(f"'{printable(name)}'" for name in ordered[:_SHOWN])
    return f"{shown} and {len(ordered) - _SHOWN} more" if len(ordered) > _SHOWN else shown or "none"


def printable(text: str) -> str:
    """Return ``text`` cut to 80 characters, each of which can be printed."""
    cut = text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
    return "".join(one if one.isprintable() else "\N{REPLACEMENT CHARACTER}" for one in cut)


HOW_TO_REACH = {
    Assurance.ANONYMOUS: "",
    Assurance.SHARED_SECRET: "Present an API key, an ID token or a handle.",
    Assurance.WORKLOAD: "Present a signed ID token or a handle; an API key shows only that a secret is known.",
    Assurance.USER: "Call through serverProxy with the user's handle, or with a token of that user.",
}
