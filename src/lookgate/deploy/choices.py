"""What the settings do not say: which project, which image, how many instances. Checked, all mistakes at once."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

from lookgate.errors import LookgateError
from lookgate.settings.model import Settings

Ingress = Literal["all", "internal", "internal-and-cloud-load-balancing"]
_MOST = 1000
"""Instances."""
_PUBLIC = {"allUsers", "allAuthenticatedUsers"}
_SERVICE = r"[a-z]([a-z0-9-]{0,17}[a-z0-9])?"
_REGION = r"[a-z]+-[a-z]+[0-9]{1,2}"
_PROJECT = r"[a-z][a-z0-9-]{4,28}[a-z0-9]"
_ACCOUNT = re.compile(rf"(?P<id>[a-z][a-z0-9-]{{4,28}}[a-z0-9])@(?P<project>{_PROJECT})\.iam\.gserviceaccount\.com")


@dataclass(frozen=True)
class Choices:
    """What the command line says."""

    project: str = ""
    """Empty: that of the scheduler's service account in ``sync.callers``."""
    region: str = ""
    image: str = ""
    service: str = "lookgate"
    url: str = ""
    """The gateway's own origin. Empty: ``tokens.issuer``."""
    settings_file: str = "lookgate.toml"
    ingress: Ingress = "all"
    minimum: int = 0
    maximum: int = 10
    invokers: tuple[str, ...] = ()
    """Who else may reach the gateway, as IAM writes it."""
    services: Mapping[str, str] | None = None
    """Audience → ``SERVICE`` or ``SERVICE@REGION``: which Cloud Run service of this project a rule's token is for."""
    network: str = ""
    """``NETWORK/SUBNET`` of a VPC in which private addresses are reached, such as the database's."""
    channel: str = ""
    """A notification channel of Cloud Monitoring."""


def caller(settings: Settings) -> str:
    """Return the scheduler's service account: the one address in ``sync.callers``; empty when nothing is triggered."""
    return next(iter(settings.sync.callers)) if len(settings.sync.callers) == 1 else ""


def own_account(address: str, project: str) -> str:
    """Return the id of a service account of the project; empty for any other's."""
    match = _ACCOUNT.fullmatch(address)
    return match["id"] if match and match["project"] == project else ""


def completed(choices: Choices, settings: Settings) -> Choices:
    """Return the choices with what the settings say in place of what was not said.

    Raises:
        LookgateError: ``deploy_choices``, with every mistake and its fix.
    """
    match = _ACCOUNT.fullmatch(caller(settings))
    project = choices.project or (match["project"] if match else "")
    url = choices.url or settings.tokens.issuer
    mistakes = list(_mistakes(choices, project, url))
    if mistakes:
        count = f"{len(mistakes)} mistake{'' if len(mistakes) == 1 else 's'}"
        raise LookgateError("deploy_choices", f"The choices have {count}:\n  " + "\n  ".join(mistakes))
    return Choices(**{**choices.__dict__, "project": project, "url": url})


def _mistakes(choices: Choices, project: str, url: str) -> list[str]:
    forms = {
        "--project": (project, _PROJECT, "Write the project's id, such as 'acme-looker-prod'."),
        "--region": (choices.region, _REGION, "Write a region of Cloud Run, such as 'europe-west1'."),
        "--service": (choices.service, _SERVICE, "Write a name of 1 to 19 lower-case letters, digits and '-'."),
        "--image": (
            choices.image,
            r"[a-z0-9][a-z0-9.-]*(:[0-9]+)?(/[a-z0-9][a-zA-Z0-9._-]*)+(:[A-Za-z0-9_][A-Za-z0-9_.-]*)?(@sha256:[0-9a-f]{64})?",
            "Write where the image is, such as 'europe-west1-docker.pkg.dev/acme/images/lookgate:1'.",
        ),
    }
    found = [
        f"{name}: {'this is missing' if not value else f'{value!r} does not have the right form'}. Fix: {fix}"
        for name, (value, form, fix) in forms.items()
        if not re.fullmatch(form, value)
    ]
    if url and (urlsplit(url).scheme != "https" or not re.fullmatch(r"https://[a-z0-9.-]+(:[0-9]+)?", url)):
        found.append(
            "--url: this is not an https origin. Fix: Write the gateway's own, such as 'https://gw.example.com'."
        )
    if not 0 <= choices.minimum <= choices.maximum or not 1 <= choices.maximum <= _MOST:
        found.append(f"--min-instances, --max-instances: not 0 ≤ min ≤ max ≤ {_MOST}. Fix: Write such numbers.")
    for member in choices.invokers:
        if member in _PUBLIC:
            found.append(f"--invoker: {member} is everybody. Fix: Name who calls; the gateway is never public.")
        elif not re.fullmatch(r"(serviceAccount|user|group|domain):[A-Za-z0-9][A-Za-z0-9._%+@-]*", member):
            found.append(
                f"--invoker: {member!r} is no principal. Fix: Write it as IAM does, such as "
                "'serviceAccount:caller@acme.iam.gserviceaccount.com'."
            )
    for audience, name in (choices.services or {}).items():
        if not re.fullmatch(rf"[a-z]([a-z0-9-]{{0,47}}[a-z0-9])?(@{_REGION})?", name):
            found.append(f"--target: {name!r} is no service. Fix: Write {audience!r}=SERVICE or SERVICE@REGION.")
    if choices.network and not re.fullmatch(r"[a-z][a-z0-9-]{0,62}/[a-z][a-z0-9-]{0,62}", choices.network):
        found.append(f"--network: {choices.network!r} is no VPC. Fix: Write NETWORK/SUBNET, such as 'default/default'.")
    if choices.channel and not re.fullmatch(r"projects/[a-z0-9-]+/notificationChannels/[0-9]+", choices.channel):
        found.append(
            "--notification-channel: this is not a channel's name. Fix: Write 'projects/PROJECT/notificationChannels/"
            "NUMBER', as `gcloud beta monitoring channels list` shows it."
        )
    return found
