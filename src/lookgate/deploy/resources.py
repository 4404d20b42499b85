"""What has to be in Google Cloud, as data. Each thing says what it is for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

TRIGGER = "/api/sync-attributes"
"""The route that starts a run."""
INVOKER = "roles/run.invoker"
READER = "roles/secretmanager.secretAccessor"
SIGNER = "roles/iam.serviceAccountOpenIdTokenCreator"
"""May make ID tokens for the account it is granted on, and nothing else."""
DELEGATE = "roles/iam.serviceAccountTokenCreator"
"""The one predefined role with ``iam.serviceAccounts.implicitDelegation``, which a way over other accounts needs."""


@dataclass(frozen=True)
class Account:
    """A service account."""

    id: str
    email: str
    why: str


@dataclass(frozen=True)
class SecretSlot:
    """A secret of Secret Manager, made empty."""

    id: str
    why: str
    variable: str = ""
    """The environment variable that carries it; or"""
    path: str = ""
    """where in the container its file is put."""
    source: str = ""
    """What the admin fills it from: a file's path, or nothing when it is to be typed."""


@dataclass(frozen=True)
class Grant:
    """A role for a principal on one thing."""

    role: str
    member: str
    """As IAM writes it: ``serviceAccount:…``."""
    kind: Literal["service", "secret", "account"]
    target: str
    """The service's name, the secret's id, or the account's address."""
    why: str
    region: str = ""
    """Of a service."""


@dataclass(frozen=True)
class Service:
    """A Cloud Run service."""

    name: str
    account: str
    """The address of the account that it runs as."""
    why: str
    variables: Mapping[str, str]
    """Plain ones, of this service alone."""
    ingress: str
    audiences: tuple[str, ...]
    """Besides the service's own URLs, what Cloud Run accepts as a token's audience."""
    minimum: int
    maximum: int
    concurrency: int
    memory: int
    """In MiB."""
    timeout: int
    """In seconds."""


@dataclass(frozen=True)
class Schedule:
    """A Cloud Scheduler job."""

    name: str
    cron: str
    service: str
    """Whose trigger it calls."""
    account: str
    audience: str
    deadline: int
    """Seconds that one attempt may take."""
    retries: int
    backoff: tuple[int, int]
    """Seconds between attempts, at least and at most."""


@dataclass(frozen=True)
class Alert:
    """An alert policy, in the form of the Monitoring API (v3)."""

    id: str
    name: str
    policy: Mapping[str, Any]


@dataclass(frozen=True)
class Plan:
    """Everything, in the order in which it is made."""

    project: str
    region: str
    image: str
    network: str
    """``NETWORK/SUBNET`` of a VPC for private addresses; empty for none."""
    apis: Mapping[str, str]
    """Name → what it is for."""
    accounts: tuple[Account, ...]
    secrets: tuple[SecretSlot, ...]
    variables: Mapping[str, str]
    services: tuple[Service, ...]
    grants: tuple[Grant, ...]
    schedule: Schedule | None
    alerts: tuple[Alert, ...]
    notes: tuple[str, ...]
    """What the admin has to know or do besides."""
