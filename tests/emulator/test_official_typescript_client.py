"""Looker's own TypeScript client against a local Looker: ``tests/clients/typescript``, run by Node's test runner."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from local_looker import served_looker
from lookgate.emulator.serve import ready, write_ready_file

CLIENT = Path(__file__).parents[1] / "clients" / "typescript"
MODULES = (CLIENT / "node_modules", CLIENT.parents[2] / "node_modules")


@pytest.mark.npm
def test_the_typescript_client_works_unchanged(tmp_path: Path) -> None:
    node = shutil.which("node")
    installed = [folder for folder in MODULES if (folder / "@looker" / "sdk-node").exists()]
    compiler = [folder / ".bin" / "tsc" for folder in MODULES if (folder / ".bin" / "tsc").exists()]
    if node is None or not installed or not compiler:
        pytest.skip("the TypeScript client is not installed: run `npm ci` first")
    built = subprocess.run([compiler[0], "-p", CLIENT], capture_output=True, text=True, check=False)  # noqa: S603 - our own
    assert built.returncode == 0, built.stdout
    ready_file = tmp_path / "ready.json"
    with served_looker() as looker:
        write_ready_file(ready_file, ready(looker.instance))
        command = [node, "--test", *map(str, sorted((CLIENT / "dist").glob("*.test.js")))]
        environment = {"PATH": os.environ["PATH"], "LOOKGATE_READY_FILE": str(ready_file)}
        run = subprocess.run(  # noqa: S603 - our own
            command, cwd=CLIENT, env=environment, capture_output=True, text=True, check=False, timeout=120
        )
    assert run.returncode == 0, run.stdout + run.stderr
    assert "# pass 8" in run.stdout, run.stdout
