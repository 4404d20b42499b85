"""The processes the demo starts: real ``lookgate`` commands, watched, and ended when the demo ends."""

from __future__ import annotations

import contextlib
import json
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, Any

import click

GRACE_SECONDS = 8.0
"""How long a process may take to end before it is killed."""
STOPS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
"""The signals that end the demo."""
READY_SECONDS = 60.0
"""How long it may take to answer: a slow machine compiles bytecode first."""
_EVERY_SECONDS = 0.05


def command(*arguments: str) -> list[str]:
    """Return the command line of ``lookgate …`` with this very installation."""
    # -P: a file in the current folder must not stand in for a module.
    return [sys.executable, "-P", "-m", "lookgate.cli.main", *arguments]


@contextlib.contextmanager
def undisturbed() -> Iterator[None]:
    """Let signals wait while a process is started: only one that is known can be ended."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    waiting: list[int] = []
    before = {number: signal.signal(number, lambda got, _: waiting.append(got)) for number in STOPS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        for got in waiting[:1]:
            signal.raise_signal(got)


class Child:
    """One running server. What it prints goes to a log file; what is not routine also to ``say``."""

    def __init__(
        self,
        name: str,
        arguments: Sequence[str],
        *,
        environment: Mapping[str, str],
        log: Path,
        say: Callable[[str], None],
    ) -> None:
        self.name = name
        self._say = say
        self._last = ""
        self._asked_to_end = False
        self._log = log.open("w", encoding="utf-8")
        # A process group of its own: Ctrl-C reaches the demo alone, which then ends its children in order.
        self._process = subprocess.Popen(  # noqa: S603 - our own command, no shell
            command(*arguments),
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
            process_group=0,
        )
        assert self._process.stderr is not None  # noqa: S101 - asked for two lines above
        self._reader = threading.Thread(target=self._read, args=(self._process.stderr,), daemon=True)
        self._reader.start()

    @property
    def ended(self) -> bool:
        """Whether it has ended."""
        return self._process.poll() is not None

    def obituary(self) -> str:
        """Say how it ended, with its last words; the others have been shown before."""
        self._reader.join(1)
        code, words = self._process.poll(), self._last or "it said nothing"
        return f"The {self.name} ended unexpectedly (exit code {code}): {words}"

    def wait_until(self, ready: Path) -> None:
        """Wait until it has written its ready file.

        Raises:
            click.ClickException: it ended, or took longer than ``READY_SECONDS``.
        """
        until = time.monotonic() + READY_SECONDS
        while not ready.exists():
            if self.ended:
                raise click.ClickException(self.obituary())
            if time.monotonic() > until:
                raise click.ClickException(f"The {self.name} did not answer within {READY_SECONDS:.0f} seconds.")
            time.sleep(_EVERY_SECONDS)

    def stop(self) -> None:
        """End it: asked first, then killed. Safe to call twice."""
        self._asked_to_end = True
        if not self.ended:
            self._process.terminate()
            try:
                self._process.wait(GRACE_SECONDS)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        self._reader.join(1)
        self._log.close()

    def _read(self, stream: IO[str]) -> None:
        with stream:
            for line in stream:
                text = line.rstrip()
                if not self._log.closed:
                    self._log.write(line)
                    self._log.flush()
                if text and not _routine(text):
                    self._last = text
                    # Some interpreters' last breath is a list of what libraries did not tear down; the log has it.
                    if not self._asked_to_end:
                        self._say(f"{self.name} │ {text}")


def _routine(line: str) -> bool:
    """Say whether a line is the log of an ordinary request, or of the start."""
    if line.startswith("Lookgate answers at "):
        return True
    try:
        entry: Any = json.loads(line)
    except ValueError:
        return False
    return isinstance(entry, dict) and entry.get("level") == "info"


def run(arguments: Sequence[str], *, environment: Mapping[str, str]) -> str:
    """Run a ``lookgate`` command to its end and return what it printed.

    Raises:
        click.ClickException: it failed; with what it said.
    """
    done = subprocess.run(  # noqa: S603 - our own command, no shell
        command(*arguments),
        env=dict(environment),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=READY_SECONDS,
        check=False,
    )
    if done.returncode:
        raise click.ClickException(f"'lookgate {' '.join(arguments[:2])}' failed:\n{done.stderr.strip()}")
    return done.stdout
