"""Trying a token where it is meant to work, right after it was stored.

No operation of Looker's API makes Looker itself call a service as an extension's ``serverProxy`` does, so the service
is called directly, with the very token that was written. The demo's *Credentials* page does it through Looker.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from lookgate.core.renewal import Target
from lookgate.core.secret import Secret
from lookgate.errors import Unavailable
from lookgate.net.ask import Answer

_GOOD = range(200, 300)


class Asking(Protocol):
    """``net.ask.Ask``, as far as it is used here."""

    async def __call__(self, method: str, url: str, *, headers: dict[str, str]) -> Answer: ...


class DirectCanary:
    """``core.renewal.Canary``.

    Args:
        urls: what to call for each rule, by the rule's name; others are not tried.
        ask: how it is called.
    """

    def __init__(self, urls: Mapping[str, str], ask: Asking) -> None:
        self._urls = urls
        self._ask = ask

    async def check(self, target: Target, value: Secret) -> str:
        url = self._urls.get(target.rule)
        if url is None:
            return ""
        try:
            answer = await self._ask("GET", url, headers={"authorization": f"Bearer {value.reveal()}"})
        except Unavailable as error:
            return f"canary_{error.code}"
        return "ok" if answer.status in _GOOD else f"canary_{answer.status}"
