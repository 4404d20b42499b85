"""``lookgate actions list``: what there is, who may call it, and whether it is live."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from lookgate.cli.options import load_settings, settings_option

if TYPE_CHECKING:
    from lookgate.settings import Settings


@click.group()
def command() -> None:
    """List the actions and who may call them."""


@command.command("list")
@settings_option
def list_(settings_file: Path | None) -> None:
    """List every action of the folder."""
    settings = _without_secrets(settings_file).actions
    from lookgate.actions.base import discover, found  # noqa: PLC0415 - not for --help

    actions = found(settings.folder)
    discover(settings.folder, settings.enabled)  # an enabled name that is not there is a mistake here, too
    if not actions:
        click.echo(f"There is no action in {settings.folder}.")
    width = max(map(len, actions), default=0)
    for name, action in sorted(actions.items()):
        state = "enabled" if name in settings.enabled else "off    "
        click.echo(f"{name:<{width}}  {state}  for {action.policy.describe()}")


def _without_secrets(settings_file: Path | None) -> Settings:
    """Read the settings without their secrets: a list of actions needs none."""
    from lookgate.deploy.described import describe  # noqa: PLC0415 - not for --help

    path = settings_file or Path("lookgate.toml")
    if settings_file is None and not path.exists():
        return load_settings(None)
    return describe(path, os.environ).settings
