"""The metadata server of Google's machines: who we are, and tokens that say so.

Sources: Google Cloud, "Authenticate workloads: get an ID token from the metadata server"; "About VM metadata".
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Protocol

import msgspec

from lookgate.core.ports import Clock
from lookgate.core.renewal import Minted
from lookgate.core.secret import Secret
from lookgate.errors import Refused, Unavailable
from lookgate.google.id_token import minted
from lookgate.net.ask import Answer

_PATH = "/computeMetadata/v1/instance/service-accounts/default/"
_FLAVOR = "Google"
_MAKER = "The metadata server"
_ACCOUNT = re.compile(r"[a-z0-9][a-z0-9.-]{0,80}@[a-z0-9.-]{1,160}")
_EARLY = timedelta(seconds=60)
"""Before its end an access token is no longer used."""
_OK, _BAD_REQUEST, _NOT_FOUND, _BUSY, _SERVER = 200, 400, 404, 429, 500


class Asking(Protocol):
    """``net.ask.Ask``, as far as it is used here."""

    async def __call__(
        self, method: str, url: str, *, headers: dict[str, str] | None = None, query: dict[str, str] | None = None
    ) -> Answer: ...


class _Access(msgspec.Struct):
    access_token: str
    expires_in: float


class MetadataServer:
    """``core.renewal.TokenSource``, and the access tokens that other sources need.

    It gives the same ID token again until minutes before its end: Lookgate reads the end from the token.

    Args:
        origin: where it is.
        ask: how it is asked.
        clock: for the access token's life.
    """

    def __init__(self, origin: str, ask: Asking, clock: Clock) -> None:
        self._origin = origin
        self._ask = ask
        self._clock = clock
        self._access: tuple[Secret, datetime] | None = None

    async def mint(self, audience: str) -> Minted:
        answer = await self._get("identity", audience=audience, format="full")
        return minted(_text(answer), audience, _MAKER)

    async def email(self) -> str:
        """Return the address of our own service account.

        Raises:
            Refused: there is none.
            Unavailable: the server does not answer.
        """
        found = _text(await self._get("email")).strip()
        if not _ACCOUNT.fullmatch(found):
            raise _not_metadata()
        return found

    async def access_token(self, *, fresh: bool = False) -> Secret:
        """Return a token for Google's own APIs; it is kept in memory while it lives.

        Args:
            fresh: whether the kept one was refused.

        Raises:
            Refused: there is no service account.
            Unavailable: the server does not answer.
        """
        if self._access and not fresh and self._clock.now() < self._access[1]:
            return self._access[0]
        answer = await self._get("token")
        try:
            read = msgspec.json.decode(answer.body, type=_Access)
        except (msgspec.DecodeError, RecursionError):
            raise _not_metadata() from None
        if not read.access_token.isascii() or not read.access_token.isprintable() or not read.access_token:
            raise _not_metadata()
        self._access = (
            Secret(read.access_token),
            self._clock.now() + timedelta(seconds=max(0.0, min(read.expires_in, 86_400))) - _EARLY,
        )
        return self._access[0]

    async def _get(self, what: str, **query: str) -> Answer:
        answer = await self._ask(
            "GET", self._origin + _PATH + what, headers={"metadata-flavor": _FLAVOR}, query=query or None
        )
        if answer.status == _BUSY or answer.status >= _SERVER:
            raise Unavailable(
                "metadata_busy", f"{_MAKER} answers {answer.status}.", "Wait.", retry_after=answer.retry_after
            )
        if answer.headers.get("metadata-flavor") != _FLAVOR:
            raise _not_metadata()
        if answer.status == _NOT_FOUND:
            raise Refused(
                "no_service_account",
                "This machine has no service account.",
                "Give the service one: gcloud run services update … --service-account.",
            )
        if answer.status != _OK:
            raise Refused(
                "metadata_refused", f"{_MAKER} answers {answer.status} when asked for '{what}'.", "Check the audience."
            )
        return answer


def _text(answer: Answer) -> str:
    try:
        return answer.body.decode("ascii")
    except UnicodeDecodeError:
        raise _not_metadata() from None


def _not_metadata() -> Unavailable:
    return Unavailable(
        "not_metadata",
        "What answers in place of Google's metadata server is not one.",
        "Run the gateway on Google Cloud, or set google.metadata to a local stand-in.",
    )
