"""Renewals whole: settings, a local Google that makes tokens, a local Looker that holds them, a store between runs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from local_google import SERVICE as ACCOUNT
from local_google import claims_of
from lookgate.compose_sync import Renewals
from lookgate.errors import LookgateError
from lookgate.store.memory import MemoryStore
from lookgate.sync.plan import Plan
from lookgate.sync.updater import RunReport, Unfit
from lower_rooms import run
from sync_site import SERVICE, Site, sync_site


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with sync_site(tmp_path) as site:
        yield site


@contextmanager
def kept() -> Iterator[MemoryStore]:
    store = MemoryStore()
    yield store
    store.close()


def once(site: Site, store: MemoryStore, *rules: dict[str, Any], more: str = "", retry: bool = False) -> RunReport:
    """Run once, as a process of its own would."""

    async def story() -> RunReport:
        renewals: Renewals = site.renewals(store, *rules, more=more)
        try:
            return await renewals.updater().run(retry=retry)
        finally:
            await renewals.close()

    return run(story())


def planned(site: Site, store: MemoryStore, *rules: dict[str, Any]) -> tuple[Plan, list[Unfit]]:
    async def story() -> tuple[Plan, list[Unfit]]:
        renewals = site.renewals(store, *rules)
        try:
            plan, problems = await renewals.updater().plan()
            return plan, list(problems)
        finally:
            await renewals.close()

    return run(story())


TARGETS = {
    "default": "PATCH /user_attributes/",
    "group:East": "PATCH /groups/",
    "user:eve@air.example": "PATCH /users/",
    "members:East": "PATCH /users/",
}


@pytest.mark.parametrize("target", TARGETS)
def test_a_token_of_googles_is_stored_where_five_lines_say(site: Site, target: str) -> None:
    with kept() as store:
        report = once(site, store, {"target": target})
    assert report.ok, report.as_json()
    claims = claims_of(site.stored())
    assert (claims["aud"], claims["email"]) == (SERVICE, "updater@local-project.iam.gserviceaccount.com")
    (write,) = site.wire.writes
    assert write.startswith(TARGETS[target])


def test_users_and_groups_are_named_by_id_and_by_external_id_as_well(site: Site) -> None:
    eve, east = site.looker.user("Eve").id, site.looker.group_id("East")
    with kept() as store:
        rules = ({"target": f"user_id:{eve}"}, {"target": f"group_id:{east}", "attribute": "other_token"})
        assert once(site, store, *rules).ok
    assert claims_of(site.stored())["aud"] == SERVICE
    assert site.stored("other_token")


def test_an_attribute_is_named_by_its_id(site: Site) -> None:
    number = site.looker.attribute_id("orders_token")
    with kept() as store:
        assert once(site, store, {"attribute": f"id:{number}"}).ok
    assert site.stored()


def test_a_token_may_be_made_for_another_account(site: Site) -> None:
    more = f'[[sync.impersonate]]\nname = "orders"\nservice_account = "{ACCOUNT}"'
    with kept() as store:
        assert once(site, store, {"source": "orders"}, more=more).ok
    assert claims_of(site.stored())["email"] == ACCOUNT


def test_the_metadata_servers_own_token_is_stored_bare(site: Site) -> None:
    with kept() as store:
        assert once(site, store, {"source": "metadata"}, more="[sync]\nevery = 60").ok
    assert claims_of(site.stored())["aud"] == SERVICE


def test_a_static_secret_is_stored_once_and_again_when_it_changes(site: Site) -> None:
    rule = {"source": "key", "audience": ""}
    file = site.folder / "key"
    file.write_text("static-secret\n")
    file.chmod(0o600)
    more = '[[sync.static]]\nname = "key"\nvalue = "file:key"'

    async def story(store: MemoryStore) -> None:
        renewals = site.renewals(store, rule, more=more)
        try:
            for _ in range(2):
                assert (await renewals.updater().run()).ok
                assert site.stored() == "static-secret"
                site.later(86_400)
            assert len(site.wire.writes) == 1
            file.write_text("another\n")  # a mount that is rotated, under a process that goes on
            assert (await renewals.updater().run()).ok
            assert site.stored() == "another"
            file.unlink()
            site.later(300)
            (result,) = (await renewals.updater().run()).tick.results
            assert (result.code, result.ok) == ("secret_unreadable", False)
            assert site.stored() == "another"
        finally:
            await renewals.close()

    with kept() as store:
        run(story(store))
    assert len(site.wire.writes) == 2


def test_a_renewal_costs_one_call_once_the_names_are_known(site: Site) -> None:
    with kept() as store:
        once(site, store)
        for _ in range(3):
            site.later(1800)
            before = len(site.wire.calls)
            assert once(site, store).ok
            assert site.wire.calls[before:] == [
                "POST /login",
                f"PATCH /user_attributes/{number(site)}",
                "DELETE /logout",
            ]


def test_a_process_that_goes_on_logs_in_once_an_hour_and_not_for_each_renewal(site: Site) -> None:
    async def story() -> None:
        with kept() as store:
            renewals = site.renewals(store)
            updater = renewals.updater()
            for _ in range(4):
                assert (await updater.run()).ok
                site.later(1500)
            await renewals.close()
        assert len(site.wire.writes) == 4
        assert site.wire.calls.count("POST /login") == 2

    run(story())


def test_no_live_session_of_the_api_user_is_left_behind(site: Site) -> None:
    with kept() as store:
        once(site, store)
    assert site.wire.calls.count("DELETE /logout") == site.wire.calls.count("POST /login") == 1


def test_a_user_who_is_gone_is_found_again_or_told(site: Site) -> None:
    with kept() as store:
        once(site, store, {"target": "user:eve@air.example"})
        site.looker.call("Ada", "DELETE", f"/users/{site.looker.user('Eve').id}")
        site.later(1800)
        report = once(site, store, {"target": "user:eve@air.example"})
    assert not report.ok
    assert [problem.code for problem in report.problems] == ["user_unknown"]


def test_an_attribute_that_was_made_anew_is_found_under_its_new_id(site: Site) -> None:
    with kept() as store:
        once(site, store)
        site.looker.call("Ada", "DELETE", f"/user_attributes/{number(site)}")
        body = {
            "name": "orders_token",
            "label": "Orders",
            "type": "string",
            "value_is_hidden": True,
            "user_can_view": False,
            "user_can_edit": False,
            "hidden_value_domain_whitelist": f"{SERVICE}/*",
        }
        assert site.looker.call("Ada", "POST", "/user_attributes", body).status == 200
        site.later(1800)
        report = once(site, store)
        assert report.ok, report.as_json()
        assert claims_of(site.stored())["aud"] == SERVICE


def test_members_who_leave_a_group_are_renewed_no_more(site: Site) -> None:
    with kept() as store:
        once(site, store, {"target": "members:East"})
        eve, east = site.looker.user("Eve").id, site.looker.group_id("East")
        assert site.looker.call("Ada", "DELETE", f"/groups/{east}/users/{eve}").status == 204
        wim = site.looker.user("Wim").id
        assert site.looker.call("Ada", "POST", f"/groups/{east}/users", {"user_id": wim}).status == 200
        site.later(3700)
        assert once(site, store, {"target": "members:East"}).ok
        assert site.stored(first_name="Wim")
        (state,) = store.renewals.all()
        assert state.key.endswith(f"|user|{wim}")


@pytest.mark.parametrize(
    ("rule", "code", "fix"),
    [
        ({"attribute": "orders_tokn"}, "attribute_unknown", "attributes apply"),
        ({"attribute": "shown_token"}, "attribute_unsafe", "Hide values"),
        ({"attribute": "number_token"}, "attribute_type", "type string"),
        ({"attribute": "email"}, "attribute_system", "another attribute"),
        ({"audience": "https://stock.example.com"}, "attribute_elsewhere", "domain"),
        ({"audience": f"{SERVICE}:8443"}, "attribute_elsewhere", "domain"),
        ({"domain": "https://stock.example.com"}, "attribute_elsewhere", "domain"),
        ({"target": "group:Est"}, "group_unknown", "Mend"),
        ({"target": "group:%"}, "group_unknown", "Mend"),
        ({"target": "user:%@air.example"}, "user_unknown", "Mend"),
        ({"target": "user:nobody@air.example"}, "user_unknown", "Mend"),
        ({"target": "user_id:99999"}, "user_unknown", "Mend"),
        ({"target": "external_id:../1"}, "user_unknown", "Mend"),
        ({"target": "external_id:ext-dan"}, "user_disabled", "Enable"),
        ({"target": "members:Coasts"}, "group_empty", "Add one"),
    ],
)
def test_a_rule_that_leads_nowhere_is_refused_with_its_fix_and_nothing_is_written(
    site: Site, rule: dict[str, Any], code: str, fix: str
) -> None:
    with kept() as store:
        _, (problem,) = planned(site, store, rule)
        assert problem.code == code
        assert fix in problem.hint
        report = once(site, store, rule)
        assert not report.ok
        assert site.wire.writes == []


def test_a_token_for_a_service_that_its_attribute_is_not_sent_to_is_written_when_the_rule_says_where(
    site: Site,
) -> None:
    elsewhere = {"audience": "https://stock.example.com"}
    with kept() as store:
        assert once(site, store).ok
        report = once(site, store, elsewhere)  # what is kept of the attribute is of another service
        assert [problem.code for problem in report.problems] == ["attribute_elsewhere"]
        assert claims_of(site.stored())["aud"] == SERVICE
        assert once(site, store, {**elsewhere, "domain": f"{SERVICE}/stock"}).ok  # that, and more
    assert claims_of(site.stored())["aud"] == "https://stock.example.com"


def test_all_rules_that_lead_nowhere_are_told_at_once_and_the_others_are_carried_out(site: Site) -> None:
    with kept() as store:
        rules: tuple[dict[str, Any], ...] = ({"target": "group:X"}, {}, {"attribute": "unknown_token"})
        report = once(site, store, *rules)
    assert {problem.code for problem in report.problems} == {"group_unknown", "attribute_unknown"}
    assert not report.ok
    assert site.stored()


def test_an_account_that_we_may_not_act_as_is_told_once_with_the_role_that_is_missing(tmp_path: Path) -> None:
    with sync_site(tmp_path, grants=[]) as site, kept() as store:
        report = once(site, store)
        (result,) = report.tick.results
        assert result.code == "impersonation_refused"
        assert "roles/iam.serviceAccountOpenIdTokenCreator" in result.hint
        assert site.wire.writes == []


@pytest.mark.parametrize(("status", "code"), [(403, "looker_forbidden"), (422, "value_refused")])
def test_what_looker_refuses_for_good_is_not_tried_again_at_the_next_tick(site: Site, status: int, code: str) -> None:
    with kept() as store:
        site.wire.statuses = [status]
        (result,) = once(site, store).tick.results
        assert result.code == code
        site.later(300)
        once(site, store)
        assert len(site.wire.writes) == 1
        assert once(site, store, retry=True).ok


def test_looker_is_left_alone_for_as_long_as_it_asks(site: Site) -> None:
    with kept() as store:
        site.wire.statuses, site.wire.headers = [429] * 9, {"retry-after": "900"}
        assert not once(site, store).ok
        tried = len(site.wire.writes)
        site.later(600)
        assert not once(site, store).ok
        assert len(site.wire.writes) == tried
        site.wire.statuses = []
        site.later(600)
        assert once(site, store).ok


def test_without_rules_there_is_nothing_to_run() -> None:
    from lookgate.compose_sync import build_renewals  # noqa: PLC0415 - beside what it is refused with
    from lookgate.settings import Settings  # noqa: PLC0415 - likewise

    with kept() as store, pytest.raises(LookgateError, match=r"sync\.rules"):
        build_renewals(Settings(), store)


def number(site: Site) -> str:
    return site.looker.attribute_id("orders_token")
