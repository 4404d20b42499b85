"""A gateway that is told to stop in the midst of a run, in processes of their own."""

from __future__ import annotations

import json
import signal
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from gateway_cli import Shell
from trigger_site import SYNC, TriggerSite, trigger_site

KILLED_AFTER = 10
"""Seconds that Cloud Run leaves a process that it stops."""


@pytest.fixture
def site(tmp_path: Path) -> Iterator[TriggerSite]:
    with trigger_site(tmp_path) as site:
        yield site


@pytest.mark.counts("chaos", "a gateway that is stopped in the midst of a run")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_run_that_a_scheduler_waits_for_and_logs_out_in_time(
    site: TriggerSite, number: signal.Signals
) -> None:
    site.wire.silent = True
    site.google.clock.now = site.looker.clock.now = datetime.now(UTC)
    site.settings(more=site.tables())
    key = site.looker.user("Gus").api3[0]
    secrets = {"ID": key.client_id, "SECRET": key.client_secret}
    shell = Shell(site.folder)
    gateway = shell.start("serve", "--port", "0", **secrets, PYTHONDEVMODE="1")
    guard = threading.Timer(40, gateway.kill)
    guard.start()
    try:
        assert gateway.stderr
        told = [next(line for line in gateway.stderr if "answers at" in line)]
        base_url = told[0].split()[3]
        request = Request(base_url + SYNC, b"", {"authorization": f"Bearer {site.token()}"})  # noqa: S310 - loopback
        with ThreadPoolExecutor(1) as pool:
            asked = pool.submit(_status, request)
            assert site.wire.waits.wait(5), asked.result(20)
            assert site.looker.instance.tokens
            began = time.monotonic()
            gateway.send_signal(number)
            told += gateway.communicate()
            seconds = time.monotonic() - began
            status, body = asked.result()
    finally:
        guard.cancel()
        gateway.kill()
        gateway.communicate()
    assert (gateway.returncode, status, json.loads(body)["code"]) == (0, 503, "gateway_ending")
    assert seconds < KILLED_AFTER / 2
    assert not site.looker.instance.tokens
    said = "".join(told) + body
    assert "Traceback" not in said
    planted = (*secrets.values(), *site.issued)
    assert not [secret for secret in planted if secret in said]


def _status(request: Request) -> tuple[int, str]:
    try:
        with urlopen(request) as answer:  # noqa: S310 - loopback
            return answer.status, answer.read().decode()
    except HTTPError as error:
        return error.code, error.read().decode()
