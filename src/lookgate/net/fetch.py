"""Getting one public document over https: no redirect, no cookie, no credential, no more bytes than it may have."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from lookgate.core.ports import Fetched
from lookgate.errors import Unavailable
from lookgate.net.address import RefusedAddress, host_of, may_dial

if TYPE_CHECKING:
    import ssl

    from aiohttp.abc import AbstractResolver

LONGEST = 262_144
"""Bytes of a document."""
SECONDS = 5.0
"""For all of it: name, connection, answer."""
_OK = 200


class PublicFetch:
    """``core.ports.Fetch``. Each fetch has a session of its own: they are minutes apart and share nothing.

    aiohttp is imported with the first one.

    Args:
        private: whether a name may lead to an address that is not public (RFC 1918 and the like).
        names: what resolves names; the operating system by default.
        trust: which certificates are believed; the system's by default.
        seconds: for all of one fetch.
    """

    def __init__(
        self,
        *,
        private: bool = False,
        names: AbstractResolver | None = None,
        trust: ssl.SSLContext | None = None,
        seconds: float = SECONDS,
    ) -> None:
        self._private = private
        self._names = names
        self._trust = trust
        self._seconds = seconds

    async def __call__(self, url: str, /) -> Fetched:
        import aiohttp  # noqa: PLC0415 - 150 ms that only a fetch needs

        if urlsplit(url).scheme != "https":
            raise Unavailable("fetch_refused", f"{url} is not https; it was not called.", "Write an https URL.")
        try:
            return await self._get(url)
        except TimeoutError as error:
            raise Unavailable(
                "fetch_timeout", f"{url} did not answer within {self._seconds:g} s.", "Try again later."
            ) from error
        except (OSError, aiohttp.ClientError, ValueError) as error:
            if isinstance(getattr(error, "os_error", error), RefusedAddress):
                raise Unavailable(
                    "fetch_address_refused",
                    f"The name in {url} leads to an address that is not public; it was not called.",
                    "If it stands in your own network, set private_network = true; else mend the DNS.",
                ) from error
            raise Unavailable(
                "fetch_failed",
                f"{url} cannot be fetched: {type(error).__name__}.",
                "Check the address and the network.",
            ) from error

    async def _get(self, url: str) -> Fetched:
        import aiohttp  # noqa: PLC0415 - already imported

        from lookgate.net.resolver import CheckedResolver  # noqa: PLC0415 - needs aiohttp

        self._refuse_literal(host_of(url))
        connector = aiohttp.TCPConnector(
            ssl=self._trust or True, resolver=CheckedResolver(self._names, private=self._private), force_close=True
        )
        async with (
            aiohttp.ClientSession(
                connector=connector,
                timeout=aiohttp.ClientTimeout(total=self._seconds),
                cookie_jar=aiohttp.DummyCookieJar(),
                headers={"accept": "application/json", "accept-encoding": "identity"},
                auto_decompress=False,  # a small answer must not become a large one
                trust_env=False,
            ) as session,
            session.get(url, allow_redirects=False) as response,
        ):
            if response.status != _OK:
                raise Unavailable("fetch_status", f"{url} answers {response.status}.", "Check the address.")
            body = bytearray()
            async for chunk in response.content.iter_any():
                body += chunk
                if len(body) > LONGEST:
                    raise Unavailable("fetch_too_long", f"{url} is longer than {LONGEST} bytes.", "Check the address.")
            return Fetched(bytes(body), ", ".join(response.headers.getall("cache-control", [])))

    def _refuse_literal(self, host: str) -> None:
        """An address needs no resolver, so nobody else would look at it."""
        try:
            ipaddress.ip_address(host)
        except ValueError:
            return
        if not may_dial(host, private=self._private):
            raise RefusedAddress(host)
