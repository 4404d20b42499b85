"""Where an issuer keeps its keys (OpenID Connect Discovery 1.0, section 4), and the keys themselves."""

from __future__ import annotations

import json
import re

from lookgate.core.ports import Fetch
from lookgate.verify.jwks import parse
from lookgate.verify.keyset import Published, life_of

_URL = re.compile(
    r"https://(?P<host>[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?(?::\d{1,5})?)"
    r"(?P<path>(?:/[A-Za-z0-9._~!$&'()*+,;=:@%-]*)*)(?P<query>\?[A-Za-z0-9._~!$&'()*+,;=:@%/?-]*)?"
)
"""A URL that every reader takes apart in the same way: no user, no backslash, no fragment, nothing to be normalised."""
_DOTS = re.compile(r"/\.{1,2}(?:/|$)|%2e", re.IGNORECASE)


def host_of(url: str) -> str:
    """Return the host, and the port if it is written, of an unambiguous https URL; empty when it is none."""
    match = _URL.fullmatch(url)
    return match["host"] if match and not _DOTS.search(match["path"]) else ""


def is_issuer(url: str) -> bool:
    """Whether keys can be discovered from this issuer: an unambiguous https URL without a query."""
    return bool(host_of(url)) and "?" not in url


class Discovery:
    """Fetches the issuer's configuration, and then the keys it points to.

    Args:
        issuer: exactly as tokens name it, an https URL.
        keys_host: the only host, with its port if it is not 443, on which the keys may be.
        fetch: gets a document.
    """

    def __init__(self, issuer: str, keys_host: str, fetch: Fetch) -> None:
        self._issuer = issuer
        self._keys_host = keys_host
        self._fetch = fetch

    async def __call__(self) -> Published:
        """Return the keys that are published now.

        Raises:
            Unavailable: a host does not answer.
            ValueError: an answer is not what the standard asks for.
        """
        configuration = await self._fetch(self._issuer.rstrip("/") + "/.well-known/openid-configuration")
        answer = await self._fetch(self._keys_url(configuration.body))
        return Published(parse(answer.body), life_of(answer.cache_control))

    def _keys_url(self, body: bytes) -> str:
        try:
            document = json.loads(body)
        except (ValueError, RecursionError):
            document = None
        issuer, url = (document.get("issuer"), document.get("jwks_uri")) if isinstance(document, dict) else (None, None)
        if issuer is None:
            raise ValueError(f"what {self._issuer} publishes is no OpenID configuration")
        if issuer != self._issuer:
            raise ValueError(f"the OpenID configuration is of another issuer than {self._issuer}")
        if not isinstance(url, str) or host_of(url) != self._keys_host:
            raise ValueError(f"the 'jwks_uri' is not an https URL on {self._keys_host}")
        return url
