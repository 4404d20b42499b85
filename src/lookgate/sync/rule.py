"""A sync rule: which token goes to which attribute, for whom. Names stand here; ``looker`` finds their ids."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, get_args

Whose = Literal["default", "group", "group_id", "user", "user_id", "external_id", "members", "members_id"]
"""How a target is named: ``members`` are the users of a group, each with a value of their own."""
_ID = re.compile(r"[A-Za-z0-9_-]{1,255}")
_EMAIL = re.compile(r"[^@\s]{1,200}@[^@\s]{1,200}")
_ATTRIBUTE = re.compile(r"[A-Za-z0-9_.]{1,255}")
_EXTENSION = re.compile(r"[A-Za-z0-9_-]{1,100}::[A-Za-z0-9_-]{1,100}")


@dataclass(frozen=True, slots=True)
class Whom:
    """Whose value a rule writes."""

    whose: Whose
    named: str = ""
    """A name, an address or an id; empty for the default."""

    def __str__(self) -> str:
        return f"{self.whose}:{self.named}" if self.named else self.whose


@dataclass(frozen=True, slots=True)
class AttributeName:
    """A user attribute, by its full name or by its id."""

    name: str = ""
    id: str = ""

    def __str__(self) -> str:
        return self.name or f"id:{self.id}"


@dataclass(frozen=True, slots=True)
class Rule:
    """What an admin wrote, read."""

    name: str
    source: str
    """The token source's name."""
    source_print: str
    """SHA-256 (hex) of what makes the source what it is, secrets left out: when it changes, values are renewed."""
    audience: str
    """For whom the tokens are; empty for a source that knows none."""
    attribute: AttributeName
    whom: Whom
    margin: float
    """Seconds."""
    canary: str = ""
    """The URL that a stored token is tried on; empty for none."""
    service: str = ""
    """The URL that Looker must be able to send the value to; empty where nobody knows it."""


def read_whom(text: str) -> Whom:
    """Read ``default``, ``group:Analysts``, ``user:ann@example.com`` and so on.

    Raises:
        ValueError: with a sentence that says what is wrong with it.
    """
    whose, _, named = text.partition(":")
    if whose not in get_args(Whose):
        raise ValueError(f"'{whose[:40]}' is none of {', '.join(get_args(Whose))}")
    if whose == "default":
        if named:
            raise ValueError("the default has no name")
        return Whom("default")
    if not named or named != named.strip() or not named.isprintable():
        raise ValueError(f"after '{whose}:' a name or an id is missing, or has signs that none has")
    if whose.endswith("_id") and whose != "external_id" and not _ID.fullmatch(named):
        raise ValueError(f"'{named[:40]}' is no id of Looker's")
    if whose == "user" and not _EMAIL.fullmatch(named):
        raise ValueError(f"'{named[:40]}' is no e-mail address")
    return Whom(whose, named)  # type: ignore[arg-type] # one of Whose, as was looked at above


def read_attribute(text: str, extension: str = "") -> AttributeName:
    """Read an attribute's full name, ``id:42``, or the short name of an extension's scoped attribute.

    The scoped name is ``<project>_<application>_<name>`` with ``-`` as ``_``, as ``createSecretKeyTag`` of the
    extension SDK writes it.

    Args:
        text: what stands in the rule.
        extension: ``project::application`` of the extension whose attribute it is; empty for a full name.

    Raises:
        ValueError: with a sentence that says what is wrong.
    """
    if text.startswith("id:"):
        if extension:
            raise ValueError("an id needs no extension")
        if not _ID.fullmatch(text[3:]):
            raise ValueError(f"'{text[3:43]}' is no id of Looker's")
        return AttributeName(id=text[3:])
    if extension and not _EXTENSION.fullmatch(extension):
        raise ValueError(f"'{extension[:60]}' is not of the form project::application")
    prefix = extension.replace("::", "_").replace("-", "_") + "_" if extension else ""
    if not _ATTRIBUTE.fullmatch(prefix + text):
        raise ValueError(f"'{text[:40]}' has signs that no attribute's name has")
    return AttributeName(name=prefix + text)
