"""The script, run by real gcloud against a stand-in for Google Cloud."""

from __future__ import annotations

import copy
import json
import subprocess
from collections import Counter
from pathlib import Path
from typing import Any

import yaml as reader

from deploy_plan import BARE, RULE, SYNC, planned
from google_cloud import gcloud, gcloud_environ, google_cloud, run
from lookgate.deploy.cloudrun import knative, resource
from lookgate.deploy.gcloud import script

PROJECT = "projects/acme-looker"
HOST = "acme-looker.iam.gserviceaccount.com"


def members(policy: Any) -> dict[str, list[str]]:
    return {one["role"]: one["members"] for one in policy["bindings"]}


def without_what_gcloud_adds(service: Any) -> Any:
    """Return what the settings asked for, of a service as it came."""
    kept = copy.deepcopy(service)
    kept.pop("status", None)
    annotations = kept["metadata"]["annotations"]
    for name in (
        "run.googleapis.com/client-name",
        "run.googleapis.com/client-version",
        "run.googleapis.com/launch-stage",
    ):
        annotations.pop(name, None)
        kept["spec"]["template"]["metadata"]["annotations"].pop(name, None)
    for name in ("namespace", "generation", "resourceVersion", "uid"):
        kept["metadata"].pop(name, None)
    return kept


def test_real_gcloud_makes_everything_once_and_a_second_run_makes_and_changes_nothing(tmp_path: Path) -> None:
    """As an admin does it: run, fill the secrets, run again; and once more some day."""
    gcloud()
    plan = planned(
        tmp_path, BARE.replace('client_id = "env:LOOKERSDK_CLIENT_ID"\n', 'client_id = "env:ID"\n') + SYNC + RULE
    )
    file = tmp_path / "deploy.sh"
    file.write_text(script(plan), encoding="utf-8")
    with google_cloud() as (cloud, port):
        environ = gcloud_environ(port, tmp_path)
        first = run(file, environ)
        assert first.returncode == 3, first.stderr
        assert "versions add lookgate-settings" in first.stdout
        assert not any("/services/" in name for name in cloud.things)
        secrets = [f"{PROJECT}/secrets/{one.id}" for one in plan.secrets]
        for secret in secrets:
            cloud.fill(secret)

        second = run(file, environ)
        assert second.returncode == 0, second.stderr
        # Two runs, one making of each: the stand-in refuses to make a thing twice.
        made = Counter(path for method, path in cloud.changes() if method == "POST" and ":" not in path)
        assert made[f"/v1/{PROJECT}/serviceAccounts"] == 3
        assert made[f"/v1/{PROJECT}/secrets"] == len(secrets)
        assert cloud.enabled == set(plan.apis)

        services = "/apis/serving.knative.dev/v1/namespaces/acme-looker/services"
        for service in plan.services:
            assert without_what_gcloud_adds(cloud.things[f"{services}/{service.name}"]) == knative(plan, service)
        job = cloud.things[f"{PROJECT}/locations/europe-west1/jobs/lookgate-sync"]
        assert job["httpTarget"] == {
            "uri": "https://lookgate-sync-x.a.run.app/api/sync-attributes",
            "httpMethod": "POST",
            "oidcToken": {
                "serviceAccountEmail": f"lookgate-scheduler@{HOST}",
                "audience": "https://gw.example.com/api/sync-attributes",
            },
        }
        assert (job["schedule"], job["timeZone"], job["attemptDeadline"]) == ("*/5 * * * *", "Etc/UTC", "300s")
        assert job["retryConfig"] == {
            "retryCount": 3,
            "minBackoffDuration": "5s",
            "maxBackoffDuration": "60s",
            "maxDoublings": 3,
        }
        reader_role, both = "roles/secretmanager.secretAccessor", ["gateway", "sync"]
        for secret in secrets:
            assert members(cloud.policies[secret]) == {
                reader_role: [f"serviceAccount:lookgate-{name}@{HOST}" for name in both]
            }
        own = f"lookgate-sync@{HOST}"
        assert members(cloud.policies[f"{PROJECT}/serviceAccounts/{own}"]) == {
            "roles/iam.serviceAccountOpenIdTokenCreator": [f"serviceAccount:{own}"]
        }
        run_services = f"{PROJECT}/locations/europe-west1/services"
        assert members(cloud.policies[f"{run_services}/lookgate-sync"]) == {
            "roles/run.invoker": [f"serviceAccount:lookgate-scheduler@{HOST}"]
        }
        assert f"{run_services}/lookgate" not in cloud.policies
        assert not any(name == PROJECT or ":setIamPolicy" in name for name in cloud.policies)
        told = {thing["displayName"]: thing for name, thing in cloud.things.items() if "alertPolicies" in name}
        for alert in plan.alerts:
            assert told[alert.name]["conditions"] == json.loads(json.dumps(alert.policy["conditions"]))

        before = copy.deepcopy((cloud.things, cloud.policies, cloud.enabled))
        cloud.calls.clear()
        third = run(file, environ)
        assert third.returncode == 0, third.stderr
        assert (cloud.things, cloud.policies, cloud.enabled) == before
        assert [path for method, path in cloud.changes() if method == "POST" and ":" not in path] == []
        hosts = {host for host, *_ in cloud.calls}
        assert all(host.endswith(".test") for host in hosts), "gcloud was told of no other place"


def test_real_gcloud_takes_the_yaml_of_each_part(tmp_path: Path) -> None:
    program = gcloud()
    plan = planned(tmp_path, BARE + SYNC + RULE)
    with google_cloud() as (cloud, port):
        environ = gcloud_environ(port, tmp_path)
        for part, service in zip(("gateway", "sync"), plan.services, strict=True):
            file = tmp_path / f"{part}.yaml"
            file.write_text(resource(plan, part), encoding="utf-8")
            command = [
                program,
                "run",
                "services",
                "replace",
                str(file),
                "--project=acme-looker",
                "--region=europe-west1",
            ]
            done = subprocess.run(command, env=environ, capture_output=True, text=True, check=False, timeout=60)  # noqa: S603 - gcloud
            assert done.returncode == 0, done.stderr
            found = cloud.things[f"/apis/serving.knative.dev/v1/namespaces/acme-looker/services/{service.name}"]
            assert without_what_gcloud_adds(found) == reader.safe_load(file.read_text())
