"""``lookgate actions list``: what there is, who may call it, and whether it is live."""

from __future__ import annotations

from pathlib import Path

import click

from lookgate.cli.options import load_settings, settings_option


@click.group()
def command() -> None:
    """List the actions and who may call them."""


@command.command("list")
@settings_option
def list_(settings_file: Path | None) -> None:
    """List every action of the folder."""
    settings = load_settings(settings_file).actions
    from lookgate.actions.base import discover, found  # noqa: PLC0415 - not for --help

    actions = found(settings.folder)
    discover(settings.folder, settings.enabled)  # an enabled name that is not there is a mistake here, too
    if not actions:
        click.echo(f"There is no action in {settings.folder}.")
    width = max(map(len, actions), default=0)
    for name, action in sorted(actions.items()):
        state = "enabled" if name in settings.enabled else "off    "
        click.echo(f"{name:<{width}}  {state}  for {action.policy.describe()}")
