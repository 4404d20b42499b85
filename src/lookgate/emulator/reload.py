"""Edited LookML files are picked up without a restart."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from lookgate.emulator.instance import Instance
from lookgate.emulator.lookml.project import load_project

_SKIPPED = frozenset({"node_modules", ".git", "__pycache__"})


class Reload:
    """Loads a project again when one of its LookML files was added, removed or changed.

    Args:
        instance: Whose projects are kept current.
        monotonic: Seconds; a folder is looked at only every ``seconds``.
        seconds: The shortest time between two looks.
        complain: Given the complaints that an edit has brought, if any.
    """

    def __init__(
        self,
        instance: Instance,
        monotonic: Callable[[], float],
        seconds: float = 0.5,
        *,
        complain: Callable[[Sequence[str]], None] = lambda _: None,
    ) -> None:
        self.instance = instance
        self.monotonic = monotonic
        self.complain = complain
        self.seconds = seconds
        self._lock = threading.Lock()
        self._next = 0.0
        self._seen = {name: _state(Path(project.folder)) for name, project in instance.projects.items()}

    def __call__(self) -> None:
        """Look for changes, unless somebody else is looking or has just looked."""
        if self.monotonic() < self._next or not self._lock.acquire(blocking=False):
            return
        try:
            self._next = self.monotonic() + self.seconds
            for name, seen in list(self._seen.items()):
                folder = Path(self.instance.projects[name].folder)
                state = _state(folder)
                if state != seen and folder.is_dir():
                    project = load_project(folder)
                    self._seen[name] = state
                    known = self.instance.projects[name].complaints()
                    with self.instance.lock:
                        self.instance.projects[name] = project
                    if new := [line for line in project.complaints() if line not in known]:
                        self.complain(new)
        finally:
            self._lock.release()


def _state(folder: Path) -> frozenset[tuple[str, int, int]]:
    return frozenset(_files(folder))


def _files(folder: Path) -> Iterator[tuple[str, int, int]]:
    for where, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if name not in _SKIPPED]
        for name in names:
            if name.endswith((".lkml", ".lookml")):
                try:
                    found = os.stat(os.path.join(where, name))  # noqa: PTH116, PTH118 - walked on every request
                except OSError:
                    continue
                yield (f"{where}/{name}", found.st_mtime_ns, found.st_size)
