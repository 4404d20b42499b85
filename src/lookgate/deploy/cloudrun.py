"""A Cloud Run service as the Knative resource that ``gcloud run services replace`` takes."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any

from lookgate.deploy.resources import Plan, SecretSlot, Service
from lookgate.errors import LookgateError

PORT = 8080
HEALTH = "/healthz"
"""Says that the process lives and asks nothing else, so that an outage of Looker or Postgres restarts nobody."""
PLACE_FILES = (
    'while [ "$#" -gt 1 ]; do install -D -m 600 -- "$1" "$2"; shift 2; done; '
    'exec lookgate serve --host 0.0.0.0 --port "$PORT"'
)
"""Copies each mounted file to where the settings name it, readable by the gateway alone, and becomes the gateway.

Cloud Run mounts secrets readable by everybody in the container, which Lookgate refuses, and one folder for each.
"""
_WORD = re.compile(r"[A-Za-z]+([-./][A-Za-z]+)*")
_NO_TEXT = {"true", "false", "yes", "no", "on", "off", "null", "y", "n"}
_MOUNTS = PurePosixPath("/etc/lookgate")


def mounted(plan: Plan) -> Iterator[tuple[str, SecretSlot, str]]:
    """Yield the name of each volume, the secret in it, and where it is mounted."""
    files = (secret for secret in plan.secrets if secret.path)
    for number, secret in enumerate(files, 1):
        yield f"file-{number}", secret, str(_MOUNTS / str(number))


def command(plan: Plan) -> tuple[list[str], list[str]]:
    """Return the container's command and its arguments. Values are arguments of their own, never part of a script."""
    placed = [text for _, secret, folder in mounted(plan) for text in (f"{folder}/content", secret.path)]
    return ["sh", "-euc", PLACE_FILES], ["lookgate", *placed]


def knative(plan: Plan, service: Service) -> dict[str, Any]:
    """Return the resource."""
    run, arguments = command(plan)
    probe = {"httpGet": {"path": HEALTH, "port": PORT}, "timeoutSeconds": 1}
    annotations = {
        "run.googleapis.com/ingress": service.ingress,
        "run.googleapis.com/invoker-iam-disabled": "false",
    }
    if service.audiences:
        annotations["run.googleapis.com/custom-audiences"] = json.dumps(list(service.audiences))
    revision = {
        "autoscaling.knative.dev/minScale": str(service.minimum),
        "autoscaling.knative.dev/maxScale": str(service.maximum),
        "run.googleapis.com/startup-cpu-boost": "true",
    }
    if plan.network:
        network, _, subnet = plan.network.partition("/")
        revision["run.googleapis.com/network-interfaces"] = json.dumps([{"network": network, "subnetwork": subnet}])
        revision["run.googleapis.com/vpc-access-egress"] = "private-ranges-only"
    return {
        "apiVersion": "serving.knative.dev/v1",
        "kind": "Service",
        "metadata": {
            "name": service.name,
            "labels": {"cloud.googleapis.com/location": plan.region, "made-by": "lookgate"},
            "annotations": annotations,
        },
        "spec": {
            "template": {
                "metadata": {"annotations": revision},
                "spec": {
                    "serviceAccountName": service.account,
                    "containerConcurrency": service.concurrency,
                    "timeoutSeconds": service.timeout,
                    "containers": [
                        {
                            "image": plan.image,
                            "command": run,
                            "args": arguments,
                            "ports": [{"name": "http1", "containerPort": PORT}],
                            "env": [*_plain({**plan.variables, **service.variables}), *_secret(plan.secrets)],
                            "resources": {"limits": {"cpu": "1", "memory": f"{service.memory}Mi"}},
                            "startupProbe": {**probe, "periodSeconds": 1, "failureThreshold": 30},
                            "livenessProbe": {**probe, "periodSeconds": 10, "failureThreshold": 3},
                            "volumeMounts": [{"name": name, "mountPath": folder} for name, _, folder in mounted(plan)],
                        }
                    ],
                    "volumes": [
                        {
                            "name": name,
                            "secret": {"secretName": secret.id, "items": [{"key": "latest", "path": "content"}]},
                        }
                        for name, secret, _ in mounted(plan)
                    ],
                },
            }
        },
    }


def resource(plan: Plan, part: str) -> str:
    """Return one service as a YAML file: ``gateway`` or ``sync``.

    Raises:
        LookgateError: ``no_such_part``: the settings have no sync rules.
    """
    services = dict(zip(("gateway", "sync"), plan.services, strict=False))
    if part not in services:
        raise LookgateError(
            "no_such_part", "There is nothing to keep fresh, so nothing is triggered.", "Add a sync rule."
        )
    told = f"# {services[part].name}: {services[part].why}.\n# Written by `lookgate deploy cloudrun-yaml`; no secret.\n"
    return told + yaml(knative(plan, services[part]))


def _plain(variables: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    for name, value in variables.items():
        yield {"name": name, "value": value}


def _secret(secrets: tuple[SecretSlot, ...]) -> Iterator[dict[str, Any]]:
    for secret in secrets:
        if secret.variable:
            yield {"name": secret.variable, "valueFrom": {"secretKeyRef": {"name": secret.id, "key": "latest"}}}


def yaml(value: Any, indent: int = 0) -> str:
    """Write JSON's data as YAML: block style, each text that is not a plain word in JSON's quotes."""
    return "".join(f"{' ' * indent}{line}\n" for line in _lines(value))


def _lines(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, inner in value.items():
            if isinstance(inner, dict | list) and inner:
                yield f"{_scalar(key)}:"
                yield from (f"  {line}" for line in _lines(inner))
            else:
                yield f"{_scalar(key)}: {_scalar(inner)}"
    else:
        for item in value:
            first = True
            for line in _lines(item) if isinstance(item, dict | list) and item else [_scalar(item)]:
                yield f"{'- ' if first else '  '}{line}"
                first = False


def _scalar(value: Any) -> str:
    """Return a scalar. Only words that YAML 1.1 and 1.2 read as text stand without quotes."""
    if not isinstance(value, str):
        return json.dumps(value)
    if _WORD.fullmatch(value) and value.lower() not in _NO_TEXT:
        return value
    # JSON's quotes are YAML's, but for what JSON writes as two surrogates.
    signs = (json.dumps(sign)[1:-1] if sign < "\U00010000" else f"\\U{ord(sign):08x}" for sign in value)
    return f'"{"".join(signs)}"'
