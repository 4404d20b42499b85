"""Writing generated files into a LookML project: all of them or none, and only over files of our own."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from lookgate.errors import Conflict, LookgateError

_OURS = b"# Written by `lookgate claims lookml`."


def write_files(folder: Path, files: Mapping[str, str]) -> list[Path]:
    """Write the files; return the paths that changed.

    Raises:
        Conflict: a file of that name is somebody else's; nothing was written.
        LookgateError: the folder cannot be written to.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        wanted = {folder / name: text.encode() for name, text in files.items()}
        changed = {path: content for path, content in wanted.items() if _differs(path, content)}
        made = {path.with_name(f".{path.name}.{os.getpid()}"): path for path in changed}
        try:
            for fresh, path in made.items():
                fresh.write_bytes(changed[path])
            for fresh, path in made.items():
                fresh.replace(path)
        finally:
            for fresh in made:
                fresh.unlink(missing_ok=True)
    except OSError as error:
        raise LookgateError(
            "folder_unusable", f"{folder} cannot be written to: {error.strerror}.", "Name another folder with --out."
        ) from error
    return list(changed)


def _differs(path: Path, content: bytes) -> bool:
    try:
        present = path.read_bytes()
    except FileNotFoundError:
        return True
    if not present.startswith(_OURS):
        raise Conflict("file_taken", f"{path} was not written by this command.", "Move it, or name another folder.")
    return present != content
