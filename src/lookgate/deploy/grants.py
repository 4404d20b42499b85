"""Who may do what. Nothing on the whole project, nothing for everybody."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from lookgate.deploy.choices import Choices, caller
from lookgate.deploy.resources import DELEGATE, INVOKER, READER, SIGNER, Grant, SecretSlot, Service
from lookgate.settings.model import Settings

_OWN = frozenset({"google", "metadata"})
"""Sources whose tokens are for the account that renewals run as."""


def makers(settings: Settings, choices: Choices) -> dict[str, str]:
    """Return the sources of Google tokens that rules name, and the service account whose tokens each makes."""
    runtime = f"{choices.service}-sync@{choices.project}.iam.gserviceaccount.com"
    known = dict.fromkeys(_OWN, runtime) | {one.name: one.service_account for one in settings.sync.impersonate}
    return {rule.source: known[rule.source] for rule in settings.sync.rules if rule.source in known}


def grants(
    settings: Settings, choices: Choices, secrets: tuple[SecretSlot, ...], services: tuple[Service, ...]
) -> tuple[tuple[Grant, ...], tuple[str, ...]]:
    """Return every grant once, and what the admin has to see to."""
    found = [
        Grant(READER, _service_account(service.account), "secret", secret.id, f"{service.name} reads {secret.why}")
        for service in services
        for secret in secrets
    ]
    found += _signing(settings, choices)
    if settings.sync.configured:
        member = _service_account(caller(settings))
        found.append(Grant(INVOKER, member, "service", services[-1].name, "the scheduler starts runs", choices.region))
    found += [
        Grant(INVOKER, member, "service", choices.service, "named by --invoker", choices.region)
        for member in choices.invokers
    ]
    reached, notes = _reached(settings, choices)
    found += reached
    if not any(one.role == INVOKER and one.target == choices.service for one in found):
        notes.append(
            "Nobody may call the gateway yet. Name callers with --invoker; or keep a token for it fresh in Looker, by "
            "a rule whose audience is the gateway's URL, and say that URL with --url."
        )
    return tuple(dict.fromkeys(found)), tuple(notes)


def _service_account(address: str) -> str:
    return f"serviceAccount:{address}"


def _signing(settings: Settings, choices: Choices) -> Iterator[Grant]:
    """Yield what making ID tokens needs, account by account: never for every account of a project."""
    used = makers(settings, choices)
    runtime = f"{choices.service}-sync@{choices.project}.iam.gserviceaccount.com"
    if "google" in used:
        why = "renewals make their own ID tokens afresh, past the metadata server's cache"
        yield Grant(SIGNER, _service_account(runtime), "account", runtime, why)
    for one in settings.sync.impersonate:
        if one.name not in used:
            continue
        actor = runtime
        for delegate in one.delegates:
            yield Grant(DELEGATE, _service_account(actor), "account", delegate, f"on the way of '{one.name}'")
            actor = delegate
        why = f"the source '{one.name}' makes its ID tokens"
        yield Grant(SIGNER, _service_account(actor), "account", one.service_account, why)


def _reached(settings: Settings, choices: Choices) -> tuple[list[Grant], list[str]]:
    """Let the account of each token call the service that the token is for."""
    used, found, notes = makers(settings, choices), list[Grant](), list[str]()
    for rule in settings.sync.rules:
        if rule.source not in used:
            continue
        place = _place(rule.audience, choices)
        if place is None:
            notes.append(
                f"Whoever runs {rule.audience} grants {INVOKER} on that service to {used[rule.source]}; or name it "
                f"here, if it is a Cloud Run service of this project: --target '{rule.audience}=SERVICE@REGION'."
            )
            continue
        name, region = place
        why = f"tokens in Looker for {rule.audience}"
        found.append(Grant(INVOKER, _service_account(used[rule.source]), "service", name, why, region))
    return found, list(dict.fromkeys(notes))


def _place(audience: str, choices: Choices) -> tuple[str, str] | None:
    """Return the Cloud Run service of an audience, and its region."""
    named = (choices.services or {}).get(audience)
    if named:
        name, _, region = named.partition("@")
        return name, region or choices.region
    parts = urlsplit(audience)
    if choices.url and f"{parts.scheme}://{parts.netloc}" == choices.url:
        return choices.service, choices.region
    return None
