"""Finding the members of a package: one file, one member.

Importing a file registers nothing by itself; the walk looks for the one attribute that a registry asks for. What is
found stays inert until the settings name it.
"""

from __future__ import annotations

import importlib.util
import pkgutil
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from types import ModuleType
from typing import TypeVar

from lookgate.errors import RegistryError

Member = TypeVar("Member")


def modules_in_package(package: ModuleType) -> Iterator[ModuleType]:
    """Import and yield every module directly inside ``package``, in alphabetical order."""
    for info in sorted(pkgutil.iter_modules(package.__path__), key=lambda found: found.name):
        if not info.name.startswith("_"):
            yield importlib.import_module(f"{package.__name__}.{info.name}")


def modules_in_folder(folder: Path) -> Iterator[ModuleType]:
    """Import and yield every ``*.py`` directly inside ``folder``, in alphabetical order.

    Files whose name starts with an underscore are left alone, so members can share code through them:
    the folder is put on ``sys.path`` while they are imported.

    Raises:
        RegistryError: the folder does not exist, or a file cannot be imported.
    """
    if not folder.is_dir():
        raise RegistryError("folder_missing", f"There is no folder {folder}.", "Create it, or mend the setting.")
    sys.path.insert(0, str(folder))
    try:
        for path in sorted(folder.glob("[!_]*.py")):
            yield _import_file(path)
    finally:
        sys.path.remove(str(folder))


def _import_file(path: Path) -> ModuleType:
    name = f"lookgate_members.{path.parent.name}.{path.stem}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise RegistryError("file_unreadable", f"{path} is not a Python file.")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:  # a member's file may raise anything while it is imported
        del sys.modules[name]
        line = _line(error, spec.origin)
        where = f"{path}, line {line}:" if line else str(path)
        raise RegistryError(
            "file_broken", f"{where} cannot be imported: {type(error).__name__}: {error}", "Mend the file."
        ) from error
    return module


def _line(error: BaseException, file: str | None) -> int:
    """Return the last line of ``file`` that ``error`` passed; 0 for a syntax error, which says the line itself."""
    from traceback import walk_tb  # noqa: PLC0415 - needed only when a file is broken

    passed = [line for frame, line in walk_tb(error.__traceback__) if frame.f_code.co_filename == file]
    return passed[-1] if passed else 0


def unique(
    found: Iterable[tuple[str, Member]], kind: str, place: Callable[[Member], object] | None = None
) -> dict[str, Member]:
    """Return the members by name.

    Args:
        found: each member with its name.
        kind: what a member is called.
        place: says where a member is written, for whoever must rename one.

    Raises:
        RegistryError: two share a name.
    """
    members: dict[str, Member] = {}
    for name, member in found:
        if name in members:
            where = f": {place(members[name])} and {place(member)}" if place else ""
            raise RegistryError(
                "duplicate_name", f"There are two {kind}s named '{name}'{where}.", "Rename one of them."
            )
        members[name] = member
    return members
