"""``lookgate explain``: the decision about a call before anybody makes it, rule by rule, from the live directory."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from lookgate.cli.options import load_settings, settings_option
from lookgate.cli.printable import printable
from lookgate.core.identity import ANONYMOUS, Assurance, Principal
from lookgate.errors import LookgateError, NotFound

if TYPE_CHECKING:
    from lookgate.actions.base import Action
    from lookgate.core.facts import Facts
    from lookgate.core.policy.explain import Explanation
    from lookgate.settings import Settings

DENIED = 3
"""The exit code when the answer is no, so that a script can tell it from an error (1) and from wrong usage (2)."""


@click.command()
@settings_option
@click.argument("name", metavar="ACTION")
@click.option("--as", "user", metavar="USER", help="A Looker user's id or email address.")
@click.option("--principal", "service", metavar="service:NAME", help="An API key, or an OIDC provider for services.")
@click.option(
    "--assurance",
    type=click.Choice([level.label for level in Assurance]),
    help="What if the caller were known only this strongly?  [default: as the caller's credential proves]",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object with the whole tree.")
def command(
    settings_file: Path | None,
    name: str,
    user: str | None,
    service: str | None,
    assurance: str | None,
    *,
    as_json: bool,
) -> None:
    """Show whether somebody may call ACTION, and what each of its rules looked at.

    Looker is read, nothing is called. Exit code 0 when they may, 3 when they may not.
    """
    if (user is None) == (service is None):
        raise click.UsageError("Say who calls: exactly one of --as USER, --principal service:NAME.")
    settings = load_settings(settings_file)
    action = _action(settings, name)
    principal, facts = asyncio.run(_caller(settings, action, user, service, assurance))
    from lookgate.core.policy import Deny, Request  # noqa: PLC0415 - not for --help
    from lookgate.core.policy.explain import explain  # noqa: PLC0415 - likewise

    request = Request(action.name, "explain", facts=facts)
    decision = action.policy.check(principal, request)
    tree = explain(action.policy, principal, request)
    enabled = name in settings.actions.enabled
    if as_json:
        import msgspec  # noqa: PLC0415 - not for --help

        detail = decision.detail if isinstance(decision, Deny) else ""
        found = {
            "action": name,
            "source": str(action.source),
            "enabled": enabled,
            "caller": {"kind": principal.kind, "subject": principal.subject, "assurance": principal.assurance.label},
            "allowed": tree.allowed,
            "code": tree.code,
            "detail": detail,
            "hint": tree.hint,
            "tree": tree,
        }
        click.echo(msgspec.json.encode(found).decode())
    else:
        for line in _lines(action, principal, tree, enabled=enabled):
            click.echo(printable(line))
    if not tree.allowed:
        sys.exit(DENIED)


def _action(settings: Settings, name: str) -> Action:
    from lookgate.actions.base import discover, found  # noqa: PLC0415 - not for --help

    folder = settings.actions.folder
    return found(folder).get(name) or discover(folder, [name])[name]  # which says what it may have meant


async def _caller(
    settings: Settings, action: Action, user: str | None, service: str | None, assurance: str | None
) -> tuple[Principal, Facts]:
    from lookgate.core.facts import NO_FACTS  # noqa: PLC0415 - not for --help

    level = None if assurance is None else Assurance[assurance.upper()]
    if service is not None:
        return _weaker(_service(settings, service), level), NO_FACTS
    from lookgate.compose import SYSTEM_CLOCK, connect  # noqa: PLC0415 - not for --help
    from lookgate.looker.directory import LookerDirectory  # noqa: PLC0415 - likewise

    client = connect(settings)
    if client is None:
        raise LookgateError(
            "no_instance",
            "No Looker instance is set up.",
            "Add [instance] to lookgate.toml, or set LOOKERSDK_BASE_URL.",
        )
    try:
        directory = LookerDirectory(client, SYSTEM_CLOCK, ttl=settings.instance.directory_ttl, needs=action.needs)
        named = str(user)
        number = await directory.id_of(named) if "@" in named else named
        found = None if number is None else await directory.user(number)
        if found is None:
            raise NotFound("user_unknown", f"Looker has no user '{named}'.", "Give the user's id or email address.")
        if not found.enabled:
            raise LookgateError(
                "user_disabled",
                f"The Looker user {found.id} is disabled, so every call is refused before any rule is asked.",
                "Ask a Looker admin to enable the user.",
            )
        principal = _weaker(found.principal(settings.instance.base_url, "handle"), level)
        return principal, await directory.facts(principal, action.needs)
    finally:
        await client.close()


def _weaker(principal: Principal, level: Assurance | None) -> Principal:
    if level is None:
        return principal
    if level > principal.assurance:
        raise click.BadParameter(
            f"this caller never has more than '{principal.assurance.label}'", param_hint="--assurance"
        )
    return ANONYMOUS if level == Assurance.ANONYMOUS else replace(principal, assurance=level)


def _service(settings: Settings, service: str) -> Principal:
    from lookgate.verify.api_key import KnownKey  # noqa: PLC0415 - not for --help

    kind, _, name = service.partition(":")
    if kind != "service" or not name:
        raise click.BadParameter("write service:NAME", param_hint="--principal")
    now = datetime.now(UTC)
    for key in settings.api_keys:
        if key.name == name and (key.expires is None or now < key.expires):
            return KnownKey(key.name, key.sha256, key.scopes, key.expires).principal()
    for provider in settings.oidc:
        if provider.name == name and provider.kind == "service":
            return Principal(provider.issuer, name, "service", Assurance.WORKLOAD, authenticated_by=name)
    known = {key.name for key in settings.api_keys} | {one.name for one in settings.oidc if one.kind == "service"}
    raise LookgateError(
        "service_unknown",
        f"The settings have no live API key and no OIDC provider for services named '{name}'.",
        f"There are: {', '.join(sorted(known)) or 'none'}.",
    )


def _lines(action: Action, principal: Principal, tree: Explanation, *, enabled: bool) -> Iterator[str]:
    who = f"{principal.label} ({principal.kind} {principal.subject})" if principal.subject else principal.label
    verdict = "may" if tree.allowed else "may not"
    yield f"{who}, with assurance '{principal.assurance.label}', {verdict} call {action.name}."
    yield f"policy of {action.source}:"
    marks = _marks()
    rows = [("  " * depth + f"{marks[_answer(one)]} {one.join or one.rule}", one.claim) for depth, one in tree.walk()]
    width = max(len(left) for left, claim in rows if claim) if any(claim for _, claim in rows) else 0
    for left, claim in rows:
        yield f"  {left:<{width}}  [{claim}]" if claim else f"  {left}"
    if not tree.allowed:
        anonymous = principal.kind == "anonymous"
        yield f"rule: {'credential_missing' if anonymous else tree.code}"
        yield f"fix: {tree.hint or 'None: the policy means this caller.'}"
    if not enabled:
        yield f"{action.name} is not enabled, so nobody can call it: see actions.enabled."


def _answer(one: Explanation) -> str:
    return "yes" if one.allowed else "no" if one.known else "unknown"


def _marks() -> dict[str, str]:
    """Return signs that this terminal can show."""
    signs = {"yes": "✓", "no": "✗", "unknown": "?"}
    try:
        "".join(signs.values()).encode(sys.stdout.encoding or "ascii")
    except UnicodeEncodeError:
        return {"yes": "+", "no": "-", "unknown": "?"}
    return signs
