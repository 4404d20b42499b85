from __future__ import annotations

from prometheus_client.parser import text_string_to_metric_families

from gateway_site import HANDLE, JSON, KEY, Known, Said, Site, Text
from lookgate.actions import Context, action
from lookgate.core.policy import public
from lookgate.errors import Denied, Unauthenticated
from lookgate.settings.model import Web
from lookgate.web.metrics import MAX_RULES

PUBLIC = Web(public_pages=frozenset({"metrics"}))


def samples(site: Site) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    text = site.call("GET", "/metrics").body.decode()
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def labels(**values: str) -> frozenset[tuple[str, str]]:
    return frozenset(values.items())


def test_requests_are_counted_by_action_outcome_and_status() -> None:
    site = Site(web=PUBLIC)
    site.act("echo")
    site.act("echo")
    site.act("known")
    found = samples(site)
    assert found["lookgate_requests_total", labels(action="echo", outcome="allowed", status="200")] == 2
    assert found["lookgate_requests_total", labels(action="known", outcome="denied", status="401")] == 1


def test_durations_fall_into_buckets_that_add_up() -> None:
    def slow(input: Text, context: Context) -> Said:  # noqa: A002, ARG001 - the handler's shape
        site.clock.seconds += 0.2
        return Said("")

    site = Site([action(policy=[public()])(slow)], web=PUBLIC)
    site.act("slow")
    found = samples(site)
    name = "lookgate_request_duration_seconds"
    assert found[f"{name}_bucket", labels(action="slow", le="0.1")] == 0
    assert found[f"{name}_bucket", labels(action="slow", le="0.25")] == 1
    assert found[f"{name}_bucket", labels(action="slow", le="+Inf")] == 1
    assert found[f"{name}_count", labels(action="slow")] == 1
    assert abs(found[f"{name}_sum", labels(action="slow")] - 0.2) < 1e-6


def test_verifications_are_counted_by_verifier_and_result() -> None:
    refused = Unauthenticated("expired", "The key has expired.")
    site = Site(web=PUBLIC, verifier=Known({**Known().answers, KEY: refused}))
    site.act("echo", {}, ("x-lookgate-handle", HANDLE))
    site.act("echo", {}, ("x-api-key", KEY))
    found = samples(site)
    assert found["lookgate_verifications_total", labels(verifier="handle", result="ok")] == 1
    assert found["lookgate_verifications_total", labels(verifier="api_key", result="refused")] == 1


def test_denials_are_counted_by_the_rule_that_refused() -> None:
    site = Site(web=PUBLIC)
    site.act("note", {}, ("x-api-key", KEY))
    assert samples(site)["lookgate_denials_total", labels(rule="not_in_group")] == 1


def test_what_strangers_make_up_opens_no_new_series() -> None:
    site = Site(web=PUBLIC)
    for place in range(50):
        site.call("POST", f"/actions/made_up_{place}", b"{}", [JSON, ("x-request-id", f"r{place}")])
        site.call("GET", f"/made/up/{place}")
        site.call(f"VERB{place}", "/healthz")
    assert len({key for key in samples(site) if key[0] == "lookgate_requests_total"}) <= 3


def test_a_handler_that_makes_up_rules_opens_a_bounded_number_of_series() -> None:
    def denies(input: Text, context: Context) -> Said:  # noqa: A002, ARG001 - the handler's shape
        raise Denied(f"rule_{input.days}", "No.")

    site = Site([action(policy=[public()])(denies)], web=PUBLIC)
    for days in range(MAX_RULES + 20):
        site.act("denies", {"days": days})
    found = samples(site)
    assert len([key for key in found if key[0] == "lookgate_denials_total"]) == MAX_RULES + 1
    assert found["lookgate_denials_total", labels(rule="other")] == 20
