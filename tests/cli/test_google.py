from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from local_google import SCHEDULER, claims_of

JSON = {"Content-Type": "application/json"}
COMMAND = [sys.executable, "-m", "lookgate.cli.main"]


def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [*COMMAND, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)  # noqa: S603 - our own


@contextmanager
def started(ready: Path, *arguments: str | Path) -> Iterator[tuple[subprocess.Popen[str], dict[str, Any]]]:
    """Start a command; yield the process and what its ready file says, once it has said its first line."""
    command = [*COMMAND, *map(str, arguments), "--port", "0", "--ready-file", str(ready)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:  # noqa: S603
        assert process.stdout is not None
        try:
            assert "http://127.0.0.1:" in process.stdout.readline()
            yield process, json.loads(ready.read_text())
        finally:
            process.kill()


def get(url: str, headers: dict[str, str] | None = None, body: bytes | None = None) -> bytes:
    asked = urllib.request.Request(url, body, headers or {})  # noqa: S310 - http
    with urllib.request.urlopen(asked, timeout=10) as answer:  # noqa: S310 - http
        content: bytes = answer.read()
        return content


def identity(google: dict[str, Any]) -> dict[str, Any]:
    path = "computeMetadata/v1/instance/service-accounts/default/identity?audience=a&format=full"
    return claims_of(get(f"http://{google['metadata_host']}/{path}", {"Metadata-Flavor": "Google"}).decode())


@contextmanager
def target() -> Iterator[tuple[str, list[dict[str, str]], threading.Event]]:
    """Yield the address of a service that fails once, the headers it was sent, and what is set at its second call."""
    seen, called_twice = list[dict[str, str]](), threading.Event()

    class Service(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            seen.append(dict(self.headers))
            self.send_response(503 if len(seen) == 1 else 204)
            self.send_header("Content-Length", "0")
            self.end_headers()
            if len(seen) > 1:
                called_twice.set()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Service) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/sync", seen, called_twice
        finally:
            server.shutdown()


@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM])
def test_it_starts_gives_tokens_and_ends_quietly(tmp_path: Path, end: signal.Signals) -> None:
    ready = tmp_path / "google.json"
    with started(ready, "google", "--fault", "clock_off=-86400") as (process, google):
        assert ready.stat().st_mode & 0o777 == 0o600
        claims = identity(google)
        assert claims["email"] in google["accounts"]
        assert json.loads(get(google["certs_url"]))["keys"]
        process.send_signal(end)
        assert process.stderr is not None
        assert (process.stderr.read(), process.wait(20)) == ("", 0)
    assert not ready.exists()


def test_beside_a_local_looker_both_answer_and_one_ready_file_tells_of_both(tmp_path: Path) -> None:
    with started(tmp_path / "ready.json", "looker", "--google-port", "0") as (process, ready):
        assert ready["google"]["base_url"] != ready["base_url"]
        assert identity(ready["google"])["iss"] == "https://accounts.google.com"
        versions = ready["base_url"] + "/api/4.0/versions"
        assert json.loads(get(versions))["looker_release_version"]
        faults = ready["google"]["base_url"] + "/local/faults"
        get(faults, JSON, b'{"looker_429": 1}')
        with pytest.raises(urllib.error.HTTPError) as caught:
            get(versions)
        with caught.value as answer:
            assert answer.status == 429
            assert "looker_429" in json.load(answer)["message"]
        assert identity(ready["google"])["email"]
        get(faults, JSON, b'{"looker_429": 0}')
        assert json.loads(get(versions))["looker_release_version"]
        process.send_signal(signal.SIGTERM)
        assert process.stderr is not None
        assert (process.stderr.read(), process.wait(20)) == ("", 0)


def test_its_scheduler_calls_by_itself_and_again_after_a_failure(tmp_path: Path) -> None:
    with target() as (uri, seen, called_twice):
        world = tmp_path / "world.toml"
        world.write_text(
            f'[[google.jobs]]\nname = "renew"\nuri = "{uri}"\nevery = 1\naccount = "scheduler"\n'
            'audience = "https://gateway.example"\nmax_retry_attempts = 3\nmin_backoff = 0.1\n'
        )
        with started(tmp_path / "google.json", "google", "--world", world):
            assert called_twice.wait(20)
    assert {headers["User-Agent"] for headers in seen} == {"Google-Cloud-Scheduler"}
    claims = claims_of(seen[0]["Authorization"].removeprefix("Bearer "))
    assert (claims["aud"], claims["email"]) == ("https://gateway.example", SCHEDULER)
    assert seen[0]["X-CloudScheduler-ScheduleTime"] == seen[1]["X-CloudScheduler-ScheduleTime"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["google", "--fault", "iam_418"], "There is no fault 'iam_418'"),
        (["google", "--fault", "iam_429=often"], "NAME=VALUE"),
        (["looker", "--port", "0", "--google-port", "0", "--fault", "iam_429=2"], "from 0 to 1"),
        (["looker", "--port", "0", "--fault", "looker_429"], "--google-port"),
        (["google", "--fault", "looker_429"], "There is no fault 'looker_429'"),
        (["google", "--host", "0.0.0.0"], "127"),  # noqa: S104 - refused
        (["google", "--world", "nowhere.toml"], "nowhere.toml"),
    ],
)
def test_an_option_that_makes_no_sense_is_refused_with_a_sentence(arguments: list[str], words: str) -> None:
    ended = run(*arguments)
    assert ended.returncode != 0
    assert words in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_busy_port_is_named_with_the_option_that_changes_it() -> None:
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", 0))
        busy.listen()
        port = busy.getsockname()[1]
        assert "--port" in run("google", "--port", str(port)).stderr
        assert "--google-port" in run("looker", "--port", "0", "--google-port", str(port)).stderr


def test_a_world_that_does_not_hold_together_is_told_at_once(tmp_path: Path) -> None:
    world = tmp_path / "world.toml"
    world.write_text(
        '[google]\nmetadata_account = "nobody"\n'
        '[[google.jobs]]\nname = "far"\nuri = "https://example.com"\nschedule = "sometimes"\n'
    )
    for command in (["google"], ["looker", "--port", "0"]):
        ended = run(*command, "--world", world)
        assert ended.returncode == 1
        for words in ("'nobody'", "'https://example.com'", "'sometimes'"):
            assert words in ended.stderr
        assert "Traceback" not in ended.stderr
