from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

COMMAND = [sys.executable, "-m", "lookgate.cli.main", "looker"]


def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [*COMMAND, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)  # noqa: S603 - our own


@contextmanager
def started(folder: Path, *arguments: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Start the command on a free port; yield the process and its first line, which it prints once it answers."""
    command = [*COMMAND, "--port", "0", "--ready-file", str(folder / "ready.json"), *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:  # noqa: S603
        assert process.stdout is not None
        try:
            yield process, process.stdout.readline()
        finally:
            process.kill()


@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM])
def test_it_starts_answers_with_the_keys_of_its_ready_file_and_ends_quietly(
    tmp_path: Path, end: signal.Signals
) -> None:
    with started(tmp_path) as (process, first_line):
        ready = json.loads((tmp_path / "ready.json").read_text())
        assert ready["base_url"] in first_line
        body = json.dumps(ready["admin"]).encode()
        with urllib.request.urlopen(f"{ready['base_url']}/api/4.0/login", body, timeout=10) as answer:  # noqa: S310 - http
            assert json.load(answer)["token_type"] == "Bearer"
        process.send_signal(end)
        assert process.stdout is not None
        assert process.stderr is not None
        out, err = process.stdout.read(), process.stderr.read()
        assert (process.wait(20), err) == (0, "")
        assert "Ada Moreno" in out
    assert not (tmp_path / "ready.json").exists()


def test_localhost_is_another_origin_on_the_same_port(tmp_path: Path) -> None:
    with started(tmp_path):
        base_url = json.loads((tmp_path / "ready.json").read_text())["base_url"]
        with pytest.raises(urllib.error.HTTPError) as caught:
            urllib.request.urlopen(f"{base_url.replace('127.0.0.1', 'localhost')}/api/4.0/user", timeout=10)  # noqa: S310
        with caught.value as answer:
            assert answer.status == 404


def test_a_core_edition_that_always_fails_does_both(tmp_path: Path) -> None:
    with started(tmp_path, "--edition", "core", "--fail", "503:1") as (_, first_line):
        assert "edition core" in first_line
        base_url = json.loads((tmp_path / "ready.json").read_text())["base_url"]
        with pytest.raises(urllib.error.HTTPError) as caught:
            urllib.request.urlopen(f"{base_url}/api/4.0/user", timeout=10)  # noqa: S310 - http
        with caught.value as answer:
            assert answer.status == 503


def test_latency_is_waited_for_at_each_call_of_the_api(tmp_path: Path) -> None:
    with started(tmp_path, "--latency", "300"):
        base_url = json.loads((tmp_path / "ready.json").read_text())["base_url"]
        asked = time.monotonic()
        with urllib.request.urlopen(f"{base_url}/api/4.0/versions", timeout=10):  # noqa: S310 - http
            assert time.monotonic() - asked >= 0.3


def test_a_busy_port_is_a_sentence_with_the_option() -> None:
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", 0))
        busy.listen()
        port = busy.getsockname()[1]
        ended = run("--port", str(port))
    assert ended.returncode == 1
    assert f"Port {port} is busy" in ended.stderr
    assert "--port" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_world_that_does_not_hold_together_is_told_at_once(tmp_path: Path) -> None:
    world = tmp_path / "world.toml"
    world.write_text('[[roles]]\nname = "R"\npermission_set = "Nothing"\n[[groups]]\nname = "G"\nroles = ["Missing"]\n')
    ended = run("--port", "0", "--world", world)
    assert ended.returncode == 1
    for words in ("'Nothing'", "'Missing'", "nobody enabled"):
        assert words in ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--fail", "200:0.5"], "STATUS:RATE"),
        (["--fail", "429:2"], "STATUS:RATE"),
        (["--fail", "429"], "STATUS:RATE"),
        (["--project", "nowhere"], "nowhere"),
        (["--edition", "cloud"], "original"),
        (["--host", "0.0.0.0"], "127"),  # noqa: S104 - refused
        (["--world", "nowhere.toml"], "nowhere.toml"),
    ],
)
def test_an_option_that_makes_no_sense_is_refused_with_a_sentence(arguments: list[str], words: str) -> None:
    ended = run("--port", "0", *arguments)
    assert ended.returncode != 0
    assert words in ended.stderr
    assert "Traceback" not in ended.stderr


def test_broken_lookml_is_told_on_stderr_at_the_start(tmp_path: Path) -> None:
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "shop.model.lkml").write_text('connection: "x"\n\nexplore: orders {}\n')
    with started(tmp_path, "--project", str(tmp_path / "shop")) as (process, _):
        process.send_signal(signal.SIGINT)
        assert process.stderr is not None
        lines = process.stderr.read().splitlines()
    assert lines[0] == "shop: no manifest.lkml"
    assert lines[1].startswith("shop/shop.model.lkml:3: ")
    assert len(lines) == 2
