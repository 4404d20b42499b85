"""The plan as a shell script of ``gcloud`` commands that may be run again and again."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterable, Iterator
from importlib.resources import files

from lookgate.deploy.cloudrun import knative, yaml
from lookgate.deploy.resources import TRIGGER, Alert, Grant, Plan, Schedule, SecretSlot, Service

_END = "LOOKGATE_END_OF_FILE"
"""Ends what a command is given to read. No line of it can be this: each is YAML or JSON."""


def script(plan: Plan) -> str:
    """Return the script."""
    head = (files("lookgate.deploy") / "head.sh").read_text(encoding="utf-8")
    head = head.replace("PROJECT=\n", f"PROJECT={shlex.quote(plan.project)}\n")
    head = head.replace("REGION=\n", f"REGION={shlex.quote(plan.region)}\n")
    return head + "".join(f"\n{part}" for part in _parts(plan))


def fill(one: SecretSlot, project: str) -> str:
    """Return the line that gives a secret its value, for the admin."""
    add = ["gcloud", "secrets", "versions", "add", one.id, f"--project={project}"]
    if one.source:
        return shlex.join([*add, f"--data-file={one.source}"])
    # What is typed is neither shown nor kept in the shell's history.
    return f'read -rs VALUE && printf %s "$VALUE" | {shlex.join([*add, "--data-file=-"])}; unset VALUE'


def _parts(plan: Plan) -> Iterator[str]:
    yield _section("APIs", "Enabling one that is enabled changes nothing.", _apis(plan))
    accounts = (_line("account", one.id, one.email, f"Lookgate: {one.why}"[:100], why=one.why) for one in plan.accounts)
    yield _section("Service accounts", "One for each thing that runs or calls; none has a key.", *accounts)
    secrets = (_line("secret", one.id, why=one.why) for one in plan.secrets)
    yield _section("Secrets", "Made empty. Their values never pass through this script.", *secrets)
    on_things = (_grant(one) for one in plan.grants if one.kind != "service")
    yield _section("Who may do what", "On one secret or account each; nothing on the whole project.", *on_things)
    why = "A service that names an empty secret cannot start, so the script ends here until all are filled."
    lines = (_line("filled", one.id, fill(one, plan.project)) for one in plan.secrets)
    yield _section("Values", why, *lines, "all_filled\n")
    why = "No unauthenticated access: Cloud Run asks for a token and for a grant before the gateway does."
    yield _section("Services", why, *(_service(plan, one) for one in plan.services))
    to_call = (_grant(one) for one in plan.grants if one.kind == "service")
    closed = (_line("closed", one.name) for one in plan.services)
    yield _section(
        "Who may call them", "Nobody else may, and the script fails if it finds them open.", *to_call, *closed
    )
    if plan.schedule is not None:
        why = "Calls the trigger with an ID token, and again when it was not answered with 2xx."
        yield _section("Schedule", why, _schedule(plan.schedule))
    if plan.alerts:
        yield _section("Alerts", "Somebody is told while the stored tokens are still good.", *map(_alert, plan.alerts))
    rest = (_line("todo", note) for note in (*plan.notes, "Give the gateway's URL to whoever calls it: see above."))
    yield _section("Done. What is left to do", "", *rest)


def _section(title: str, why: str, *parts: str) -> str:
    return f"say {shlex.quote(title)}\n" + (_comment(why) if why else "") + "".join(parts)


def _comment(text: str) -> str:
    return "# " + "".join(sign if sign.isprintable() else " " for sign in text) + "\n"


def _line(*words: str, why: str = "") -> str:
    return (_comment(why) if why else "") + shlex.join(words) + "\n"


def _options(words: Iterable[str]) -> str:
    """Return the options of a command, one a line."""
    return "".join(f" \\\n  {shlex.quote(word)}" for word in words) + "\n"


def _apis(plan: Plan) -> str:
    told = "".join(_comment(f"{name}: {why}") for name, why in plan.apis.items())
    return told + 'gcloud services enable --project="$PROJECT"' + _options(plan.apis)


def _grant(one: Grant) -> str:
    what = {"secret": "secret_role", "account": "account_role", "service": "service_role"}[one.kind]
    place = (one.region,) if one.kind == "service" else ()
    return _line(what, one.target, one.role, one.member, *place, why=one.why)


def _service(plan: Plan, one: Service) -> str:
    return f"{_comment(f'{one.name}: {one.why}')}service <<'{_END}'\n{yaml(knative(plan, one))}{_END}\n"


def _schedule(one: Schedule) -> str:
    options = {
        "schedule": one.cron,
        "time-zone": "Etc/UTC",
        "http-method": "POST",
        "oidc-service-account-email": one.account,
        "oidc-token-audience": one.audience,
        "attempt-deadline": f"{one.deadline}s",
        "max-retry-attempts": str(one.retries),
        "min-backoff": f"{one.backoff[0]}s",
        "max-backoff": f"{one.backoff[1]}s",
        "max-doublings": "3",
    }
    words = shlex.join(("job", one.name, one.service, TRIGGER))
    return words + _options(f"--{name}={value}" for name, value in options.items())


def _alert(one: Alert) -> str:
    return f"alert {shlex.quote(one.name)} <<'{_END}'\n{json.dumps(one.policy, indent=2)}\n{_END}\n"
