"""What can go wrong on demand: each fault has a name and a value, and is off at 0."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from starlette.types import ASGIApp, Receive, Scope, Send

from lookgate.emulator.google.errors import google_error

_LONGEST = 86_400.0


class UnknownFault(ValueError):
    """There is no such fault, or its value makes no sense."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault. The value is how often it comes (0 to 1), or seconds."""

    name: str
    kind: Literal["rate", "seconds", "offset"]
    says: str
    paths: tuple[str, ...] = ()
    """Where requests meet it: prefixes of paths."""
    status: int = 0


_METADATA = ("/computeMetadata/",)
_IAM = ("/v1/projects/",)
_CERTS = ("/oauth2/v1/certs", "/oauth2/v3/certs", "/.well-known/", "/oauth2/generic/.well-known/")
_TOKEN = ("/token", "/oauth2/generic/token")

CATALOGUE = {
    fault.name: fault
    for fault in (
        Fault("metadata_down", "rate", "The metadata server answers 503", _METADATA, 503),
        Fault("metadata_slow", "seconds", "The metadata server takes its time", _METADATA),
        Fault("iam_403", "rate", "IAM Credentials refuses (403 PERMISSION_DENIED)", _IAM, 403),
        Fault("iam_429", "rate", "IAM Credentials has enough (429 RESOURCE_EXHAUSTED)", _IAM, 429),
        Fault("iam_500", "rate", "IAM Credentials fails (500 INTERNAL)", _IAM, 500),
        Fault("iam_slow", "seconds", "IAM Credentials takes its time", _IAM),
        Fault("certs_down", "rate", "The certificates answer 503", _CERTS, 503),
        Fault("certs_slow", "seconds", "The certificates take their time", _CERTS),
        Fault("certs_empty", "rate", "The key set is empty"),
        Fault("certs_stale", "rate", "The key set lacks the newest key, as behind a cache"),
        Fault("token_500", "rate", "The token endpoints answer 500", _TOKEN, 500),
        Fault("token_slow", "seconds", "The token endpoints take their time", _TOKEN),
        Fault("scheduler_missed", "rate", "The scheduler misses its time"),
        Fault("scheduler_twice", "rate", "The scheduler calls twice"),
        Fault("clock_off", "offset", "This service's clock is off"),
    )
}


LOOKER = {
    fault.name: fault
    for fault in (
        Fault("looker_down", "rate", "Looker's API answers 503", status=503),
        Fault("looker_429", "rate", "Looker's API has enough (429)", status=429),
        Fault("looker_500", "rate", "Looker's API fails (500)", status=500),
        Fault("looker_slow", "seconds", "Looker's API takes its time"),
    )
}
"""Of the local Looker that this service runs beside; that one carries them out."""


class Faults:
    """Which faults are on.

    Args:
        random: uniform numbers from 0 up to 1.
        sleep: waits for seconds.
        catalogue: those that there are.
    """

    def __init__(
        self,
        random: Callable[[], float],
        sleep: Callable[[float], Awaitable[object]],
        catalogue: Mapping[str, Fault] = CATALOGUE,
    ) -> None:
        self._random = random
        self.sleep = sleep
        self.catalogue = catalogue
        self.values = dict.fromkeys(catalogue, 0.0)

    def set(self, changes: Mapping[str, float]) -> None:
        """Set some faults; 0 is off. All are checked before one is set.

        Raises:
            UnknownFault: a name is not in the catalogue, or a value is out of its range.
        """
        for name, value in changes.items():
            fault = self.catalogue.get(name)
            if fault is None:
                raise UnknownFault(f"There is no fault {name!r}. There are: {', '.join(self.catalogue)}.")
            low, high = {"rate": (0, 1), "seconds": (0, _LONGEST), "offset": (-_LONGEST, _LONGEST)}[fault.kind]
            if not low <= value <= high:
                raise UnknownFault(f"{name} goes from {low:g} to {high:g}, not {value!r:.20}.")
        self.values |= {name: float(value) for name, value in changes.items()}

    def clear(self) -> None:
        """Switch all off."""
        self.values = dict.fromkeys(self.catalogue, 0.0)

    def strikes(self, name: str) -> bool:
        """Say whether the fault comes this time."""
        rate = self.values[name]
        return rate > 0 and self._random() < rate


class FaultyPaths:
    """ASGI middleware: requests are slow, or fail before anything is done."""

    def __init__(self, app: ASGIApp, faults: Faults) -> None:
        self.app = app
        self.faults = faults

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            here = [fault for fault in CATALOGUE.values() if scope["path"].startswith(fault.paths or "\0")]
            for fault in here:
                if fault.kind == "seconds" and self.faults.values[fault.name]:
                    await self.faults.sleep(self.faults.values[fault.name])
            for fault in here:
                if fault.status and self.faults.strikes(fault.name):
                    await _fail(send, fault)
                    return
        await self.app(scope, receive, send)


async def _fail(send: Send, fault: Fault) -> None:
    said = f"Failed on purpose ({fault.name})."
    if fault.paths == _IAM:
        kind, body = b"application/json", json.dumps(google_error(fault.status, said)).encode()
    elif fault.paths == _TOKEN:
        kind, body = b"application/json", json.dumps({"error": "internal_failure", "error_description": said}).encode()
    else:
        kind, body = b"text/plain; charset=utf-8", said.encode()
    headers = [(b"content-type", kind), (b"content-length", str(len(body)).encode())]
    if fault.paths == _METADATA:
        headers.append((b"metadata-flavor", b"Google"))
    await send({"type": "http.response.start", "status": fault.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
