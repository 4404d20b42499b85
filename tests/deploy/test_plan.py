from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from deploy_plan import BARE, RULE, SYNC, WHOLE, planned
from lookgate.deploy.cloudrun import knative
from lookgate.deploy.gcloud import script
from lookgate.deploy.resources import DELEGATE, INVOKER, READER, SIGNER, Plan
from lookgate.deploy.schedule import cron_of
from lookgate.deploy.table import table
from lookgate.deploy.terraform import document
from lookgate.errors import LookgateError
from lookgate.sync.cron import read_cron

GATEWAY, SYNCER, SCHEDULER, REPORTS = (
    f"serviceAccount:{name}@acme-looker.iam.gserviceaccount.com"
    for name in ("lookgate-gateway", "lookgate-sync", "lookgate-scheduler", "reports")
)


def every_text(plan: Plan) -> list[str]:
    return [script(plan), document(plan), *(json.dumps(knative(plan, one)) for one in plan.services)]


# --- who may do what ------------------------------------------------------------------------------------------------


def test_each_principal_has_exactly_the_roles_it_needs_each_on_one_thing(tmp_path: Path) -> None:
    grants = planned(tmp_path, WHOLE).grants
    secrets = {one.target for one in grants if one.kind == "secret"}
    assert secrets == {
        "lookgate-settings",
        "lookgate-LOOKERSDK_CLIENT_ID",
        "lookgate-LOOKERSDK_CLIENT_SECRET",
        "lookgate-LOOKGATE_STORE_URL",
        "lookgate-LOOKGATE_KEYS",
        "lookgate-ring-tokens",
    }
    assert {(one.role, one.member) for one in grants if one.kind == "secret"} == {(READER, GATEWAY), (READER, SYNCER)}
    assert {(one.role, one.member, one.target) for one in grants if one.kind != "secret"} == {
        (SIGNER, SYNCER, "lookgate-sync@acme-looker.iam.gserviceaccount.com"),
        (SIGNER, SYNCER, "reports@acme-looker.iam.gserviceaccount.com"),
        (INVOKER, SCHEDULER, "lookgate-sync"),
        (INVOKER, REPORTS, "lookgate"),
    }


def test_nothing_is_granted_on_a_project_to_everybody_or_as_owner_or_editor(tmp_path: Path) -> None:
    for text in every_text(planned(tmp_path, WHOLE)):
        for forbidden in (
            "projects add-iam",
            "roles/owner",
            "roles/editor",
            "google_project_iam",
            "service-account-key",
        ):
            assert forbidden not in text
        assert "--allow-unauthenticated" not in text
    terraform = json.loads(document(planned(tmp_path, WHOLE)))
    members = json.dumps(terraform["resource"])
    assert "allUsers" not in members
    assert "allAuthenticatedUsers" not in members


def test_only_the_scheduler_reaches_the_trigger_and_only_from_inside(tmp_path: Path) -> None:
    plan = planned(tmp_path, WHOLE, invokers=("group:callers@example.com",))
    gateway, trigger = plan.services
    assert [one.member for one in plan.grants if (one.role, one.target) == (INVOKER, trigger.name)] == [SCHEDULER]
    assert (gateway.ingress, trigger.ingress) == ("all", "internal")
    assert (gateway.variables, trigger.variables) == ({}, {"LOOKGATE_SYNC_BEHIND_IAM": "true"})
    assert gateway.account != trigger.account


def test_the_gateway_may_make_no_tokens(tmp_path: Path) -> None:
    assert [one.role for one in planned(tmp_path, WHOLE).grants if one.member == GATEWAY and one.role != READER] == []


def test_a_way_over_other_accounts_is_granted_step_by_step(tmp_path: Path) -> None:
    toml = BARE + SYNC + RULE.replace('"google"', '"far"')
    toml += """
[[sync.impersonate]]
name = "far"
service_account = "far@other.iam.gserviceaccount.com"
delegates = ["one@acme-looker.iam.gserviceaccount.com", "two@other.iam.gserviceaccount.com"]

[[sync.impersonate]]
name = "unused"
service_account = "unused@other.iam.gserviceaccount.com"
"""
    found = [(one.role, one.member, one.target) for one in planned(tmp_path, toml).grants if one.kind == "account"]
    one, two = "one@acme-looker.iam.gserviceaccount.com", "two@other.iam.gserviceaccount.com"
    assert found == [
        (DELEGATE, SYNCER, one),
        (DELEGATE, f"serviceAccount:{one}", two),
        (SIGNER, f"serviceAccount:{two}", "far@other.iam.gserviceaccount.com"),
    ]


def test_the_account_of_a_token_may_call_the_service_that_it_is_for(tmp_path: Path) -> None:
    services = {"https://orders-abc.a.run.app": "orders@us-east1"}
    plan = planned(tmp_path, BARE + SYNC + RULE, services=services)
    assert [(one.target, one.region) for one in plan.grants if (one.role, one.member) == (INVOKER, SYNCER)] == [
        ("orders", "us-east1")
    ]
    told = planned(tmp_path, BARE + SYNC + RULE).notes
    assert any("https://orders-abc.a.run.app" in note and "--target" in note for note in told)


def test_rules_whose_tokens_are_not_googles_need_no_account_and_no_api(tmp_path: Path) -> None:
    rule = """
[[sync.static]]
name = "key"
value = "env:PARTNER_KEY"

[[sync.rules]]
source = "key"
attribute = "partner_key"
target = "default"
"""
    plan = planned(tmp_path, BARE + SYNC + rule)
    assert "iamcredentials.googleapis.com" not in plan.apis
    assert [one for one in plan.grants if one.kind == "account"] == []


# --- the services ---------------------------------------------------------------------------------------------------


def test_one_instance_runs_where_the_state_is_in_its_memory_and_the_reason_is_told(tmp_path: Path) -> None:
    plan = planned(tmp_path, BARE.replace('[store]\nurl = "env:LOOKGATE_STORE_URL"', ""), minimum=0, maximum=9)
    assert [(one.minimum, one.maximum) for one in plan.services] == [(1, 1)]
    assert any("store.url" in note for note in plan.notes)
    several = planned(tmp_path, BARE, minimum=2, maximum=9)
    assert [(one.minimum, one.maximum) for one in several.services] == [(2, 9)]
    assert not any("store.url" in note for note in several.notes)


@pytest.mark.parametrize(
    ("body", "memory", "concurrency"), [(1_000_000, 256, 80), (5_000_000, 512, 80), (100_000_000, 4096, 42)]
)
def test_memory_is_enough_for_all_bodies_at_once(tmp_path: Path, body: int, memory: int, concurrency: int) -> None:
    service = planned(tmp_path, BARE.replace("[web]", f"[web]\nmax_body_bytes = {body}")).services[0]
    assert (service.memory, service.concurrency) == (memory, concurrency)
    assert 60 + service.concurrency * body / 2**20 <= service.memory


def test_the_schedulers_audience_passes_cloud_runs_own_check_at_the_trigger_and_nowhere_else(tmp_path: Path) -> None:
    gateway, trigger = planned(tmp_path, WHOLE).services
    assert trigger.audiences == ("https://gw.example.com/api/sync-attributes",)
    assert gateway.audiences == ("https://gw.example.com",)


def test_a_reference_becomes_a_variable_or_a_file_where_the_settings_look_for_it(tmp_path: Path) -> None:
    keys = tmp_path / "secrets" / "keys.txt"
    keys.parent.mkdir()
    keys.write_text("a" * 64)
    keys.chmod(0o600)
    toml = BARE + '\n[keys]\nfolder = "var/keys"\nencryption_key = "file:secrets/keys.txt"\n'
    toml += '\n[tokens]\nissuer = "https://gw.example.com"\n'
    plan = planned(tmp_path, toml, settings_file="deployed/lookgate.toml")
    assert {one.source for one in plan.secrets if one.path} == {
        "deployed/lookgate.toml",
        "deployed/secrets/keys.txt",
        "deployed/var/keys/tokens.json",
    }
    paths = {one.path for one in plan.secrets if one.path}
    assert paths == {"/srv/lookgate.toml", "/srv/secrets/keys.txt", "/srv/var/keys/tokens.json"}
    assert {one.variable for one in plan.secrets if one.variable} == {
        "LOOKERSDK_CLIENT_ID",
        "LOOKERSDK_CLIENT_SECRET",
        "LOOKGATE_STORE_URL",
    }
    container = knative(plan, plan.services[0])["spec"]["template"]["spec"]["containers"][0]
    assert set(container["args"][2::2]) == paths
    assert {"name": "LOOKGATE_SETTINGS", "value": "/srv/lookgate.toml"} in container["env"]


def test_what_the_environment_fills_in_here_is_filled_in_there(tmp_path: Path) -> None:
    environ = {"LOOKERSDK_BASE_URL": "https://example.cloud.looker.com", "LOOKERSDK_CLIENT_SECRET": "hunter2"}
    plan = planned(tmp_path, '[store]\nurl = "env:LOOKGATE_STORE_URL"\n', environ)
    assert plan.variables["LOOKERSDK_BASE_URL"] == "https://example.cloud.looker.com"
    assert "lookgate-LOOKERSDK_CLIENT_SECRET" in {one.id for one in plan.secrets}
    assert not any("hunter2" in text for text in every_text(plan))


def test_every_setting_that_refers_to_a_value_elsewhere_is_found(tmp_path: Path) -> None:
    """Also those of lists, and of every kind: what is not found would be missing in the container."""
    toml = (
        BARE
        + SYNC
        + """
[[sync.client_credentials]]
name = "crm"
token_url = "https://login.crm.example.com/oauth/token"
client_id = "env:CRM_CLIENT_ID"
client_secret = "env:CRM_CLIENT_SECRET"

[[sync.static]]
name = "key"
value = "env:PARTNER_KEY"

[[sync.rules]]
source = "key"
attribute = "partner_key"
target = "default"
"""
    )
    found = {one.variable: one.why for one in planned(tmp_path, toml).secrets if one.variable}
    assert found == {
        "LOOKERSDK_CLIENT_ID": "instance.client_id",
        "LOOKERSDK_CLIENT_SECRET": "instance.client_secret",
        "LOOKGATE_STORE_URL": "store.url",
        "CRM_CLIENT_ID": "sync.client_credentials[0].client_id",
        "CRM_CLIENT_SECRET": "sync.client_credentials[0].client_secret",
        "PARTNER_KEY": "sync.static[0].value",
    }


def test_no_secret_is_read_even_where_one_is_at_hand(tmp_path: Path) -> None:
    names = ("LOOKERSDK_CLIENT_ID", "LOOKERSDK_CLIENT_SECRET", "LOOKGATE_STORE_URL", "LOOKGATE_KEYS")
    canaries = {name: f"canary-{name.lower()}-value" for name in names}  # of no form that the settings would accept
    plan = planned(tmp_path, WHOLE, canaries)
    for text in (*every_text(plan), table(plan), repr(plan)):
        assert not any(canary in text for canary in canaries.values())


# --- the schedule and the alerts ------------------------------------------------------------------------------------


@pytest.mark.parametrize("every", [60, 61, 119, 120, 300, 420, 900, 1800, 2700, 3599, 3600])
def test_cron_is_never_slower_than_the_settings(every: int) -> None:
    read_cron(cron_of(every))
    minutes = [minute for minute in range(180) if _fires(cron_of(every), minute)]
    assert max(later - sooner for sooner, later in pairwise(minutes)) * 60 <= every


def _fires(cron: str, minute: int) -> bool:
    first = cron.split(maxsplit=1)[0]
    step = 1 if first == "*" else 60 if first == "0" else int(first.removeprefix("*/"))
    return minute % 60 % step == 0


def test_the_job_calls_with_a_token_and_again_when_it_failed(tmp_path: Path) -> None:
    job = planned(tmp_path, WHOLE).schedule
    assert job is not None
    assert (job.cron, job.retries, job.deadline, job.backoff) == ("*/5 * * * *", 3, 300, (5, 60))
    assert (job.account, job.audience) == (SCHEDULER.partition(":")[2], "https://gw.example.com/api/sync-attributes")
    own = planned(tmp_path, WHOLE.replace("[sync]", '[sync]\nschedule = "*/2,59 * * * *"')).schedule
    assert own is not None
    assert own.cron == "*/2,59 * * * *"


def test_somebody_is_told_while_the_tokens_still_live(tmp_path: Path) -> None:
    channel = "projects/acme-looker/notificationChannels/7"
    stale, failed = planned(tmp_path, WHOLE, channel=channel).alerts
    absent, failing = stale.policy["conditions"]
    seconds = int(absent["conditionAbsent"]["duration"].removesuffix("s"))
    assert 3 * 300 <= seconds < 1800, "the default margin of Google's tokens is half an hour"
    assert '"2xx"' in absent["conditionAbsent"]["filter"]
    assert '!= "2xx"' in failing["conditionThreshold"]["filter"]
    assert 'jsonPayload.event="sync"' in failed.policy["conditions"][0]["conditionMatchedLog"]["filter"]
    assert "severity>=ERROR" in failed.policy["conditions"][0]["conditionMatchedLog"]["filter"]
    assert stale.policy["notificationChannels"] == failed.policy["notificationChannels"] == [channel]
    assert "notificationChannels" not in planned(tmp_path, WHOLE).alerts[0].policy


def test_a_margin_too_short_for_any_alert_is_told(tmp_path: Path) -> None:
    assert not any("Alerts come after" in note for note in planned(tmp_path, BARE + SYNC + RULE).notes)
    short = planned(tmp_path, BARE + SYNC + RULE + "margin = 120\n")
    assert any("Alerts come after 15 min" in note and "margin of 2 min" in note for note in short.notes)


def test_without_rules_there_is_no_trigger_no_job_and_no_alert(tmp_path: Path) -> None:
    plan = planned(tmp_path, BARE)
    assert [one.name for one in plan.services] == ["lookgate"]
    assert (plan.schedule, plan.alerts, [one.id for one in plan.accounts]) == (None, (), ["lookgate-gateway"])
    assert "cloudscheduler.googleapis.com" not in plan.apis
    assert any("Nobody may call" in note for note in plan.notes)


# --- refusals -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("toml", "told"),
    [
        (BARE + SYNC + RULE.replace('"google"', '"scheduler"'), "removes the signature"),
        (BARE + RULE, "sync.audience"),
        (BARE + SYNC + "known_updater_routes = true\n" + RULE, "known_updater_routes"),
        (BARE + SYNC + "known_updater_routes = true\n", "known_updater_routes"),
        (BARE + SYNC.replace("callers = [", 'callers = ["b@acme-looker.iam.gserviceaccount.com", ') + RULE, "that one"),
        (BARE + SYNC.replace("acme-looker.iam", "other-one.iam") + RULE, "account of its own project"),
        (BARE + SYNC.replace("[sync]", "[sync]\nevery = 30") + RULE, "every 30 s"),
        (BARE.replace("LOOKGATE_STORE_URL", "K_SERVICE"), "'K_SERVICE'"),
        (BARE.replace("https://example.cloud.looker.com", "http://127.0.0.1:8700"), "instance.base_url"),
        (BARE + '\n[google]\niam = "http://localhost:1"\n', "google.iam"),
        (BARE.replace("LOOKGATE_STORE_URL", "A-B"), "'A-B'"),
        (BARE + '\n[actions]\nfolder = "../elsewhere"\n', "actions.folder"),
        (BARE + '\n[keys]\nfolder = "var/$(id)"\n', "keys.folder"),
    ],
)
def test_what_cannot_run_there_is_refused_with_its_fix(tmp_path: Path, toml: str, told: str) -> None:
    with pytest.raises(LookgateError) as caught:
        planned(tmp_path, toml)
    assert told in caught.value.detail
    assert "Fix: " in caught.value.detail
    assert caught.value.code == "deploy_impossible"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("project", "Acme; rm -rf /"),
        ("project", ""),
        ("region", "$(id)"),
        ("service", "a" * 20),
        ("service", "-a"),
        ("image", "lookgate"),
        ("image", "example.com/x y"),
        ("url", "http://gw.example.com"),
        ("minimum", 11),
        ("maximum", 0),
        ("invokers", ("allUsers",)),
        ("invokers", ("allAuthenticatedUsers",)),
        ("invokers", ("serviceAccount:a b",)),
        ("services", {"https://x.example": "a;b"}),
        ("channel", "mail@example.com"),
        ("network", "default"),
    ],
)
def test_a_choice_of_the_wrong_form_is_refused_with_its_fix(tmp_path: Path, name: str, value: Any) -> None:
    with pytest.raises(LookgateError) as caught:
        planned(tmp_path, BARE, **{name: value})
    assert caught.value.code == "deploy_choices"
    assert "Fix: " in caught.value.detail


def test_nobody_else_is_let_into_the_trigger(tmp_path: Path) -> None:
    for services in ({"https://orders-abc.a.run.app": "lookgate-sync"}, {"x": "lookgate-sync@europe-west1"}):
        with pytest.raises(LookgateError, match="nobody but the scheduler"):
            planned(tmp_path, BARE + SYNC + RULE, services=services)
    for name in ("lookgate-sync", "lookgate-gateway"):
        with pytest.raises(LookgateError, match="an account of its own"):
            planned(tmp_path, BARE + SYNC.replace("lookgate-scheduler", name) + RULE)


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(LookgateError, match="3 mistakes"):
        planned(tmp_path, BARE, project="", region="", image="")


def test_the_project_is_that_of_the_schedulers_account_unless_named(tmp_path: Path) -> None:
    assert planned(tmp_path, WHOLE, project="").project == "acme-looker"
