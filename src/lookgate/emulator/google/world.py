"""``[google]`` of a world file: the accounts, who may act as whom, OAuth clients and scheduler jobs."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from ipaddress import ip_address
from typing import Annotated, Literal
from urllib.parse import urlsplit

import msgspec

from lookgate.emulator.google.cron import Cron, CronError, zone
from lookgate.emulator.google.roles import ROLES

_UNIQUE_ID, _NUMBER = re.compile(r"[0-9]{21}"), re.compile(r"[0-9]{1,18}")
Seconds = Annotated[float, msgspec.Meta(ge=0, le=86_400)]


class _Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    pass


class AccountPart(_Part, frozen=True):
    """``[[google.accounts]]``: a service account."""

    name: str
    """The part before ``@``, or a whole address."""
    unique_id: str = ""
    """21 digits, the ``sub`` of its tokens; made from the address when empty."""
    disabled: bool = False


class GrantPart(_Part, frozen=True):
    """``[[google.grants]]``: ``member`` has ``role`` on the account ``on``."""

    member: str
    role: str
    on: str


class ClientPart(_Part, frozen=True):
    """``[[google.clients]]``: a client of the generic OAuth provider."""

    client_id: str
    client_secret: str = ""
    """Drawn at the start when empty, and told in the ready file."""
    scopes: tuple[str, ...] = ()
    """What it may ask for; what it gets when it asks for nothing."""
    audience: str = ""
    """With one, access tokens are signed JWTs (RFC 9068) for it; without, they are opaque."""


class JobPart(_Part, frozen=True):
    """``[[google.jobs]]``: a scheduler job. Durations are seconds; names as the options of ``gcloud scheduler``."""

    name: str
    uri: str
    schedule: str = ""
    """Cron, five fields."""
    every: Annotated[float, msgspec.Meta(ge=1, le=86_400)] | None = None
    """Instead of a schedule: seconds between two runs, for shortened lives. Google has nothing like it."""
    time_zone: str = "Etc/UTC"
    method: Literal["POST", "GET", "HEAD", "PUT", "DELETE", "PATCH", "OPTIONS"] = "POST"
    body: str = ""
    headers: dict[str, str] = {}
    account: str = ""
    """Whose OIDC token goes along; none when empty."""
    audience: str = ""
    """Of that token; the ``uri`` when empty."""
    max_retry_attempts: Annotated[int, msgspec.Meta(ge=0, le=5)] = 0
    max_retry_duration: Seconds = 0
    min_backoff: Seconds = 5
    max_backoff: Seconds = 3600
    max_doublings: Annotated[int, msgspec.Meta(ge=0, le=16)] = 5
    attempt_deadline: Annotated[float, msgspec.Meta(gt=0, le=1800)] = 180


_ACCOUNTS = tuple(AccountPart(name) for name in ("updater", "scheduler", "service"))
_GRANTS = (GrantPart("updater", "roles/iam.serviceAccountOpenIdTokenCreator", "service"),)
_CLIENTS = (ClientPart("local-client", scopes=("read",)),)


class GooglePart(_Part, frozen=True):
    """``[google]``: the whole service. Everything has a default."""

    issuer: str = "https://accounts.google.com"
    """``iss`` of ID tokens; empty: this service's own address."""
    jwks_uri: str = ""
    """What the configuration of the issuer points to; empty: this service's own address."""
    project: str = "local-project"
    project_number: str = "123456789012"
    zone: str = "us-central1-a"
    instance_name: str = "local-instance"
    token_seconds: Annotated[int, msgspec.Meta(ge=10, le=3600)] = 3600
    """Life of an ID token, and of an access token."""
    certs_seconds: Annotated[int, msgspec.Meta(ge=0, le=86_400)] = 19_800
    """For how long certificates may be kept."""
    metadata_account: str = "updater"
    """Whose tokens the metadata server gives."""
    metadata_cache: bool = True
    """Whether it gives the same token until the last twelfth of its life: five minutes of an hour."""
    accounts: tuple[AccountPart, ...] = _ACCOUNTS
    grants: tuple[GrantPart, ...] = _GRANTS
    clients: tuple[ClientPart, ...] = _CLIENTS
    jobs: tuple[JobPart, ...] = ()

    def address(self, name: str) -> str:
        """Return the address of the account of this name; a whole address stays."""
        return name if "@" in name else f"{name}@{self.project}.iam.gserviceaccount.com"


def mistakes_in(google: GooglePart) -> list[str]:
    """Return every mistake as a sentence that names its place."""
    return [*_twice(google), *_references(google), *_jobs(google)]


def _twice(google: GooglePart) -> Iterator[str]:
    kinds = {
        "accounts": [google.address(part.name) for part in google.accounts],
        "clients": [part.client_id for part in google.clients],
        "jobs": [part.name for part in google.jobs],
    }
    for kind, names in kinds.items():
        yield from (f"google.{kind}: {name!r} is there twice." for name, count in Counter(names).items() if count > 1)


def _references(google: GooglePart) -> Iterator[str]:
    known = {google.address(part.name) for part in google.accounts}
    named = [("metadata_account", google.metadata_account)]
    for grant in google.grants:
        named += [("grants", grant.member), ("grants", grant.on)]
        if grant.role not in ROLES:
            yield f"google.grants: there is no role {grant.role!r} here. There are: {', '.join(ROLES)}."
    named += [(f"job {job.name!r}", job.account) for job in google.jobs if job.account]
    for place, name in named:
        if google.address(name) not in known:
            yield f"google.{place}: there is no account {name!r}. Add it to [[google.accounts]]."
    for account in google.accounts:
        if account.unique_id and not _UNIQUE_ID.fullmatch(account.unique_id):
            yield f"google.accounts: the unique_id of {account.name!r} is not 21 digits."
    if not _NUMBER.fullmatch(google.project_number):
        yield f"google.project_number: {google.project_number!r} is no number."


def _jobs(google: GooglePart) -> Iterator[str]:
    for job in google.jobs:
        place = f"google.job {job.name!r}"
        if bool(job.schedule) == (job.every is not None):
            yield f"{place}: write either a schedule or every."
        try:
            zone(job.time_zone)
            if job.schedule:
                Cron(job.schedule)
        except CronError as error:
            yield f"{place}: {error}"
        if not is_local(job.uri):
            yield f"{place}: {job.uri!r} is not on this machine. The local scheduler calls http://127.0.0.1 only."
        if job.body and job.method not in {"POST", "PUT", "PATCH"}:
            yield f"{place}: a body goes with POST, PUT and PATCH only."


def is_local(uri: str) -> bool:
    """Whether the URI is http on this machine: nothing else ever gets a token from here."""
    try:
        parts = urlsplit(uri)
        host = parts.hostname or ""
        return parts.scheme == "http" and parts.port != 0 and (host == "localhost" or ip_address(host).is_loopback)
    except ValueError:
        return False
