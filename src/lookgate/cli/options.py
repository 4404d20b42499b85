"""What several commands share: the option that names the settings file."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from lookgate.settings import Settings

settings_option = click.option(
    "--settings",
    "settings_file",
    type=click.Path(path_type=Path),
    envvar="LOOKGATE_SETTINGS",
    metavar="FILE",
    help="The settings. [default: lookgate.toml here, if there is one; else the environment alone]",
)


def load_settings(settings_file: Path | None) -> Settings:
    """Read the settings a command was given.

    Raises:
        SettingsError: they have mistakes.
    """
    from lookgate.settings import load  # noqa: PLC0415 - not for --help

    default = Path("lookgate.toml")
    if settings_file is None and default.exists():
        settings_file = default
    return load(settings_file, os.environ)
