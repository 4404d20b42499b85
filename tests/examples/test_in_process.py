"""The examples of docs/in-process.md, each served as its reader would, before a real local Looker."""

from __future__ import annotations

import contextlib
import http.client
import importlib.util
import json
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import functions_framework
import msgspec
import pytest
import uvicorn
from flask import Flask

from local_looker import Looker, served_looker
from lookgate.core.audit import AuditEvent
from lookgate.core.ports import HandleRecord
from lookgate.core.secret import Secret, sha256_hex
from lookgate.emulator.world import World
from lookgate.settings import load
from lookgate.store.sqlite import SqliteStore

EXAMPLES = Path(__file__).parents[2] / "examples" / "in_process"
WORLD: dict[str, Any] = {
    "groups": [{"name": "Finance"}, {"name": "Sales"}],
    "users": [
        {"first_name": "Ada", "last_name": "Admin", "email": "ada@air.example", "roles": ["Admin"]},
        {"first_name": "Noor", "last_name": "Haddad", "email": "noor@air.example", "groups": ["Finance"]},
        {"first_name": "Sam", "last_name": "Okoye", "email": "sam@air.example", "groups": ["Sales"]},
    ],
}
NOOR, SAM, KEY = "lgh_" + "Nr7-" * 10 + "abc", "lgh_" + "Sm3-" * 10 + "abc", "lgk_" + "Zk7_" * 10 + "xyz"
Headers = list[tuple[str, str]]
Ask = Callable[[Headers, Any], tuple[int, Any]]


@dataclass
class Town:
    """A local Looker, and a folder with the settings of an app beside it."""

    looker: Looker
    folder: Path

    def load(self, name: str) -> Any:
        """Import an example."""
        spec = importlib.util.spec_from_file_location(name, EXAMPLES / f"{name}.py")
        assert spec is not None
        assert spec.loader is not None
        module = sys.modules[name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module

    def last(self) -> AuditEvent:
        """Return what the audit log says of the last request."""
        store = SqliteStore(self.folder / "state.db")
        try:
            return store.tail(limit=1)[0].event
        finally:
            store.close()


@pytest.fixture(scope="module")
def looker() -> Iterator[Looker]:
    with served_looker(msgspec.convert(WORLD, World)) as local:
        yield local


@pytest.fixture
def town(looker: Looker, tmp_path: Path) -> Town:
    admin = looker.user("Ada").api3[0]
    for name, value in (("id", admin.client_id), ("secret", admin.client_secret)):
        (tmp_path / name).touch(mode=0o600)
        (tmp_path / name).write_text(value)
    (tmp_path / "lookgate.toml").write_text(
        f"""
[instance]
base_url = "{looker.instance.base_url}"
client_id = "file:id"
client_secret = "file:secret"
directory_ttl = 0

[store]
path = "state.db"

[[api_keys]]
name = "crm"
sha256 = "{sha256_hex(Secret(KEY))}"
"""
    )
    store = SqliteStore(tmp_path / "state.db")
    for name, handle in (("Noor", NOOR), ("Sam", SAM)):
        store.handles.add(HandleRecord(sha256_hex(Secret(handle)), looker.user(name).id, datetime.now(UTC)))
    store.close()
    looker.call("Ada", "PATCH", f"/users/{looker.user('Noor').id}", {"is_disabled": False})
    return Town(looker, tmp_path)


def over_http(port: int, method: str, path: str, headers: Headers, body: Any) -> tuple[int, Any]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    with contextlib.closing(connection):
        data = json.dumps(body).encode() if method == "POST" else b""
        connection.putrequest(method, path)
        for name, value in [("content-type", "application/json"), ("content-length", str(len(data))), *headers]:
            connection.putheader(name, value)
        connection.endheaders(data)
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())


@contextlib.contextmanager
def running(town: Town, example: str) -> Iterator[int]:
    """Serve an example as ``uvicorn`` does, from its start to its stop; give the port."""
    with contextlib.chdir(town.folder), socket.create_server(("127.0.0.1", 0)) as listener:
        config = uvicorn.Config(town.load(f"{example}_app").app, log_level="error", ws="none", lifespan="on")
        server = uvicorn.Server(config)
        thread = threading.Thread(target=lambda: server.run(sockets=[listener]), daemon=True)
        thread.start()
        try:
            yield int(listener.getsockname()[1])  # the backlog accepts until it runs
        finally:
            server.should_exit = True
            thread.join(20)


@contextlib.contextmanager
def served(town: Town, example: str) -> Iterator[Ask]:
    method, path = ("GET", "/") if example == "asgi" else ("POST", "/budgets/july")
    with running(town, example) as port:
        yield lambda headers, body: over_http(port, method, path, headers, body)


@contextlib.contextmanager
def function(town: Town) -> Iterator[Ask]:
    with contextlib.chdir(town.folder):
        app: Flask = functions_framework.create_app(  # type: ignore[no-untyped-call] # it says nothing of types
            "process", str(EXAMPLES / "function_app.py")
        )

    def ask(headers: Headers, body: Any) -> tuple[int, Any]:
        reply = app.test_client().post("/", json=body, headers=headers)
        return reply.status_code, json.loads(reply.data)

    yield ask


@pytest.fixture(params=["asgi", "fastapi", "function"])
def ask(request: pytest.FixtureRequest, town: Town) -> Iterator[Ask]:
    with function(town) if request.param == "function" else served(town, request.param) as asking:
        yield asking


def test_the_user_in_the_group_comes_in_by_name_and_is_audited_so(ask: Ask, town: Town) -> None:
    status, answer = ask([("x-lookgate-handle", NOOR)], {"data": "july"})
    assert status == 200
    assert "noor@air.example" in json.dumps(answer)
    event = town.last()
    assert (event.outcome, event.principal.email) == ("allowed", "noor@air.example")
    assert event.action in {"GET (route unknown)", "POST /budgets/{name}", "POST function process"}


REFUSED: dict[str, tuple[Headers, int, str]] = {
    "no credential": ([], 401, "credential_missing"),
    "two credentials": ([("x-lookgate-handle", NOOR), ("x-api-key", KEY)], 400, "two_credentials"),
    "the same twice": ([("x-lookgate-handle", NOOR), ("X-Lookgate-Handle", NOOR)], 400, "two_credentials"),
    "two in one header": ([("x-lookgate-handle", f"{NOOR},{NOOR}")], 400, "two_credentials"),
    "wrong group": ([("x-lookgate-handle", SAM)], 403, ""),
    "a key is nobody": ([("x-api-key", KEY)], 403, ""),
    "unsubstituted tag": ([("x-lookgate-handle", "{{air_crew_lookgate_handle}}")], 401, "unsubstituted_tag"),
    "nobody's handle": ([("x-lookgate-handle", NOOR[:-3] + "xyz")], 401, "unknown_handle"),
    "no handle at all": ([("x-lookgate-handle", "admin")], 401, "handle_malformed"),
    "another scheme": ([("authorization", "Basic YWRhOmFkYQ==")], 401, "scheme_unknown"),
    "an unsigned token": (
        [("authorization", "Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZGEifQ.")], 401, "unknown_credential",
    ),
    "names in headers": ([("x-looker-user", "noor@air.example"), ("x-user", "ada")], 401, "credential_missing"),
    "secret in a header": ([("x-lookgate-handle", NOOR), ("x-note", NOOR)], 400, "secret_in_header"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_nobody_else_does_and_each_refusal_is_a_problem_and_audited(ask: Ask, town: Town, case: str) -> None:
    headers, status, code = REFUSED[case]
    told, problem = ask(headers, {"data": "july"})
    assert (told, problem["status"]) == (status, status)
    assert problem["code"] == (code or problem["code"])
    assert problem["type"] == f"urn:lookgate:problem:{problem['code']}"
    assert not any(secret in json.dumps(problem) for secret in (NOOR, SAM, KEY))
    event = town.last()
    assert (event.outcome, event.rule, problem["instance"]) == (
        "denied" if status != 400 or code == "two_credentials" else "failed",
        problem["code"],
        f"urn:request:{event.request_id}",
    )


def test_a_disabled_user_is_refused_even_by_a_live_handle(ask: Ask, town: Town) -> None:
    assert ask([("x-lookgate-handle", NOOR)], {"data": "july"})[0] == 200
    town.looker.call("Ada", "PATCH", f"/users/{town.looker.user('Noor').id}", {"is_disabled": True})
    status, problem = ask([("x-lookgate-handle", NOOR)], {"data": "july"})
    assert (status, problem["code"]) == (401, "user_disabled")


@pytest.mark.parametrize("example", ["fastapi", "function"])
def test_a_secret_typed_into_a_field_is_neither_taken_in_nor_echoed(town: Town, example: str) -> None:
    with function(town) if example == "function" else served(town, example) as ask:
        status, problem = ask([("x-lookgate-handle", NOOR)], {"data": NOOR, "note": NOOR})
    assert (status, problem["code"]) == (400, "secret_in_body")
    assert NOOR not in json.dumps(problem)


def test_the_function_answers_as_the_guide_says(town: Town) -> None:
    with function(town) as ask:
        status, answer = ask([("x-lookgate-handle", NOOR)], {"data": "july"})
        assert status == 200
        assert answer.keys() == {"success", "result", "timestamp"}
        assert answer["success"] is True
        assert datetime.fromisoformat(answer["timestamp"]).tzinfo is not None
        wrongs: list[Any] = [{}, {"data": ""}, {"other": 1}, [], None]
        for wrong in wrongs:
            status, problem = ask([("x-lookgate-handle", NOOR)], wrong)
            assert (status, problem["code"]) == (400, "data_missing")


def test_the_fastapi_apps_open_route_says_who_calls(town: Town) -> None:
    with running(town, "fastapi") as port:
        for headers, caller in (
            ([], "anonymous"),
            ([("x-api-key", KEY)], "crm"),
            ([("x-lookgate-handle", SAM)], "sam"),
        ):
            status, answer = over_http(port, "GET", "/whoami", headers, None)
            assert (status, answer["caller"].partition("@")[0]) == (200, caller)


def test_the_settings_beside_the_examples_are_those_of_an_instance() -> None:
    environ = {"LOOKERSDK_CLIENT_ID": "some-id", "LOOKERSDK_CLIENT_SECRET": "some-secret"}
    settings = load(EXAMPLES / "lookgate.toml", environ)
    assert settings.instance.configured
    assert settings.handle.attribute
