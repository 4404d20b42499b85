"""From settings and choices to everything that has to be there. Pure: the same in, the same out."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from pathlib import PurePosixPath
from urllib.parse import urlsplit

from lookgate.deploy.alerts import alerts, silence
from lookgate.deploy.choices import Choices, caller, completed, own_account
from lookgate.deploy.described import Described, Reference
from lookgate.deploy.grants import grants, makers
from lookgate.deploy.refusals import refusals
from lookgate.deploy.resources import Account, Alert, Plan, Schedule, SecretSlot, Service
from lookgate.deploy.schedule import cron_of
from lookgate.errors import LookgateError
from lookgate.settings.sync_rules import sync_rules

HOME = PurePosixPath("/srv")
"""The gateway's folder in the image: relative paths of the settings begin here."""
SETTINGS = HOME / "lookgate.toml"
PLATFORM = "LOOKGATE_SYNC_BEHIND_IAM"
"""Says to the trigger's service, and to no other, that Cloud Run lets in nobody but the scheduler."""
_RESIDENT = 64
"""MiB: the most that the gateway may take by its own measure (60), and a little."""
_SIZES = (256, 512, 1024, 2048, 4096)
"""MiB that are asked for; the smallest that fits."""
_MOST_AT_ONCE = 80
_APIS = {
    "run.googleapis.com": "runs the gateway",
    "secretmanager.googleapis.com": "holds the secrets and the settings",
    "iam.googleapis.com": "service accounts and what they may do",
}
_SYNC_APIS = {
    "cloudscheduler.googleapis.com": "starts the runs that renew tokens",
    "monitoring.googleapis.com": "tells somebody when they fail",
    "logging.googleapis.com": "what the alerts look at",
}


def plan(described: Described, choices: Choices) -> Plan:
    """Return what has to be in Google Cloud for these settings.

    Raises:
        LookgateError: ``deploy_choices`` or ``deploy_impossible``, with every mistake and its fix.
    """
    settings = described.settings
    choices = completed(choices, settings)
    mistakes = list(refusals(described, choices))
    if mistakes:
        count = f"{len(mistakes)} reason{'' if len(mistakes) == 1 else 's'}"
        raise LookgateError(
            "deploy_impossible", f"This cannot run on Cloud Run, for {count}:\n  " + "\n  ".join(mistakes)
        )
    accounts = tuple(_accounts(described, choices))
    secrets = tuple(_secrets(described, choices))
    services = tuple(_services(described, choices))
    made, missing = grants(settings, choices, secrets, services)
    schedule = _schedule(described, choices)
    told: tuple[Alert, ...] = ()
    notes = [*_notes(described), *missing]
    if schedule is not None:
        margins = [
            rule.margin for rule in sync_rules(settings.sync, settings.tokens) if _has_end(described, rule.source)
        ]
        shortest = min(margins, default=None)
        seconds = silence(shortest, settings.sync.every)
        if shortest is not None and shortest < seconds:
            notes.append(
                f"Alerts come after {seconds // 60} min, and some tokens keep a margin of {shortest / 60:g} min only: "
                'they can end before. Source "google" keeps half an hour.'
            )
        told = alerts(services[-1].name, schedule, seconds, choices.channel)
    apis = _APIS | (_SYNC_APIS if schedule else {})
    if makers(settings, choices):
        apis |= {"iamcredentials.googleapis.com": "makes the ID tokens that are kept fresh"}
    return Plan(
        project=choices.project,
        region=choices.region,
        image=choices.image,
        network=choices.network,
        apis=apis,
        accounts=accounts,
        secrets=secrets,
        variables={**described.variables, "LOOKGATE_SETTINGS": str(SETTINGS)},
        services=services,
        grants=made,
        schedule=schedule,
        alerts=told,
        notes=tuple(notes),
    )


def _has_end(described: Described, source: str) -> bool:
    return source not in {one.name for one in described.settings.sync.static}


def in_container(path: str) -> str:
    """Return where a path of the settings is in the container."""
    return str(HOME / path.removeprefix("~/"))


def _accounts(described: Described, choices: Choices) -> Iterator[Account]:
    host = f"{choices.project}.iam.gserviceaccount.com"
    name = f"{choices.service}-gateway"
    yield Account(name, f"{name}@{host}", "the gateway runs as it: it reads its secrets and nothing else")
    if not described.settings.sync.configured:
        return
    name = f"{choices.service}-sync"
    yield Account(name, f"{name}@{host}", "renewals run as it: it reads its secrets and makes ID tokens")
    address = caller(described.settings)
    own = own_account(address, choices.project)
    yield Account(own, address, "Cloud Scheduler calls as it: it may start a run and nothing else")


def _secrets(described: Described, choices: Choices) -> Iterator[SecretSlot]:
    start = choices.service
    yield SecretSlot(f"{start}-settings", "lookgate.toml", path=str(SETTINGS), source=choices.settings_file)
    seen: set[tuple[str, str]] = set()
    for one in described.references:
        if (one.kind, one.place) not in seen:
            seen.add((one.kind, one.place))
            ats = ", ".join(other.at for other in described.references if _same(one, other))
            if one.kind == "env":
                yield SecretSlot(f"{start}-{one.place}", ats, variable=one.place)
            else:
                yield SecretSlot(
                    _file_id(start, one.place), ats, path=in_container(one.place), source=_beside(choices, one.place)
                )
    settings = described.settings
    claims = settings.claims
    rings = {
        "tokens": settings.tokens.configured,
        "claims": claims.configured and claims.source == "gateway" and claims.verify == "memory",
    }
    for ring in (name for name, needed in rings.items() if needed):
        file = f"{described.keys_folder}/{ring}.json"
        yield SecretSlot(
            f"{start}-ring-{ring}", f"the key ring '{ring}'", path=in_container(file), source=_beside(choices, file)
        )


def _beside(choices: Choices, path: str) -> str:
    """Return a path as whoever runs the script says it: the settings' own are relative to their file."""
    return path if path.startswith("~/") else str(PurePosixPath(choices.settings_file).parent / path)


def _same(one: Reference, other: Reference) -> bool:
    return (one.kind, one.place) == (other.kind, other.place)


def _file_id(start: str, path: str) -> str:
    """Return a name that says which file it is; the digest tells apart what only looks alike."""
    name = re.sub(r"[^A-Za-z0-9-]+", "-", PurePosixPath(path).name).strip("-")[:60]
    return f"{start}-file-{name}-{hashlib.sha256(path.encode()).hexdigest()[:6]}"


def _services(described: Described, choices: Choices) -> Iterator[Service]:
    settings = described.settings
    durable = bool(settings.store.url)
    body = -(-settings.web.max_body_bytes // 2**20)
    at_once = max(1, min(_MOST_AT_ONCE, (_SIZES[-1] - _RESIDENT) // body))
    # Without Postgres the store is in memory too, since that is what Cloud Run's file system is made of.
    needed = _RESIDENT + at_once * body + (0 if durable else 256)
    memory = next((size for size in _SIZES if size >= needed), _SIZES[-1])
    own = urlsplit(choices.url)
    audiences = dict.fromkeys(
        rule.audience for rule in settings.sync.rules if choices.url and urlsplit(rule.audience)[:2] == own[:2]
    )
    yield Service(
        name=choices.service,
        account=f"{choices.service}-gateway@{choices.project}.iam.gserviceaccount.com",
        why="the gateway: actions, tokens, pages",
        variables={},
        ingress=choices.ingress,
        audiences=tuple(audiences),
        minimum=choices.minimum if durable else 1,
        maximum=choices.maximum if durable else 1,
        concurrency=at_once,
        memory=memory,
        timeout=60,
    )
    if settings.sync.configured:
        yield Service(
            name=f"{choices.service}-sync",
            account=f"{choices.service}-sync@{choices.project}.iam.gserviceaccount.com",
            why="the trigger of renewals: nobody but the scheduler may reach it",
            variables={PLATFORM: "true"},
            ingress="internal",
            audiences=(settings.sync.audience,),
            minimum=0 if durable else 1,
            maximum=1,
            concurrency=4,
            memory=256 if durable else 512,
            timeout=_deadline(settings.sync.every),
        )


def _deadline(every: int) -> int:
    """Return how many seconds a run may take: what is not done by the next one is that one's."""
    return max(60, min(every, 900))


def _schedule(described: Described, choices: Choices) -> Schedule | None:
    sync = described.settings.sync
    if not sync.configured:
        return None
    return Schedule(
        name=f"{choices.service}-sync",
        cron=sync.schedule or cron_of(sync.every),
        service=f"{choices.service}-sync",
        account=caller(described.settings),
        audience=sync.audience,
        deadline=_deadline(sync.every),
        retries=3,
        backoff=(5, max(5, min(60, sync.every // 4))),
    )


def _notes(described: Described) -> Iterator[str]:
    settings = described.settings
    if not settings.store.url:
        yield (
            "Without store.url the state is in the memory of one instance, so there is one instance and no more, and "
            "whenever Cloud Run replaces it handles, used-up claims and the audit log are gone. Set up Postgres: "
            "docs/store.md."
        )
    if not settings.web.serverless:
        yield (
            "Callers need Authorization or x-lookgate-handle for the gateway and a token for Cloud Run beside it, in "
            "X-Serverless-Authorization. Write web.serverless = true; without it both together are refused."
        )
    if settings.web.origins:
        yield (
            "A browser cannot pass Cloud Run's own check, so web.origins has no effect here: only Looker's server "
            "(serverProxy) and other services can call."
        )
