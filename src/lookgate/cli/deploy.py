"""``lookgate deploy``: from the settings to a private service on Cloud Run. Nothing is called over the network."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from lookgate.cli.options import settings_option
from lookgate.errors import LookgateError

if TYPE_CHECKING:
    from lookgate.deploy.resources import Plan

_OPTIONS = (
    settings_option,
    click.option("--project", default="", help="The project's id. [default: that of the account in sync.callers]"),
    click.option("--region", required=True, help="A region of Cloud Run, such as 'europe-west1'."),
    click.option("--image", required=True, help="The gateway's image, with your actions in it."),
    click.option("--service", default="lookgate", show_default=True, help="The Cloud Run service's name."),
    click.option("--url", default="", help="The gateway's own origin. [default: tokens.issuer]"),
    click.option(
        "--ingress",
        type=click.Choice(("all", "internal", "internal-and-cloud-load-balancing")),
        default="all",
        show_default=True,
        help="From which networks the gateway is reached; Cloud Run checks callers in any case.",
    ),
    click.option("--min-instances", "minimum", type=int, default=0, show_default=True, help="Kept warm."),
    click.option(
        "--max-instances", "maximum", type=int, default=10, show_default=True, help="At most; 1 without Postgres."
    ),
    click.option("--invoker", "invokers", multiple=True, metavar="PRINCIPAL", help="Who may call; may be given again."),
    click.option(
        "--target",
        "targets",
        multiple=True,
        metavar="AUDIENCE=SERVICE[@REGION]",
        help="The Cloud Run service of this project that a rule's tokens are for; may be given again.",
    ),
    click.option("--network", default="", metavar="NETWORK/SUBNET", help="A VPC, for private addresses."),
    click.option("--notification-channel", "channel", default="", help="Who is told of alerts."),
    click.option("--check", is_flag=True, help="Show what would be there, and for what, as a table; write nothing."),
)


_output = click.option(
    "--output", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE", help="Write here. [default: print]"
)


def _options(function: Callable[..., None]) -> Callable[..., None]:
    for option in reversed(_OPTIONS):
        function = option(function)
    return function


@click.group()
def command() -> None:
    """Write what runs the gateway on Cloud Run: accounts, secrets, services, schedule, alerts."""


@command.command()
@_options
@_output
def gcloud(output: Path | None, **given: Any) -> None:
    """A shell script of gcloud commands; it may be run again."""
    from lookgate.deploy.gcloud import script  # noqa: PLC0415 - not for --help

    _tell(given, output, script)


@command.command()
@_options
@_output
def terraform(output: Path | None, **given: Any) -> None:
    """Terraform's JSON: main.tf.json."""
    from lookgate.deploy.terraform import document  # noqa: PLC0415 - not for --help

    _tell(given, output, document)


@command.command("cloudrun-yaml")
@_options
@_output
@click.option("--part", type=click.Choice(("gateway", "sync")), default="gateway", show_default=True)
def cloudrun_yaml(output: Path | None, part: str, **given: Any) -> None:
    """One Cloud Run service alone, as YAML."""
    from lookgate.deploy.cloudrun import resource  # noqa: PLC0415 - not for --help

    _tell(given, output, lambda plan: resource(plan, part))


def _tell(given: dict[str, Any], output: Path | None, render: Callable[[Plan], str]) -> None:
    check = given.pop("check")
    plan = _plan(**given)
    if check:
        from lookgate.deploy.table import table  # noqa: PLC0415 - not for --help

        click.echo(table(plan), nl=False)
        return
    text = render(plan)
    if output is None:
        click.echo(text, nl=False)
        return
    if output.exists() and "`lookgate deploy" not in output.read_text(encoding="utf-8", errors="replace")[:400]:
        raise LookgateError("deploy_output", f"{output} was not written by lookgate deploy.", "Name another --output.")
    output.write_text(text, encoding="utf-8")
    for note in plan.notes:
        click.echo(f"note: {note}", err=True)
    click.echo(f"Written: {output}", err=True)


def _plan(settings_file: Path | None, targets: tuple[str, ...], **given: Any) -> Plan:
    from lookgate.deploy.choices import Choices  # noqa: PLC0415 - not for --help
    from lookgate.deploy.described import describe  # noqa: PLC0415 - likewise
    from lookgate.deploy.plan import plan  # noqa: PLC0415 - likewise

    path = settings_file or Path("lookgate.toml")
    named = {}
    for target in targets:
        audience, equals, service = target.rpartition("=")
        if not equals:
            raise LookgateError(
                "deploy_choices",
                f"--target: {target!r} names no service.",
                "Write AUDIENCE=SERVICE or =SERVICE@REGION.",
            )
        named[audience] = service
    return plan(describe(path, os.environ), Choices(settings_file=str(path), services=named, **given))
