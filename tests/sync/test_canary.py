"""Trying a stored token at the service that it is for."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from aiohttp import web

from lookgate.core.secret import Secret
from lookgate.net.ask import Ask
from lookgate.sync.canary import DirectCanary
from lower_rooms import StillClock, run
from sync_town import target
from tls_server import Answer, Loopback, TlsServer, says

TOKEN = Secret("planted-canary-of-a-token")


def trial(
    folder: Path, behaviour: Answer, *, private: bool = True, rule: str = "rule1"
) -> tuple[str, list[web.Request]]:
    async def story() -> tuple[str, list[web.Request]]:
        async with TlsServer(folder, behaviour).running() as service:
            ask = Ask(StillClock(), private=private, names=Loopback(), trust=service.trust, seconds=0.5)
            canary = DirectCanary({"rule1": service.url("/health")}, ask)
            return await canary.check(target(rule=rule), TOKEN), service.seen

    return run(story())


@pytest.mark.parametrize("status", [200, 201, 204])
def test_a_service_that_takes_the_token_is_ok(tmp_path: Path, status: int) -> None:
    said, seen = trial(tmp_path, says(b"", status))
    assert said == "ok"
    assert [(request.method, request.path) for request in seen] == [("GET", "/health")]
    assert seen[0].headers["authorization"] == f"Bearer {TOKEN.reveal()}"


@pytest.mark.parametrize("status", [301, 302, 401, 403, 404, 429, 500, 503])
def test_a_service_that_does_not_is_told_by_its_status(tmp_path: Path, status: int) -> None:
    said, seen = trial(tmp_path, says(TOKEN.reveal().encode(), status, location="https://evil.example.com/"))
    assert said == f"canary_{status}"
    assert len(seen) == 1


def test_a_service_that_answers_too_late_is_told(tmp_path: Path) -> None:
    async def silent(_: web.Request) -> web.StreamResponse:
        await asyncio.Event().wait()
        raise AssertionError

    assert trial(tmp_path, silent)[0] == "canary_timeout"


def test_a_service_that_is_down_or_leads_elsewhere_is_told(tmp_path: Path) -> None:
    async def down() -> str:
        server = TlsServer(tmp_path, says(b""))
        async with server.running():
            url = server.url()
        ask = Ask(StillClock(), private=True, names=Loopback(), trust=server.trust)
        return await DirectCanary({"rule1": url}, ask).check(target(), TOKEN)

    assert run(down()) == "canary_unreachable"
    said, seen = trial(tmp_path, says(b""), private=False)
    assert (said, seen) == ("canary_address_refused", [])


def test_a_rule_without_a_canary_sends_its_token_nowhere(tmp_path: Path) -> None:
    assert trial(tmp_path, says(b""), rule="another") == ("", [])
