"""What the written services start, started here: the same command, files and variables, and the gateway answers."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from deploy_plan import BARE, RULE, SYNC, planned
from lookgate.cli.demo.stage import free_port
from lookgate.deploy.cloudrun import HEALTH, knative
from lookgate.deploy.resources import Plan, Service

VALUES = {"lookgate-LOOKERSDK_CLIENT_ID": "the-id", "lookgate-LOOKERSDK_CLIENT_SECRET": "the-secret"}
IN_MEMORY = BARE.replace('[store]\nurl = "env:LOOKGATE_STORE_URL"', "")
REAL, NOBODY = "https://example.cloud.looker.com", "http://127.0.0.1:1"
"""The instance, and where nobody listens, so that a run which was let in ends at its first call."""


@contextmanager
def container(folder: Path, plan: Plan, service: Service, files: dict[str, str]) -> Iterator[str]:
    """Run the service's container as Cloud Run would, with its folders below ``folder``; yield its URL."""
    spec = knative(plan, service)["spec"]["template"]["spec"]
    run = spec["containers"][0]
    secrets = {volume["name"]: volume["secret"]["secretName"] for volume in spec["volumes"]}
    for mount in run["volumeMounts"]:
        place = folder / mount["mountPath"].lstrip("/") / "content"
        place.parent.mkdir(parents=True)
        place.write_text(files[secrets[mount["name"]]])
        place.chmod(0o444)
    (folder / "srv").mkdir(exist_ok=True)
    environ = {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "K_SERVICE": service.name}
    for one in run["env"]:
        environ[one["name"]] = one["value"] if "value" in one else VALUES[one["valueFrom"]["secretKeyRef"]["name"]]
    environ["LOOKGATE_SETTINGS"] = f"{folder}{environ['LOOKGATE_SETTINGS']}"
    port = free_port()
    environ["PORT"] = str(port)
    arguments = [f"{folder}{text}" if text.startswith("/") else text for text in run["args"]]
    # On loopback here: a test listens nowhere else.
    command = [text.replace("--host 0.0.0.0", "--host 127.0.0.1") for text in run["command"]]
    process = subprocess.Popen(  # noqa: S603 - the written command
        ["/usr/bin/env", *command, *arguments], cwd=folder / "srv", env=environ, stderr=subprocess.PIPE, text=True
    )
    try:
        url = f"http://127.0.0.1:{port}"
        probe(process, f"{url}{HEALTH}")
        yield url
    finally:
        process.terminate()
        process.communicate(timeout=20)


def probe(process: subprocess.Popen[str], url: str) -> None:
    """Wait until the gateway says that it answers, and ask what Cloud Run's probes ask."""
    assert process.stderr is not None
    said = process.stderr.readline()
    assert said.startswith("Lookgate answers at"), said + process.stderr.read()
    with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310 - loopback
        assert json.load(answer) == {"status": "alive"}


def stripped(**claims: object) -> str:
    """Return a token as Cloud Run hands it on: without its signature."""
    now = int(time.time())
    whole: dict[str, object] = {
        "iss": "https://accounts.google.com",
        "aud": "https://gw.example.com/api/sync-attributes",
        "sub": "1",
        "azp": "1",
        "email": "lookgate-scheduler@acme-looker.iam.gserviceaccount.com",
        "email_verified": True,
        "iat": now,
        "exp": now + 3600,
    }
    parts = ({"alg": "RS256", "kid": "k", "typ": "JWT"}, whole | claims)
    words = [base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in parts]
    return ".".join((*words, "SIGNATURE_REMOVED_BY_GOOGLE"))


def post(url: str, token: str = "") -> tuple[int, str]:
    """Call the trigger; return the status and the code of the problem."""
    headers = {"authorization": f"Bearer {token}"} if token else {}
    request = urllib.request.Request(f"{url}/api/sync-attributes", method="POST", headers=headers)  # noqa: S310 - loopback
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(request, timeout=10)  # noqa: S310 - loopback
    with caught.value as answer:
        return answer.status or 0, str(json.load(answer).get("code"))


@pytest.mark.parametrize("part", [0, 1], ids=["gateway", "sync"])
def test_each_service_starts_as_it_is_written_and_only_the_trigger_takes_cloud_runs_word(
    tmp_path: Path, part: int
) -> None:
    plan = planned(tmp_path, IN_MEMORY + SYNC + RULE)
    toml = (IN_MEMORY + SYNC + RULE).replace(REAL, NOBODY)
    with container(tmp_path / "container", plan, plan.services[part], {"lookgate-settings": toml}) as url:
        placed = tmp_path / "container" / "srv" / "lookgate.toml"
        assert placed.read_text() == toml
        assert placed.stat().st_mode & 0o777 == 0o600
        assert post(url) == (401, "credential_missing")
        if plan.services[part].name == "lookgate":
            assert post(url, stripped()) == (401, "token_signature_removed")
            return
        assert post(url, stripped()) == (503, "looker_unreachable"), "let in, and nobody answers there"
        assert post(url, stripped(email="else@acme-looker.iam.gserviceaccount.com")) == (401, "email_not_listed")
        assert post(url, stripped(aud="https://gw.example.com"))[0] == 401
        assert post(url, stripped(exp=int(time.time()) - 60)) == (401, "token_expired")
