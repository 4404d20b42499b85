"""The world file: what a local Looker contains when it starts.

TOML. Names refer to names (a user names groups and roles; a role names its sets); ids are given out in file order,
so the same file always gives the same ids. ``Admin`` and ``All`` sets exist without being written.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any, Literal

import msgspec

from lookgate.emulator.google.world import GooglePart

AttributeType = Literal[
    "string",
    "number",
    "datetime",
    "yesno",
    "zipcode",
    "advanced_filter_string",
    "advanced_filter_number",
    "advanced_filter_datetime",
    "relative_url",
]


class WorldError(Exception):
    """The world file cannot be used; the message names the place and the fix."""


class _Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    pass


class LookerPart(_Part, frozen=True):
    """``[looker]``: the instance itself."""

    version: str = "25.20.0"
    allowed_origins: tuple[str, ...] = ()
    """Origins that may call the API from a browser (the embed domain allow-list)."""


class ConnectionPart(_Part, frozen=True):
    """``[[connections]]``: a database that models name."""

    name: str
    dialect: Literal["duckdb", "postgres"] = "duckdb"
    database: str = ":memory:"
    """A file beside the world file, ``:memory:``, or a Postgres URL."""
    temp_schema: str = "looker_scratch"
    pdts: bool = True
    read_only: bool = False
    """Open the file for reading only, so that other processes may read it too; PDTs are then built in memory.
    Without PDTs nothing holds the file between statements, so that its owner may write to it."""


class ModelPart(_Part, frozen=True):
    """``[[models]]``: a model's configuration; a model without one may use every connection."""

    name: str
    project: str = ""
    connections: tuple[str, ...] = ()


class PermissionSetPart(_Part, frozen=True):
    """``[[permission_sets]]``."""

    name: str
    permissions: tuple[str, ...]


class ModelSetPart(_Part, frozen=True):
    """``[[model_sets]]``."""

    name: str
    models: tuple[str, ...]


class RolePart(_Part, frozen=True):
    """``[[roles]]``."""

    name: str
    permission_set: str
    model_set: str = "All"


class GroupPart(_Part, frozen=True):
    """``[[groups]]``."""

    name: str
    roles: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    """Groups inside this one."""
    external_id: str | None = None


class AttributePart(_Part, frozen=True):
    """``[[attributes]]``: a user attribute and its values above the user level."""

    name: str
    label: str = ""
    type: AttributeType = "string"
    default: str | None = None
    hidden: bool = False
    user_can_view: bool = True
    user_can_edit: bool = False
    domains: tuple[str, ...] = ()
    """The allow-list of a hidden attribute: where Looker may send its value."""
    groups: dict[str, str] = {}
    """Group name → value, the first of a user's groups wins."""


class UserPart(_Part, frozen=True):
    """``[[users]]``."""

    first_name: str
    last_name: str
    email: str
    groups: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    attributes: dict[str, str] = {}
    external_id: str | None = None
    disabled: bool = False
    about: str = ""
    """One line for the user chooser: who this is and what to try as them."""


class World(_Part, frozen=True):
    """A whole world file."""

    looker: LookerPart = LookerPart()
    connections: tuple[ConnectionPart, ...] = ()
    models: tuple[ModelPart, ...] = ()
    permission_sets: tuple[PermissionSetPart, ...] = ()
    model_sets: tuple[ModelSetPart, ...] = ()
    roles: tuple[RolePart, ...] = ()
    groups: tuple[GroupPart, ...] = ()
    attributes: tuple[AttributePart, ...] = ()
    users: tuple[UserPart, ...] = ()
    google: GooglePart = GooglePart()
    """``[google]``: the identity service beside it."""


def load_world(path: Path) -> World:
    """Read a world file.

    Raises:
        WorldError: it cannot be read, is not TOML, or does not fit; one message with the place.
    """
    try:
        data: dict[str, Any] = tomllib.loads(path.read_text("utf-8"))
        return msgspec.convert(data, World)
    except OSError as error:
        raise WorldError(f"{path}: cannot be read ({error.strerror}). Name another file with --world.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise WorldError(f"{path}: not TOML: {error}.") from error
    except msgspec.ValidationError as error:
        raise WorldError(f"{path}: {error}. Compare with the sample world.") from error
