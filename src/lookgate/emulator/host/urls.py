"""Which URLs an extension may reach: reading a URL strictly, and matching it against a pattern.

A URL is read before and after parsing: what any two parsers could read differently is refused, not repaired. Looker
says that an entitlement needs "the protocol, domain and top level domain" and that ``*.`` stands for subdomains; ports
and paths are not documented, so the stricter reading holds here (see ``docs/fidelity/extension-host.md``).
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

MAX_URL_CHARACTERS = 8192
DEFAULT_PORTS = {"http": 80, "https": 443}
_URL = re.compile(
    r"(?P<scheme>https?)://(?P<authority>[^/?#]*)(?P<path>[^?#]*)(?P<query>\?[^#]*)?(?:#.*)?", re.IGNORECASE
)
_LABEL = r"(?!-)[a-z0-9_-]{1,63}(?<!-)"
_HOST = re.compile(rf"{_LABEL}(?:\.{_LABEL})*")
_AUTHORITY = re.compile(r"(?P<host>\[[0-9a-f:.]+\]|[^:\[\]]+)(?::(?P<port>[1-9][0-9]{0,4}))?", re.IGNORECASE)
_NUMERIC_LABEL = re.compile(r"[0-9]+|0x[0-9a-f]*")


class BadUrl(Exception):
    """The URL is not one that every parser reads alike; the message says why."""


@dataclass(frozen=True, slots=True)
class Target:
    """A URL that has been read without doubt."""

    scheme: str
    host: str
    """Lower case; an IPv6 address with its brackets."""
    port: int
    path: str
    """As written, at least ``/``."""
    query: str
    """With its question mark, or empty."""

    @property
    def origin(self) -> str:
        """The origin as a browser writes it: no default port."""
        return f"{self.scheme}://{self.host}" + ("" if self.port == DEFAULT_PORTS[self.scheme] else f":{self.port}")

    @property
    def url(self) -> str:
        """The URL to call: the fragment is gone, nothing else is changed."""
        return f"{self.origin}{self.path}{self.query}"


def read(resource: object) -> Target:
    """Read an absolute http or https URL.

    Raises:
        BadUrl: no text, too long, another scheme, user information, an escaped or non-ASCII or numerically disguised
            host, a trailing dot, a backslash, a control character, a port out of range, or dot segments in the path.
    """
    if not isinstance(resource, str):
        raise BadUrl("the URL is not a text")
    if len(resource) > MAX_URL_CHARACTERS:
        raise BadUrl(f"the URL is longer than {MAX_URL_CHARACTERS} characters")
    if not resource.isascii() or not resource.isprintable() or " " in resource:
        raise BadUrl("write the URL in printable ASCII: percent-encode its path, punycode its host")
    if "\\" in resource:
        raise BadUrl("a URL has no backslash")
    found = _URL.fullmatch(resource)
    if found is None:
        raise BadUrl("only absolute http and https URLs can be called")
    scheme = found["scheme"].lower()
    host, port = _authority(found["authority"], scheme)
    path = found["path"] or "/"
    if _has_dot_segments(path):
        raise BadUrl("the path has '.' or '..' segments")
    target = Target(scheme, host, port, path, found["query"] or "")
    again = urlsplit(target.url)
    if (again.scheme, again.hostname, again.port or DEFAULT_PORTS[scheme]) != (scheme, host.strip("[]"), port):
        raise BadUrl("the URL can be read in two ways")
    return target


def _authority(authority: str, scheme: str) -> tuple[str, int]:
    if "@" in authority:
        raise BadUrl("the URL carries user information before an '@'")
    found = _AUTHORITY.fullmatch(authority)
    if found is None:
        raise BadUrl("the host or port is malformed")
    port = int(found["port"] or DEFAULT_PORTS[scheme])
    if port > 65535:  # noqa: PLR2004 - the highest port there is
        raise BadUrl("the port is above 65535")
    return _host(found["host"].lower()), port


def _host(host: str) -> str:
    if host.startswith("["):
        try:
            return f"[{ipaddress.IPv6Address(host[1:-1]).compressed}]"
        except ValueError as error:
            raise BadUrl("the IPv6 address is malformed") from error
    if not _HOST.fullmatch(host):
        raise BadUrl("the host has an escape, an empty label, a trailing dot or another character that no host has")
    if _NUMERIC_LABEL.fullmatch(host.rsplit(".", 1)[-1]):
        try:
            ipaddress.IPv4Address(host)
        except ValueError as error:
            raise BadUrl("the host is a number in disguise; write an IPv4 address as four decimal parts") from error
    return host


def _has_dot_segments(path: str) -> bool:
    plain = path
    for _ in range(3):  # escapes of escapes: a server behind a proxy may decode twice
        plain = unquote(plain)
    return any(segment in {".", ".."} for segment in plain.replace("\\", "/").split("/"))


@dataclass(frozen=True, slots=True)
class Pattern:
    """One entry of an entitlement or of a hidden attribute's allow-list."""

    scheme: str
    host: str
    any_subdomain: bool
    port: int
    path: str
    exact: bool
    """Whether the path itself is allowed."""
    below: bool
    """Whether what lies below the path is allowed."""

    def covers(self, target: Target) -> bool:
        """Say whether the URL is one this pattern allows."""
        if (target.scheme, target.port) != (self.scheme, self.port):
            return False
        if not (target.host.endswith("." + self.host) if self.any_subdomain else target.host == self.host):
            return False
        inside = self.below and target.path.startswith(self.path.rstrip("/") + "/")
        return inside or (self.exact and target.path == self.path)


_PATTERN = re.compile(
    r"(?:(?P<scheme>https?)://)?(?P<wild>\*\.)?(?P<authority>[^/?#*@\\\s]+)(?P<path>/[^?#\\\s]*)?", re.IGNORECASE
)


def pattern(text: str, *, entitlement: bool) -> Pattern | None:
    """Read a pattern; None when it is malformed, and a malformed pattern allows nothing.

    Args:
        text: ``https://*.example.com``, ``http://127.0.0.1:4200/*``, ``example.com/route/*``. Without a scheme https is
            meant, without a port the scheme's own. ``*.`` needs at least a domain and a top-level domain after it and
            does not cover the domain itself.
        entitlement: whether a path allows what lies below it too (the whole host when there is no path). In an
            allow-list only ``/*`` at the end does.
    """
    found = _PATTERN.fullmatch(text.strip())
    if found is None or not text.isascii():
        return None
    scheme = (found["scheme"] or "https").lower()
    try:
        host, port = _authority(found["authority"], scheme)
    except BadUrl:
        return None
    wild = found["wild"] is not None
    if wild and ("." not in host or host.startswith("[") or _NUMERIC_LABEL.fullmatch(host.rsplit(".", 1)[-1])):
        return None
    path = found["path"] or "/"
    starred = path.endswith("/*")
    path = path.removesuffix("*")
    if "*" in path or (not starred and (found["path"] or "").endswith("*")) or _has_dot_segments(path):
        return None
    return Pattern(scheme, host, wild, port, path, exact=not starred, below=starred or entitlement)


def entitled(patterns: Iterable[str], target: Target) -> bool:
    """Say whether ``external_api_urls`` or ``new_window_external_urls`` allows the URL."""
    return any((allowed := pattern(text, entitlement=True)) is not None and allowed.covers(target) for text in patterns)


def entitled_endpoint(endpoints: Iterable[str], target: Target) -> bool:
    """Say whether ``oauth2_urls`` lists exactly this endpoint; the query does not count."""
    for text in endpoints:
        try:
            listed = read(text)
        except BadUrl:
            continue
        if (listed.origin, listed.path) == (target.origin, target.path):
            return True
    return False


def in_allow_list(allow_list: str | None, target: Target) -> bool:
    """Say whether a hidden attribute's comma-separated allow-list covers the URL; an empty one covers nothing."""
    patterns = (pattern(text, entitlement=False) for text in (allow_list or "").split(","))
    return any(allowed is not None and allowed.covers(target) for allowed in patterns)
