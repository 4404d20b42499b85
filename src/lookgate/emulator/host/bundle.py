"""The files of an extension's bundle: what the sandbox origin serves of a project's folder, and nothing else."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

from lookgate.emulator.host.application import Extension

CONTENT_TYPES = {
    ".js": "text/javascript; charset=utf-8",
    ".mjs": "text/javascript; charset=utf-8",
    ".cjs": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".json": "application/json",
    ".map": "application/json",
    ".wasm": "application/wasm",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".gif": "image/gif",
    ".webp": "image/webp",
    ".avif": "image/avif",
    ".ico": "image/x-icon",
    ".woff": "font/woff",
    ".woff2": "font/woff2",
    ".ttf": "font/ttf",
    ".otf": "font/otf",
    ".txt": "text/plain; charset=utf-8",
    ".csv": "text/csv; charset=utf-8",
    ".mp3": "audio/mpeg",
    ".mp4": "video/mp4",
    ".webm": "video/webm",
}
"""What browsers load. Anything else in the folder (LookML, HTML, keys…) is not served."""


def bundle_file(extension: Extension, path: str) -> tuple[Path, str] | None:
    """Return the file and its content type, if it lies beside or below the bundle.

    No ``..``, no name that starts with a dot, no backslash, no link that leaves the project's folder.
    """
    relative = PurePosixPath(path)
    kind = CONTENT_TYPES.get(relative.suffix.lower())
    if kind is None or not _is_inside_bundle(extension, path):
        return None
    try:
        file = (extension.folder / relative).resolve(strict=True)
    except (OSError, RuntimeError):
        return None
    return (file, kind) if file.is_relative_to(extension.folder) and file.is_file() else None


def _is_inside_bundle(extension: Extension, path: str) -> bool:
    if extension.file is None or "\\" in path or not path.isprintable():
        return False
    if any(name.startswith(".") or not name for name in path.split("/")):
        return False
    folder = PurePosixPath(extension.file).parent
    return PurePosixPath(path).is_relative_to(folder) and ".." not in folder.parts and not folder.is_absolute()
