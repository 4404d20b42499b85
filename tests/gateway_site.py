"""An in-process gateway for tests: real store, chain and settings; everything from outside is passed in."""

from __future__ import annotations

import asyncio
import io
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import count
from typing import Annotated, Any

import msgspec

from lookgate.actions import Action, Context, Input, Output, action
from lookgate.compose import Gateway
from lookgate.core.facts import NO_FACTS, Facts, Need
from lookgate.core.identity import Assurance, Credential, Principal
from lookgate.core.policy import at_least, in_group, public
from lookgate.core.ports import LookerUser, Store
from lookgate.errors import Conflict
from lookgate.settings.model import Settings, Web
from lookgate.store.sqlite import SqliteStore
from lookgate.verify.chain import Chain
from lookgate.web.app import build_app
from lookgate.web.log import Log

NOW = datetime(2026, 7, 1, 12, 0, tzinfo=UTC)
LOOKER = "https://looker.example"
JSON = ("content-type", "application/json")
HANDLE = "lgh_" + "Hq3-" * 10 + "abc"
KEY = "lgk_" + "Zk7_" * 10 + "xyz"
TOKEN = "eyJhbGciOiJub25lIn0.eyJzdWIiOiI0MiIsIm4iOiJxd2VydHl1aW9wIn0.c2lnbmF0dXJlLWJ5dGVz"

ANALYST = Principal(
    issuer=LOOKER,
    subject="7",
    kind="user",
    assurance=Assurance.USER,
    authenticated_by="handle",
    email="ana@example.com",
    groups=frozenset({"Analysts"}),
)
MACHINE = Principal(
    issuer="lookgate",
    subject="nightly",
    kind="service",
    assurance=Assurance.SHARED_SECRET,
    authenticated_by="api_key",
    scopes=frozenset({"docs", "metrics"}),
)
SERVICE = replace(MACHINE, assurance=Assurance.WORKLOAD, authenticated_by="google", scopes=frozenset())


class Clock:
    """Time that stands still until a test moves it."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def now(self) -> datetime:
        return NOW

    def monotonic(self) -> float:
        return self.seconds


class Sequential:
    """Randomness that counts, so that request ids differ."""

    def __init__(self) -> None:
        self._next = count(1)

    def __call__(self, size: int, /) -> bytes:
        return next(self._next).to_bytes(size, "big")


@dataclass
class Known:
    """A verifier that knows some secrets, and what to say to each."""

    answers: Mapping[str, Principal | Exception] = field(
        default_factory=lambda: {HANDLE: ANALYST, KEY: MACHINE, TOKEN: SERVICE}
    )
    name: str = "known"
    asked: int = 0

    async def verify(self, credential: Credential) -> Principal | None:
        self.asked += 1
        answer = self.answers.get(credential.secret.reveal())
        if isinstance(answer, Exception):
            raise answer
        return answer


@dataclass
class Users:
    """A directory that knows nobody, or does not answer."""

    error: Exception | None = None
    asked: int = 0
    known: Facts = NO_FACTS
    """What is known of everybody."""

    async def user(self, user_id: str) -> LookerUser | None:  # noqa: ARG002 - the port's signature
        self.asked += 1
        if self.error is not None:
            raise self.error
        return None

    async def facts(self, principal: Principal, needs: frozenset[Need]) -> Facts:  # noqa: ARG002 - the port's signature
        if self.error is not None:
            raise self.error
        return self.known


class Text(Input):
    text: Annotated[str, msgspec.Meta(max_length=5000)] = ""
    days: int = 0


class Said(Output):
    text: str


@action(policy=[public()])
def echo(input: Text, context: Context) -> Said:  # noqa: A002, ARG001 - the handler's shape
    """Say the same again."""
    return Said(input.text)


@action(policy=[in_group("Analysts")], effect="local")
def note(input: Text, context: Context) -> Said:  # noqa: A002
    """Keep a note."""
    context.records.append("notes", "k", {"text": input.text}, actor=context.principal, at=context.now)
    return Said("kept")


@action(policy=[at_least(Assurance.SHARED_SECRET)])
def known(input: Text, context: Context) -> Said:  # noqa: A002, ARG001
    """Say who calls."""
    return Said(context.principal.label)


@action(policy=[public()])
def breaks(input: Text, context: Context) -> Said:  # noqa: A002, ARG001
    """Fail without meaning to."""
    message = f"inner detail {input.text}"
    raise ValueError(message)


@action(policy=[public()])
async def refuses(input: Text, context: Context) -> Said:  # noqa: A002, ARG001
    """Refuse on purpose."""
    raise Conflict("already_closed", "The budget is closed.", "Open it first.")


ACTIONS: dict[str, Action] = {each.name: each for each in (echo, note, known, breaks, refuses)}


@dataclass(frozen=True)
class Reply:
    status: int
    raw_headers: list[tuple[bytes, bytes]]
    body: bytes

    @property
    def headers(self) -> dict[str, str]:
        return {name.decode(): value.decode() for name, value in self.raw_headers}

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Site:
    """A gateway and a client of it, without a socket between them."""

    def __init__(
        self,
        actions: Sequence[Action] = tuple(ACTIONS.values()),
        *,
        web: Web | None = None,
        verifier: Known | None = None,
        directory: Users | None = None,
        store: Store | None = None,
    ) -> None:
        self.clock = Clock()
        self.store: Store = store or SqliteStore(None)
        self.verifier = verifier or Known()
        self.log = io.StringIO()
        self.gateway = Gateway(
            settings=Settings(web=web or Web(origins=(LOOKER,))),
            clock=self.clock,
            random=Sequential(),
            store=self.store,
            chain=Chain([self.verifier]),
            actions={each.name: each for each in actions},
            directory=directory,
        )
        self.app = build_app(self.gateway, Log(self.log))

    def call(
        self,
        method: str,
        url: str,
        body: bytes | list[bytes] = b"",
        headers: Sequence[tuple[str, str]] = (),
        receive: Callable[[], Any] | None = None,
    ) -> Reply:
        return asyncio.run(self.ask(method, url, body, headers, receive))

    async def ask(
        self,
        method: str,
        url: str,
        body: bytes | list[bytes] = b"",
        headers: Sequence[tuple[str, str]] = (),
        receive: Callable[[], Any] | None = None,
    ) -> Reply:
        waiting = list(body) if isinstance(body, list) else [body]
        sent: list[Any] = []

        async def parts() -> dict[str, Any]:
            part = waiting.pop(0)
            return {"type": "http.request", "body": part, "more_body": bool(waiting)}

        async def send(message: Any) -> None:
            sent.append(message)

        path, _, query = url.partition("?")
        scope = {
            "type": "http",
            "method": method,
            "path": path,
            "raw_path": path.encode(),
            "query_string": query.encode(),
            "headers": [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers],
        }
        await self.app(scope, receive or parts, send)
        return Reply(sent[0]["status"], list(sent[0]["headers"]), sent[1]["body"])

    def act(self, name: str, payload: Any = None, *headers: tuple[str, str]) -> Reply:
        return self.call("POST", f"/actions/{name}", json.dumps(payload or {}).encode(), [JSON, *headers])

    def events(self) -> list[tuple[str, str, str]]:
        return [(e.event.action, e.event.outcome, e.event.rule) for e in self.store.tail(limit=100)]

    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.log.getvalue().splitlines()]
