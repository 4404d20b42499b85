"""User attributes in Looker: read with one call, and each created or corrected with one call."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from lookgate.core.audit import AuditEvent, Outcome
from lookgate.core.ports import Clock, RandomBytes, Store
from lookgate.errors import LookgateError, Unavailable
from lookgate.looker.attributes_plan import FIELDS, AttributesPlan, Change, Kept, Wanted, plan_attributes
from lookgate.looker.client import LookerClient, segment
from lookgate.looker.handles import OPERATOR
from lookgate.looker.refusal import NOT_FOUND, LookerRefused

Told = Callable[[Change, str], None]
"""Told after each call that succeeded, with the attribute's id."""
_CLIENT_ERRORS = range(400, 500)
_UNPROCESSABLE = {409, 422}


@dataclass(frozen=True, slots=True)
class Applied:
    """How far it came. Calls are made one after another, and end with the first that fails."""

    done: tuple[Change, ...]
    failed: Change | None
    error: LookgateError | None
    """Why; it says as well whether Looker may have done it all the same."""
    left: tuple[Change, ...]
    """Not tried any more."""


async def read_plan(client: LookerClient, wanted: Sequence[Wanted]) -> AttributesPlan:
    """Return what must be done in an instance.

    Raises:
        Unavailable: Looker does not answer, or refuses to.
    """
    return plan_attributes(wanted, await client.rows("/user_attributes", fields=FIELDS))


class AttributeMaker:
    """Carries out a plan, and writes each step to the audit log: the intent first, then how it ended.

    Args:
        client: of the instance that was planned for.
        store: with the audit log.
        clock: for the events.
        random: for their ids.
    """

    def __init__(self, client: LookerClient, store: Store, *, clock: Clock, random: RandomBytes) -> None:
        self._client = client
        self._store = store
        self._clock = clock
        self._random = random

    async def apply(self, plan: AttributesPlan, told: Told) -> Applied:
        """Make every change of a plan, or say how far it came.

        Raises:
            LookgateError: something in the plan is impossible; nothing was done.
        """
        if plan.impossible:
            first = plan.impossible[0]
            raise LookgateError("attributes_impossible", f"{first.detail} Nothing was changed.", first.hint)
        for number, change in enumerate(plan.changes):
            try:
                made = await self._recorded(change)
            except LookgateError as error:
                return Applied(plan.changes[:number], change, error, plan.changes[number + 1 :])
            told(change, made)
        return Applied(plan.changes, None, None, ())

    async def _recorded(self, change: Change) -> str:
        verb = "change" if change.id else "create"
        fields = ", ".join(f"{each.field}: {each.after}" for each in change.differences)
        intent = AuditEvent(
            self._clock.now(),
            self._random(8).hex(),
            "attributes apply",
            OPERATOR,
            "pending",
            detail=f"{verb} the user attribute '{change.name}' ({fields})",
        )
        await asyncio.to_thread(self._store.record, intent)
        try:
            number = await self._made(change)
        except LookgateError as error:
            await self._end(intent, "failed", error)
            raise
        await self._end(intent, "allowed")
        return number

    async def _made(self, change: Change) -> str:
        method, path = (
            ("PATCH", f"/user_attributes/{segment(change.id)}") if change.id else ("POST", "/user_attributes")
        )
        try:
            row = await self._client.call(method, path, query={"fields": FIELDS}, body=change.body)
        except Unavailable as error:
            raise _meant(error, change) from None
        if not isinstance(row, dict) or not row.get("id"):
            raise _not_taken(change, "it answers with something else than the attribute")
        after = plan_attributes([change.wanted], [row])
        if not after.kept:
            wrong = (
                ", ".join(f"{each.field} is {each.before}" for each in after.changes[0].differences)
                if after.changes
                else ""
            )
            raise _not_taken(change, wrong or "it is another one")
        fine: Kept = after.kept[0]
        return fine.id

    async def _end(self, intent: AuditEvent, outcome: Outcome, error: LookgateError | None = None) -> None:
        detail = f"{intent.detail}: {error.detail}" if error else intent.detail
        rule = error.code if error else ""
        ended = replace(intent, at=self._clock.now(), outcome=outcome, rule=rule, detail=detail)
        await asyncio.to_thread(self._store.record, ended)


def _not_taken(change: Change, why: str) -> LookgateError:
    return LookgateError(
        "attribute_not_taken",
        f"Looker took the call for '{change.name}', yet the attribute is not as asked for: {why}.",
        "Look at it on Looker's admin page, then run: lookgate attributes plan.",
    )


def _meant(error: Unavailable, change: Change) -> LookgateError:
    """Say what a failure means for the attribute."""
    again = "Run the same command again: it reads anew what Looker has."
    answer = error.answer if isinstance(error, LookerRefused) else 0
    if answer in _UNPROCESSABLE or (answer == NOT_FOUND and change.id and error.code == "looker_not_found"):
        detail = f"Looker does not take '{change.name}' ({answer}): somebody changed the attributes meanwhile, "
        return LookgateError("attribute_refused", f"{detail}or it allows less than it documents.", again)
    if answer in _CLIENT_ERRORS:
        return error
    return LookgateError(
        error.code, f"{error.detail} '{change.name}' may have been {_done(change)} all the same.", again
    )


def _done(change: Change) -> str:
    return "changed" if change.id else "created"
