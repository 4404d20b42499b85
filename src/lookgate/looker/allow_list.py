"""Entries of a hidden attribute's domain allow-list: for a service's URL, and what they cover.

An entry is read as narrowly as Looker may read it: without ``/*`` at its end it is one path, without a scheme https.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from urllib.parse import urlsplit

from lookgate.net.address import is_loopback

_URL = re.compile(r"(?:https?)://(?:[a-z0-9._-]+|\[[0-9a-f:.]+\])(?::[0-9]{1,5})?(?:/[A-Za-z0-9._~!$&'()+;=:@/-]*)?")


def entries(text: object) -> tuple[str, ...]:
    """Return the entries of a list as Looker tells it, without empty ones."""
    return tuple(entry.strip() for entry in str(text or "").split(",") if entry.strip())


def entries_for(url: str) -> tuple[str, ...]:
    """Return the narrowest entries with which a service at a URL can be called, and everything below it.

    Raises:
        ValueError: it is no URL of a service. What an entry could be read as a pattern in, or as two, is in none.
    """
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").lower(), parts.port
    except ValueError:
        raise ValueError("this is no URL") from None
    if parts.scheme not in {"http", "https"} or not host or parts.query or parts.fragment or "@" in parts.netloc:
        raise ValueError("this is no URL of a service")
    if parts.scheme == "http" and not is_loopback(host):
        raise ValueError("http:// would send secrets in the clear; it is for this machine only")
    shown = f"[{host}]" if ":" in host else host
    path = parts.path.rstrip("/")
    whole = f"{parts.scheme}://{shown}{'' if port is None else f':{port}'}{path}"
    if not _URL.fullmatch(whole) or "//" in path or any(part in {".", ".."} for part in path.split("/")):
        raise ValueError("this is no URL that an allow-list can hold")
    return (whole, f"{whole}/*") if path else (f"{whole}/*",)


def covers(entry: str, wanted: str) -> bool:
    """Whether one entry allows all that another allows."""
    scheme, host, path = _read(entry)
    wanted_scheme, wanted_host, wanted_path = _read(wanted)
    if scheme != wanted_scheme:
        return False
    wild = host.startswith("*.") and (wanted_host == host or wanted_host.endswith(host[1:]))
    if host != wanted_host and not wild:
        return False
    return path == wanted_path or (path.endswith("/*") and wanted_path.startswith(path[:-1]))


def beyond(listed: Sequence[str], wanted: Sequence[str]) -> tuple[str, ...]:
    """Return the entries that allow more than is wanted."""
    return tuple(entry for entry in listed if not any(covers(each, entry) for each in wanted))


def _read(entry: str) -> tuple[str, str, str]:
    scheme, mark, rest = entry.strip().rpartition("://")
    host, slash, path = rest.partition("/")
    scheme, host = (scheme if mark else "https").lower(), host.lower()
    return scheme, host.removesuffix(":443" if scheme == "https" else ":80"), slash + path
