"""``lookgate check``: is everything set up as meant? Nothing is called over the network."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from lookgate.cli.options import load_settings, settings_option

if TYPE_CHECKING:
    from lookgate.actions.base import Action
    from lookgate.settings import Settings


@click.command()
@settings_option
def command(settings_file: Path | None) -> None:
    """Read the settings; say what is set up and what is wrong."""
    settings = load_settings(settings_file)
    from lookgate.compose import enabled_actions  # noqa: PLC0415 - not for --help

    for name, value in _lines(settings):
        click.echo(f"{name:<10} {value}")
    actions = enabled_actions(settings)
    for name, action in actions.items():
        click.echo(f"{'action':<10} {name}, for {action.policy.describe()}")
    if not actions:
        others = (
            "tokens are renewed, and no action is called"
            if settings.sync.writes
            else "the gateway would answer no call"
        )
        click.echo(f"{'actions':<10} none enabled: {others}")
    if shut := [name for name, action in actions.items() if not _reachable(action, settings)]:
        click.echo(f"{'WARNING':<10} nobody can call {', '.join(shut)}: nothing here proves such a caller")
        click.echo(
            f"{'':<10} fix: set up who proves callers: [instance], [[oidc]] or [[api_keys]]; see docs/verifiers.md"
        )
    click.echo("The settings are sound.")


def _reachable(action: Action, settings: Settings) -> bool:
    """Say whether these settings can prove anybody whom the policy may let in. Of people nothing more is known here."""
    if settings.instance.configured or any(one.kind == "user" for one in settings.oidc):
        return True
    from lookgate.core.identity import ANONYMOUS, Assurance, Principal  # noqa: PLC0415 - hardly any settings ask
    from lookgate.core.policy import Allow, Request  # noqa: PLC0415 - likewise

    request = Request(action.name, "check")
    for key in settings.api_keys:
        caller = Principal("lookgate", key.name, "service", Assurance.SHARED_SECRET, "api_key", scopes=key.scopes)
        if isinstance(action.policy.check(caller, request), Allow):
            return True
    for one in settings.oidc:
        caller = Principal(one.issuer, one.name, "service", Assurance.WORKLOAD, one.name)
        decision = action.policy.check(caller, request)
        # Its services have names that are not known here, so only a rule that no service ever satisfies counts.
        if isinstance(decision, Allow) or (decision.known and decision.code != "assurance_too_low"):
            return True
    return isinstance(action.policy.check(ANONYMOUS, request), Allow)


def _lines(settings: Settings) -> Iterator[tuple[str, str]]:
    web, instance = settings.web, settings.instance
    yield "listens", f"on {web.host} port {web.port}, bodies up to {web.max_body_bytes} bytes"
    yield "origins", ", ".join(web.origins) or "none: no browser may call directly, only Looker's server"
    yield "public", ", ".join(sorted(web.public_pages)) or "no pages"
    yield "store", settings.store.place
    if instance.configured:
        yield "Looker", f"{instance.base_url} ({instance.edition}), users remembered {instance.directory_ttl:g} s"
        unasked = ", issued to each user on their first claim" if settings.handle.issue_on_claim else ""
        yield "handles", f"in the user attribute '{settings.handle.attribute}'{unasked}"
        if instance.accept_api_tokens:
            yield "tokens", "this instance's own API tokens are accepted"
    else:
        yield "Looker", "none: no handle can be verified"
    for key in settings.api_keys:
        ends = key.expires.isoformat() if key.expires else "never ends"
        yield "API key", f"{key.name} ({key.sha256[:8]}…), scopes: {', '.join(sorted(key.scopes)) or 'none'}, {ends}"
    claims = settings.claims
    if claims.configured:
        keys = "minted by the gateway" if claims.source == "gateway" else "minted in SQL"
        yield "claims", f"of {claims.issuer} for {', '.join(claims.audiences)}, signed in {claims.dialect}, keys {keys}"
    if claims.configured and claims.verify == "looker":
        yield "claims", f"verified by Looker, model {claims.check_model}: one API call for each; no key is needed here"
    elif claims.configured and claims.source == "gateway":
        yield "keys", _keys(settings, "claims", "lookgate keys rotate")
    if settings.tokens.configured:
        kinds = "handles and claims" if claims.configured else "handles"
        yield "exchange", f"{kinds} for tokens of {settings.tokens.issuer}, good for {settings.tokens.lifetime} s"
        yield "keys", _keys(settings, "tokens", "lookgate keys rotate --ring tokens")
    for provider in settings.oidc:
        keys = "keys asked of the issuer" if provider.keys.discovered else f"keys from {provider.keys.source}"
        told = f"{provider.kind}s of {provider.issuer}, for {', '.join(provider.audiences)}, {keys}"
        yield "OIDC", f"{provider.name}: {told}"
    yield from _sync(settings)
    if web.serverless:
        yield "platform", "Cloud Run checks X-Serverless-Authorization; here it proves nothing"


def _sync(settings: Settings) -> Iterator[tuple[str, str]]:
    sync = settings.sync
    for rule in sync.rules:
        service = f" for {rule.audience}" if rule.audience else ""
        yield "sync", f"{rule.name or f'{rule.attribute} for {rule.target}'}: source {rule.source}{service}"
    if sync.rules:
        when = f"by the schedule {sync.schedule}" if sync.schedule else f"every {sync.every} s"
        who = ", ".join(sorted(sync.callers))
        by = f"{who} at POST /api/sync-attributes" if who else "nobody but lookgate serve --with-scheduler or sync once"
        yield "runs", f"{when}, started by {by}"


def _keys(settings: Settings, ring: str, make: str) -> str:
    from lookgate.compose import SYSTEM_CLOCK, open_rings  # noqa: PLC0415 - only with keys

    live = len(open_rings(settings).load(ring).verifying(SYSTEM_CLOCK.now()))
    sealed = "encrypted" if settings.keys.encryption_key else "NOT encrypted: set keys.encryption_key"
    told = f"{live} live" if live else f"NONE yet: run {make}"
    return f"{told}, in {settings.keys.folder}, {sealed}"
