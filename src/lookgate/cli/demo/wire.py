"""A plain HTTP client for the demo's own two servers: no proxy, no redirect, cookies kept."""

from __future__ import annotations

import http.client
import json
from collections.abc import Mapping
from dataclasses import dataclass
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import urlencode, urlsplit

TIMEOUT_SECONDS = 40.0
"""A little more than the local Looker gives a backend."""


class WireError(Exception):
    """Nothing usable was answered; the message says by whom."""


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer."""

    status: int
    headers: Mapping[str, str]
    """By lower-case name."""
    body: bytes

    def json(self) -> Any:
        """Return the body as JSON.

        Raises:
            WireError: it is not JSON.
        """
        try:
            return json.loads(self.body)
        except ValueError as error:
            raise WireError(f"expected JSON, got HTTP {self.status} and {self.body[:80]!r}") from error


class Wire:
    """A conversation with one server. ``seen`` collects all that was answered, so that it can be searched later."""

    def __init__(self, origin: str, seen: list[bytes] | None = None) -> None:
        parts = urlsplit(origin)
        self._host, self._port = parts.hostname or "", parts.port
        self._origin = origin
        self._cookies: dict[str, str] = {}
        self._seen = seen

    def send(self, method: str, path: str, headers: Mapping[str, str] | None = None, body: bytes = b"") -> Reply:
        """Send a request.

        Raises:
            WireError: the server cannot be reached or does not speak HTTP.
        """
        given = dict(headers or {})
        if self._cookies:
            given["cookie"] = "; ".join(f"{name}={value}" for name, value in self._cookies.items())
        connection = http.client.HTTPConnection(self._host, self._port, timeout=TIMEOUT_SECONDS)
        try:
            connection.request(method, path, body or None, given)
            answer = connection.getresponse()
            reply = Reply(answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read())
        except (OSError, http.client.HTTPException) as error:
            raise WireError(f"{self._origin} does not answer: {error or type(error).__name__}") from error
        finally:
            connection.close()
        for value in answer.headers.get_all("set-cookie") or []:
            self._cookies.update({name: morsel.value for name, morsel in SimpleCookie(value).items()})
        if self._seen is not None:
            self._seen += [json.dumps(dict(reply.headers)).encode(), reply.body]
        return reply

    def form(self, path: str, fields: Mapping[str, str]) -> Reply:
        """Post a form, as a page of this server would."""
        headers = {"content-type": "application/x-www-form-urlencoded", "origin": self._origin}
        return self.send("POST", path, headers, urlencode(fields).encode())

    def json(self, method: str, path: str, body: object, headers: Mapping[str, str] | None = None) -> Reply:
        """Send JSON."""
        given = {"content-type": "application/json", **(headers or {})}
        return self.send(method, path, given, json.dumps(body).encode())


class LookerApi:
    """The Looker API 4.0, as one user."""

    def __init__(self, origin: str, client_id: str, client_secret: str, seen: list[bytes] | None = None) -> None:
        # The login's answer is not collected: it is the one place where a token belongs.
        login = Wire(origin).form("/api/4.0/login", {"client_id": client_id, "client_secret": client_secret})
        if login.status != 200:  # noqa: PLR2004 - OK
            raise WireError(f"{origin} refuses the API credentials with {login.status}")
        self._wire = Wire(origin, seen)
        self._headers = {"authorization": f"Bearer {login.json()['access_token']}"}

    def call(self, method: str, path: str, body: object = None) -> Any:
        """Call an operation and return its JSON; None for 204.

        Raises:
            WireError: it is refused.
        """
        url = f"/api/4.0{path}"
        reply = (
            self._wire.send(method, url, self._headers)
            if body is None
            else self._wire.json(method, url, body, self._headers)
        )
        if reply.status >= 400:  # noqa: PLR2004 - where errors begin
            raise WireError(f"Looker answers {method} {path} with {reply.status}")
        return reply.json() if reply.body else None

    def attribute_id(self, name: str) -> str:
        """Return the id of the user attribute with exactly this name.

        Raises:
            WireError: there is none.
        """
        for attribute in self.call("GET", "/user_attributes?fields=id,name"):
            if attribute["name"] == name:
                return str(attribute["id"])
        raise WireError(f"Looker has no user attribute {name}")
