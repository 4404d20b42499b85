"""The URL of a Postgres store, in a form narrow enough that its parts may be shown.

libpq reads ``postgresql://me:pa@ss@db`` as a host named ``ss@db``, and its error would show half a password. Here every
sign that could end a password early has to be percent-encoded, so what stands for host and database is just that.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import parse_qsl, unquote

_NAME = r"(?:[A-Za-z0-9._~-]|%[0-9A-Fa-f]{2})"
_HOST = r"(?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?"
_URL = re.compile(
    rf"postgres(?:ql)?://(?:(?P<user>{_NAME}+)(?::(?P<password>(?:{_NAME}|[!$&'()*+,;=])*))?@)?"
    rf"(?P<hosts>{_HOST}(?:,{_HOST})*)?/(?P<database>{_NAME}+)(?:\?(?P<query>[^#\s]*))?"
)
_HERE = re.compile(r"(?:localhost|127\.[0-9.]+|\[::1\])(?::[0-9]+)?")
_MODES = ("verify-full", "verify-ca", "require", "disable")
_SECRETS = {"password", "sslpassword", "passfile", "service", "servicefile"}


@dataclass(frozen=True, slots=True)
class Place:
    """Where a store is, without what opens it."""

    host: str
    """One or several hosts with their ports, or a socket's folder."""
    database: str
    mode: str
    """libpq's sslmode; empty on this machine alone."""

    def __str__(self) -> str:
        secured = f", sslmode {self.mode}" if self.mode else ""
        return f"Postgres, database {self.database} at {self.host}{secured}"


def parse(url: str) -> Place:
    """Read ``postgresql://USER:PASSWORD@HOST:PORT/DATABASE?sslmode=verify-full``.

    Raises:
        ValueError: it is not of that form, with a sentence that shows nothing of it.
    """
    match = _URL.fullmatch(url)
    if match is None:
        raise ValueError("this is not a URL of the form postgresql://USER:PASSWORD@HOST:PORT/DATABASE")
    options = dict(parse_qsl(match["query"] or "", keep_blank_values=True))
    if _SECRETS & options.keys():
        raise ValueError("a password or a service is named behind the '?'; the password belongs before the '@'")
    hosts = match["hosts"] or options.get("host", "")
    if not hosts or (match["hosts"] and {"host", "hostaddr"} & options.keys()):
        raise ValueError("it names no host, or two")
    mode = options.get("sslmode", "")
    local = hosts.startswith("/") or all(_HERE.fullmatch(host) for host in hosts.split(","))
    if (mode or not local) and mode not in _MODES:  # libpq's own default goes on in the clear when TLS fails
        raise ValueError(f"sslmode is not one of {', '.join(_MODES)}, and the server is not on this machine")
    return Place(hosts, unquote(match["database"]), mode)
