"""ID tokens from the IAM Credentials API: a fresh one at any time, for a service account that we may act as.

Sources: Google Cloud, "IAM Service Account Credentials API", method ``serviceAccounts.generateIdToken``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import msgspec

from lookgate.core.ports import Json
from lookgate.core.renewal import Minted
from lookgate.core.secret import Secret
from lookgate.errors import Refused, Unavailable
from lookgate.google.id_token import minted
from lookgate.net.ask import Answer

ROLE = "roles/iam.serviceAccountOpenIdTokenCreator"
"""The narrowest role that may call it."""
_MAKER = "The IAM Credentials API"
_OK, _UNAUTHENTICATED, _FORBIDDEN, _NOT_FOUND, _BUSY, _SERVER = 200, 401, 403, 404, 429, 500


class Access(Protocol):
    """``MetadataServer``, as far as it is used here."""

    async def access_token(self, *, fresh: bool = False) -> Secret: ...
    async def email(self) -> str: ...


class Asking(Protocol):
    """``net.ask.Ask``, as far as it is used here."""

    async def __call__(self, method: str, url: str, *, headers: dict[str, str], body: dict[str, Json]) -> Answer: ...


class _Generated(msgspec.Struct):
    token: str


class IamCredentials:
    """``core.renewal.TokenSource``.

    Args:
        origin: of the API.
        ask: how it is asked.
        access: whose access tokens open it.
        account: the service account's address; empty for our own.
        delegates: accounts on the way to it, in their order.
    """

    def __init__(
        self, origin: str, ask: Asking, access: Access, account: str = "", delegates: Sequence[str] = ()
    ) -> None:
        self._origin = origin
        self._ask = ask
        self._access = access
        self._account = account
        self._delegates = delegates

    async def mint(self, audience: str) -> Minted:
        account = self._account or await self._access.email()
        answer = await self._call(account, audience, await self._access.access_token())
        if answer.status == _UNAUTHENTICATED:
            answer = await self._call(account, audience, await self._access.access_token(fresh=True))
        if answer.status == _OK:
            try:
                return minted(msgspec.json.decode(answer.body, type=_Generated).token, audience, _MAKER)
            except (msgspec.DecodeError, RecursionError):
                raise Refused(
                    "token_unreadable", f"{_MAKER} answered with something else than a token.", "Check google.iam."
                ) from None
        if answer.status in {_FORBIDDEN, _UNAUTHENTICATED}:
            raise Refused(
                "impersonation_refused",
                f"{_MAKER} does not let us make tokens for {account}.",
                f"Grant {ROLE} on {account} to the gateway's own service account, and enable the API "
                "(iamcredentials.googleapis.com).",
            )
        if answer.status == _NOT_FOUND:
            raise Refused(
                "no_such_account", f"There is no service account {account}.", "Mend the address, or create the account."
            )
        if answer.status == _BUSY or answer.status >= _SERVER:
            raise Unavailable("iam_busy", f"{_MAKER} answers {answer.status}.", "Wait.", retry_after=answer.retry_after)
        raise Refused("iam_refused", f"{_MAKER} answers {answer.status}.", "Check the audience and the account.")

    async def _call(self, account: str, audience: str, token: Secret) -> Answer:
        delegates: list[Json] = [_resource(each) for each in self._delegates]
        return await self._ask(
            "POST",
            f"{self._origin}/v1/{_resource(account)}:generateIdToken",
            headers={"authorization": f"Bearer {token.reveal()}"},
            body={"audience": audience, "includeEmail": True, "delegates": delegates},
        )


def _resource(account: str) -> str:
    return f"projects/-/serviceAccounts/{account}"
