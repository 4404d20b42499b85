"""From the names in sync rules to ids in Looker: looked up once, kept in the store, and again when one is gone."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import msgspec

from lookgate.core.ports import Clock
from lookgate.core.renewal import Holder, Notes, Target
from lookgate.errors import LookgateError
from lookgate.looker.allow_list import covers, entries, entries_for
from lookgate.looker.attribute import FIELDS, faults
from lookgate.looker.client import LookerClient, segment
from lookgate.looker.refusal import NOT_FOUND, LookerRefused
from lookgate.sync.rule import Rule

MEMBERS_FOR = timedelta(hours=1)
"""How long a group's members are believed to be the same."""
_USER = "id,email,display_name,is_disabled"


class _Place(msgspec.Struct, frozen=True):
    """One value of one attribute, as it is kept."""

    attribute_id: str
    attribute: str
    holder: Holder
    holder_id: str
    label: str


@dataclass(frozen=True, slots=True)
class Problem:
    """What keeps one rule from being carried out."""

    rule: str
    code: str
    detail: str
    hint: str


@dataclass(frozen=True, slots=True)
class Found:
    """Where the rules lead."""

    targets: tuple[Target, ...]
    problems: tuple[Problem, ...]
    """One for each rule that leads nowhere; its targets are missing."""
    calls: int
    """How many rules were looked up in Looker and not in the store."""


class Targets:
    """Finds the places that rules name, in one instance.

    Args:
        client: of the instance.
        notes: where what was found is kept.
        clock: for the age of what is kept.
    """

    def __init__(self, client: LookerClient, notes: Notes, clock: Clock) -> None:
        self._client = client
        self._notes = notes
        self._clock = clock

    async def find(self, rules: Sequence[Rule], *, fresh: frozenset[str] = frozenset()) -> Found:
        """Return every place that the rules name.

        Args:
            rules: what to look for.
            fresh: names of rules that are looked up anew whatever is kept.

        Raises:
            Unavailable: Looker or the store does not answer, so nobody can say.
        """
        lookup = _Lookup(self._client)
        targets: list[Target] = []
        problems: list[Problem] = []
        calls = 0
        for rule in rules:
            places = None if rule.name in fresh else await self._kept(rule)
            if places is None:
                calls += 1
                try:
                    places = await lookup.places(rule)
                except _Unfit as error:
                    problems.append(Problem(rule.name, error.code, error.detail, error.hint))
                    continue
                text = msgspec.json.encode(places).decode()
                await asyncio.to_thread(self._notes.remember, self._key(rule), text, self._clock.now())
            targets += [self._target(rule, place) for place in places]
        return Found(tuple(targets), tuple(problems), calls)

    async def _kept(self, rule: Rule) -> list[_Place] | None:
        found = await asyncio.to_thread(self._notes.recall, self._key(rule))
        if found is None:
            return None
        text, at = found
        age = self._clock.now() - at
        if rule.whom.whose.startswith("members") and not timedelta(0) <= age < MEMBERS_FOR:
            return None
        try:
            return msgspec.json.decode(text, type=list[_Place])
        except msgspec.DecodeError:
            return None  # of another version of Lookgate

    def _key(self, rule: Rule) -> str:
        told = f"{self._client.base_url}\0{rule.attribute}\0{rule.whom}\0{rule.service}"
        return f"sync targets {hashlib.sha256(told.encode()).hexdigest()}"

    def _target(self, rule: Rule, place: _Place) -> Target:
        decides = f"{rule.source}\0{rule.source_print}\0{rule.audience}"
        return Target(
            rule=rule.name,
            instance=self._client.base_url,
            attribute_id=place.attribute_id,
            attribute=place.attribute,
            holder=place.holder,
            holder_id=place.holder_id,
            label=place.label,
            source=rule.source,
            audience=rule.audience,
            margin=rule.margin,
            fingerprint=hashlib.sha256(decides.encode()).hexdigest(),
        )


class _Unfit(LookgateError):
    """A rule leads nowhere, or to a place that must not hold a secret."""


class _Lookup:
    """Asks Looker; what several rules need is asked for once."""

    def __init__(self, client: LookerClient) -> None:
        self._client = client
        self._attributes: list[dict[str, Any]] | None = None
        self._groups: list[dict[str, Any]] | None = None

    async def places(self, rule: Rule) -> list[_Place]:
        attribute = await self._attribute(rule)
        number, name = str(attribute["id"]), str(attribute.get("name"))
        whose, named = rule.whom.whose, rule.whom.named
        if whose == "default":
            return [_Place(number, name, "default", "", "everyone (default)")]
        if whose in {"group", "group_id"}:
            group = await self._group(whose, named)
            return [_Place(number, name, "group", str(group["id"]), f"group {group.get('name')}")]
        if whose in {"members", "members_id"}:
            group = await self._group(whose.replace("members", "group"), named)
            found = await self._client.pages(f"/groups/{segment(str(group['id']))}/users", fields=_USER)
            people = [one for one in found if one.get("is_disabled") is False]
            if not people:
                raise _Unfit("group_empty", f"The group '{group.get('name')}' has no enabled user.", "Add one.")
        else:
            people = [await self._user(whose, named)]
        return [_Place(number, name, "user", str(one["id"]), _label(one)) for one in people]

    async def _attribute(self, rule: Rule) -> dict[str, Any]:
        if self._attributes is None:
            self._attributes = await self._client.rows("/user_attributes", fields=FIELDS)
        wanted = rule.attribute
        key, value = ("name", wanted.name) if wanted.name else ("id", wanted.id)
        found = [one for one in self._attributes if str(one.get(key)) == value]
        if not found:
            names = [str(one.get("name")) for one in self._attributes]
            raise _Unfit(
                "attribute_unknown",
                f"Looker has no user attribute '{wanted}'.{_near(wanted.name, names)}",
                "Create it: lookgate attributes apply. Or mend the rule.",
            )
        attribute = found[0]
        if attribute.get("type") not in {"string", None}:
            raise _Unfit(
                "attribute_type",
                f"The user attribute '{attribute.get('name')}' is of type {attribute.get('type')}.",
                "A token is a string: make another attribute, of type string.",
            )
        if attribute.get("is_system"):
            raise _Unfit("attribute_system", f"'{attribute.get('name')}' is Looker's own.", "Name another attribute.")
        wrong = faults(attribute, reader="the service")
        if wrong:
            raise _Unfit(
                "attribute_unsafe",
                f"The user attribute '{attribute.get('name')}' keeps no secret: {wrong[0]}.",
                wrong[1],
            )
        listed = entries(attribute.get("hidden_value_domain_whitelist"))
        if rule.service and not _meets(listed, entries_for(rule.service)):
            raise _Unfit(
                "attribute_elsewhere",
                f"Looker sends '{attribute.get('name')}' to {', '.join(listed)}, and not to {rule.service}.",
                "If the service is called there, write that URL as the rule's domain. Else name another attribute.",
            )
        return attribute

    async def _group(self, whose: str, named: str) -> dict[str, Any]:
        if self._groups is None:
            self._groups = await self._client.pages("/groups", fields="id,name")
        found = [one for one in self._groups if str(one.get("id" if whose == "group_id" else "name")) == named]
        if not found:
            names = [str(one.get("name")) for one in self._groups]
            raise _Unfit("group_unknown", f"Looker has no group '{named}'.{_near(named, names)}", "Mend the rule.")
        if len(found) > 1:
            ids = ", ".join(f"group_id:{one['id']}" for one in found)
            raise _Unfit("group_ambiguous", f"Looker has {len(found)} groups '{named}'.", f"Write one of {ids}.")
        return found[0]

    async def _user(self, whose: str, named: str) -> dict[str, Any]:
        try:
            found = await self._users(whose, named)
        except LookerRefused as refusal:
            if refusal.answer != NOT_FOUND:
                raise
            found = []
        if not found:
            raise _Unfit("user_unknown", f"Looker has no user '{named}'.", "Mend the rule, or remove it.")
        if len(found) > 1:
            ids = ", ".join(f"user_id:{one['id']}" for one in found)
            raise _Unfit("user_ambiguous", f"Looker has {len(found)} users '{named}'.", f"Write one of {ids}.")
        if found[0].get("is_disabled") is not False:
            raise _Unfit("user_disabled", f"The user '{named}' is disabled.", "Enable the user, or remove the rule.")
        return found[0]

    async def _users(self, whose: str, named: str) -> list[dict[str, Any]]:
        if whose == "user_id":
            return [await self._client.row(f"/users/{segment(named)}", fields=_USER)]
        if whose == "external_id":
            # The credential's id is what the embedding application calls its user, so it may hold any sign.
            return [await self._client.row(f"/users/credential/embed/{_quoted(named)}", fields=_USER)]
        # The search is LIKE, without regard to case: what it finds is compared again.
        found = await self._client.rows("/users/search", email=_literal(named), fields=_USER, limit="50")
        return [one for one in found if str(one.get("email") or "").casefold() == named.casefold()]


def _meets(listed: Sequence[str], wanted: Sequence[str]) -> bool:
    """Whether a list lets a value be sent to the service at all, be it to one path of it."""
    return any(covers(one, other) or covers(other, one) for one in listed for other in wanted)


def _literal(text: str) -> str:
    """Return the text without what makes a pattern of it; ``_`` stays: what it finds too much is sorted out."""
    return text.replace("%", "_")


def _quoted(text: str) -> str:
    from urllib.parse import quote  # noqa: PLC0415 - hardly any rule needs it

    if text in {".", ".."}:
        raise _Unfit("user_unknown", f"'{text}' is nobody's id.", "Mend the rule.")
    return quote(text, safe="")


def _label(user: dict[str, Any]) -> str:
    return f"user {user.get('email') or user.get('display_name') or user['id']}"


def _near(named: str, names: Sequence[str]) -> str:
    from difflib import get_close_matches  # noqa: PLC0415 - only a mistake pays for it

    near = get_close_matches(named, names, n=1)
    return f" Did you mean '{near[0]}'?" if near else ""
