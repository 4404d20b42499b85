"""The settings as an admin's machine can read them: every secret they name, and the value of none."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

import msgspec

from lookgate.core.secret import Secret
from lookgate.errors import LookgateError
from lookgate.settings.load import load
from lookgate.settings.model import Settings
from lookgate.settings.reference import KeySet, StandingSecret

_REFERENCE = re.compile(r"(env|file):(.+)", re.DOTALL)
_REFERRED = {Secret, StandingSecret, KeySet}
_PLAIN = {"base_url": "LOOKERSDK_BASE_URL", "verify_ssl": "LOOKERSDK_VERIFY_SSL", "timeout": "LOOKERSDK_TIMEOUT"}
_SECRET = {"client_id": "LOOKERSDK_CLIENT_ID", "client_secret": "LOOKERSDK_CLIENT_SECRET"}
_SHAPES = {
    "store.url": "postgresql://nobody@database.invalid/nothing?sslmode=verify-full",
    "keys.encryption_key": "0" * 64,
}
"""Stand-ins for values whose form the settings check."""


@dataclass(frozen=True)
class Reference:
    """A value that stands elsewhere."""

    kind: Literal["env", "file"]
    place: str
    """The variable's name or the file's path, as written."""
    at: str
    """The setting, such as ``instance.client_secret``."""
    is_secret: bool
    """Key sets are public."""


@dataclass(frozen=True)
class Described:
    """Settings, and what their file refers to."""

    settings: Settings
    references: tuple[Reference, ...]
    variables: Mapping[str, str]
    """Plain variables that fill what the file leaves out."""
    keys_folder: str
    """``keys.folder`` as written."""
    actions_folder: str
    """``actions.folder`` as written."""


def describe(path: Path, environ: Mapping[str, str]) -> Described:
    """Read the settings without the values of their variables: a stand-in is put in place of each secret.

    Args:
        path: lookgate.toml.
        environ: only ``LOOKERSDK_BASE_URL``, ``_VERIFY_SSL`` and ``_TIMEOUT``, and variables with public key sets,
            are taken from it.

    Raises:
        SettingsError: the settings have mistakes.
    """
    table = _table(path)
    instance = _part(table, "instance")
    plain = {name: environ[name] for key, name in _PLAIN.items() if environ.get(name) and key not in instance}
    found = list(_references(Settings, table, ""))
    if "base_url" in instance or "LOOKERSDK_BASE_URL" in plain:
        found += [
            Reference("env", name, f"instance.{key}", is_secret=True)
            for key, name in _SECRET.items()
            if key not in instance
        ]
    variables = [one for one in found if one.kind == "env"]
    stand_ins = {one.place: _SHAPES.get(one.at, "stand-in") for one in variables if one.is_secret}
    public = {one.place: environ[one.place] for one in variables if not one.is_secret and one.place in environ}
    settings = load(path, public | plain | stand_ins)
    return Described(
        settings,
        tuple(found),
        plain,
        str(_part(table, "keys").get("folder", ".lookgate/keys")),
        str(_part(table, "actions").get("folder", "actions")),
    )


def _table(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        load(path, {})  # says what is wrong, and where
        raise LookgateError("settings_changed", f"{path} was changed while it was read.", "Try again.") from None


def _part(table: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    part = table.get(name)
    return part if isinstance(part, dict) else {}


def _references(kind: type[msgspec.Struct], table: Mapping[str, Any], at: str) -> Iterator[Reference]:
    for field in msgspec.structs.fields(kind):
        value, place = table.get(field.encode_name), f"{at}{field.encode_name}"
        expected = get_args(field.type)[0] if hasattr(field.type, "__metadata__") else field.type
        item: Any = get_args(expected)[0] if get_origin(expected) is tuple else None
        if isinstance(value, dict) and _is_struct(expected):
            yield from _references(expected, value, f"{place}.")
        elif isinstance(value, list) and _is_struct(item):
            for number, entry in enumerate(value):
                if isinstance(entry, dict):
                    yield from _references(item, entry, f"{place}[{number}].")
        elif expected in _REFERRED and isinstance(value, str) and (match := _REFERENCE.fullmatch(value)):
            yield Reference("env" if match[1] == "env" else "file", match[2], place, is_secret=expected is not KeySet)


def _is_struct(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, msgspec.Struct)
