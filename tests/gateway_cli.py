"""Running the command line as a person does: its own process, its own folder, its own environment."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

ACTION = '''
from __future__ import annotations

from lookgate import Assurance, Context, Input, Output, action, at_least


class Ask(Input, frozen=True):
    name: str


class Answer(Output, frozen=True):
    text: str


@action(policy=[at_least(Assurance.SHARED_SECRET)])
def hello(input: Ask, context: Context) -> Answer:
    """Say hello."""
    return Answer(text=f"Hello {input.name} from {context.principal.label}")
'''


@dataclass(frozen=True)
class Said:
    """What a command left behind."""

    code: int
    out: str
    err: str


@dataclass(frozen=True)
class Shell:
    """A folder in which commands run."""

    folder: Path

    def write(self, name: str, text: str) -> Path:
        file = self.folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        return file

    def run(self, *arguments: str, **environ: str) -> Said:
        done = subprocess.run(  # noqa: S603 - our own program
            command(arguments),
            cwd=self.folder,
            env=environment(environ),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert "Traceback" not in done.stderr, done.stderr
        return Said(done.returncode, done.stdout, done.stderr)

    def start(self, *arguments: str, **environ: str) -> subprocess.Popen[str]:
        return subprocess.Popen(  # noqa: S603 - our own program
            command(arguments),
            cwd=self.folder,
            env=environment(environ),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )


def command(arguments: Sequence[str]) -> list[str]:
    return [sys.executable, "-m", "lookgate.cli.main", *arguments]


def environment(more: Mapping[str, str]) -> dict[str, str]:
    """Return this process's environment without anything that Lookgate would read, and with ``more``."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("LOOKER", "LOOKGATE", "PORT"))}
    return kept | dict(more)


def wait_for(file: Path, process: subprocess.Popen[str], seconds: float = 20) -> None:
    """Wait until another process has written the file."""
    ends = time.monotonic() + seconds
    while not file.exists():
        assert process.poll() is None, process.communicate()[1]
        assert time.monotonic() < ends, f"{file} was not written"
        time.sleep(0.01)
