"""The control of the local Google beside the demo: what goes wrong on demand. Google itself has nothing like it."""

from __future__ import annotations

import http.client
import json
import os
from typing import Any, Literal
from urllib.parse import urlsplit

from lookgate import Unavailable

Fault = Literal["looker_down", "looker_429", "iam_500", "metadata_down", "scheduler_missed", "clock_off"]
VALUES: dict[str, float] = {
    "looker_down": 1,
    "looker_429": 1,
    "iam_500": 1,
    "metadata_down": 1,
    "scheduler_missed": 1,
    "clock_off": -20,
}
"""Rates, and for the clock seconds: tokens arrive twenty seconds old."""
_SECONDS = 5.0


def state() -> dict[str, Any]:
    """Return which faults are on and how the scheduler's calls went.

    Raises:
        Unavailable: it is not there.
    """
    return _ask("GET", "/local/state")


def switch(fault: str, *, on: bool) -> None:
    """Let something go wrong from now on, or no more.

    Raises:
        Unavailable: it is not there.
    """
    _ask("POST", "/local/faults", {fault: VALUES[fault] if on else 0})


def port_of(place: str) -> int:
    """Return the port of a local Google, which is on this machine or nowhere.

    Raises:
        Unavailable: the place is another.
    """
    parts = urlsplit(place)
    if parts.scheme != "http" or parts.hostname != "127.0.0.1" or not parts.port:
        raise Unavailable("no_local_google", "There is no local Google beside this gateway.", "Run 'lookgate demo'.")
    return parts.port


def _ask(method: str, path: str, body: object = None) -> dict[str, Any]:
    port = port_of(os.environ.get("LOCAL_GOOGLE", ""))
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=_SECONDS)
    try:
        content = None if body is None else json.dumps(body)
        connection.request(method, path, content, {"content-type": "application/json"})
        answer = connection.getresponse()
        told = answer.read()
        if answer.status != http.HTTPStatus.OK:
            raise Unavailable(
                "local_google_refused", f"The local Google answers {answer.status}.", "Start the demo again."
            )
        found: dict[str, Any] = json.loads(told)
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise Unavailable("local_google_down", "The local Google does not answer.", "Start the demo again.") from error
    finally:
        connection.close()
    return found
