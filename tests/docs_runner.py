r"""Runs a page of documentation as its reader would: top to bottom, in one empty folder.

What a block is follows from the words after its backticks:

* ``python title=actions/hello.py``, ``toml title=lookgate.toml``, any language: the block is written to that file.
* ``console``: lines after ``$ `` are run by one bash session, and what they print must match the lines below them;
  ``…`` stands for any text. A command that ends in ``&`` keeps running until the page ends.
* ``python``: run on its own by Python.
* ``text`` and ``ts``, ``http``, ``json`` without a title: shown, not run.

Pages start with the variables of ``ENVIRONMENT`` and with ``lookgate`` on the path.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Self

_FENCE = re.compile(r"^```(?P<info>[^\n`]*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
_SHOWN = {"text", "ts", "http", "json", "html", "mermaid", "sql", ""}
_MARK = "lookgate-docs-command-ended"
_LONGEST = 120.0
"""Seconds that one command may take: a page that waits for what never comes must fail, not hang."""


@dataclass(frozen=True, slots=True)
class Block:
    """One fenced block."""

    language: str
    title: str
    text: str
    line: int


def pages_with_code(root: Path) -> list[Path]:
    """Return README and every page of docs that has a fenced block."""
    pages = [root / "README.md", *sorted((root / "docs").rglob("*.md"))]
    return [page for page in pages if page.is_file() and any(True for _ in blocks(page))]


def blocks(page: Path) -> Iterator[Block]:
    """Yield the fenced blocks of a page."""
    source = page.read_text("utf-8")
    for match in _FENCE.finditer(source):
        language, _, rest = match["info"].strip().partition(" ")
        title = rest.removeprefix("title=") if rest.startswith("title=") else ""
        yield Block(language, title, match["text"], source.count("\n", 0, match.start()) + 1)


def run_page(page: Path, folder: Path, root: Path, *, longest: float = _LONGEST) -> None:
    """Run the page in ``folder``; the repository at ``root`` is reachable as ``$LOOKGATE_REPOSITORY``."""
    with _Shell(folder, root, longest) as shell:
        for block in blocks(page):
            if block.title:
                target = folder / block.title
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_text(block.text, "utf-8")
            elif block.language == "console":
                for command, expected in _commands(block.text):
                    seen = shell.run(command)
                    assert _matches(expected, seen), (
                        f"{page}:{block.line}: $ {command}\nexpected:\n{expected}\nseen:\n{seen}"
                    )
            elif block.language == "python":
                code = compile(block.text, f"{page}:{block.line}", "exec")
                exec(code, {"__name__": "__main__"})  # noqa: S102 - running the page is the point
            else:
                assert block.language in _SHOWN, f"{page}:{block.line}: '{block.language}' blocks need a title="


def _commands(text: str) -> Iterator[tuple[str, str]]:
    parts = re.split(r"^\$ ", text, flags=re.MULTILINE)
    assert not parts[0].strip(), "a console block starts with a command"
    for part in parts[1:]:
        lines = part.splitlines()
        taken = 1
        while lines[taken - 1].endswith("\\"):
            taken += 1
        yield "\n".join(lines[:taken]), "\n".join(lines[taken:]).strip()


def _matches(expected: str, seen: str) -> bool:
    if not expected:
        return True
    pattern = ".*".join(re.escape(part.strip()) for part in expected.split("…"))
    return re.fullmatch(pattern, seen.strip(), re.DOTALL) is not None


class _Shell:
    """One bash session; its children are killed at the end."""

    def __init__(self, folder: Path, root: Path, longest: float) -> None:
        self._folder = folder
        self._longest = longest
        environment = {
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "HOME": str(folder),
            "LANG": "C.UTF-8",
            "TERM": "dumb",
            "COLUMNS": "120",
            "LOOKGATE_REPOSITORY": str(root),
        }
        self._bash = subprocess.Popen(
            ["/bin/bash", "--noprofile", "--norc"],
            cwd=folder,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        os.killpg(self._bash.pid, signal.SIGTERM)
        try:
            self._bash.communicate(timeout=10)
        except subprocess.TimeoutExpired:
            os.killpg(self._bash.pid, signal.SIGKILL)
            self._bash.communicate()

    def run(self, command: str) -> str:
        assert self._bash.stdin is not None
        assert self._bash.stdout is not None
        if command.rstrip().endswith("&"):
            command = f"{command.rstrip().removesuffix('&')} >>background.log 2>&1 &"
        self._bash.stdin.write(f"{command}\necho {_MARK}\n")
        self._bash.stdin.flush()
        lines: list[str] = []
        watch = threading.Timer(self._longest, os.killpg, (self._bash.pid, signal.SIGKILL))
        watch.start()
        try:
            for line in self._bash.stdout:
                if line.endswith(f"{_MARK}\n"):
                    lines.append(line.removesuffix(f"{_MARK}\n"))
                    return "".join(lines)
                lines.append(line)
        finally:
            watch.cancel()
        told = self._folder / "background.log"
        behind = told.read_text("utf-8", "replace") if told.is_file() else ""
        raise AssertionError(
            f"it ended bash, or took {self._longest:g} s: {command}\n{''.join(lines)}\nin the background:\n{behind}"
        )
