"""``lookgate demo``: what it starts, what it says, what it ends, and what its check can tell."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from demo_pair import EXAMPLE, api, need_bundle, person, running_demo, visitor
from lookgate.cli.demo import own_command
from lookgate.cli.demo.child import undisturbed
from lookgate.cli.demo.data import ensure_flights
from lookgate.cli.demo.pair import Pair, issue_handles, running, start_gateway
from lookgate.cli.demo.stage import Stage, free_port
from lookgate.cli.demo.visitor import API_KEY
from lookgate.compose import SYSTEM_CLOCK
from lookgate.core.ports import HandleRecord
from lookgate.core.secret import Secret, sha256_hex
from lookgate.store.sqlite import SqliteStore

COMMAND = [sys.executable, "-P", "-m", "lookgate.cli.main", "demo"]
SOON = 30.0


def demo(*arguments: str, cwd: Path, environ: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 - our own command
        [*COMMAND, *arguments],
        cwd=cwd,
        env={**os.environ, **(environ or {})},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@contextlib.contextmanager
def started(state: Path, *arguments: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Start a demo on free ports and yield it, with what it printed, once it says that it is open."""
    need_bundle()
    ports = ["--port", str(free_port()), "--gateway-port", str(free_port())]
    process = subprocess.Popen(  # noqa: S603 - our own command
        [*COMMAND, *ports, "--state", str(state), *arguments],
        cwd=EXAMPLE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert process.stdout is not None
    said = ""
    try:
        for line in process.stdout:
            said += line
            if "Ctrl-C ends everything" in line:
                break
        yield process, said
    finally:
        if process.poll() is None:
            process.terminate()
        process.stdout.close()
        process.wait(SOON)


def children_of(process: subprocess.Popen[str]) -> dict[str, int]:
    """Return the demo's servers: ``looker``, ``serve`` and ``board`` → process id."""
    found = {}
    for number in Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split():
        words = Path(f"/proc/{number}/cmdline").read_bytes().split(b"\0")
        name = words[words.index(b"lookgate.cli.main") + 1].decode()
        found["board" if any(word.endswith(b"/board.toml") for word in words) else name] = int(number)
    return found


def is_listening(url: str) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", int(url.rpartition(":")[2].split("/")[0]))) == 0


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    with running_demo(tmp_path_factory.mktemp("pair")) as both:
        yield both


def check(pair: Pair) -> subprocess.CompletedProcess[str]:
    return demo("--check", "--running", "--state", str(pair.stage.folder), cwd=EXAMPLE)


def broken(done: subprocess.CompletedProcess[str]) -> list[str]:
    assert done.stderr == ""
    return [line for line in done.stdout.splitlines() if line.startswith("BROKEN")]


# --- the check ------------------------------------------------------------------------------------------------------


def test_the_check_holds_and_leaves_nothing_behind(tmp_path: Path) -> None:
    need_bundle()
    temporary, here = tmp_path / "tmp", tmp_path / "here"
    temporary.mkdir()
    here.mkdir()
    elsewhere = {
        "TMPDIR": str(temporary),
        # Somebody's real instance: the demo must not touch it.
        "LOOKERSDK_BASE_URL": "http://127.0.0.1:9",
        "LOOKERSDK_CLIENT_ID": "real",
        "LOOKERSDK_CLIENT_SECRET": "real",
        "LOOKGATE_SETTINGS": "/nonexistent",
    }
    done = demo("--check", cwd=here, environ=elsewhere)
    assert done.returncode == 0, done.stdout + done.stderr
    held, walked = re.findall(r"\d+", done.stdout.splitlines()[-1])
    assert held == walked
    assert int(walked) > 40
    assert broken(subprocess.CompletedProcess([], 0, done.stdout, "")) == []
    assert list(temporary.iterdir()) == []
    assert list(here.iterdir()) == []


def test_the_check_holds_in_a_demo_that_runs(pair: Pair) -> None:
    done = check(pair)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_check_fails_when_a_users_handle_is_altered(pair: Pair) -> None:
    with another_handle(pair, "Noor", "lgh_" + "x" * 43):
        done = check(pair)
    assert done.returncode == 1
    assert any("Noor Haddad   asks who they are" in line and "unknown_handle" in line for line in broken(done))


def test_the_check_fails_when_one_user_has_anothers_handle(pair: Pair) -> None:
    # The handles themselves are known to nobody, so a new one is made known to the gateway as Noor's.
    noor = person(pair, "Noor")
    handle = "lgh_" + "y" * 43
    with known_handle(pair, handle, noor.id), another_handle(pair, "Chris", handle):
        done = check(pair)
    assert done.returncode == 1
    assert any("Chris Moreau  asks who they are" in line and "noor@example.com" in line for line in broken(done))
    assert any("is told apart" in line for line in broken(done))


def test_the_check_fails_when_the_gateway_verifies_no_handles(tmp_path: Path) -> None:
    with running_demo(tmp_path) as pair:
        pair.gateway.stop()
        settings = pair.stage.settings.read_text()
        without = re.sub(r"\[+(instance|tokens|claims|sync)\b.*?(?=\n\[)", "", settings, flags=re.DOTALL)
        assert without != settings
        pair.stage.settings.write_text(without)
        with start_gateway(pair.stage, lambda _: None):
            assert visitor(pair, "Noor").call("whoami", {}, API_KEY).status == 200
            done = check(pair)
    assert done.returncode == 1
    assert sum("asks who they are" in line for line in broken(done)) == 4


def test_the_check_says_that_no_demo_runs(tmp_path: Path) -> None:
    done = demo("--check", "--running", "--state", str(tmp_path), cwd=EXAMPLE)
    assert done.returncode == 1
    assert "Start it with: lookgate demo" in done.stderr


def test_the_check_fails_without_a_traceback_when_nothing_answers(tmp_path: Path) -> None:
    user = {"id": "1", "name": "A", "email": "", "groups": ["Network Planning"], "client_id": "", "client_secret": ""}
    ready = {"base_url": f"http://127.0.0.1:{free_port()}", "admin": user, "users": [user, {**user, "groups": ["X"]}]}
    (tmp_path / "looker.json").write_text(json.dumps(ready))
    (tmp_path / "gateway.json").write_text(json.dumps({"base_url": f"http://127.0.0.1:{free_port()}"}))
    done = demo("--check", "--running", "--state", str(tmp_path), cwd=EXAMPLE)
    assert done.returncode == 1
    assert "Traceback" not in done.stdout + done.stderr
    assert "0 of " in done.stdout


# --- starting and ending --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_everything_the_demo_started(tmp_path: Path, number: signal.Signals) -> None:
    with started(tmp_path) as (process, said):
        servers = children_of(process)
        assert sorted(servers) == ["board", "looker", "serve"]
        url = re.findall(r"http://127\.0\.0\.1:\d+", said)
        assert all(is_listening(each) for each in url)
        process.send_signal(number)
        assert process.wait(SOON) == 0
    assert not any(is_listening(each) for each in url)
    assert not any(Path(f"/proc/{one}").exists() for one in servers.values())
    assert not (tmp_path / "looker.json").exists()
    assert not (tmp_path / "gateway.json").exists()
    assert not (tmp_path / "board.json").exists()


def test_it_says_where_to_go_who_the_users_are_and_what_to_try(tmp_path: Path) -> None:
    with started(tmp_path) as (process, said):
        process.send_signal(signal.SIGHUP)  # the terminal was closed
        assert process.wait(SOON) == 0
    assert re.search(r"Open http://127\.0\.0\.1:\d+/extensions/flights::delays\n", said)
    for text in (
        "Noor Haddad    Analyst who plans",
        "Chris Moreau   Analyst in customer care",
        "Ada",
        "Vera",
        "Refused as",
    ):
        assert text in said


def test_the_audit_command_that_it_names_works_as_it_is_written(pair: Pair) -> None:
    vera = visitor(pair, "Vera").call("whoami", {})
    arguments = ["lookgate.cli.main", "audit", "tail", "--settings", str(pair.stage.settings)]
    environ = {name: value for name, value in os.environ.items() if not name.startswith("LOOKERSDK_")}
    done = subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-P", "-m", *arguments], env=environ, capture_output=True, text=True, check=True
    )
    assert vera.body["email"] in done.stdout.splitlines()[-1]


def test_what_the_demo_keeps_is_readable_by_its_owner_only_where_it_is_secret(pair: Pair) -> None:
    secrets = {pair.ready["admin"]["client_secret"], *(user["client_secret"] for user in pair.ready["users"])}
    for path in pair.stage.folder.rglob("*"):
        if path.is_file() and any(secret.encode() in path.read_bytes() for secret in secrets):
            assert path.stat().st_mode & 0o077 == 0, path
        if path.is_dir() and path.name in {"keys", "warehouse"}:
            assert path.stat().st_mode & 0o077 == 0, path
        if path.is_file():
            assert not re.search(rb"lg[hk]_[A-Za-z0-9_-]{43}", path.read_bytes()), path


@pytest.mark.parametrize(
    ("server", "name"), [("serve", "gateway"), ("looker", "local Looker"), ("board", "departure board")]
)
def test_the_death_of_a_server_is_noticed_and_ends_the_other(tmp_path: Path, server: str, name: str) -> None:
    with started(tmp_path) as (process, _):
        servers = children_of(process)
        os.kill(servers[server], signal.SIGKILL)
        assert process.stdout is not None
        rest = process.stdout.read()
        assert process.wait(SOON) == 1
    assert f"The {name} ended unexpectedly (exit code -9)" in rest
    assert not any(Path(f"/proc/{one}").exists() for one in servers.values())


def test_a_second_start_loads_nothing_and_keeps_the_notes_until_asked_for_a_fresh_one(tmp_path: Path) -> None:
    stage, said = Stage(tmp_path, EXAMPLE, free_port(), free_port()), list[str]()
    with running(stage, said.append) as pair:
        visitor(pair, "Noor").call("add_note", {"subject": "UA", "text": "kept"})
    assert any("Loading" in line for line in said)
    said.clear()
    with running(stage, said.append) as pair:
        notes = visitor(pair, "Chris").call("list_notes", {}).body["notes"]
    assert [(note["text"], note["author"]) for note in notes] == [("kept", "noor@example.com")]
    assert not any("Loading" in line for line in said)

    (tmp_path / "thesis.txt").write_text("mine")
    with started(tmp_path, "--fresh") as (_, printed):
        assert "Loading" in printed
    store = SqliteStore(tmp_path / "lookgate.sqlite3")
    assert store.records.list("notes") == []
    store.close()
    assert (tmp_path / "thesis.txt").read_text() == "mine"


# --- what can be in the way -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("option", ["--port", "--gateway-port"])
def test_a_busy_port_is_named_with_its_option_before_anything_starts(tmp_path: Path, option: str) -> None:
    other = "--gateway-port" if option == "--port" else "--port"
    with socket.create_server(("127.0.0.1", 0)) as server:
        busy = server.getsockname()[1]
        done = demo(option, str(busy), other, str(free_port()), "--state", str(tmp_path / "state"), cwd=EXAMPLE)
    assert done.returncode == 1
    assert re.search(rf"Port {busy} is in use .* for instance with --port \d+ --gateway-port \d+\.", done.stderr)
    assert not (tmp_path / "state").exists()


def test_a_folder_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    ports = ["--port", str(free_port()), "--gateway-port", str(free_port())]
    done = demo(*ports, "--state", str(tmp_path / "file" / "state"), cwd=EXAMPLE)
    assert done.returncode == 1
    assert done.stderr.startswith(f"Error: {tmp_path / 'file'}")
    assert "--state" in done.stderr


def test_both_servers_cannot_have_one_port(tmp_path: Path) -> None:
    port = str(free_port())
    done = demo("--port", port, "--gateway-port", port, "--state", str(tmp_path / "state"), cwd=EXAMPLE)
    assert done.returncode == 1
    assert "--gateway-port" in done.stderr


def test_a_second_demo_in_the_same_folder_is_refused(pair: Pair) -> None:
    ports = ["--port", str(pair.stage.looker_port), "--gateway-port", str(pair.stage.gateway_port)]  # busy as well
    done = demo(*ports, "--state", str(pair.stage.folder), cwd=EXAMPLE)
    assert done.returncode == 1
    assert f"The demo already runs in {pair.stage.folder}. End it there with Ctrl-C" in done.stderr
    assert "make demo ARGS='--port 8790 --gateway-port 8791 --state .lookgate/demo2'" in done.stderr
    assert visitor(pair, "Vera").call("whoami", {}).status == 200


def test_the_audit_command_it_prints_needs_no_active_environment() -> None:
    assert own_command(str(Path.cwd() / ".venv" / "bin" / "lookgate")) == ".venv/bin/lookgate"
    assert own_command(".venv/bin/lookgate") == ".venv/bin/lookgate"
    assert own_command("/elsewhere/bin/lookgate") == "lookgate"
    assert own_command(str(Path.cwd() / "lookgate" / "cli" / "main.py")) == "lookgate"


def test_a_missing_bundle_is_told_with_the_command_that_builds_it(tmp_path: Path) -> None:
    shutil.copytree(EXAMPLE, tmp_path / "examples" / "flights", ignore=shutil.ignore_patterns("bundle", "node_modules"))
    ports = ["--port", str(free_port()), "--gateway-port", str(free_port())]
    done = demo(*ports, cwd=tmp_path)
    assert done.returncode == 1
    assert "make demo" in done.stderr


def test_the_check_needs_users_to_compare(tmp_path: Path) -> None:
    user = {"id": "1", "name": "A", "email": "", "groups": ["All Users"], "client_id": "", "client_secret": ""}
    address = {"base_url": "http://127.0.0.1:9"}
    (tmp_path / "looker.json").write_text(json.dumps({**address, "admin": user, "users": [user]}))
    (tmp_path / "gateway.json").write_text(json.dumps(address))
    done = demo("--check", "--running", "--state", str(tmp_path), cwd=EXAMPLE)
    assert done.returncode == 1
    assert "the world has no user" in done.stdout


def test_running_goes_with_check(tmp_path: Path) -> None:
    assert demo("--running", cwd=tmp_path).returncode == 2


# --- the data -------------------------------------------------------------------------------------------------------


def test_the_flights_are_loaded_once_and_a_damaged_file_is_replaced(tmp_path: Path) -> None:
    database, said = tmp_path / "flights.duckdb", list[str]()
    database.write_bytes(b"half a file")
    ensure_flights(database, said.append)
    assert any("336,776" in line for line in said)
    said.clear()
    ensure_flights(database, said.append)
    assert said == []
    assert [path.name for path in tmp_path.iterdir()] == ["flights.duckdb"]


@contextlib.contextmanager
def another_handle(pair: Pair, first_name: str, value: str) -> Iterator[None]:
    """Alter a user's handle in Looker, as an admin could, and give them a new one afterwards."""
    looker, user = api(pair, "Ada"), person(pair, first_name)
    attribute = looker.attribute_id("flights_delays_lookgate_handle")
    looker.call("PATCH", f"/users/{user.id}/attribute_values/{attribute}", {"value": value})
    try:
        yield
    finally:
        issue_handles(pair.stage, user.id)


@contextlib.contextmanager
def known_handle(pair: Pair, value: str, user_id: str) -> Iterator[None]:
    """Let the gateway know one more handle of a user."""
    store, digest = SqliteStore(pair.stage.folder / "lookgate.sqlite3"), sha256_hex(Secret(value))
    try:
        store.handles.add(HandleRecord(digest, user_id, SYSTEM_CLOCK.now()))
        yield
        store.handles.remove(digest)
    finally:
        store.close()


def test_a_signal_that_comes_while_a_server_is_being_started_waits_until_it_can_be_ended() -> None:
    told: list[int] = []
    before = signal.signal(signal.SIGTERM, lambda number, _: told.append(number))
    try:
        with undisturbed():
            signal.raise_signal(signal.SIGTERM)
            assert told == []
        assert told == [signal.SIGTERM]
    finally:
        signal.signal(signal.SIGTERM, before)


@pytest.mark.parametrize("seconds", [0.5, 1.5])
def test_a_signal_during_the_start_leaves_nothing_running(tmp_path: Path, seconds: float) -> None:
    need_bundle()
    ports = ["--port", str(free_port()), "--gateway-port", str(free_port())]
    with subprocess.Popen(  # noqa: S603 - our own command
        [*COMMAND, *ports, "--state", str(tmp_path)],
        cwd=EXAMPLE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(seconds)
        process.send_signal(signal.SIGINT)
        printed, _ = process.communicate(timeout=SOON)
    # Before the demo listens to signals, Python ends it; afterwards it ends in order.
    assert process.returncode in {0, 1, -signal.SIGINT}
    assert "Query interrupted" not in printed
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):  # ended while we looked
            assert str(tmp_path).encode() not in path.read_bytes()
