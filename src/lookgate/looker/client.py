"""A lean asynchronous client of the Looker API 4.0: one session, one live token, no redirects, one host.

aiohttp is imported with the first call: a gateway that answers by API key never pays for it.
"""

from __future__ import annotations

import asyncio
import re
import socket
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from lookgate.core.ports import Clock, Json
from lookgate.core.secret import Secret
from lookgate.errors import LookgateError, Unavailable
from lookgate.looker.refusal import FORBIDDEN, NOT_FOUND, login_refusal, not_looker, refusal
from lookgate.net.address import RefusedAddress, host_of, is_loopback
from lookgate.net.retry_after import retry_after

if TYPE_CHECKING:
    from aiohttp import ClientResponse, ClientSession
    from aiohttp.abc import AbstractResolver

API = "/api/4.0"
RENEW_BEFORE = 60.0
"""Seconds before its expiry at which a session token is no longer used."""
LOGIN_PAUSE = 5.0
"""Seconds between a refused login and the next try, so that no stream of requests becomes a stream of bad logins."""
LOGOUT_SECONDS = 2.0
"""For the end of a login that is under way, and for the logout: who stops a process kills it soon after."""
_CONNECTIONS = 64
"""At once: as many as ``sync.concurrency`` may ask for."""
_LONGEST = 20_000_000
_PAGE = 500
_TOKEN = re.compile(r"[!-~]{1,8192}")
_ID = re.compile(r"[A-Za-z0-9_-]{1,255}")
_OK, _NO_CONTENT, _BAD = 200, 204, 300
_MALFORMED, _UNAUTHENTICATED = 400, 401


class LookerClient:
    """Calls one instance as its service user. Use it within one event loop.

    Args:
        base_url: the API's origin, without a path.
        client_id: of the API key.
        client_secret: of the API key.
        clock: for the session token's life.
        timeout: seconds for one call, connecting included.
        verify_ssl: whether the certificate must be valid.
        private_network: whether the name may lead to an address that is not public (RFC 1918 and the like).
        names: what resolves the host's name; the operating system by default.
    """

    def __init__(
        self,
        base_url: str,
        client_id: Secret,
        client_secret: Secret,
        *,
        clock: Clock,
        timeout: float = 20.0,
        verify_ssl: bool = True,
        private_network: bool = False,
        names: AbstractResolver | None = None,
    ) -> None:
        self.base_url = base_url
        self._id = client_id
        self._secret = client_secret
        self.clock = clock
        self._timeout = timeout
        self._verify_ssl = verify_ssl
        self._names = names
        self._private = private_network or is_loopback(host_of(base_url))
        self._session: ClientSession | None = None
        self._token: Secret | None = None
        self._token_ends = 0.0
        self._login_lock = asyncio.Lock()
        self._logging_in: asyncio.Task[Secret] | None = None
        self._login_refused_at: float | None = None

    async def get(self, path: str, **query: str) -> Any:
        """Return what ``GET /api/4.0{path}`` answers."""
        return await self.call("GET", path, query=query)

    async def row(self, path: str, **query: str) -> dict[str, Any]:
        """Return the one object that ``GET`` answers."""
        return self._rows([await self.get(path, **query)])[0]

    async def rows(self, path: str, **query: str) -> list[dict[str, Any]]:
        """Return the objects of a list that has no pages."""
        return self._rows(await self.get(path, **query))

    async def row_as(self, token: Secret, path: str, **query: str) -> dict[str, Any] | None:
        """Return what ``GET`` answers to somebody else's token; None when Looker does not know the token.

        The service user's session has no part in it.
        """
        status, answer, wait = await self._send("GET", path, token=token, query=query)
        if status == _UNAUTHENTICATED:
            return None
        if status >= _BAD:
            raise refusal("GET", path, status, wait)
        return self._rows([answer])[0]

    async def pages(self, path: str, *, fields: str) -> list[dict[str, Any]]:
        """Return every row of a list that has ``limit`` and ``offset``."""
        rows: list[dict[str, Any]] = []
        while True:
            page = await self.rows(path, fields=fields, sorts="id", limit=str(_PAGE), offset=str(len(rows)))
            rows += page
            if len(page) != _PAGE:
                return rows

    async def call(
        self, method: str, path: str, *, query: Mapping[str, str] | None = None, body: Mapping[str, Json] | None = None
    ) -> Any:
        """Call one operation, logging in when needed, and once more if Looker no longer knows the session.

        Args:
            method: the HTTP method.
            path: below ``/api/4.0``, with ids checked by ``segment``.
            query: the query's parameters.
            body: the JSON body.

        Returns:
            The decoded JSON, or None when the answer has no body.

        Raises:
            LookerRefused: Looker answered with an error status.
            Unavailable: Looker does not answer, or with something else than JSON.
        """
        token = await self._live_token()
        status, answer, wait = await self._send(method, path, token=token, query=query, body=body)
        if status == _UNAUTHENTICATED:
            await self._forget(token)
            token = await self._live_token()
            status, answer, wait = await self._send(method, path, token=token, query=query, body=body)
        if status >= _BAD:
            raise refusal(method, path, status, wait)
        return answer

    async def close(self) -> None:
        """Log out, so that no live admin token stays behind, and release the connections. May be called twice."""
        if self._logging_in is not None:
            await asyncio.wait((self._logging_in,), timeout=LOGOUT_SECONDS)
            self._logging_in.cancel()
            self._logging_in = None
        token, self._token = self._token, None
        session, self._session = self._session, None
        if session is None:
            return
        try:
            if token is None:
                return
            async with asyncio.timeout(LOGOUT_SECONDS):
                headers = {"authorization": f"Bearer {token.reveal()}"}
                async with session.delete(self.base_url + API + "/logout", headers=headers, allow_redirects=False):
                    pass
        except (OSError, TimeoutError, _client_error()):
            pass  # Looker is gone: the token ends by itself within the hour
        finally:
            await session.close()

    def _rows(self, found: Any) -> list[dict[str, Any]]:
        """Every list that is asked for here is one of things with an id."""
        if not isinstance(found, list) or not all(isinstance(row, dict) and row.get("id") for row in found):
            raise not_looker(self.base_url)
        return found

    async def _live_token(self) -> Secret:
        async with self._login_lock:
            if self._token is None or self.clock.monotonic() >= self._token_ends:
                # A caller who is cancelled leaves the login to its end: Looker may have made the token already.
                if self._logging_in is None or self._logging_in.done():
                    self._logging_in = asyncio.create_task(self._login())
                return await asyncio.shield(self._logging_in)
            return self._token

    async def _forget(self, token: Secret) -> None:
        async with self._login_lock:
            if self._token is not None and self._token == token:
                self._token = None

    async def _login(self) -> Secret:
        if self._login_refused_at is not None and self.clock.monotonic() - self._login_refused_at < LOGIN_PAUSE:
            raise login_refusal(NOT_FOUND)
        form = {"client_id": self._id.reveal(), "client_secret": self._secret.reveal()}
        status, answer, wait = await self._send("POST", "/login", form=form)
        if status in {_MALFORMED, _UNAUTHENTICATED, FORBIDDEN, NOT_FOUND}:
            self._login_refused_at = self.clock.monotonic()
            raise login_refusal(status)
        if status != _OK:
            raise refusal("POST", "/login", status, wait)
        try:
            token, seconds = answer["access_token"], float(answer["expires_in"])
        except (KeyError, TypeError, ValueError, OverflowError) as error:
            raise not_looker(self.base_url) from error
        if not isinstance(token, str) or not _TOKEN.fullmatch(token):  # it goes into a header
            raise not_looker(self.base_url)
        self._login_refused_at = None
        self._token_ends = self.clock.monotonic() + max(0.0, seconds - RENEW_BEFORE)
        self._token = Secret(token)
        return self._token

    async def _send(
        self,
        method: str,
        path: str,
        *,
        token: Secret | None = None,
        query: Mapping[str, str] | None = None,
        body: Mapping[str, Json] | None = None,
        form: Mapping[str, str] | None = None,
    ) -> tuple[int, Any, float | None]:
        session = self._open()
        headers = {"authorization": f"Bearer {token.reveal()}"} if token else {}
        try:
            async with session.request(
                method,
                self.base_url + API + path,
                params=query,
                json=body,
                data=form,
                headers=headers,
                allow_redirects=False,  # a redirect could carry the token to another host
            ) as response:
                wait = retry_after(response.headers.get("retry-after"), self.clock.now())
                return response.status, await self._decode(response), wait
        except TimeoutError as error:
            raise Unavailable(
                "looker_timeout",
                f"Looker did not answer within {self._timeout:g} s.",
                "Try again; see instance.timeout.",
            ) from error
        except (OSError, _client_error()) as error:
            if isinstance(getattr(error, "os_error", error), RefusedAddress):
                raise Unavailable(
                    "looker_address_refused",
                    f"The name in {self.base_url} leads to an address that is not public; it was not called.",
                    "If Looker stands in your own network, set instance.private_network = true; else mend the DNS.",
                ) from error
            raise Unavailable(
                "looker_unreachable",
                f"Looker at {self.base_url} cannot be reached: {_why(error)}.",
                "Check instance.base_url and the network, then try again.",
            ) from error

    async def _decode(self, response: ClientResponse) -> Any:
        import msgspec  # noqa: PLC0415 - with the first answer

        content = bytearray()
        async for chunk in response.content.iter_any():
            content += chunk
            if len(content) > _LONGEST:
                raise not_looker(self.base_url)
        if response.status == _NO_CONTENT or not content or response.status >= _BAD:
            return None
        try:
            return msgspec.json.decode(content)
        except (ValueError, RecursionError) as error:  # msgspec's DecodeError, and UnicodeDecodeError, are ValueErrors
            raise not_looker(self.base_url) from error

    def _open(self) -> ClientSession:
        if self._session is None:
            import aiohttp  # noqa: PLC0415 - 150 ms that only a call to Looker needs

            from lookgate.net.resolver import CheckedResolver  # noqa: PLC0415 - likewise

            resolver = CheckedResolver(self._names, private=self._private)
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(ssl=self._verify_ssl, limit=_CONNECTIONS, resolver=resolver),
                timeout=aiohttp.ClientTimeout(total=self._timeout),
                cookie_jar=aiohttp.DummyCookieJar(),
                trust_env=False,
            )
        return self._session


def segment(value: str) -> str:
    """Return an id as one path segment, so that it cannot reach another operation.

    Raises:
        LookgateError: ``id_malformed``. Looker's ids need no quoting, and quoting is undone on the way (``%2E%2E``).
    """
    if not _ID.fullmatch(value):
        raise LookgateError(
            "id_malformed", f"{value[:40]!r} is no id of Looker's.", "Ids are letters, digits, '_' and '-', such as 42."
        )
    return value


def _why(error: Exception) -> str:
    """Say why nobody answered, in words where there are common ones."""
    cause = getattr(error, "os_error", error)
    if isinstance(cause, socket.gaierror):
        return "its name is not known"
    return "connection refused" if isinstance(cause, ConnectionRefusedError) else type(error).__name__


def _client_error() -> type[Exception]:
    import aiohttp  # noqa: PLC0415 - already imported when this is asked

    return aiohttp.ClientError
