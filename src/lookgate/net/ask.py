"""One request with credentials to one host that the settings name: no redirect, no cookie, a bounded answer."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from lookgate.core.ports import Clock, Json
from lookgate.errors import Unavailable
from lookgate.net.address import RefusedAddress, host_of, is_loopback, may_dial
from lookgate.net.retry_after import retry_after

if TYPE_CHECKING:
    import ssl

    from aiohttp.abc import AbstractResolver

LONGEST = 65_536
"""Bytes of an answer."""
SECONDS = 10.0
"""For all of it: name, connection, answer."""
METADATA_SERVER = "http://169.254.169.254"
"""Google's, the one link-local address that is ever called (by ``google`` alone, never on behalf of a request)."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back."""

    status: int
    body: bytes
    headers: Mapping[str, str]
    """By lower-case name."""
    retry_after: float | None
    """Seconds that the other side asks to be left alone; None when it does not say."""


class Ask:
    """Asks. Each request has a session of its own: they are minutes apart and share nothing.

    Args:
        clock: for a ``Retry-After`` that is a date.
        private: whether a name may lead to an address that is not public (RFC 1918 and the like).
        names: what resolves names; the operating system by default.
        trust: which certificates are believed; the system's by default.
        seconds: for all of one request.
    """

    def __init__(
        self,
        clock: Clock,
        *,
        private: bool = False,
        names: AbstractResolver | None = None,
        trust: ssl.SSLContext | None = None,
        seconds: float = SECONDS,
    ) -> None:
        self._clock = clock
        self._private = private
        self._names = names
        self._trust = trust
        self._seconds = seconds

    async def __call__(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        query: Mapping[str, str] | None = None,
        form: Mapping[str, str] | None = None,
        body: Mapping[str, Json] | None = None,
        content: bytes | None = None,
    ) -> Answer:
        """Return the answer, whatever its status.

        Args:
            method: the HTTP method.
            url: https, or http on this machine or to the metadata server.
            headers: of the request.
            query: added to the URL, quoted.
            form: sent as ``application/x-www-form-urlencoded``.
            body: sent as JSON.
            content: sent as it is.

        Raises:
            Unavailable: nobody answers, or nobody that may be called, or at too great a length.
        """
        import aiohttp  # noqa: PLC0415 - 150 ms that only who asks needs

        place = f"{urlsplit(url).scheme}://{urlsplit(url).netloc}"  # what is told: paths and queries may be long
        try:
            return await self._ask(method, url, headers=headers, query=query, data=form or content, body=body)
        except TimeoutError as error:
            raise Unavailable(
                "timeout", f"{place} did not answer within {self._seconds:g} s.", "Look whether it works, and wait."
            ) from error
        except (OSError, aiohttp.ClientError, ValueError) as error:
            if isinstance(getattr(error, "os_error", error), RefusedAddress):
                raise Unavailable(
                    "address_refused",
                    f"{place} leads to an address that is not public; it was not called.",
                    "If it stands in your own network, set private_network = true; else mend the DNS.",
                ) from error
            raise Unavailable(
                "unreachable", f"{place} cannot be reached: {type(error).__name__}.", "Check the network."
            ) from error

    async def _ask(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None,
        query: Mapping[str, str] | None,
        data: Mapping[str, str] | bytes | None,
        body: Mapping[str, Json] | None,
    ) -> Answer:
        import aiohttp  # noqa: PLC0415 - already imported

        from lookgate.net.resolver import CheckedResolver  # noqa: PLC0415 - needs aiohttp

        host, scheme = host_of(url), urlsplit(url).scheme
        local = is_loopback(host)
        known = local or url.startswith(f"{METADATA_SERVER}/")
        if scheme != "https" and not (scheme == "http" and known):
            raise RefusedAddress(host)
        if not known and _is_address(host) and not may_dial(host, private=self._private):
            raise RefusedAddress(host)
        resolver = CheckedResolver(self._names, private=self._private or local)
        async with (
            aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(ssl=self._trust or True, resolver=resolver, force_close=True),
                timeout=aiohttp.ClientTimeout(total=self._seconds),
                cookie_jar=aiohttp.DummyCookieJar(),
                headers={"accept-encoding": "identity"},
                auto_decompress=False,  # a small answer must not become a large one
                trust_env=False,
            ) as session,
            session.request(
                method, url, params=query, data=data, json=body, headers=headers, allow_redirects=False
            ) as response,
        ):
            content = bytearray()
            async for chunk in response.content.iter_any():
                content += chunk
                if len(content) > LONGEST:
                    raise Unavailable("answer_too_long", f"{host} answers with more than {LONGEST} bytes.", "Look why.")
            told = {name.lower(): value for name, value in response.headers.items()}
            return Answer(
                response.status, bytes(content), told, retry_after(told.get("retry-after"), self._clock.now())
            )


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
