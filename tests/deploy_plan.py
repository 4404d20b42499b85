"""Settings to deploy, and the plan that is made of them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lookgate.deploy.choices import Choices
from lookgate.deploy.described import describe
from lookgate.deploy.plan import plan
from lookgate.deploy.resources import Plan

BARE = """\
[web]
serverless = true

[instance]
base_url = "https://example.cloud.looker.com"
client_id = "env:LOOKERSDK_CLIENT_ID"
client_secret = "env:LOOKERSDK_CLIENT_SECRET"

[store]
url = "env:LOOKGATE_STORE_URL"
"""
SYNC = """
[sync]
audience = "https://gw.example.com/api/sync-attributes"
callers = ["lookgate-scheduler@acme-looker.iam.gserviceaccount.com"]
"""
RULE = """
[[sync.rules]]
source = "google"
audience = "https://orders-abc.a.run.app"
attribute = "orders_token"
target = "group:Analysts"
"""
WHOLE = (
    BARE
    + """
[keys]
encryption_key = "env:LOOKGATE_KEYS"

[tokens]
issuer = "https://gw.example.com"
"""
    + SYNC
    + RULE
    + """
[[sync.impersonate]]
name = "reports"
service_account = "reports@acme-looker.iam.gserviceaccount.com"

[[sync.rules]]
source = "reports"
audience = "https://gw.example.com"
attribute = "gateway_token"
target = "default"
"""
)
IMAGE = "europe-west1-docker.pkg.dev/acme/images/lookgate:1"


def planned(folder: Path, toml: str, environ: Mapping[str, str] | None = None, **choices: Any) -> Plan:
    """Return the plan for settings of this text."""
    file = folder / "lookgate.toml"
    file.write_text(toml, encoding="utf-8")
    given = {"project": "acme-looker", "region": "europe-west1", "image": IMAGE} | choices
    return plan(describe(file, environ or {}), Choices(**given))
