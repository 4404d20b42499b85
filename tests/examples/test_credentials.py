"""The demo's actions about stored tokens, and the private service that the tokens are for."""

from __future__ import annotations

import sys

import pytest

from demo_pair import EXAMPLE, visitor
from lookgate import Unavailable
from lookgate.actions import found
from lookgate.cli.demo.pair import Pair
from lookgate.cli.demo.stage import PREFIX
from lookgate.cli.demo.visitor import API_KEY, HANDLE, NOTHING
from lookgate.cli.demo.wire import Wire

TOKEN = {"authorization": f"Bearer {{{{{PREFIX}board_token}}}}"}


def test_the_page_s_data_are_read_with_the_shared_key_and_hold_no_token(pair: Pair) -> None:
    chris = visitor(pair, "Chris")
    told = chris.call("credentials", {}, API_KEY)
    assert told.status == 200
    labels = [token["label"] for token in told.body["tokens"]]
    assert labels == ["everyone (default)", "group Network Planning", "user chris@example.com"]
    assert {token["audience"] for token in told.body["tokens"]} == {pair.stage.board_url}
    assert all(token["life"] == 60 and token["renewals"] >= 1 for token in told.body["tokens"])
    assert all(token["code"] == "" for token in told.body["tokens"])
    assert told.body["faults"] == []
    assert "eyJ" not in str(told.body)
    assert chris.call("credentials", {}, NOTHING).code == "credential_missing"


@pytest.mark.parametrize(
    ("first_name", "account"), [("Ada", "gateway"), ("Noor", "planners"), ("Chris", "customer-care")]
)
def test_each_user_s_own_token_reaches_the_service_and_only_that(pair: Pair, first_name: str, account: str) -> None:
    user = visitor(pair, first_name)
    seen = user.fetch(f"{pair.stage.board_url}/actions/departures", {}, TOKEN)
    assert seen.status == 200
    assert seen.body["email"] == f"{account}@flights.iam.gserviceaccount.com"
    assert seen.body["audience"] == pair.stage.board_url
    assert 0 < seen.body["seconds_left"] <= 60
    elsewhere = user.fetch(f"{pair.stage.gateway_url}/api/sync-attributes", {}, TOKEN)
    assert elsewhere.status == 0  # Looker sends it nowhere else
    assert elsewhere.refusal


def test_the_service_knows_nobody_by_a_handle_or_a_key_of_the_gateway(pair: Pair) -> None:
    noor = visitor(pair, "Noor")
    for headers in (HANDLE, API_KEY):  # neither attribute may be sent there
        assert noor.fetch(f"{pair.stage.board_url}/actions/departures", {}, headers).status == 0
    assert noor.fetch(f"{pair.stage.board_url}/actions/departures", {}, NOTHING).code == "credential_missing"


def test_only_an_admin_lets_something_go_wrong_and_anyone_mends_it(pair: Pair) -> None:
    ada, noor = visitor(pair, "Ada"), visitor(pair, "Noor")
    given = {"fault": "scheduler_missed"}
    assert (noor.call("break_it", given).status, noor.call("break_it", given).code) == (403, "lacks_role")
    assert noor.call("break_it", given, API_KEY).code == "assurance_too_low"
    assert ada.call("break_it", {"fault": "certs_down"}).status == 422
    assert ada.call("break_it", {"fault": "scheduler_missed", "value": 0.5}).status == 422
    try:
        assert ada.call("break_it", given).status == 200
        assert noor.call("credentials", {}, API_KEY).body["faults"] == ["scheduler_missed"]
        assert noor.call("mend_it", given, NOTHING).code == "credential_missing"
        assert noor.call("mend_it", given, API_KEY).status == 200
        assert noor.call("credentials", {}, API_KEY).body["faults"] == []
    finally:
        Wire(pair.stage.google_url).send("DELETE", "/local/faults")


@pytest.mark.parametrize(
    "fault", ["looker_down", "looker_429", "iam_500", "metadata_down", "scheduler_missed", "clock_off"]
)
def test_every_box_of_the_page_switches_a_fault_of_the_local_google_on_and_off(pair: Pair, fault: str) -> None:
    google = Wire(pair.stage.google_url)
    ada = visitor(pair, "Ada")
    try:
        assert ada.call("break_it", {"fault": fault}).status == 200
        assert ada.call("credentials", {}, API_KEY).body["faults"] == [fault]
        assert f"fault: '{fault}'" in (EXAMPLE / "extension/src/faults.ts").read_text()
        assert ada.call("mend_it", {"fault": fault}, API_KEY).status == 200
        assert ada.call("credentials", {}, API_KEY).body["faults"] == []
    finally:
        google.send("DELETE", "/local/faults")


def test_tokens_are_told_of_and_faults_mended_while_looker_is_down(pair: Pair) -> None:
    noor = visitor(pair, "Noor")
    Wire(pair.stage.google_url).json("POST", "/local/faults", {"looker_down": 1})
    try:
        assert noor.call("credentials", {}, API_KEY).body["faults"] == ["looker_down"]
        assert noor.fetch(f"{pair.stage.board_url}/actions/departures", {}, TOKEN).status == 200
        assert noor.call("mend_it", {"fault": "looker_down"}, API_KEY).status == 200
    finally:
        Wire(pair.stage.google_url).send("DELETE", "/local/faults")


@pytest.mark.parametrize("place", ["", "http://169.254.169.254", "https://iamcredentials.googleapis.com", "file:///x"])
def test_the_control_of_the_local_google_is_on_this_machine_or_nowhere(place: str) -> None:
    assert "break_it" in found(EXAMPLE / "actions")
    with pytest.raises(Unavailable) as refused:
        sys.modules["_google"].port_of(place)
    assert refused.value.code == "no_local_google"
