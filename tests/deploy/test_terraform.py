"""Terraform's JSON: checked with the provider's own published types, since its plugin cannot be had offline."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from deploy_plan import BARE, RULE, SYNC, WHOLE, planned
from lookgate.deploy.resources import Plan
from lookgate.deploy.terraform import document

ROOT = Path(__file__).resolve().parents[2]
PROVIDER = ROOT / "node_modules" / ".google-provider"
FREE = {"annotations", "labels", "user_labels", "limits"}
"""Maps whose keys are values."""
FRAMEWORK = """\
declare module "cdktf" {
  export interface IResolvable { readonly creationStack: string[]; resolve(context: object): object; }
  export interface TerraformMetaArguments { readonly dependsOn?: string[]; readonly provider?: never; }
}
"""
COMPILER = {
    "strict": True,
    "noEmit": True,
    "skipLibCheck": True,
    "target": "es2022",
    "module": "esnext",
    "moduleResolution": "bundler",
    "types": [],
}


def written(plan: Plan) -> Any:
    return json.loads(document(plan))


def everything(folder: Path) -> Any:
    channel = "projects/acme-looker/notificationChannels/7"
    services = {"https://orders-abc.a.run.app": "orders@us-east1"}
    return written(planned(folder, WHOLE, channel=channel, services=services, network="private/gateways"))


def texts(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for inner in value.values():
            yield from texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from texts(inner)
    elif isinstance(value, str):
        yield value


def camel(value: Any) -> Any:
    """Return the data with the names that the provider's types have: those of blocks and arguments, not of maps."""
    if isinstance(value, dict):
        return {
            re.sub(r"_([a-z0-9])", lambda match: match[1].upper(), key): inner if key in FREE else camel(inner)
            for key, inner in value.items()
            if key != "//"
        }
    return [camel(inner) for inner in value] if isinstance(value, list) else value


def compiled(folder: Path, resources: Any) -> str:
    """Type-check each resource as its provider's configuration; return what the compiler says."""
    tsc = shutil.which("tsc", path=str(ROOT / "node_modules" / ".bin"))
    if tsc is None or not PROVIDER.is_dir():
        pytest.skip("the provider's types are not there: run `npm ci` and scripts/google-provider-types")
    lines = []
    for kind, named in resources.items():
        words = kind.removeprefix("google_").split("_")
        config = "".join(word.capitalize() for word in words) + "Config"
        place = PROVIDER / "-".join(words) / "index"
        lines.append(f"import type {{ {config} }} from {json.dumps(str(place))};")
        lines += [f"export const {kind}_{name}: {config} = {json.dumps(camel(body))};" for name, body in named.items()]
    (folder / "check.ts").write_text("\n".join(lines))
    (folder / "cdktf.d.ts").write_text(FRAMEWORK)
    (folder / "tsconfig.json").write_text(json.dumps({"compilerOptions": COMPILER, "include": ["*.ts"]}))
    done = subprocess.run([tsc, "-p", folder], capture_output=True, text=True, check=False, timeout=120)  # noqa: S603 - our own
    return done.stdout


@pytest.mark.npm
def test_every_resource_has_the_providers_own_type(tmp_path: Path) -> None:
    resources = everything(tmp_path)["resource"]
    assert len(resources) == 10
    assert compiled(tmp_path, resources) == ""


@pytest.mark.npm
@pytest.mark.parametrize(
    ("at", "value", "told"),
    [
        ("template.containers.0.startup_probe.http_get.page", "/healthz", '"page"'),
        ("template.max_instances", 3, '"maxInstances"'),
        ("template.scaling.max_instance_count", "3", "Type 'string' is not assignable to type 'number'"),
        ("deletion_protection", "no", "Type 'string' is not assignable to type 'boolean"),
        ("location", None, "Type 'null' is not assignable to type 'string'"),
    ],
)
def test_the_types_notice_what_is_wrong(tmp_path: Path, at: str, value: object, told: str) -> None:
    service = everything(tmp_path)["resource"]["google_cloud_run_v2_service"]["lookgate"]
    *way, last = at.split(".")
    inner = service
    for step in way:
        inner = inner[int(step) if step.isdigit() else step]
    inner[last] = value
    assert told in compiled(tmp_path, {"google_cloud_run_v2_service": {"lookgate": service}})


def test_every_reference_leads_to_a_resource_that_is_there(tmp_path: Path) -> None:
    whole = everything(tmp_path)
    there = {f"{kind}.{name}" for kind, named in whole["resource"].items() for name in named}
    found = [reference for text in texts(whole) for reference in re.findall(r"\$\{(\w+\.\w+)\.\w+\}", text)]
    found += [
        one for named in whole["resource"].values() for body in named.values() for one in body.get("depends_on", [])
    ]
    assert len(found) > 30
    assert set(found) <= there


def test_a_text_of_the_settings_is_never_an_expression(tmp_path: Path) -> None:
    hostile = '${file("/etc/passwd")}%{if true}x%{endif}'
    audience = f"https://orders.example/{hostile}"
    plan = planned(tmp_path, BARE + SYNC + RULE.replace("https://orders-abc.a.run.app", audience.replace('"', '\\"')))
    for text in texts(written(plan)):
        assert not re.search(r"(?<!\$)\$\{(?!google_\w+\.\w+\.\w+\})", text), text
        assert not re.search(r"(?<!%)%\{", text), text
    assert any("$${file(" in text for text in texts(written(plan)))


def test_who_may_call_is_said_whole_so_that_nobody_let_in_by_hand_stays(tmp_path: Path) -> None:
    resources = everything(tmp_path)["resource"]
    bindings = resources["google_cloud_run_v2_service_iam_binding"]
    assert bindings["lookgate_sync"]["members"] == ["serviceAccount:${google_service_account.lookgate_scheduler.email}"]
    assert bindings["lookgate"]["members"] == ["serviceAccount:reports@acme-looker.iam.gserviceaccount.com"]
    others = resources["google_cloud_run_v2_service_iam_member"]
    assert [(body["name"], body["location"]) for body in others.values()] == [("orders", "us-east1")]
    assert all(one["invoker_iam_disabled"] is False for one in resources["google_cloud_run_v2_service"].values())


def test_the_file_holds_and_makes_no_secret_and_says_how_to_fill_each(tmp_path: Path) -> None:
    whole = everything(tmp_path)
    assert "google_secret_manager_secret_version" not in whole["resource"]
    assert len(whole["output"]["fill"]["value"]) == len(whole["resource"]["google_secret_manager_secret"])


def test_terraform_itself_reads_the_file(tmp_path: Path) -> None:
    """Without the plugin it says which providers are wanted, after it has read every block."""
    terraform = shutil.which("terraform")
    if terraform is None:
        pytest.skip("terraform is not installed")
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "main.tf.json").write_text(json.dumps(everything(tmp_path)))
    environ = {"HOME": str(tmp_path), "CHECKPOINT_DISABLE": "1", "PATH": ""}
    done = subprocess.run(  # noqa: S603 - terraform
        [terraform, "providers"], cwd=folder, env=environ, capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr
    assert "hashicorp/google] ~> 6.50" in done.stdout
