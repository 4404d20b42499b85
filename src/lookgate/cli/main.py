"""``lookgate``: a table of commands, each imported only when it is called."""

from __future__ import annotations

import importlib
import os
import sys

import click

from lookgate.errors import LookgateError

COMMANDS = {
    "serve": ("lookgate.cli.serve:command", "Run the gateway."),
    "check": ("lookgate.cli.check:command", "Read the settings; say what is set up and what is wrong."),
    "actions": ("lookgate.cli.actions:command", "List the actions and who may call them."),
    "explain": ("lookgate.cli.explain:command", "Show whether somebody may call an action, and why."),
    "whoami": ("lookgate.cli.whoami:command", "Show whom a credential proves, or why it is refused."),
    "api-keys": ("lookgate.cli.api_keys:command", "Make API keys."),
    "handles": ("lookgate.cli.handles:command", "Issue and revoke the users' handles."),
    "keys": ("lookgate.cli.keys:command", "Rotate, list and retire the gateway's own signing keys."),
    "claims": ("lookgate.cli.claims:command", "Let the warehouse sign who is calling: LookML and keys."),
    "sync": ("lookgate.cli.sync:command", "Keep tokens in Looker's user attributes fresh."),
    "attributes": ("lookgate.cli.attributes:command", "Make the user attributes that secrets stand in."),
    "deploy": ("lookgate.cli.deploy:command", "Write what runs the gateway on Cloud Run."),
    "store": ("lookgate.cli.store:command", "Bring the gateway's state up to date, and say who may use it."),
    "audit": ("lookgate.cli.audit:command", "Read the audit log."),
    "looker": ("lookgate.cli.looker:command", "Run a local Looker."),
    "google": ("lookgate.cli.google:command", "Run a local Google identity service."),
    "demo": ("lookgate.cli.demo:command", "Run the demo: a local Looker, an extension and a gateway."),
}
"""Name → where the command is, and its line in ``--help``: help must not import them."""


class Lazy(click.Group):
    """A group whose members stand in a table."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's signature
        if cmd_name not in COMMANDS:
            return None
        module, _, attribute = COMMANDS[cmd_name][0].partition(":")
        command: click.Command = getattr(importlib.import_module(module), attribute)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - click's signature
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in COMMANDS.items()])


@click.command(cls=Lazy, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 120})
@click.version_option(package_name="lookgate")
def group() -> None:
    """A backend for Looker extensions and apps that knows who is calling."""


def main() -> None:
    """Run the command line. An error is two lines on standard error and exit code 1, never a traceback."""
    try:
        group(prog_name="lookgate")
    except LookgateError as error:
        from lookgate.cli.printable import printable  # noqa: PLC0415 - not for --help

        told = f"error: {error.detail}" + (f"\nfix: {error.hint}" if error.hint else "")
        for line in told.split("\n"):  # a sentence may have been another server's, or of a name from there
            click.echo(printable(line), err=True)
        sys.exit(1)
    except OSError as error:  # a full disk, a folder that is not there: what the system says is all there is to say
        place = f": {error.filename}" if error.filename else ""
        click.echo(f"error: {error.strerror or error}{place}", err=True)
        # What could not be written still waits in the buffer; without this the interpreter would fail on it once more.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)


if __name__ == "__main__":
    main()
