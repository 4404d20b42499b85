"""User attributes as they should be, against what Looker has: a pure difference, and what Looker lets nobody change.

Source: Looker API 4.0, ``UserAttribute``: "hidden_value_domain_whitelist: Destinations to which a hidden attribute may
be sent. Once set, cannot be edited."
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from lookgate.core.ports import Json
from lookgate.looker import attribute as fitness
from lookgate.looker.allow_list import beyond, covers, entries
from lookgate.sync.rule import AttributeName

FIELDS = f"{fitness.FIELDS},label,can"
"""Of ``/user_attributes``: what the difference looks at."""
_LIST = "hidden_value_domain_whitelist"
_SAFE: Mapping[str, bool] = {"value_is_hidden": True, "user_can_view": False, "user_can_edit": False}
_CALLED = {
    "value_is_hidden": "hide values",
    "user_can_view": "users may see it",
    "user_can_edit": "users may change it",
    _LIST: "domain allow-list",
}
_FOR_GOOD = "Looker lets nobody change the allow-list once it is set: look at it now."


@dataclass(frozen=True, slots=True)
class Wanted:
    """One attribute that settings need."""

    attribute: AttributeName
    """By name it is created and corrected; by id it is only checked."""
    domains: tuple[str, ...]
    """Entries of its allow-list, sorted; empty when nobody knows the service."""
    used_by: tuple[str, ...]
    """What needs it, for people."""
    refill: str
    """The command that brings its values back when it had to be made anew."""
    unknown: str = ""
    """What to write so that the service is known, when it is not."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One field that is not as it should be."""

    field: str
    """As Looker's admin page calls it."""
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Change:
    """One API call: an attribute that is created, or corrected."""

    wanted: Wanted
    id: str
    """Empty for one that is created."""
    body: Mapping[str, Json]
    differences: tuple[Difference, ...]
    warnings: tuple[str, ...]

    @property
    def name(self) -> str:
        """The attribute's full name."""
        return str(self.wanted.attribute)


@dataclass(frozen=True, slots=True)
class Kept:
    """An attribute that is as it should be."""

    name: str
    id: str
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Impossible:
    """An attribute that nothing here can make what it should be."""

    name: str
    code: str
    detail: str
    hint: str


@dataclass(frozen=True, slots=True)
class AttributesPlan:
    """Everything that would be done."""

    changes: tuple[Change, ...]
    kept: tuple[Kept, ...]
    impossible: tuple[Impossible, ...]


def plan_attributes(wanted: Sequence[Wanted], rows: Sequence[Mapping[str, Any]]) -> AttributesPlan:
    """Return what must be done so that Looker has every wanted attribute.

    Args:
        wanted: what settings need; no name twice.
        rows: every user attribute of the instance, with ``FIELDS``.
    """
    changes, kept, impossible = list[Change](), list[Kept](), list[Impossible]()
    labels = {str(row.get("label")).casefold() for row in rows}
    for one in _merged(wanted, rows):
        match _look(one, rows, labels):
            case Change() as change:
                changes.append(change)
                labels.add(str(change.body.get("label")).casefold())
            case Kept() as fine:
                kept.append(fine)
            case Impossible() as refused:
                impossible.append(refused)
    return AttributesPlan(tuple(changes), tuple(kept), tuple(impossible))


def _merged(wanted: Sequence[Wanted], rows: Sequence[Mapping[str, Any]]) -> list[Wanted]:
    """Let two that name one attribute, by its name and by its id, be one."""
    names = {str(row.get("id")): str(row.get("name")) for row in rows}
    by_name = {one.attribute.name: one for one in wanted if one.attribute.name}
    by_id: list[Wanted] = []
    for one in wanted:
        named = by_name.get(names.get(one.attribute.id, "")) if one.attribute.id else None
        if named is not None and named.refill == one.refill:
            domains = tuple(sorted({*named.domains, *one.domains}))
            by_name[named.attribute.name] = replace(
                named, domains=domains, used_by=(*named.used_by, *one.used_by), unknown=named.unknown or one.unknown
            )
        elif one.attribute.id:
            by_id.append(one)
    return [*by_name.values(), *by_id]


def _look(wanted: Wanted, rows: Sequence[Mapping[str, Any]], labels: set[str]) -> Change | Kept | Impossible:
    name, number = wanted.attribute.name, wanted.attribute.id
    row = next((row for row in rows if (str(row.get("name")) == name if name else str(row.get("id")) == number)), None)
    if row is None and number:
        hint = "Name it by its full name, and it is created; or mend the id."
        return Impossible(str(wanted.attribute), "attribute_unknown", f"Looker has no user attribute {number}.", hint)
    if row is None:
        return _created(wanted, rows, labels)
    return _unchangeable(wanted, row) or _corrected(wanted, row)


def _corrected(wanted: Wanted, row: Mapping[str, Any]) -> Change | Kept | Impossible:
    name, number = str(row.get("name")), str(row["id"])
    differences, body = _differences(wanted, row)
    if not differences:
        return Kept(name, number, _too_wide(wanted, row))
    told = ", ".join(f"{each.field} is {each.before}" for each in differences)
    if wanted.attribute.id:
        detail = f"The user attribute '{name}' ({number}) is not fit: {told}. By its id it is only checked."
        hint = f"Name it in the settings by its full name, '{name}', or change it in Looker."
        return Impossible(str(wanted.attribute), "attribute_unsafe", detail, hint)
    if _forbidden(row):
        detail = f"The API user may not change '{name}', where {told}."
        return Impossible(name, "attribute_forbidden", detail, "Give the API user the Admin role.")
    if _LIST in body and not wanted.domains:
        return _nowhere(wanted)
    return Change(wanted, number, body, differences, _warnings(wanted, body))


def _created(wanted: Wanted, rows: Sequence[Mapping[str, Any]], labels: set[str]) -> Change | Impossible:
    name = wanted.attribute.name
    near = [str(row.get("name")) for row in rows if str(row.get("name")).casefold() == name.casefold()]
    if near:
        detail = f"Looker has '{near[0]}', and no second name that differs in its case alone."
        return Impossible(name, "attribute_taken", detail, f"Write '{near[0]}' in the settings, or another name.")
    if not wanted.domains:
        return _nowhere(wanted)
    words = " ".join(part for part in name.replace(".", "_").split("_") if part).capitalize() or name
    label = next(text for text in _labels(words, name) if text.casefold() not in labels)
    body: dict[str, Json] = {"name": name, "label": label, "type": "string", **_SAFE, _LIST: ", ".join(wanted.domains)}
    differences = (
        Difference("type", "", "string"),
        *(Difference(_CALLED[field], "", _shown(value)) for field, value in _SAFE.items()),
        Difference(_CALLED[_LIST], "", str(body[_LIST])),
    )
    return Change(wanted, "", body, differences, (_FOR_GOOD,))


def _labels(words: str, name: str) -> Sequence[str]:
    return [words, name, *(f"{name} ({number})" for number in range(2, 1000))]


def _unchangeable(wanted: Wanted, row: Mapping[str, Any]) -> Impossible | None:
    """Say what no call can put right."""
    name = str(row.get("name"))
    anew = (
        f"Name another attribute in the settings. Or delete '{name}' in Looker and run: lookgate attributes apply. "
        f"It is then another one: its id changes, all its values are lost until: {wanted.refill}."
    )
    if row.get("is_system"):
        return Impossible(name, "attribute_system", f"'{name}' is Looker's own.", "Name another attribute.")
    kind = row.get("type")
    if kind not in {"string", None}:
        detail = f"The user attribute '{name}' is of type {kind}; a secret is a string."
        return Impossible(name, "attribute_type", detail, anew)
    listed = entries(row.get(_LIST))
    if not listed:
        return None
    shown = ", ".join(listed)
    if any(fitness.reaches_anywhere(entry) for entry in listed):
        detail = (
            f"The allow-list of '{name}' lets its values be sent to any host ({shown}); Looker lets nobody change it."
        )
        return Impossible(name, "allow_list_fixed", detail, anew)
    missing = [domain for domain in wanted.domains if not any(covers(entry, domain) for entry in listed)]
    if missing:
        detail = f"The allow-list of '{name}' is {shown}, without {', '.join(missing)}; Looker lets nobody change it."
        return Impossible(name, "allow_list_fixed", detail, anew)
    return None


def _differences(wanted: Wanted, row: Mapping[str, Any]) -> tuple[tuple[Difference, ...], dict[str, Json]]:
    found, body = list[Difference](), dict[str, Json]()
    for field, value in _SAFE.items():
        if row.get(field) is not value:
            found.append(Difference(_CALLED[field], _shown(row.get(field)), _shown(value)))
            body[field] = value
    if not entries(row.get(_LIST)):
        body[_LIST] = ", ".join(wanted.domains)
        found.append(Difference(_CALLED[_LIST], "empty", ", ".join(wanted.domains)))
    return tuple(found), body


def _warnings(wanted: Wanted, body: Mapping[str, Json]) -> tuple[str, ...]:
    told = []
    if "value_is_hidden" in body:
        told.append(
            f"Hiding is for good. What stands in it could be seen until now: if secret, replace it ({wanted.refill})."
        )
    elif "user_can_view" in body or "user_can_edit" in body:
        told.append("Whoever uses the attribute in filters cannot do so any more.")
    if "user_can_edit" in body:
        told.append("Values that users gave themselves stay, and go before those of groups: look for them in Looker.")
    if _LIST in body:
        told.append(_FOR_GOOD)
    return tuple(told)


def _too_wide(wanted: Wanted, row: Mapping[str, Any]) -> tuple[str, ...]:
    more = beyond(entries(row.get(_LIST)), wanted.domains) if wanted.domains else ()
    if not more:
        return ()
    told = f"Its values may be sent to {', '.join(more)} as well, which no setting asks for."
    return (f"{told} Looker lets nobody narrow the list: only an attribute that is made anew has another.",)


def _nowhere(wanted: Wanted) -> Impossible:
    detail = f"To which service '{wanted.attribute}' may be sent is not known, so it gets no allow-list."
    return Impossible(str(wanted.attribute), "domain_unknown", detail, wanted.unknown)


def _forbidden(row: Mapping[str, Any]) -> bool:
    can = row.get("can")
    return isinstance(can, Mapping) and can.get("update") is False


def _shown(value: object) -> str:
    return {True: "yes", False: "no"}.get(value, "unknown") if isinstance(value, bool) else "unknown"
