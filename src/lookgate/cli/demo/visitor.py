"""A user without a browser: signs in to the local Looker's pages and calls the gateway as the extension does."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lookgate.cli.demo.stage import EXTENSION, PREFIX
from lookgate.cli.demo.wire import Wire, WireError

HANDLE = {"x-lookgate-handle": f"{{{{{PREFIX}lookgate_handle}}}}"}
"""What the extension sends: a tag. Only Looker's server knows what to put there."""
API_KEY = {"x-api-key": f"{{{{{PREFIX}api_key}}}}"}
NO_ATTRIBUTE = {"x-lookgate-handle": f"{{{{{PREFIX}no_such_attribute}}}}"}
NOTHING: Mapping[str, str] = {}

_CSRF = re.compile(r'<meta [^>]*name="?csrf-token"?[^>]*content="?([^"> ]+)')
_OK, _MOVED = 200, range(300, 400)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back through Looker."""

    status: int
    """Of the gateway; 0 when Looker refused to call it."""
    body: dict[str, Any]
    request_id: str
    refusal: str = ""
    """Looker's own sentence, when it refused."""

    @property
    def code(self) -> str:
        """The rule that refused; empty for a success."""
        return str(self.body.get("code", "")) if self.status != _OK else ""

    def told(self) -> str:
        """Say in a few words what was answered."""
        if self.refusal:
            return f"Looker refuses: {self.refusal}"
        return "200" if self.status == _OK else f"{self.status} {self.code or self.body}"


@dataclass(frozen=True, slots=True)
class Person:
    """A user of the local Looker, as its ready file tells."""

    id: str
    name: str
    email: str
    groups: frozenset[str]
    client_id: str
    client_secret: str


class Visitor:
    """One signed-in user."""

    def __init__(self, looker_url: str, gateway_url: str, person: Person, seen: list[bytes]) -> None:
        self.person = person
        self._gateway_url = gateway_url
        self._origin = looker_url
        # Pages are not searched for secrets: a session's own CSRF token belongs there.
        self._pages = Wire(looker_url)
        self._seen = seen
        self._csrf = ""

    def sign_in(self) -> None:
        """Choose the user and open the extension's page, as a browser would.

        Raises:
            WireError: a page is not what a browser would have needed.
        """
        self._pages.send("GET", "/login")
        login = self._pages.form("/login", {"user_id": self.person.id})
        if login.status not in _MOVED:
            raise WireError(f"POST /login answers {login.status}")
        page = self._pages.send("GET", f"/extensions/{EXTENSION}")
        found = _CSRF.search(page.body.decode("utf-8", "replace"))
        if page.status != _OK or found is None or EXTENSION not in page.body.decode("utf-8", "replace"):
            raise WireError(f"the extension's page answers {page.status} and does not host the extension")
        self._csrf = found[1]

    def call(self, action: str, given: object, headers: Mapping[str, str] = HANDLE) -> Answer:
        """Call an action as the extension does: through the host page's ``serverProxy``.

        Raises:
            WireError: nothing usable was answered.
        """
        return self.fetch(f"{self._gateway_url}/actions/{action}", given, headers)

    def fetch(self, url: str, given: object, headers: Mapping[str, str]) -> Answer:
        """Call any URL through ``serverProxy``.

        Raises:
            WireError: nothing usable was answered.
        """
        init = {
            "method": "POST",
            "headers": {"content-type": "application/json", **headers},
            "body": json.dumps(given),
        }
        reply = self._pages.json(
            "POST",
            f"/internal/extensions/{EXTENSION}/server_proxy",
            {"resource": url, "init": init},
            {"origin": self._origin, "x-csrf-token": self._csrf},
        )
        self._seen += [json.dumps(dict(reply.headers)).encode(), reply.body]
        shape = reply.json()
        if reply.status != _OK or "value" not in shape:
            return Answer(0, {}, "", str(shape.get("error", f"HTTP {reply.status}")))
        value = shape["value"]
        body = value["body"] if isinstance(value["body"], dict) else {}
        return Answer(int(value["status"]), body, str(value["headers"].get("x-request-id", "")))

    def query(self, question: object) -> list[dict[str, Any]]:
        """Run a query as the extension does: through the host page's Looker API, as this user.

        Raises:
            WireError: it is refused.
        """
        reply = self._pages.json(
            "POST",
            f"/internal/extensions/{EXTENSION}/core_api",
            {"httpMethod": "POST", "path": "/queries/run/json", "body": question, "apiVersion": "4.0"},
            {"origin": self._origin, "x-csrf-token": self._csrf},
        )
        shape = reply.json()
        answer = shape.get("value", {})
        if reply.status != _OK or not answer.get("ok"):
            raise WireError(f"Looker refuses the query: {shape.get('error') or answer.get('error')}")
        rows: list[dict[str, Any]] = answer["value"]
        return rows
