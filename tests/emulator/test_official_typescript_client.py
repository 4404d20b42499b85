"""Looker's own TypeScript client against a local Looker: ``tests/clients/typescript``, run by Node's test runner.

The TypeScript tests say what each answer must be; the recorder on this side proves that they left out no operation.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from importlib import import_module
from pathlib import Path

import pytest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from content_site import content_world, write_project
from local_looker import Looker, served_looker
from lookgate.emulator.api.route import Operation
from lookgate.emulator.instance import UiSession
from lookgate.emulator.run import write_ready_file
from lookgate.emulator.serve import ready

CLIENT = Path(__file__).parents[1] / "clients" / "typescript"
MODULES = (CLIENT / "node_modules", CLIENT.parents[2] / "node_modules")
PEOPLE = (
    "auth", "session", "users", "user_search", "user_sessions", "credentials", "credentials_email", "groups",
    "group_members", "group_values", "roles", "role_members", "permission_sets", "model_sets", "user_attributes",
    "attribute_values",
)  # fmt: skip
CONTENT = (
    "color_collections", "connections", "dashboard_parts", "dashboards", "derived_tables", "embed", "folders",
    "lookml_models", "oauth_apps", "project_files", "projects", "queries", "query_run", "query_tasks", "saved_content",
    "setting", "sql_queries", "versions",
)  # fmt: skip
WITHOUT_SUCCESS = {"look", "kill_query"}
"""There is no Look; killing needs a query that waits, which tests beside the operation have."""

pytestmark = pytest.mark.npm


class Recorder:
    """Notes which requests were answered, and how."""

    def __init__(self) -> None:
        self.answered: list[tuple[int, str, str]] = []

    def __call__(self, app: ASGIApp) -> ASGIApp:
        async def recording(scope: Scope, receive: Receive, send: Send) -> None:
            async def note(message: Message) -> None:
                if message["type"] == "http.response.start":
                    self.answered.append((message["status"], scope["method"], scope["raw_path"].decode()))
                await send(message)

            await app(scope, receive, note)

        return recording

    def operations(self, looker: Looker, *statuses: int) -> set[str]:
        """Return the operations that were answered with one of the statuses."""
        found = {
            looker.api.find(method, path.removeprefix("/api").removeprefix("/4.0"))
            for status, method, path in self.answered
            if status in statuses
        }
        return {operation.id for operation in found if operation is not None}


def declared(modules: tuple[str, ...]) -> dict[str, Operation]:
    """Return the operations that the local Looker serves in these modules."""
    return {
        operation.id: operation
        for name in modules
        for operation in import_module(f"lookgate.emulator.api.{name}").operations.all
    }


@pytest.fixture(scope="module")
def node() -> str:
    found = shutil.which("node")
    installed = [folder for folder in MODULES if (folder / "@looker" / "sdk-node").exists()]
    compiler = [folder / ".bin" / "tsc" for folder in MODULES if (folder / ".bin" / "tsc").exists()]
    if found is None or not installed or not compiler:
        pytest.skip("the TypeScript client is not installed: run `npm ci` first")
    built = subprocess.run([compiler[0], "-p", CLIENT], capture_output=True, text=True, check=False)  # noqa: S603 - our own
    assert built.returncode == 0, built.stdout
    return found


def run(node: str, looker: Looker, ready_file: Path, *names: str) -> None:
    """Run test files of the client against a local Looker."""
    write_ready_file(ready_file, ready(looker.instance))
    command = [node, "--test", "--test-concurrency=1", *(str(CLIENT / "dist" / f"{name}.test.js") for name in names)]
    environment = {"PATH": os.environ["PATH"], "LOOKGATE_READY_FILE": str(ready_file)}
    done = subprocess.run(  # noqa: S603 - our own
        command, cwd=CLIENT, env=environment, capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_typescript_client_works_unchanged_for_people(node: str, tmp_path: Path) -> None:
    recorder = Recorder()
    with served_looker(wrap=recorder) as looker:
        dan, eve = looker.user("Dan"), looker.user("Eve")
        dan.credentials.update(google="g1", saml="s1", oidc="o1", ldap="l1", looker_openid="dan@air.example")
        looker.instance.sessions["the-cookie"] = UiSession("the-cookie", eve.id, "csrf", looker.clock())
        run(node, looker, tmp_path / "ready.json", "people_success")
        run(node, looker, tmp_path / "ready.json", "people")
        operations = declared(PEOPLE)
        assert operations.keys() - recorder.operations(looker, 200, 204) == set()
        refused = recorder.operations(looker, 401, 403, 404, 422)
    assert {"create_user", "group", "role"} & refused
    assert len(refused) > len(operations) / 2


def test_the_typescript_client_works_unchanged_for_all_else(node: str, tmp_path: Path) -> None:
    recorder = Recorder()
    project = write_project(tmp_path / "sky")
    with served_looker(content_world(), projects=[project], wrap=recorder) as looker:
        run(node, looker, tmp_path / "ready.json", "content_success")
        operations = declared(CONTENT)
        assert operations.keys() - recorder.operations(looker, 200, 204) == WITHOUT_SUCCESS


def test_the_typescript_client_is_refused_in_every_way_that_applies(node: str, tmp_path: Path) -> None:
    recorder = Recorder()
    project = write_project(tmp_path / "sky")
    with served_looker(content_world(), projects=[project], wrap=recorder) as looker:
        run(node, looker, tmp_path / "ready.json", "content")
        operations = declared(CONTENT)
        assert operations.keys() - recorder.operations(looker, 401) == {"versions"}
        of_a_thing = {
            operation.id
            for operation in operations.values()
            if "{" in operation.template and not operation.template.startswith(("/queries/run", "/queries/models"))
        }
        assert of_a_thing - recorder.operations(looker, 404) == {
            "register_oauth_client_app", "delete_oauth_client_app", "deactivate_app_user",
        }  # fmt: skip
        assert len(recorder.operations(looker, 403)) > 30
        assert len(recorder.operations(looker, 422)) > 30
