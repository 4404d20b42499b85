from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from gateway_cli import ACTION, Shell
from lookgate.core.audit import AuditEvent
from lower_rooms import ANA, START
from postgres import postgres_url, running_server  # noqa: F401 - a fixture, and a server to stop
from store_places import new_database, open_at, url_of

CANARY = "canary5ecret"


@pytest.fixture
def url(postgres_url: str) -> str:  # noqa: F811 - the fixture above
    return new_database(postgres_url)


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    made = Shell(tmp_path)
    made.write("actions/hello.py", ACTION)
    made.write("lookgate.toml", '[store]\nurl = "env:STATE"\n')
    return made


def record(url: str, *names: str) -> None:
    store = open_at(url)
    for name in names:
        store.record(AuditEvent(START, name, "notes_add", ANA, "denied", "not_in_group", "Not for you."))
    store.close()


def test_check_says_which_store_is_meant_without_its_password(shell: Shell) -> None:
    said = shell.run("check", STATE=f"postgresql://gate:{CANARY}@db.example/gate?sslmode=verify-full")
    assert said.code == 0
    assert "Postgres, database gate at db.example, sslmode verify-full" in said.out
    assert CANARY not in said.out + said.err
    shell.write("lookgate.toml", '[store]\npath = "state"\n')
    assert str(shell.folder / "state") in shell.run("check").out


def test_the_owner_makes_the_store_and_lets_a_role_use_it(shell: Shell, url: str, postgres_url: str) -> None:  # noqa: F811 - the fixture above
    with psycopg.connect(url, autocommit=True) as raw:
        raw.execute("DROP ROLE IF EXISTS machine")
        raw.execute("CREATE ROLE machine LOGIN")
    machine = url_of(postgres_url, "machine")
    refused = shell.run("store", "migrate", STATE=machine)
    assert (refused.code, "may not" in refused.err) == (1, True)
    said = shell.run("store", "migrate", "--grant", "machine", STATE=url)
    assert (said.code, said.err) == (0, "")
    assert "The role machine may run a gateway." in said.out
    assert "The store is up to date: Postgres, database gate at " in said.out
    assert shell.run("store", "migrate", STATE=machine).code == 0
    refused = shell.run("store", "migrate", "--grant", "nobody", STATE=url)
    assert (refused.code, 'role "nobody" does not exist' in refused.err) == (1, True)


def test_a_file_has_no_roles(shell: Shell) -> None:
    shell.write("lookgate.toml", '[store]\npath = "state"\n')
    said = shell.run("store", "migrate", "--grant", "machine")
    assert (said.code, "no roles" in said.err) == (1, True)
    assert not (shell.folder / "state").exists()
    assert shell.run("store", "migrate").code == 0
    assert (shell.folder / "state").exists()


def test_reading_makes_no_store_where_there_is_none(shell: Shell, url: str) -> None:
    said = shell.run("audit", "tail", STATE=url)
    assert (said.code, "There is no store" in said.err) == (1, True)


def test_a_password_is_in_no_message_of_the_command_line(shell: Shell) -> None:
    for text in (
        f"postgresql://gate:{CANARY}@127.0.0.1:1/gate",
        f"postgresql://gate:a@{CANARY}@127.0.0.1:1/gate",
        f"postgresql://gate:{CANARY}@db.example/gate",
        f"host=127.0.0.1 password={CANARY}",
    ):
        for arguments in (("audit", "tail"), ("store", "migrate"), ("serve", "--port", "0")):
            said = shell.run(*arguments, STATE=text)
            assert said.code == 1
            assert CANARY not in said.out + said.err


def test_whoever_follows_sees_what_other_machines_store_and_outlasts_a_restart(shell: Shell) -> None:
    with running_server() as server:
        url = new_database(server.conninfo)
        record(url, "r1")
        process = shell.start("audit", "tail", "--follow", "--json", PYTHONUNBUFFERED="1", STATE=url)
        assert process.stdout is not None
        assert process.stderr is not None
        try:
            assert json.loads(process.stdout.readline())["request_id"] == "r1"
            record(url, "r2", "r3")
            assert [json.loads(process.stdout.readline())["request_id"] for _ in "23"] == ["r2", "r3"]
            server.kill()
            assert process.stderr.readline().startswith("waiting: ")
            server.start()
            record(url, "r4")
            assert json.loads(process.stdout.readline())["request_id"] == "r4"
            process.send_signal(signal.SIGINT)
            _, err = process.communicate(timeout=10)
            assert process.returncode == 0
            assert "Traceback" not in err
        finally:
            process.kill()
            process.communicate()


def test_a_gateway_with_a_file_imports_nothing_of_postgres(shell: Shell) -> None:
    shell.write("lookgate.toml", '[store]\npath = "state"\n')
    code = (
        "import sys; from pathlib import Path; from lookgate.compose import build; from lookgate.settings import load\n"
        "gateway = build(load(Path('lookgate.toml'), {})); gateway.store.close()\n"
        "sys.exit(any(name.startswith(('psycopg', 'sqlalchemy')) for name in sys.modules))"
    )

    assert subprocess.run([sys.executable, "-c", code], cwd=shell.folder, check=False).returncode == 0  # noqa: S603 - our own code
