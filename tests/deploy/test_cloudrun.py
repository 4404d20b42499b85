from __future__ import annotations

from pathlib import Path

import yaml as reader
from hypothesis import given
from hypothesis import strategies as st

from deploy_plan import WHOLE, planned
from lookgate.deploy.cloudrun import HEALTH, knative, resource, yaml
from lookgate.web.pages import Pages

KEYS = st.text(min_size=1, max_size=40)  # YAML allows 1,024 characters before the colon, escapes included
SCALARS = st.none() | st.booleans() | st.integers() | st.text()
DATA = st.dictionaries(
    KEYS,
    st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(KEYS, inner), max_leaves=12),
    min_size=1,
)


@given(DATA)
def test_what_is_written_as_yaml_is_read_as_what_it_was(data: object) -> None:
    assert reader.safe_load(yaml(data)) == data


def test_words_that_yaml_takes_for_something_else_stand_in_quotes() -> None:
    words = [
        "yes",
        "no",
        "on",
        "off",
        "null",
        "true",
        "Null",
        "YES",
        "y",
        "~",
        "1.0",
        "0x1",
        "-",
        "=",
        "2001-01-01",
        "",
    ]
    assert reader.safe_load(yaml({"words": words})) == {"words": words}


def test_a_part_is_the_services_resource(tmp_path: Path) -> None:
    plan = planned(tmp_path, WHOLE)
    for part, service in zip(("gateway", "sync"), plan.services, strict=True):
        assert reader.safe_load(resource(plan, part)) == knative(plan, service)


def test_the_service_is_closed_probed_and_held_to_its_numbers(tmp_path: Path) -> None:
    plan = planned(tmp_path, WHOLE, minimum=1, maximum=7, ingress="internal-and-cloud-load-balancing")
    found = knative(plan, plan.services[0])
    annotations = found["metadata"]["annotations"]
    assert annotations["run.googleapis.com/invoker-iam-disabled"] == "false"
    assert annotations["run.googleapis.com/ingress"] == "internal-and-cloud-load-balancing"
    assert annotations["run.googleapis.com/custom-audiences"] == '["https://gw.example.com"]'
    template = found["spec"]["template"]
    assert template["metadata"]["annotations"]["autoscaling.knative.dev/minScale"] == "1"
    assert template["metadata"]["annotations"]["autoscaling.knative.dev/maxScale"] == "7"
    container = template["spec"]["containers"][0]
    assert (
        container["startupProbe"]["httpGet"] == container["livenessProbe"]["httpGet"] == {"path": HEALTH, "port": 8080}
    )
    secrets = {one["valueFrom"]["secretKeyRef"]["name"] for one in container["env"] if "valueFrom" in one}
    assert secrets == {one.id for one in plan.secrets if one.variable}
    assert len({one["mountPath"] for one in container["volumeMounts"]}) == len(template["spec"]["volumes"]) == 2


def test_a_database_in_a_private_network_is_reached_through_it_and_nothing_else_goes_there(tmp_path: Path) -> None:
    plan = planned(tmp_path, WHOLE, network="private/gateways")
    for service in plan.services:
        annotations = knative(plan, service)["spec"]["template"]["metadata"]["annotations"]
        interfaces = '[{"network": "private", "subnetwork": "gateways"}]'
        assert annotations["run.googleapis.com/network-interfaces"] == interfaces
        assert annotations["run.googleapis.com/vpc-access-egress"] == "private-ranges-only"
    assert "network" not in str(knative(planned(tmp_path, WHOLE), plan.services[0]))


def test_the_probes_ask_a_page_that_the_gateway_has() -> None:
    class Bare(Pages):
        def __init__(self) -> None:
            """Only the table of routes is looked at."""

    assert HEALTH in {page.path for page in Bare().listed()}
