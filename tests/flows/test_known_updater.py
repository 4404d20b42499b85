"""The known updater's routes, at a gateway: whom they serve, what they write, and what they leave to sync rules."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from msgspec import structs

from asgi import Reply
from local_google import UPDATER
from lookgate.compose import build, close
from lookgate.compose_sync import build_renewals
from lookgate.errors import SettingsError
from lookgate.web.app import build_app
from lookgate.web.log import Log
from lower_rooms import run
from sync_site import SERVICE
from trigger_site import AUDIENCE, GATEWAY, SYNC, Served, TriggerSite, trigger_site

ON = "known_updater_routes = true"
WHERE = {"user_attribute": "other_token", "update_type": "default"}


@pytest.fixture
def site(tmp_path: Path) -> Iterator[TriggerSite]:
    with trigger_site(tmp_path) as site:
        yield site


async def store(served: Served, method: str = "POST", **body: Any) -> Reply:
    value = {"value": "a-value"} if method == "POST" else {}
    return await served.post(served.site.token(), "/value", WHERE | value | body, method=method)


async def keep_token(served: Served, token: str, **body: Any) -> Reply:
    return await served.post(token, "/identity_token", WHERE | body)


def told(reply: Reply) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(reply.body)
    return found


def test_the_routes_are_not_there_unless_the_settings_say_so(site: TriggerSite) -> None:
    async def story() -> None:
        async with site.served() as served:
            for path in ("/value", "/identity_token"):
                assert (await served.post(site.token(), path, WHERE)).status == 404
            assert served.events() == []

    run(story())


def test_the_schedulers_own_token_is_stored_as_the_known_updater_would(site: TriggerSite) -> None:
    async def story() -> None:
        async with site.served(sync=ON) as served:
            token = site.token(SERVICE)
            reply = await keep_token(served, token)
            answer = told(reply)
            assert (reply.status, set(answer), answer["success"]) == (200, {"success", "message"}, True)
            assert answer["message"].startswith(
                "Stored the caller's token in other_token for everyone (default); it ends"
            )
            assert site.stored("other_token") == token
            assert token not in reply.text + served.log.getvalue()

    run(story())


TARGETS: dict[str, tuple[dict[str, Any], str]] = {
    "group by name": ({"update_type": "group", "group_name": "East"}, "group East"),
    "group by id": ({"update_type": "group", "group_id": "{east}"}, "group East"),
    "group by number": ({"update_type": "group", "group_id": "#{east}"}, "group East"),
    "user by id": ({"update_type": "user", "looker_user_id": "{eve}"}, "user eve@air.example"),
    "user by address": ({"update_type": "user", "email": "eve@air.example"}, "user eve@air.example"),
    "attribute by id": ({"user_attribute": None, "user_attribute_id": "{attribute}"}, "everyone (default)"),
}


@pytest.mark.parametrize("target", TARGETS)
def test_every_target_that_the_known_updater_has_is_written_and_cleared(site: TriggerSite, target: str) -> None:
    body, label = TARGETS[target]
    ids = {
        "east": site.looker.group_id("East"),
        "eve": site.looker.user("Eve").id,
        "attribute": site.looker.attribute_id("other_token"),
    }

    def filled(value: Any) -> Any:
        if not isinstance(value, str):
            return value
        text = value.format(**ids)
        return int(text[1:]) if text.startswith("#") else text

    async def story() -> None:
        async with site.served(sync=ON) as served:
            named = {name: filled(value) for name, value in body.items()}
            reply = await store(served, **named)
            assert told(reply) == {"success": True, "message": f"Stored the value of other_token for {label}."}
            assert site.stored("other_token") == "a-value"
            reply = await store(served, "DELETE", **named)
            assert told(reply) == {"success": True, "message": f"Cleared other_token for {label}."}
            assert site.stored("other_token") == ""
            again = await store(served, "DELETE", **named)
            assert again.status == 200, again.text  # there is none: what was asked for is so

    run(story())


def test_nothing_is_written_where_a_sync_rule_writes(site: TriggerSite) -> None:
    async def story() -> None:
        async with site.served({"target": "group:East"}, sync=ON) as served:
            number = site.looker.group_id("East")
            owned = {"user_attribute": "orders_token", "update_type": "group"}
            for named in ({"group_name": "East"}, {"group_id": number}):
                for method in ("POST", "DELETE"):
                    reply = await store(served, method, **owned, **named)
                    assert (reply.status, told(reply)["code"]) == (409, "sync_rule_owns")
                reply = await keep_token(served, site.token(SERVICE), **owned, **named)
                assert (reply.status, told(reply)["code"]) == (409, "sync_rule_owns")
            assert site.wire.writes == []
            reply = await store(served, **owned, group_name="West")
            assert reply.status == 200

    run(story())


def test_the_attribute_that_carries_handles_is_never_written(site: TriggerSite) -> None:
    async def story() -> None:
        async with site.served(sync=ON, more='[handle]\nattribute = "other_token"') as served:
            reply = await store(served)
            assert (reply.status, told(reply)["code"]) == (409, "handle_attribute")
            assert site.wire.writes == []

    run(story())


def test_an_attribute_that_was_made_anew_is_found_under_its_new_id(site: TriggerSite) -> None:
    async def story() -> None:
        async with site.served(sync=ON) as served:
            assert (await store(served)).status == 200
            site.looker.call("Ada", "DELETE", f"/user_attributes/{site.looker.attribute_id('other_token')}")
            reply = await store(served)
            assert (reply.status, told(reply)["code"]) == (404, "attribute_unknown")
            body = {
                "name": "other_token",
                "label": "Other",
                "type": "string",
                "value_is_hidden": True,
                "user_can_view": False,
                "user_can_edit": False,
                "hidden_value_domain_whitelist": f"{SERVICE}/*",
            }
            assert site.looker.call("Ada", "POST", "/user_attributes", body).status == 200
            assert (await store(served)).status == 200
            assert site.stored("other_token") == "a-value"

    run(story())


def test_a_token_that_is_about_to_end_is_not_put_over_a_fresh_one(site: TriggerSite) -> None:
    async def story() -> None:
        async with site.served(sync=ON) as served:
            now = int(site.clock.now().timestamp())
            reply = await keep_token(served, site.token(SERVICE, exp=now + 300))
            assert (reply.status, told(reply)["code"]) == (409, "token_ends_soon")
            assert (await keep_token(served, site.token(SERVICE, exp=now + 301))).status == 200

    run(story())


def test_only_tokens_of_listed_accounts_for_listed_services_are_stored(site: TriggerSite) -> None:
    listed = 'known_updater_audiences = ["https://listed.example.com"]'

    async def story() -> None:
        async with site.served(sync=f"{ON}\n{listed}") as served:
            for audience in (SERVICE, "https://listed.example.com"):
                assert (await keep_token(served, site.token(audience))).status == 200
            for token in (
                site.token("https://other.example.com"),
                site.token(AUDIENCE),
                site.token(SERVICE, account=UPDATER),
            ):
                assert (await keep_token(served, token)).status == 401
            # Nor does a token that may be stored open anything else.
            for path in ("/value", SYNC, "/metrics"):
                assert (await served.post(site.token("https://listed.example.com"), path, WHERE)).status in {401, 405}

    run(story())


def test_a_stored_token_that_looker_may_send_to_the_gateway_stores_nothing(site: TriggerSite) -> None:
    """Any user of an extension can have it sent, to these routes as to any other of the gateway's."""

    async def story() -> None:
        rule = {"audience": GATEWAY, "source": "scheduler", "domain": SERVICE}
        async with site.served(rule, {"attribute": "other_token"}, sync=ON) as served:
            token = site.token(GATEWAY)
            assert (await served.post(token)).status == 200
            assert site.stored() == token
            writes = len(site.wire.writes)
            for path in ("/identity_token", "/value"):
                assert (await served.post(token, path, WHERE | {"user_attribute": "third_token"})).status == 401
            assert len(site.wire.writes) == writes

    run(story())


def test_the_audience_that_starts_runs_is_no_services(site: TriggerSite) -> None:
    for own in (AUDIENCE, GATEWAY, f"{GATEWAY}/", f"{GATEWAY}:443/x", GATEWAY.upper().replace("HTTPS", "https")):
        with pytest.raises(SettingsError, match="no service's"):
            site.settings(more=site.tables(f'{ON}\nknown_updater_audiences = ["{own}"]'))
    with pytest.raises(SettingsError, match="no service's"):
        site.settings(more=site.tables(f'{ON}\nknown_updater_audiences = ["{AUDIENCE}"]'))
    with pytest.raises(SettingsError, match="nothing asks for it"):
        site.settings(more=site.tables(f'known_updater_audiences = ["{SERVICE}"]'))


def test_a_body_that_sends_a_value_with_its_token_or_the_token_itself_is_refused(site: TriggerSite) -> None:
    async def story() -> None:
        async with site.served(sync=ON) as served:
            token = site.token(SERVICE)
            assert (await keep_token(served, token, value="x")).status == 422
            reply = await served.post(token, "/identity_token", WHERE | {"email": token})
            assert (reply.status, told(reply)["code"]) == (400, "secret_in_body")
            assert token not in reply.text
            assert (await store(served, value="")).status == 422

    run(story())


def test_each_write_counts_among_the_months_calls(site: TriggerSite) -> None:
    async def story() -> None:
        async with site.served(sync=ON) as served:
            for _ in range(3):
                await store(served)
            base_url = site.looker.instance.base_url
            assert served.gateway.store.renewals.spend(base_url, site.clock.now().strftime("%Y-%m"), 0) == 3

    run(story())


def test_the_routes_need_no_sync_rule_and_no_action(site: TriggerSite) -> None:
    async def story() -> None:
        settings = site.settings(more=site.tables(f'{ON}\nknown_updater_audiences = ["{SERVICE}"]'))
        settings = structs.replace(settings, sync=structs.replace(settings.sync, rules=()))
        gateway = build(settings, clock=site.clock)
        renewals = build_renewals(settings, gateway.store, clock=site.clock)
        served = Served(gateway, renewals, build_app(gateway, Log(io.StringIO()), renewals), io.StringIO(), site)
        try:
            assert (await keep_token(served, site.token(SERVICE))).status == 200
            assert (await store(served)).status == 200
        finally:
            await renewals.close()
            await close(gateway)

    run(story())
