"""Whether the warehouse signed a claim, asked through Looker: for a gateway without keys and without a warehouse."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import datetime

from lookgate.claims.check import KEY_UNKNOWN, WRONG, fingerprint_of, fits
from lookgate.claims.check_lookml import CHECK, VERDICT
from lookgate.claims.format import signing_input
from lookgate.core.ports import Json
from lookgate.errors import LookgateError, Unavailable
from lookgate.looker.client import LookerClient
from lookgate.looker.refusal import FORBIDDEN, NOT_FOUND, LookerRefused
from lookgate.verify.claim import Verdict
from lookgate.verify.jwt import Unverified

AT_ONCE = 8
"""Checks that run at a time: fewer than the client has connections, so that the directory is not kept waiting."""
WAITING = 64
"""Checks that wait for their turn; more are turned away at once."""
PATIENCE = 5.0
"""Seconds that one waits for its turn."""
DOUBTS, DOUBT_EVERY = 10, 6.0
"""Questions about keys that signed nothing yet: so many at once, then one in so many seconds. Key names are not to be
guessed, so who makes up claims spends no more of the API's quota than this, and is in nobody's way."""
_FITTED = 16
"""Names of keys that are remembered because something fitted them."""
_MAC_BYTES = 32
_WRONG_QUERY = frozenset({400, 422})
_RUN = {"cache": "false", "force_production": "true"}
_PROBE = {"kid": "lookgate_probe", "sub": "0", "aud": "none", "iat": "1", "exp": "2", "jti": "none"}


class LookerSignatures:
    """``verify.claim.Signatures``: one query for each claim, run as the service user, never from a cache.

    A claim that the warehouse cannot have written costs no call.
    """

    def __init__(self, client: LookerClient, model: str, *, patience: float = PATIENCE) -> None:
        """Build it.

        Args:
            client: the service user's session.
            model: the LookML model that ``lookgate claims lookml --check-attribute`` wrote.
            patience: seconds that a check waits for its turn.
        """
        self._client = client
        self._model = model
        self._room, self._doubtful = _Room(AT_ONCE, patience), _Room(1, patience)
        self._fitted: dict[str, None] = {}
        """Keys that are known to sign."""
        self._doubts, self._doubted_at = float(DOUBTS), client.clock.monotonic()

    async def verdict(self, claim: Unverified, now: datetime) -> Verdict:
        """Say what Looker answers; the warehouse's clock tells whether the key is retired.

        Raises:
            Unavailable: Looker does not answer, or not with a verdict on this claim.
        """
        del now
        kid = str(claim.header["kid"])
        if len(claim.signature) != _MAC_BYTES or signing_input(kid, claim.claims) != claim.signed:
            return Verdict.WRONG
        asked = {name: str(claim.claims[name]) for name in ("sub", "aud", "iat", "exp", "jti")}
        fingerprint = fingerprint_of(claim.signature)
        answer = await self._answer_to({"kid": kid, **asked, "fingerprint": fingerprint}, kid)
        if answer == fits(fingerprint):
            return Verdict.FITS
        if answer == KEY_UNKNOWN:
            self._fitted.pop(kid, None)
            return Verdict.KEY_UNKNOWN
        if answer == WRONG:
            return Verdict.WRONG
        raise _unreadable()

    async def probe(self) -> None:
        """Ask about a claim that nobody made: is the explore there, may we use it, does its SQL run?

        Raises:
            LookgateError: no, and why, for an admin.
            Unavailable: Looker does not answer.
        """
        try:
            answer = _verdict_in(await self._run({**_PROBE, "fingerprint": fingerprint_of(b"")}))
        except LookerRefused as error:
            if error.answer in {FORBIDDEN, NOT_FOUND}:
                raise LookgateError(
                    "claim_check_missing",
                    f"For the API user, Looker's model {self._model} has no explore {CHECK}.",
                    "Deploy what lookgate claims lookml --check-attribute NAME writes, and set the user attribute NAME "
                    "to 'yes' for the API user alone.",
                ) from error
            if error.answer not in _WRONG_QUERY:
                raise
            answer = None
        if answer != KEY_UNKNOWN:
            raise LookgateError(
                "claim_check_broken",
                f"The query of Looker's explore {CHECK} does not run as it was written.",
                "Read the database's error in Looker's query history, and compare --connection, --dialect and --table.",
            )

    async def _answer_to(self, asked: Mapping[str, str], kid: str) -> object:
        """Ask in turn. Claims of keys that are known to sign never wait for those of others."""
        if kid not in self._fitted:
            async with self._doubtful.entered():
                if kid not in self._fitted:  # the one before may have found out
                    self._spend_doubt()
                    try:
                        return await self._ask(asked, kid)
                    except Unavailable:
                        self._doubts += 1  # it was not answered
                        raise
        async with self._room.entered():
            return await self._ask(asked, kid)

    def _spend_doubt(self) -> None:
        now = self._client.clock.monotonic()
        self._doubts = min(DOUBTS, self._doubts + max(0.0, now - self._doubted_at) / DOUBT_EVERY)
        self._doubted_at = now
        if self._doubts < 1:
            raise _busy()
        self._doubts -= 1

    async def _ask(self, asked: Mapping[str, str], kid: str) -> object:
        try:
            answer = _verdict_in(await self._run(asked))
        except LookerRefused as error:
            raise Unavailable(
                "claim_check_refused",
                "Looker does not run the query that checks claims.",
                "Try again. An admin finds the cause with: lookgate claims probe.",
            ) from error
        if answer == fits(asked["fingerprint"]):
            self._fitted[kid] = None
            if len(self._fitted) > _FITTED:
                del self._fitted[next(iter(self._fitted))]
        return answer

    async def _run(self, asked: Mapping[str, str]) -> object:
        filters: dict[str, Json] = {f"{CHECK}.{name}": text for name, text in asked.items()}
        body: dict[str, Json] = {"model": self._model, "view": CHECK, "fields": [VERDICT], "filters": filters}
        body["limit"] = "2"  # one row is the answer, two are none
        return await self._client.call("POST", "/queries/run/json", query=_RUN, body=body)


class _Room:
    """Has so many places; a few may wait for one, and not for long."""

    def __init__(self, places: int, patience: float) -> None:
        self._places = asyncio.Semaphore(places)
        self._patience = patience
        self._waiting = 0

    @asynccontextmanager
    async def entered(self) -> AsyncIterator[None]:
        """Take a place for the time of the block.

        Raises:
            Unavailable: too many wait, or it took too long.
        """
        if self._waiting >= WAITING:
            raise _busy()
        self._waiting += 1
        try:
            async with asyncio.timeout(self._patience):
                await self._places.acquire()
        except TimeoutError:
            raise _busy() from None
        finally:
            self._waiting -= 1
        try:
            yield
        finally:
            self._places.release()


def _verdict_in(rows: object) -> object:
    """Return what stands where the verdict belongs; None in any other answer, such as a row with an error."""
    match rows:
        case [{**row}] if row.keys() == {VERDICT}:
            return row[VERDICT]
    return None


def _busy() -> Unavailable:
    return Unavailable(
        "claim_checks_busy",
        "Too many claims are being checked in Looker just now.",
        "Try again in a few seconds.",
    )


def _unreadable() -> Unavailable:
    return Unavailable(
        "claim_check_unreadable",
        "Looker's answer is no verdict on the claim.",
        "Try again. An admin finds the cause with: lookgate claims probe.",
    )
