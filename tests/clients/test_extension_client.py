"""The unit tests of `clients/extension` and the type check of what uses it, run by Node."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.npm


@pytest.fixture(scope="module")
def npm() -> str:
    found = shutil.which("npm")
    if found is None or not (ROOT / "node_modules" / "typescript").is_dir():
        pytest.skip("Node's packages are not installed: run `make setup` first")
    return found


def test_the_client_keeps_every_promise_of_its_own_tests(npm: str) -> None:
    done = run(npm, "test", "clients/extension")
    assert "# fail 0" in done
    assert "# skipped 0" in done


def test_the_demos_extension_fits_the_clients_types(npm: str) -> None:
    run(npm, "typecheck", "examples/flights/extension")


def run(npm: str, script: str, workspace: str) -> str:
    done = subprocess.run(  # noqa: S603 - our own scripts
        [npm, "run", script, "--workspace", workspace], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
