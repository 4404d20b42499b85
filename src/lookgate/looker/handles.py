"""Issuing handles: into a hidden user attribute, one random value per user, only its hash kept here.

The value is written for one user at a time (``PATCH /users/{u}/attribute_values/{a}``, Looker API 4.0). The hash is
stored first: a handle that Looker already substitutes is never unknown to the gateway.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from lookgate.core.audit import AuditEvent, Outcome
from lookgate.core.identity import Assurance, Principal
from lookgate.core.ports import Clock, HandleRecord, RandomBytes, Store
from lookgate.core.secret import Secret, sha256_hex
from lookgate.errors import LookgateError
from lookgate.keys.life import LEEWAY, LONGEST_LIFE
from lookgate.looker.attribute import FIELDS, faults
from lookgate.looker.client import LookerClient, segment
from lookgate.looker.refusal import NOT_FOUND, LookerRefused
from lookgate.verify.handle import new_handle

OPERATOR = Principal("lookgate", "command line", "service", Assurance.ANONYMOUS, "")
"""Whoever may write the gateway's store. The audit log says no more than is known."""
GATEWAY = Principal("lookgate", "gateway", "service", Assurance.ANONYMOUS, "")
"""The gateway itself, on the ground of a claim."""
_CLIENT_ERRORS = range(400, 500)
_PERSON = (
    "id,display_name,email,is_disabled,is_service_account,credentials_api3,credentials_embed,credentials_email,"
    "credentials_google,credentials_ldap,credentials_looker_openid,credentials_oidc,credentials_saml"
)
_SIGN_IN = ("email", "google", "ldap", "looker_openid", "oidc", "saml")
"""By what a person signs in to Looker; ``credentials_`` stands before each."""
NOT_A_PERSON = "not_a_person"
"""The code with which a shared or technical user is refused."""
OVERLAP = timedelta(seconds=60)
"""How long a handle lives once another has replaced it."""
UNCONFIRMED = timedelta(minutes=5)
"""How long a first handle lives whose arrival in Looker was never confirmed, because the process was killed."""
_TOKENS_LIVE = timedelta(seconds=LONGEST_LIFE + LEEWAY)
"""How long a handle that has ended is remembered, for the tokens that it was exchanged for."""


@dataclass(frozen=True, slots=True)
class Person:
    """A Looker user, as far as issuing must know."""

    id: str
    label: str


class HandleIssuer:
    """Issues and revokes handles for the users of one instance, and writes each step to the audit log."""

    def __init__(self, client: LookerClient, store: Store, *, random: RandomBytes, clock: Clock) -> None:
        self._client = client
        self._store = store
        self._random = random
        self._clock = clock

    async def attribute(self, name: str) -> str:
        """Return the id of the attribute with exactly this name, once it is known to keep a secret.

        Raises:
            LookgateError: there is none, or it is not hidden, visible, editable, or may be sent anywhere.
            Unavailable: Looker does not answer.
        """
        found = [one for one in await self._client.rows("/user_attributes", fields=FIELDS) if one.get("name") == name]
        if not found:
            raise LookgateError(
                "attribute_missing",
                f"Looker has no user attribute '{name}'.",
                "Create it: lookgate attributes apply. Or mend handle.attribute.",
            )
        wrong = faults(found[0])
        if wrong:
            raise LookgateError(
                "attribute_unsafe", f"The user attribute '{name}' must not carry handles: {wrong[0]}.", wrong[1]
            )
        return str(found[0]["id"])

    async def people(self, *, user: str | None = None, group: str | None = None) -> Sequence[Person]:
        """Return one user, the enabled direct members of a group, or all enabled users.

        Raises:
            LookgateError: there is no such user or group.
            Unavailable: Looker does not answer.
        """
        fields = "id,display_name,email,is_disabled"
        if user is not None:
            try:
                found = [await self._client.row(f"/users/{segment(user)}", fields=fields)]
            except LookerRefused as refusal:
                if refusal.answer != NOT_FOUND:
                    raise
                raise LookgateError(
                    "user_unknown",
                    f"Looker has no user '{user}'.",
                    "Give the user's id, as Looker's admin page shows it.",
                ) from refusal
        elif group is not None:
            found = await self._client.pages(f"/groups/{segment(await self._group(group))}/users", fields=fields)
        else:
            found = await self._client.pages("/users", fields=fields)
        return [_person(one) for one in found if user is not None or one.get("is_disabled") is False]

    async def issue(self, person: Person, attribute_id: str) -> None:
        """Give a user a new handle; the old ones and their tokens end once the new one is in Looker.

        Raises:
            LookerRefused: Looker did not take the value; the new handle is void, the old one lives on.
            Unavailable: nobody can say whether Looker took it; both live until the next ``issue``.
        """
        for one in await self._replace("handles issue", person, attribute_id):
            await asyncio.to_thread(self._store.handles.remove, one.digest)

    async def issue_first(self, user_id: str, attribute: str, *, because: str) -> None:
        """Give a user who has none a handle, as the gateway itself and not as an operator. One write to Looker.

        Whatever goes wrong, the user has none afterwards; what Looker may hold then is void. So it may be tried again.

        Args:
            user_id: whose.
            attribute: the name of the attribute that carries handles.
            because: what the audit log says of the reason.

        Raises:
            LookgateError: the user is nobody who signs in (``not_a_person``), or the attribute keeps no secret.
            LookerRefused, Unavailable: as ``issue``.
        """
        event = self._event("handles issue", user_id, GATEWAY, because)
        await asyncio.to_thread(self._store.record, event)
        handle = new_handle(self._random)
        digest = sha256_hex(handle)
        try:
            person = await self._somebody(user_id)
            attribute_id = await self.attribute(attribute)
            now = self._clock.now()
            await asyncio.to_thread(
                self._store.handles.add, HandleRecord(digest, person.id, now, ends_at=now + UNCONFIRMED)
            )
            await self._write(person, attribute_id, handle)
            await asyncio.to_thread(self._store.handles.end, digest, None)
        except BaseException as error:  # to be told that the gateway stops is no reason to leave half a handle
            await asyncio.to_thread(self._store.handles.remove, digest)
            await self._end(event, "failed", error if isinstance(error, LookgateError) else _stopped())
            raise
        await self._end(event, "allowed")

    async def rotate(self, person: Person, attribute_id: str, *, overlap: timedelta = OVERLAP) -> None:
        """Give a user a new handle as ``issue`` does; the old ones live a while longer, and their tokens to their end.

        Args:
            person: whose.
            attribute_id: the attribute that carries it.
            overlap: how long, so that a call which Looker made with the old value a moment ago is not refused.

        Raises:
            LookerRefused, Unavailable: as ``issue``.
        """
        old = await self._replace("handles rotate", person, attribute_id)
        now = self._clock.now()
        for one in old:
            if one.ends_at is None or one.ends_at > now + overlap:
                await asyncio.to_thread(self._store.handles.end, one.digest, now + overlap)
            elif one.ends_at + _TOKENS_LIVE <= now:
                await asyncio.to_thread(self._store.handles.remove, one.digest)

    async def _replace(self, action: str, person: Person, attribute_id: str) -> Sequence[HandleRecord]:
        """Write a new handle to Looker, and return the ones before it."""
        handle = new_handle(self._random)
        record = HandleRecord(sha256_hex(handle), person.id, self._clock.now())
        old = await asyncio.to_thread(self._store.handles.of_user, person.id)
        event = self._event(action, person.id)
        await asyncio.to_thread(self._store.record, event)
        await asyncio.to_thread(self._store.handles.add, record)
        try:
            await self._write(person, attribute_id, handle)
        except LookgateError as error:
            if isinstance(error, LookerRefused) and error.answer in _CLIENT_ERRORS:
                await asyncio.to_thread(self._store.handles.remove, record.digest)
            await self._end(event, "failed", error)
            raise
        await self._end(event, "allowed")
        return old

    async def _write(self, person: Person, attribute_id: str, handle: Secret) -> None:
        path = f"/users/{segment(person.id)}/attribute_values/{segment(attribute_id)}"
        await self._client.call("PATCH", path, body={"value": handle.reveal()})

    async def revoke(self, person: Person, attribute_id: str) -> int:
        """End a user's handles and tokens here at once, then clear the value in Looker. Return how many handles ended.

        Raises:
            Unavailable: the handles have ended, but Looker still holds the useless value.
        """
        event = self._event("handles revoke", person.id)
        await asyncio.to_thread(self._store.record, event)
        old = await asyncio.to_thread(self._store.handles.of_user, person.id)
        for one in old:
            await asyncio.to_thread(self._store.handles.remove, one.digest)
        try:
            path = f"/users/{segment(person.id)}/attribute_values/{segment(attribute_id)}"
            await self._client.call("DELETE", path)
        except LookgateError as error:
            if not (isinstance(error, LookerRefused) and error.answer == NOT_FOUND):
                await self._end(event, "failed", error)
                raise
        await self._end(event, "allowed")
        return sum(one.is_live(event.at) for one in old)

    async def _group(self, name: str) -> str:
        for one in await self._client.pages("/groups", fields="id,name"):
            if one.get("name") == name:
                return str(one["id"])
        raise LookgateError("group_unknown", f"Looker has no group '{name}'.", "Give the name exactly, or --user ID.")

    async def _somebody(self, user_id: str) -> Person:
        """Return a user whom one person signs in as, and nobody else, as far as Looker knows."""
        found = await self._client.row(f"/users/{segment(user_id)}", fields=_PERSON)
        own = await self._client.row("/user", fields="id")
        signs_in = any(found.get(f"credentials_{kind}") for kind in _SIGN_IN)
        if found.get("is_disabled") is not False:
            reason = "is disabled, or Looker does not say"
        elif str(found["id"]) == str(own["id"]):
            reason = "is the gateway's own API user"
        elif found.get("is_service_account"):
            reason = "is a service account"
        elif found.get("credentials_embed") and not signs_in:
            reason = "is an embed user, whom another application signs in"
        elif found.get("credentials_api3") and not signs_in:
            reason = "has API keys and cannot sign in"
        else:
            return _person(found)
        raise LookgateError(
            NOT_A_PERSON,
            f"The user {reason}: no handle is issued unasked.",
            f"If one person alone uses it: lookgate handles issue --user {user_id}.",
        )

    def _event(self, action: str, user_id: str, actor: Principal = OPERATOR, because: str = "") -> AuditEvent:
        """Return the intent, not stored yet."""
        detail = f"Looker user {user_id}" + (f", {because}" if because else "")
        return AuditEvent(self._clock.now(), self._random(8).hex(), action, actor, "pending", detail=detail)

    async def _end(self, event: AuditEvent, outcome: Outcome, error: LookgateError | None = None) -> None:
        detail = f"{event.detail}: {error.detail}" if error else event.detail
        rule = error.code if error else ""
        ended = replace(event, at=self._clock.now(), outcome=outcome, rule=rule, detail=detail)
        await asyncio.to_thread(self._store.record, ended)


def _stopped() -> LookgateError:
    return LookgateError("not_finished", "It took too long or failed, or the gateway was stopped.")


def _person(found: dict[str, Any]) -> Person:
    number = str(found["id"])
    return Person(number, str(found.get("display_name") or found.get("email") or number))
