"""``manifest.lkml``: the project's name, its constants and its applications (extensions)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lookgate.emulator.lookml.fields import words
from lookgate.emulator.lookml.model import Application, Manifest
from lookgate.emulator.lookml.parse import Raw


def build_manifest(raw: Raw, complain: Callable[[str], None]) -> Manifest:
    """Build the manifest; an application without ``file`` or ``url`` is a complaint and is left out."""
    applications = []
    for block in raw.get("applications", []):
        name = str(block["name"])
        if bool(block.get("file")) == bool(block.get("url")):
            complain(f'The application "{name}" needs exactly one of file and url.')
            continue
        entitlements, mounts = block.get("entitlements"), block.get("mount_points")
        applications.append(
            Application(
                id=name,
                label=str(block.get("label", words(name))),
                file=block.get("file"),
                url=block.get("url"),
                mount_points=_plain(mounts) if isinstance(mounts, dict) else None,
                entitlements=_plain(entitlements) if isinstance(entitlements, dict) else None,
            )
        )
    if raw.get("local_dependencies") or raw.get("remote_dependencies"):
        complain("Dependencies on other projects are not supported and are ignored.")
    return Manifest(
        project_name=raw.get("project_name"),
        applications=tuple(applications),
        constants={str(entry["name"]): str(entry.get("value", "")) for entry in raw.get("constants", [])},
    )


def _plain(block: dict[str, Any]) -> dict[str, Any]:
    """Turn yes and no into booleans; lists and texts stay as they are."""
    return {
        key: {"yes": True, "no": False}.get(value.lower(), value) if isinstance(value, str) else value
        for key, value in block.items()
    }
