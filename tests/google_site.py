"""The gateway's own clients of a local Google that is served on loopback, and one that answers as a test says."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest

from local_google import LocalGoogle, google_part, served_google
from lookgate.core.renewal import Minted, TokenSource
from lookgate.errors import LookgateError
from lookgate.google.iam import IamCredentials
from lookgate.google.metadata import MetadataServer
from lookgate.net.ask import Answer, Ask
from lower_rooms import StillClock, run

AUDIENCE = "https://orders-abc.a.run.app"


@dataclass
class Site:
    """A local Google, and clients of it on one clock."""

    local: LocalGoogle
    clock: StillClock
    ask: Ask

    @property
    def metadata(self) -> MetadataServer:
        return MetadataServer(self.local.base_url, self.ask, self.clock)

    def iam(self, account: str = "", *delegates: str, access: Any = None) -> IamCredentials:
        return IamCredentials(self.local.base_url, self.ask, access or self.metadata, account, delegates)

    def later(self, seconds: float) -> None:
        self.clock.move(seconds)
        self.local.clock.forward(seconds=seconds)


@contextmanager
def google_site(*, seconds: float = 5.0, **world: Any) -> Iterator[Site]:
    """Serve one; ``world`` is what it has otherwise."""
    clock = StillClock()
    with served_google(google_part(**world)) as local:
        local.clock.now = clock.at
        yield Site(local, clock, Ask(clock, seconds=seconds))


@dataclass
class Scripted:
    """``net.ask.Ask`` that answers what it is told to, and remembers what it was asked."""

    answers: list[Answer]
    asked: list[dict[str, Any]] = field(default_factory=list)

    async def __call__(self, method: str, url: str, **sent: Any) -> Answer:
        self.asked.append({"method": method, "url": url} | sent)
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


def says(status: int, body: object = "", *, wait: float | None = None, **headers: str) -> Answer:
    """Return an answer; a body that is no text is JSON."""
    content = body if isinstance(body, bytes) else body.encode() if isinstance(body, str) else json.dumps(body).encode()
    return Answer(status, content, {name.replace("_", "-"): value for name, value in headers.items()}, wait)


def mint(source: TokenSource, audience: str = AUDIENCE) -> Minted:
    return run(source.mint(audience))


def failure(source: TokenSource, audience: str = AUDIENCE, *, secrets: tuple[str, ...] = ()) -> LookgateError:
    """Return why there is no token; neither it nor its causes tell a secret."""
    with pytest.raises(LookgateError) as failed:
        run(source.mint(audience))
    told: BaseException | None = failed.value
    while told is not None:
        assert not [secret for secret in secrets if secret in f"{told!r} {told}"]
        told = told.__cause__ or told.__context__
    assert failed.value.hint
    return failed.value
