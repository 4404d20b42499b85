"""Google's command line as the client, where it is installed."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from local_google import SERVICE, UPDATER, LocalGoogle, claims_of, google_part, served_google
from local_looker import Clock

GCLOUD = shutil.which("gcloud")
AUDIENCE = "https://service.example"

pytestmark = pytest.mark.skipif(GCLOUD is None, reason="gcloud is not installed; it is no package of this project")


@pytest.fixture
def local() -> Iterator[LocalGoogle]:
    grants = [{"member": "updater", "role": "roles/iam.serviceAccountTokenCreator", "on": "service"}]
    now = datetime.fromtimestamp(int(time.time()), UTC)
    with served_google(google_part(grants=grants), clock=Clock(now)) as found:
        yield found


def gcloud(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    given = {"CLOUDSDK_CONFIG": str(folder / "config"), "CLOUDSDK_CORE_DISABLE_PROMPTS": "1", "HOME": str(folder)}
    return subprocess.run(  # noqa: S603 - the arguments are ours
        [GCLOUD or "gcloud", *arguments],
        env={"PATH": os.environ["PATH"]} | given | environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_it_prints_the_identity_of_the_instance(local: LocalGoogle, tmp_path: Path) -> None:
    host = local.base_url.removeprefix("http://")
    names = ("GCE_METADATA_ROOT", "GCE_METADATA_HOST", "GCE_METADATA_IP")
    options = (f"--audiences={AUDIENCE}", "--token-format=full")
    done = gcloud(tmp_path, "auth", "print-identity-token", *options, **dict.fromkeys(names, host))
    claims = claims_of(done.stdout.strip()) if done.returncode == 0 else {}
    assert (claims.get("email"), claims.get("aud")) == (UPDATER, AUDIENCE), done.stderr


@pytest.mark.parametrize(("target", "allowed"), [(SERVICE, True), (UPDATER, False)])
def test_it_impersonates_whom_it_may(local: LocalGoogle, tmp_path: Path, target: str, allowed: bool) -> None:
    account = local.google.account("updater")
    assert account is not None
    token = tmp_path / "token"
    token.write_text(local.google.access_token(account))
    done = gcloud(
        tmp_path,
        "auth",
        "print-identity-token",
        f"--impersonate-service-account={target}",
        f"--audiences={AUDIENCE}",
        "--include-email",
        CLOUDSDK_API_ENDPOINT_OVERRIDES_IAMCREDENTIALS=f"{local.base_url}/",
        CLOUDSDK_AUTH_ACCESS_TOKEN_FILE=str(token),
    )
    if allowed:
        assert claims_of(done.stdout.strip())["email"] == SERVICE, done.stderr
    else:
        assert "PERMISSION_DENIED" in done.stderr
        assert done.stdout == ""
