"""Writing values of user attributes: one call each, whoever's value it is."""

from __future__ import annotations

from lookgate.core.ports import Json
from lookgate.core.renewal import Target
from lookgate.core.secret import Secret
from lookgate.errors import LookgateError, Refused
from lookgate.looker.client import LookerClient, segment
from lookgate.looker.refusal import FORBIDDEN, NOT_FOUND, TOO_MANY, LookerRefused

GONE = "target_gone"
_CLIENT_ERRORS = range(400, 500)
_TIMEOUT = 408


class ValueWriter:
    """``core.renewal.AttributeWriter``.

    Args:
        client: of the instance that the targets are in.
    """

    def __init__(self, client: LookerClient) -> None:
        self._client = client

    async def write(self, target: Target, value: Secret) -> None:
        path, field = place(target)
        await self._call(target, "PATCH", path, {field: value.reveal()})

    async def clear(self, target: Target) -> None:
        """Take the value away: a default is set to null, a group's or user's own is deleted.

        Raises:
            Refused: Looker says no for good; ``target_gone`` also where there is no value to take away.
            Unavailable: Looker does not answer, or asks to come back later.
        """
        path, field = place(target)
        if target.holder == "default":
            await self._call(target, "PATCH", path, {field: None})
        else:
            await self._call(target, "DELETE", path, None)

    async def _call(self, target: Target, method: str, path: str, body: dict[str, Json] | None) -> None:
        try:
            await self._client.call(method, path, body=body)
        except LookerRefused as refusal:
            raise _final(refusal, target) from None


def place(target: Target) -> tuple[str, str]:
    """Return the operation's path and the name of the field that carries the value (Looker API 4.0)."""
    attribute = segment(target.attribute_id)
    if target.holder == "default":
        return f"/user_attributes/{attribute}", "default_value"
    return f"/{target.holder}s/{segment(target.holder_id)}/attribute_values/{attribute}", "value"


def _final(refusal: LookerRefused, target: Target) -> LookgateError:
    """Return the error: as it is when another try may help, else one that says nobody need try."""
    if refusal.code == "looker_login_refused":
        return Refused(refusal.code, refusal.detail, refusal.hint)
    if refusal.answer == NOT_FOUND:
        return Refused(
            GONE,
            f"Looker no longer finds the attribute '{target.attribute}' or {target.label}.",
            "Mend the rule, or make it again: lookgate attributes plan.",
        )
    if refusal.answer == FORBIDDEN:
        return Refused(
            refusal.code,
            f"Looker refuses to write '{target.attribute}' for {target.label} to the API user.",
            "Give the API user the Admin role.",
        )
    if refusal.answer in _CLIENT_ERRORS and refusal.answer not in {TOO_MANY, _TIMEOUT}:
        return Refused(
            "value_refused",
            f"Looker does not take the value of '{target.attribute}' for {target.label} ({refusal.answer}).",
            "Look at the attribute's type: it must be a string.",
        )
    return refusal
