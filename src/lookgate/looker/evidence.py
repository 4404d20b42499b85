"""What Looker knows of a user that only some rules ask for: what roles give, and values of user attributes.

Each reading is strict: whatever is not plainly said counts against the caller.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lookgate.core.facts import Access, AttributeValue
from lookgate.core.ports import Clock
from lookgate.errors import LookgateError, Unavailable
from lookgate.looker.aged import Aged
from lookgate.looker.client import LookerClient, segment

_DEFINITIONS = "/user_attributes"
_UNKNOWN, _UNSET = AttributeValue(flaw="unknown"), AttributeValue(flaw="unset")
_HIDDEN, _EDITABLE = AttributeValue(flaw="hidden"), AttributeValue(flaw="editable")


def access_of(role: Mapping[str, Any]) -> Access:
    """Return what a role gives, from Looker's ``Role`` with its permission set and model set.

    Raises:
        Unavailable: the role comes without them.
    """
    try:
        permissions, models = role["permission_set"], role["model_set"]
        return Access(
            role=str(role["name"]),
            permissions=_named(permissions, "permissions"),
            models=_named(models, "models"),
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise unreadable("/roles") from error


def _named(found: Any, key: str) -> frozenset[str] | None:
    """Return the names in a set; None when it is the one that holds all there are."""
    if found is None:
        return frozenset()
    return None if found.get("all_access") is True else frozenset(str(name) for name in found[key] or ())


class AttributeValues:
    """Users' values of the named attributes, all of them in one call per user and age limit."""

    def __init__(self, client: LookerClient, clock: Clock, names: frozenset[str], *, ttl: float) -> None:
        self._client = client
        self._names = names
        self._definitions = Aged(self._ask_definitions, clock, ttl=ttl)
        self._values = Aged(self._ask_values, clock, ttl=ttl)

    async def of(self, user_id: str) -> Mapping[str, AttributeValue]:
        """Return the user's value of each name.

        Raises:
            Unavailable: Looker does not answer, or not readably.
        """
        values = await self._values.get(user_id)
        definitions = await self._definitions.get(_DEFINITIONS)  # now, not when the value was read
        return {name: _judged(definitions.get(name), values.get(name, _UNSET)) for name in self._names}

    async def _ask_definitions(self, path: str) -> Mapping[str, tuple[str, AttributeValue | None]]:
        """Return id and flaw of each named attribute that exists."""
        found = await self._client.get(path, fields="id,name,value_is_hidden,user_can_edit")
        try:
            return {
                str(one["name"]): (segment(str(one["id"])), _flaw_of(one))
                for one in found
                if one["name"] in self._names
            }
        except (KeyError, TypeError, LookgateError) as error:
            raise unreadable(path) from error

    async def _ask_values(self, user_id: str) -> Mapping[str, AttributeValue]:
        definitions = await self._definitions.get(_DEFINITIONS)
        readable = {number: name for name, (number, flaw) in definitions.items() if flaw is None}
        if not readable:
            return {}
        path = f"/users/{segment(user_id)}/attribute_values"
        fields = "user_id,user_attribute_id,name,value,value_is_hidden"
        rows = await self._client.get(path, user_attribute_ids=",".join(sorted(readable)), fields=fields)
        found = dict[str, AttributeValue]()
        try:
            for row in rows:
                name = readable.get(str(row["user_attribute_id"]))
                # An attribute that was renamed since its definition was read is another attribute.
                if name is not None and name == row["name"] and str(row["user_id"]) == user_id:
                    found[name] = _value_of(row)
        except (KeyError, TypeError) as error:
            raise unreadable(path) from error
        return found


def _judged(definition: tuple[str, AttributeValue | None] | None, value: AttributeValue) -> AttributeValue:
    if definition is None:
        return _UNKNOWN
    return definition[1] or value


def _flaw_of(definition: Mapping[str, Any]) -> AttributeValue | None:
    if definition["value_is_hidden"] is not False:
        return _HIDDEN
    return None if definition["user_can_edit"] is False else _EDITABLE


def _value_of(row: Mapping[str, Any]) -> AttributeValue:
    if row["value_is_hidden"] is not False:
        return _HIDDEN
    value = row["value"]
    return AttributeValue(value) if isinstance(value, str) and value else _UNSET


def unreadable(path: str) -> Unavailable:
    """Return the error for an answer to GET ``path`` that lacks what it must say."""
    return Unavailable(
        "looker_unreadable",
        f"Looker's answer to GET {path} cannot be read.",
        "Give the API user the Admin role, then try again.",
    )
