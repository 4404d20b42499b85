"""Who the instance's users are now, and what rules need to know of them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from typing import Any

from lookgate.core.facts import ACCESS, NO_FACTS, Facts, Need
from lookgate.core.identity import Assurance, Principal
from lookgate.core.ports import Clock, LookerUser
from lookgate.errors import Unavailable
from lookgate.looker.aged import Aged
from lookgate.looker.client import LookerClient, segment
from lookgate.looker.evidence import AttributeValues, access_of, unreadable
from lookgate.looker.refusal import NOT_FOUND, LookerRefused

_FIELDS = "id,display_name,first_name,last_name,email,is_disabled,group_ids,role_ids"


@dataclass(frozen=True, slots=True)
class _Person:
    """A user as Looker told; groups and roles by id, because their names have an age of their own."""

    id: str
    name: str
    email: str
    enabled: bool
    group_ids: tuple[str, ...]
    role_ids: tuple[str, ...]


class LookerDirectory:
    """``core.ports.Directory`` over the API, nothing older than the age limit.

    Costs one call per user and age limit, and two for all names of groups and roles together. The needs add: for
    access nothing, because the roles then come with what they give; for attributes, however many, one call per user
    whose call asks for one, and one for all definitions together.

    Args:
        client: the instance.
        clock: tells the age.
        ttl: the age limit in seconds.
        needs: what the enabled actions' policies ask for.
    """

    def __init__(self, client: LookerClient, clock: Clock, *, ttl: float, needs: Iterable[Need] = ()) -> None:
        needed = frozenset(needs)
        self._client = client
        self._people = Aged(self._ask, clock, ttl=ttl)
        self._groups = _Table(client, clock, "/groups", "id,name", ttl)
        role_fields = "id,name,permission_set,model_set" if ACCESS in needed else "id,name"
        self._roles = _Table(client, clock, "/roles", role_fields, ttl)
        names = frozenset(need.name for need in needed if need.kind == "attribute")
        self._attributes = AttributeValues(client, clock, names, ttl=ttl)

    async def user(self, user_id: str) -> LookerUser | None:
        person = await self._people.get(user_id)
        if person is None:
            return None
        return LookerUser(
            id=person.id,
            name=person.name,
            email=person.email,
            enabled=person.enabled,
            groups=frozenset(str(group["name"]) for group in await self._groups.of(person.group_ids)),
            roles=frozenset(str(role["name"]) for role in await self._roles.of(person.role_ids)),
        )

    async def id_of(self, email: str) -> str | None:
        """Return the id of the one user with this address, upper and lower case alike; None if there is none."""
        # Looker searches by pattern, so what it finds is compared again.
        found = await self._client.get("/users/search", email=email, fields="id,email", limit="500")
        try:
            ids = [str(one["id"]) for one in found if str(one["email"]).casefold() == email.casefold()]
        except (KeyError, TypeError) as error:
            raise unreadable("/users/search") from error
        return ids[0] if len(ids) == 1 else None

    async def facts(self, principal: Principal, needs: frozenset[Need]) -> Facts:
        ours = principal.issuer == self._client.base_url and principal.kind == "user"
        if not needs or not ours or principal.assurance < Assurance.USER:
            return NO_FACTS
        person = await self._people.get(principal.subject)
        if person is None or not person.enabled:
            return NO_FACTS
        names = [need.name for need in needs if need.kind == "attribute"]
        values = await self._attributes.of(principal.subject) if names else {}
        roles = await self._roles.of(person.role_ids) if ACCESS in needs else None
        return Facts(
            access=None if roles is None else tuple(access_of(role) for role in roles),
            attributes={name: values[name] for name in names if name in values},
        )

    async def _ask(self, user_id: str) -> _Person | None:
        try:
            found = await self._client.get(f"/users/{segment(user_id)}", fields=_FIELDS)
        except LookerRefused as refusal:
            if refusal.answer != NOT_FOUND or refusal.code == "looker_login_refused":
                raise
            return None
        return await self._read(user_id, found)

    async def _read(self, user_id: str, found: Any) -> _Person:
        try:
            enabled = found["is_disabled"] is False and str(found["id"]) == user_id
            groups = [str(one) for one in found["group_ids"]]
            roles = [str(one) for one in found["role_ids"]]
            name = found.get("display_name") or f"{found.get('first_name') or ''} {found.get('last_name') or ''}"
            email = str(found.get("email") or "")
        except (KeyError, TypeError, AttributeError) as error:
            # A user without Admin gets a public subset, which does not say whether the user is disabled.
            raise Unavailable(
                "looker_user_unreadable",
                f"Looker does not tell the gateway all it must know of the user {user_id}.",
                "Give the API user the Admin role.",
            ) from error
        await self._groups.learn(groups)
        await self._roles.learn(roles)
        return _Person(user_id, str(name).strip(), email, enabled, tuple(groups), tuple(roles))


class _Table:
    """Rows by id, all fetched together, no older than the age limit."""

    def __init__(self, client: LookerClient, clock: Clock, path: str, fields: str, ttl: float) -> None:
        self._client = client
        self._clock = clock
        self._path = path
        self._fields = fields
        self._ttl = ttl
        self._rows: dict[str, dict[str, Any]] = {}
        self._at: float | None = None
        self._lock = asyncio.Lock()

    async def of(self, ids: Iterable[str]) -> list[dict[str, Any]]:
        """Return the rows; an id that has none (deleted meanwhile) grants nothing."""
        wanted = list(ids)
        if wanted and self._is_old():
            await self._fetch(unless=lambda: not self._is_old())
        return [self._rows[one] for one in wanted if one in self._rows]

    async def learn(self, ids: Collection[str]) -> None:
        """Fetch the rows if one of ``ids``, just heard of, is not among them."""
        if not self._knows(ids):
            await self._fetch(unless=lambda: self._knows(ids))

    def _is_old(self) -> bool:
        return self._at is None or self._clock.monotonic() - self._at >= self._ttl

    def _knows(self, ids: Collection[str]) -> bool:
        return all(one in self._rows for one in ids)

    async def _fetch(self, unless: Callable[[], bool]) -> None:
        async with self._lock:
            if unless():  # somebody else has, while this one waited
                return
            at = self._clock.monotonic()
            found = await self._client.get(self._path, fields=self._fields)
            try:
                self._rows = {str(one["id"]): {**one, "name": str(one["name"])} for one in found}
            except (KeyError, TypeError) as error:
                raise Unavailable(
                    "looker_unreadable", f"Looker's answer to GET {self._path} cannot be read.", "Try again."
                ) from error
            self._at = at
