"""The scheduler's own token, stored as it came: made for one request, and gone with it."""

from __future__ import annotations

from datetime import datetime, timedelta

from lookgate.core.renewal import Minted
from lookgate.core.secret import Secret
from lookgate.errors import Conflict, Refused


class ForwardedToken:
    """``core.renewal.TokenSource`` of one token that has been verified.

    Args:
        audience: for whom it is; it is given for no other.
        minted: the token, bare, and its times.
    """

    def __init__(self, audience: str, minted: Minted) -> None:
        self._audience = audience
        self._minted = minted

    async def mint(self, audience: str) -> Minted:
        if audience != self._audience:
            raise Refused(
                "token_audience",
                "The scheduler's token was made for another audience than the rule's.",
                "Give each audience a scheduler job of its own.",
            )
        return self._minted


def forwardable(value: Secret, issued_at: datetime, expires_at: datetime, now: datetime, least: float) -> Minted:
    """Return a verified token as one that may be stored.

    Args:
        value: the token, bare.
        issued_at: its ``iat``.
        expires_at: its ``exp``.
        now: the time (aware).
        least: seconds of life that must be left.

    Raises:
        Conflict: ``token_ends_soon``.
    """
    left = expires_at - now
    if left <= timedelta(seconds=least):
        raise Conflict(
            "token_ends_soon",
            f"The token has {max(0, round(left.total_seconds()))} s left, and more than {least:g} s are needed.",
            "Have the scheduler send a fresh one, lower the rule's margin, or run more often.",
        )
    return Minted(value, expires_at, issued_at)
