"""What cannot run on Cloud Run, or not safely: refused before anything is written, all at once."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePosixPath
from urllib.parse import urlsplit

from lookgate.deploy.choices import Choices, caller, own_account
from lookgate.deploy.described import Described
from lookgate.deploy.resources import TRIGGER
from lookgate.deploy.schedule import SHORTEST
from lookgate.net.address import is_loopback
from lookgate.settings.model import Settings

_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,199}")
_RESERVED = re.compile(
    r"PORT|PATH|K_(SERVICE|REVISION|CONFIGURATION)|CLOUD_RUN_.*|X_GOOGLE_.*"
    r"|LOOKGATE_(SETTINGS|SYNC_BEHIND_IAM)|LOOKERSDK_(BASE_URL|VERIFY_SSL|TIMEOUT)"
)
"""What Cloud Run sets, and what is set here to something else."""
_PATHS = "this path cannot be put into the container. Fix: Write letters, digits, '.', '_', '-' and '/', and no '..'."
_PATH = re.compile(r"(~/)?[A-Za-z0-9._/-]+")


def refusals(described: Described, choices: Choices) -> Iterator[str]:
    """Yield each reason, with its fix."""
    for one in described.references:
        if one.kind == "env" and (not _VARIABLE.fullmatch(one.place) or _RESERVED.fullmatch(one.place)):
            yield f"{one.at}: Cloud Run sets no variable {one.place!r}. Fix: Use another name, such as 'env:MY_SECRET'."
        if one.kind == "file" and not _fits(one.place):
            yield f"{one.at}: {_PATHS}"
    for name, folder in (("keys.folder", described.keys_folder), ("actions.folder", described.actions_folder)):
        if not _fits(folder):
            yield f"{name}: {_PATHS}"
    google, instance = described.settings.google, described.settings.instance.base_url
    for name, url in (
        ("instance.base_url", instance),
        ("google.metadata", google.metadata),
        ("google.iam", google.iam),
    ):
        if is_loopback(urlsplit(url).hostname or ""):
            yield f"{name}: {url} is on this machine. Fix: Name the real one; [google] is left out for Google itself."
    if described.settings.sync.known_updater_routes:
        yield (
            "sync.known_updater_routes: these routes need tokens with their signatures, which Cloud Run removes. "
            f"Fix: Remove the line, and let existing jobs call {TRIGGER}."
        )
    if described.settings.sync.configured:
        yield from _sync_mistakes(described.settings, choices)


def _sync_mistakes(settings: Settings, choices: Choices) -> Iterator[str]:
    sync, trigger = settings.sync, f"{choices.service}-sync"
    yield from _caller_mistakes(settings, choices)
    if any(name.partition("@")[0] == trigger for name in (choices.services or {}).values()):
        yield f"--target: nobody but the scheduler may call {trigger}. Fix: Name the service that the tokens are for."
    if sync.every < SHORTEST and not sync.schedule:
        yield f"sync.every: Cloud Scheduler does not call every {sync.every} s. Fix: Write sync.every = 60 or more."
    if sync.schedule and not re.fullmatch(r"[0-9*/, A-Za-z-]+", sync.schedule):
        yield f"sync.schedule: Cloud Scheduler does not know {sync.schedule!r}. Fix: Write plain cron fields."
    for place, rule in enumerate(sync.rules):
        if rule.source == "scheduler":
            yield (
                f"sync.rules[{place}].source: Cloud Run removes the signature of the scheduler's token before the "
                'gateway sees it, so it would be worthless in Looker. Fix: Write source = "google".'
            )


def _caller_mistakes(settings: Settings, choices: Choices) -> Iterator[str]:
    sync, project = settings.sync, choices.project
    own = own_account(caller(settings), project)
    if not sync.audience:
        yield "sync.audience: nobody may start a run. Fix: Write sync.audience and sync.callers."
    elif not caller(settings):
        yield "sync.callers: a scheduler job has one service account. Fix: Name that one alone."
    elif not own:
        yield (
            f"sync.callers: Cloud Scheduler calls as an account of its own project, and this is none of {project}'s. "
            f"Fix: Write callers = ['lookgate-scheduler@{project}.iam.gserviceaccount.com'], or name its --project."
        )
    elif own in {f"{choices.service}-sync", f"{choices.service}-gateway"}:
        yield f"sync.callers: a service runs as {caller(settings)}. Fix: Give the scheduler an account of its own."


def _fits(path: str) -> bool:
    return bool(_PATH.fullmatch(path)) and ".." not in PurePosixPath(path).parts
