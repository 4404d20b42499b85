"""The plan as Terraform's JSON (``main.tf.json``), for the provider hashicorp/google."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from lookgate.deploy.cloudrun import HEALTH, PORT, command, mounted
from lookgate.deploy.gcloud import fill
from lookgate.deploy.resources import INVOKER, TRIGGER, Alert, Grant, Plan, Schedule, Service

PROVIDER = "~> 6.50"
_INGRESS = {
    "all": "INGRESS_TRAFFIC_ALL",
    "internal": "INGRESS_TRAFFIC_INTERNAL_ONLY",
    "internal-and-cloud-load-balancing": "INGRESS_TRAFFIC_INTERNAL_LOAD_BALANCER",
}
Resources = dict[str, dict[str, Any]]


class Expression(str):
    """A text that Terraform shall read as its own: no other is."""

    __slots__ = ()


def document(plan: Plan) -> str:
    """Return the file's text."""
    whole = {
        "//": "Written by `lookgate deploy terraform`. No secret is in it or in the state: see the output fill.",
        "terraform": {
            "required_version": ">= 1.5",
            "required_providers": {"google": {"source": "hashicorp/google", "version": PROVIDER}},
        },
        "provider": {"google": {"project": plan.project, "region": plan.region}},
        "resource": resources(plan),
        "output": {
            "fill": {
                "description": "Secrets are made empty. Each of these lines gives one its value.",
                "value": [fill(secret, plan.project) for secret in plan.secrets],
            },
            "left_to_do": {"description": "What no resource can do.", "value": list(plan.notes)},
        },
    }
    return json.dumps(_escaped(whole), indent=2) + "\n"


def resources(plan: Plan) -> Resources:
    """Return every resource: type → name → what it says."""
    found: Resources = defaultdict(dict)
    for name, why in plan.apis.items():
        body = {"//": why, "project": plan.project, "service": name, "disable_on_destroy": False}
        found["google_project_service"][_name(name.partition(".")[0])] = body
    for account in plan.accounts:
        found["google_service_account"][_name(account.id)] = {
            "//": account.why,
            "project": plan.project,
            "account_id": account.id,
            "display_name": f"Lookgate: {account.why}"[:100],
            "depends_on": ["google_project_service.iam"],
        }
    for secret in plan.secrets:
        found["google_secret_manager_secret"][_name(secret.id)] = {
            "//": secret.why,
            "project": plan.project,
            "secret_id": secret.id,
            "replication": {"auto": {}},
            "depends_on": ["google_project_service.secretmanager"],
        }
    for service in plan.services:
        found["google_cloud_run_v2_service"][_name(service.name)] = _service(plan, service)
    _grants(plan, found)
    if plan.schedule is not None:
        found["google_cloud_scheduler_job"][_name(plan.schedule.name)] = _schedule(plan, plan.schedule)
    for alert in plan.alerts:
        found["google_monitoring_alert_policy"][_name(alert.id)] = _alert(plan, alert)
    return dict(found)


def _name(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9_]", "_", text)


def _service(plan: Plan, service: Service) -> dict[str, Any]:
    run, arguments = command(plan)
    probe = {"timeout_seconds": 1, "http_get": {"path": HEALTH, "port": PORT}}
    env: list[dict[str, Any]] = [
        {"name": name, "value": value} for name, value in {**plan.variables, **service.variables}.items()
    ]
    env += [
        {
            "name": one.variable,
            "value_source": {
                "secret_key_ref": {"secret": _ref("secret_manager_secret", one.id, "secret_id"), "version": "latest"}
            },
        }
        for one in plan.secrets
        if one.variable
    ]
    return {
        "//": service.why,
        "project": plan.project,
        "location": plan.region,
        "name": service.name,
        "ingress": _INGRESS[service.ingress],
        "invoker_iam_disabled": False,
        "custom_audiences": list(service.audiences),
        "labels": {"made-by": "lookgate"},
        "deletion_protection": False,
        "template": {
            "service_account": _email(plan, service.account),
            "timeout": f"{service.timeout}s",
            "max_instance_request_concurrency": service.concurrency,
            **_network(plan),
            "scaling": {"min_instance_count": service.minimum, "max_instance_count": service.maximum},
            "containers": [
                {
                    "image": plan.image,
                    "command": run,
                    "args": arguments,
                    "ports": {"name": "http1", "container_port": PORT},
                    "env": env,
                    "resources": {
                        "limits": {"cpu": "1", "memory": f"{service.memory}Mi"},
                        "startup_cpu_boost": True,
                    },
                    "startup_probe": {**probe, "period_seconds": 1, "failure_threshold": 30},
                    "liveness_probe": {**probe, "period_seconds": 10, "failure_threshold": 3},
                    "volume_mounts": [{"name": name, "mount_path": folder} for name, _, folder in mounted(plan)],
                }
            ],
            "volumes": [
                {
                    "name": name,
                    "secret": {
                        "secret": _ref("secret_manager_secret", one.id, "secret_id"),
                        "items": [{"version": "latest", "path": "content"}],
                    },
                }
                for name, one, _ in mounted(plan)
            ],
        },
        # An account that may not read a secret yet cannot start a service that names it.
        "depends_on": [
            "google_project_service.run",
            *(f"google_secret_manager_secret_iam_member.{name}" for name in _readers(plan, service)),
        ],
    }


def _network(plan: Plan) -> dict[str, Any]:
    if not plan.network:
        return {}
    network, _, subnet = plan.network.partition("/")
    interfaces = [{"network": network, "subnetwork": subnet}]
    return {"vpc_access": {"egress": "PRIVATE_RANGES_ONLY", "network_interfaces": interfaces}}


def _readers(plan: Plan, service: Service) -> list[str]:
    member = f"serviceAccount:{service.account}"
    return [_grant_name(one) for one in plan.grants if one.kind == "secret" and one.member == member]


def _grant_name(one: Grant) -> str:
    return _name(f"{one.member.partition(':')[2].partition('@')[0]}_{one.role.rpartition('.')[2]}_{one.target}")


def _ref(kind: str, name: str, attribute: str) -> Expression:
    return Expression(f"${{google_{kind}.{_name(name)}.{attribute}}}")


def _email(plan: Plan, address: str) -> str:
    """Return an account's address: by reference when it is made here, so that it is made first."""
    own = next((one for one in plan.accounts if one.email == address), None)
    return _ref("service_account", own.id, "email") if own else address


def _member(plan: Plan, member: str) -> str:
    kind, _, address = member.partition(":")
    found = _email(plan, address)
    return Expression(f"{kind}:{found}") if isinstance(found, Expression) else member


def _grants(plan: Plan, found: Resources) -> None:
    ours = {service.name: service for service in plan.services}
    for one in plan.grants:
        body: dict[str, Any] = {"//": one.why, "role": one.role, "member": _member(plan, one.member)}
        match one.kind:
            case "secret":
                body |= {"project": plan.project, "secret_id": _ref("secret_manager_secret", one.target, "secret_id")}
                found["google_secret_manager_secret_iam_member"][_grant_name(one)] = body
            case "account":
                own = next((account for account in plan.accounts if account.email == one.target), None)
                name = f"projects/-/serviceAccounts/{one.target}"
                body["service_account_id"] = _ref("service_account", own.id, "name") if own else name
                found["google_service_account_iam_member"][_grant_name(one)] = body
            case "service" if one.target not in ours or one.region != plan.region:
                body |= {"project": plan.project, "location": one.region, "name": one.target}
                found["google_cloud_run_v2_service_iam_member"][_grant_name(one)] = body
    for service in ours.values():
        callers = [
            one
            for one in plan.grants
            if one.kind == "service" and (one.target, one.region) == (service.name, plan.region)
        ]
        if callers:
            # A binding names everybody who may call: whoever was let in by hand, allUsers too, is removed.
            found["google_cloud_run_v2_service_iam_binding"][_name(service.name)] = {
                "//": "; ".join(one.why for one in callers),
                "project": plan.project,
                "location": plan.region,
                "name": _ref("cloud_run_v2_service", service.name, "name"),
                "role": INVOKER,
                "members": [_member(plan, one.member) for one in callers],
            }


def _schedule(plan: Plan, one: Schedule) -> dict[str, Any]:
    return {
        "project": plan.project,
        "region": plan.region,
        "name": one.name,
        "schedule": one.cron,
        "time_zone": "Etc/UTC",
        "attempt_deadline": f"{one.deadline}s",
        "retry_config": {
            "retry_count": one.retries,
            "min_backoff_duration": f"{one.backoff[0]}s",
            "max_backoff_duration": f"{one.backoff[1]}s",
            "max_doublings": 3,
        },
        "http_target": {
            "http_method": "POST",
            "uri": Expression(f"{_ref('cloud_run_v2_service', one.service, 'uri')}{TRIGGER}"),
            "oidc_token": {"service_account_email": _email(plan, one.account), "audience": one.audience},
        },
        "depends_on": [
            "google_project_service.cloudscheduler",
            f"google_cloud_run_v2_service_iam_binding.{_name(one.service)}",
        ],
    }


def _alert(plan: Plan, one: Alert) -> dict[str, Any]:
    policy: dict[str, Any] = _snake({key: value for key, value in one.policy.items() if key != "userLabels"})
    return {
        "project": plan.project,
        **policy,
        "user_labels": one.policy["userLabels"],
        "depends_on": ["google_project_service.monitoring"],
    }


def _snake(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {
            re.sub(r"[A-Z]", lambda match: f"_{match[0].lower()}", key): _snake(inner) for key, inner in value.items()
        }
    return [_snake(inner) for inner in value] if isinstance(value, list) else value


def _escaped(value: Any) -> Any:
    """Double what would begin an expression: texts of settings are texts, whatever they look like."""
    if isinstance(value, Mapping):
        return {key: _escaped(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_escaped(inner) for inner in value]
    if isinstance(value, str) and not isinstance(value, Expression):
        return value.replace("${", "$${").replace("%{", "%%{")
    return value
