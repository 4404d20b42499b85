"""What the set-up scripts say where something is missing, tried with programs that a test puts in their way."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

SCRIPTS = Path(__file__).parents[2] / "scripts"


class Machine:
    """A machine that has only the programs a test gives it."""

    def __init__(self, folder: Path) -> None:
        self.programs = folder
        for name in ("bash", "env", "mktemp", "tail", "rm", "basename", "cp", "chmod"):
            found = shutil.which(name)
            assert found
            (folder / name).symlink_to(found)

    def has(self, name: str, does: str) -> None:
        program = self.programs / name
        program.write_text(f"#!{self.programs}/bash\n{does}\n")
        program.chmod(0o755)

    def run(self, script: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(  # noqa: S603 - our own script
            [self.programs / "bash", SCRIPTS / script, *arguments],
            cwd=self.programs,
            env={"PATH": str(self.programs), "TMPDIR": str(self.programs)},
            capture_output=True,
            text=True,
            check=False,
        )


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_a_browser_that_cannot_be_installed_is_said_and_does_not_stop_the_rest(machine: Machine) -> None:
    machine.has("id", "echo 1000")
    done = machine.run("install-system-packages", "chromium")
    assert (done.returncode, done.stdout) == (0, "chromium\n")
    assert "SKIPPED: the tests that need chromium." in done.stderr
    assert "Fix: install it" in done.stderr


def test_a_failed_installation_is_shown_and_skips_visibly(machine: Machine) -> None:
    machine.has("id", "echo 0")
    machine.has("apt-get", "echo 'no network' >&2; exit 100")
    done = machine.run("install-system-packages", "chromium")
    assert done.returncode == 0
    assert "no network" in done.stderr
    assert "SKIPPED: the tests that need chromium." in done.stderr


def test_a_browser_that_can_be_installed_is_installed_and_one_that_is_there_is_left(machine: Machine) -> None:
    machine.has("id", "echo 0")
    there = machine.programs / "chromium"
    machine.has("apt-get", f'[ "$1" = update ] || {{ echo "#!" > {there}; chmod +x {there}; }}')
    for said in ("Installing chromium", ""):
        done = machine.run("install-system-packages", "chromium")
        assert (done.returncode, done.stdout.strip()) == (0, "")
        assert done.stderr.startswith(said)
        assert bool(done.stderr) is bool(said)


def test_a_python_that_is_too_old_is_refused_with_the_option_that_names_another(machine: Machine) -> None:
    machine.has("oldpython", "exit 1")
    done = machine.run("make-venv", "oldpython", "requirements.lock")
    assert done.returncode == 1
    assert "Python 3.11 or later, and 'oldpython' is not" in done.stderr
    assert "PYTHON=" in done.stderr
    assert not (machine.programs / ".venv").exists()


@pytest.mark.parametrize("major", ["", "18", "20"])
def test_a_node_that_is_missing_or_too_old_is_refused_with_the_fix(machine: Machine, major: str) -> None:
    if major:
        machine.has("node", f"echo {major}")
        machine.has("npm", "exit 0")
    done = machine.run("need-node")
    if major == "20":
        assert (done.returncode, done.stderr) == (0, "")
    else:
        assert done.returncode == 1
        assert "Fix: install Node 20" in done.stderr


def test_every_script_can_be_run() -> None:
    assert [path.name for path in SCRIPTS.iterdir() if path.is_file() and not os.access(path, os.X_OK)] == []
