from __future__ import annotations

import json
import signal
import socket
import subprocess
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from gateway_cli import ACTION, Shell, wait_for


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    """A folder with one action, and a key that may call it."""
    made = Shell(tmp_path)
    made.write("actions/hello.py", ACTION)
    said = made.run("api-keys", "new", "crm")
    key, _, stanza = said.out.partition("\n")
    made.write("key.txt", key)
    made.write("lookgate.toml", f'[actions]\nenabled = ["hello"]\n{stanza}')
    return made


@contextmanager
def serving(shell: Shell, *arguments: str) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    ready = shell.folder / "ready.json"
    process = shell.start("serve", "--port", "0", "--ready-file", str(ready), *arguments)
    try:
        wait_for(ready, process)
        yield json.loads(ready.read_text())["base_url"], process
    finally:
        process.kill()
        process.communicate()


def call(base_url: str, key: str) -> dict[str, str]:
    headers = {"x-api-key": key, "content-type": "application/json"}
    request = urllib.request.Request(base_url + "/actions/hello", b'{"name": "Bo"}', headers)  # noqa: S310 - loopback
    with urllib.request.urlopen(request, timeout=10) as response:  # noqa: S310 - loopback
        answer: dict[str, str] = json.load(response)
        assert "server" not in response.headers
        return answer


def test_a_printed_key_opens_the_served_gateway_and_the_call_is_in_the_audit_log(shell: Shell) -> None:
    with serving(shell) as (base_url, _):
        assert call(base_url, (shell.folder / "key.txt").read_text()) == {"text": "Hello Bo from crm"}
        said = shell.run("audit", "tail", "--json")
    event = json.loads(said.out)
    assert (event["action"], event["outcome"], event["principal"]["subject"]) == ("hello", "allowed", "crm")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_cleanly(shell: Shell, number: signal.Signals) -> None:
    with serving(shell) as (base_url, process):
        call(base_url, (shell.folder / "key.txt").read_text())
        process.send_signal(number)
        _, err = process.communicate(timeout=20)
        assert process.returncode == 0
        assert "Traceback" not in err
    assert [left.name for left in (shell.folder / ".lookgate").iterdir()] == ["lookgate.sqlite3"]


def test_a_busy_port_is_named_with_the_option_that_changes_it(shell: Shell) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        said = shell.run("serve", "--port", str(port))
    assert said.code == 1
    assert said.err.splitlines() == [
        f"error: Port {port} on 127.0.0.1 is in use by another program.",
        "fix: Choose another with --port or web.port; --port 0 picks a free one.",
    ]


@pytest.mark.parametrize("host", ["203.0.113.1", "no-such-host.invalid"])
def test_an_address_of_another_machine_is_an_error_with_a_fix(shell: Shell, host: str) -> None:
    said = shell.run("serve", "--host", host, "--port", "0")
    assert said.code == 1
    assert host in said.err
    assert "--host" in said.err


def test_a_store_that_cannot_be_opened_stops_the_start(shell: Shell) -> None:
    shell.write(".lookgate/lookgate.sqlite3", "this is not a database, and it is long enough to be read as one" * 20)
    said = shell.run("serve", "--port", "0")
    assert said.code == 1
    assert "lookgate.sqlite3" in said.err
    assert "fix: " in said.err


def test_an_earlier_runs_ready_file_is_gone_before_anything_can_fail(shell: Shell) -> None:
    left = shell.write("ready.json", '{"base_url": "http://127.0.0.1:1"}')
    shell.write("actions/hello.py", "broken")
    assert shell.run("serve", "--port", "0", "--ready-file", "ready.json").code == 1
    assert not left.exists()


def test_a_ready_file_that_cannot_be_written_stops_the_start(shell: Shell) -> None:
    said = shell.run("serve", "--port", "0", "--ready-file", "no/such/folder/ready.json")
    assert said.code == 1
    assert "ready.json" in said.err
