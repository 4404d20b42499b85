"""Application default credentials: access tokens where there is no metadata server, such as a developer's machine.

google-auth finds and refreshes them; its requests go the way of all others (``net.ask``). They open IAM Credentials, so
a person who has signed in gets tokens of the service accounts that they may act as.

Source: Google Cloud, "How Application Default Credentials works".
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from lookgate.core.secret import Secret
from lookgate.errors import LookgateError, Refused, Unavailable
from lookgate.net.ask import Answer

SCOPE = "https://www.googleapis.com/auth/cloud-platform"


class Asking(Protocol):
    """``net.ask.Ask``, as far as it is used here."""

    async def __call__(
        self, method: str, url: str, *, headers: Mapping[str, str] | None, content: bytes | None
    ) -> Answer: ...


class DefaultCredentials:
    """``google.iam.Access``. Nothing is imported or read before the first token.

    Args:
        ask: how the endpoint is asked that the credentials name.
        find: finds the credentials; google-auth's own way by default.
    """

    def __init__(self, ask: Asking, find: Callable[[], Any] | None = None) -> None:
        self._transport = _Transport(ask)
        self._find = find or self._found
        self._credentials: Any = None
        self._turn = asyncio.Lock()

    async def access_token(self, *, fresh: bool = False) -> Secret:
        """Return a token for Google's own APIs; google-auth keeps it while it lives.

        Args:
            fresh: whether the kept one was refused.

        Raises:
            Refused: there are no credentials, or they are good for nothing any more.
            Unavailable: the endpoint does not answer.
        """
        async with self._turn:
            return await asyncio.to_thread(self._token, fresh=fresh)

    async def email(self) -> str:
        """Return the service account's address.

        Raises:
            Refused: the credentials are a person's, or there are none.
        """
        async with self._turn:
            credentials = await asyncio.to_thread(self._loaded)
        email = str(getattr(credentials, "service_account_email", "") or "")
        if "@" not in email:
            raise Refused(
                "no_service_account",
                "The application default credentials are of no service account.",
                "Name one that they may act as: [[sync.impersonate]].",
            )
        return email

    def _token(self, *, fresh: bool) -> Secret:
        credentials = self._loaded()
        from google.auth import exceptions  # noqa: PLC0415 - an extra

        if fresh or not credentials.valid:
            try:
                credentials.refresh(self._transport)
            except exceptions.GoogleAuthError as error:
                # What the endpoint said stays untold: nobody knows what is in it.
                if isinstance(error, exceptions.TransportError) or getattr(error, "retryable", False):
                    raise _busy() from None
                raise _useless("Google takes this machine's application default credentials no more.") from None
        return Secret(str(credentials.token))

    def _loaded(self) -> Any:
        if self._credentials is None:
            self._credentials = self._find()
        return self._credentials

    def _found(self) -> Any:
        try:
            import google.auth  # noqa: PLC0415 - an extra
        except ImportError:
            raise Refused(
                "extra_missing", "google.credentials needs google-auth.", "Install it: pip install 'lookgate[google]'."
            ) from None
        transport: Any = self._transport
        try:
            return google.auth.default(scopes=[SCOPE], request=transport)[0]
        except google.auth.exceptions.DefaultCredentialsError:
            raise _useless("This machine has no application default credentials.") from None


@dataclass(frozen=True, slots=True)
class _Reply:
    """``google.auth.transport.Response``."""

    status: int
    headers: Mapping[str, str]
    data: bytes


class _Transport:
    """``google.auth.transport.Request``, called in a thread."""

    def __init__(self, ask: Asking) -> None:
        self._ask = ask

    def __call__(
        self,
        url: str,
        method: str = "GET",
        body: bytes | str | None = None,
        headers: Mapping[str, str] | None = None,
        **_: object,
    ) -> _Reply:
        content = body.encode() if isinstance(body, str) else body
        try:
            answer = asyncio.run(self._ask(method, url, headers=headers, content=content))
        except LookgateError as error:
            from google.auth import exceptions  # noqa: PLC0415 - an extra

            failed: Any = exceptions.TransportError  # which has no types
            raise failed(error.code) from None
        return _Reply(answer.status, answer.headers, answer.body)


def _useless(detail: str) -> Refused:
    return Refused(
        "no_default_credentials",
        detail,
        "Sign in: gcloud auth application-default login. Or set GOOGLE_APPLICATION_CREDENTIALS.",
    )


def _busy() -> Unavailable:
    return Unavailable(
        "default_credentials_busy",
        "The token endpoint of the application default credentials does not answer.",
        "Look whether the network lets it through, and wait.",
    )
