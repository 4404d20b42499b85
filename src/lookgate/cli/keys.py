"""``lookgate keys``: the gateway's own signing keys."""

from __future__ import annotations

import os
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from lookgate.cli.options import load_settings, settings_option

if TYPE_CHECKING:
    from lookgate.settings import Settings

_ALGORITHMS = {"claims": "HS256", "tokens": "ES256"}
_KEPT = timedelta(days=30)
ring_option = click.option(
    "--ring", type=click.Choice(list(_ALGORITHMS)), default="claims", show_default=True, help="Which keys."
)


@click.group()
def command() -> None:
    """Rotate, list and retire the gateway's own signing keys."""


@command.command()
@settings_option
@ring_option
@click.option(
    "--delay",
    type=click.IntRange(0, 86_400),
    default=60,
    show_default=True,
    metavar="SECONDS",
    help="How long the new key only verifies, until every gateway has read it.",
)
@click.option(
    "--overlap",
    type=click.IntRange(0, 90 * 24),
    default=24,
    show_default=True,
    metavar="HOURS",
    help="How long the earlier keys verify once the new one signs.",
)
def rotate(settings_file: Path | None, ring: str, delay: int, overlap: int) -> None:
    """Add a key. It verifies at once and signs after the delay; the earlier keys end after the overlap."""
    from lookgate.compose import SYSTEM_CLOCK, open_rings  # noqa: PLC0415 - not for --help
    from lookgate.keys.ring import prune, rotate  # noqa: PLC0415 - likewise

    settings = load_settings(settings_file)
    now = SYSTEM_CLOCK.now()
    changed = open_rings(settings).change(
        ring,
        lambda before: rotate(
            prune(before, now=now, keep=_KEPT),
            "HS256" if ring == "claims" else "ES256",
            now=now,
            random=os.urandom,
            delay=timedelta(seconds=delay),
            overlap=timedelta(hours=overlap),
        ),
    )
    click.echo(f"{changed.keys[-1].kid}\tsigns from {_moment(changed.keys[-1].not_before, now)}")
    _bring(settings, ring)


@command.command("list")
@settings_option
@ring_option
def list_(settings_file: Path | None, ring: str) -> None:
    """List the keys: name, state, fingerprint, when each signs from and when it ends. No secret is shown."""
    from lookgate.compose import SYSTEM_CLOCK, open_rings  # noqa: PLC0415 - not for --help

    found, now = open_rings(load_settings(settings_file)).load(ring), SYSTEM_CLOCK.now()
    for key in found.keys:
        ends = "when it is replaced" if key.retire_after is None else _moment(key.retire_after, now)
        signs = _moment(key.not_before, now)
        click.echo(f"{key.kid}\t{found.state(key, now)}\t{key.alg}\t{key.fingerprint}\tsigns from {signs}\tends {ends}")
    if not found.keys:
        click.echo(f"The ring '{ring}' has no keys yet. Make one: lookgate keys rotate --ring {ring}.", err=True)


@command.command()
@click.argument("kid")
@settings_option
@ring_option
def retire(settings_file: Path | None, ring: str, kid: str) -> None:
    """End the key KID now: nothing it signed is believed any more."""
    from lookgate.compose import SYSTEM_CLOCK, open_rings  # noqa: PLC0415 - not for --help
    from lookgate.keys.ring import retire  # noqa: PLC0415 - likewise

    settings, now = load_settings(settings_file), SYSTEM_CLOCK.now()
    open_rings(settings).change(ring, lambda before: retire(before, kid, now=now))
    click.echo(f"{kid}\tretired")
    _bring(settings, ring)


def _bring(settings: Settings, ring: str) -> None:
    """Bring the claims ring to the warehouse when there is one; the ring is changed already, so a failure is told."""
    claims = settings.claims
    if not (claims if ring == "claims" else settings.tokens).configured:
        other = "tokens" if ring == "claims" else "claims"
        click.echo(f"Note: [{ring}] is not set up, so nothing uses this ring. The other: --ring {other}.", err=True)
    if ring != "claims" or not claims.configured or claims.source != "gateway":
        return
    if not claims.warehouse:
        click.echo("Next: lookgate claims install, with claims.warehouse set.", err=True)
        return
    from lookgate.cli.claims import bring_keys  # noqa: PLC0415 - only with a warehouse

    bring_keys(settings)


def _moment(at: datetime, now: datetime) -> str:
    """Write a time as people compare it: in UTC, and how far away it is."""
    seconds = int((at - now).total_seconds())
    for size, unit in ((86_400, "d"), (3600, "h"), (60, "min"), (1, "s")):
        if abs(seconds) >= size:
            away = f"{abs(seconds) // size} {unit}"
            break
    else:
        away = "0 s"
    return f"{at:%Y-%m-%dT%H:%M:%SZ} ({f'in {away}' if seconds > 0 else f'{away} ago'})"
